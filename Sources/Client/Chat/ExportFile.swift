import Mirror
import Platform
import SystemPackage
import Wire

/// The file of an export, which is new: nothing is ever overwritten.
public enum ExportFile {
    /// How many names are tried.
    private static let namesMaximum = 1_000

    /// Writes a chat into a new file of a folder, whose name is made of its title.
    ///
    /// - Returns: The name.
    /// - Throws: ``SystemError`` when it cannot be written, ``StoreError`` when the chat cannot be read; nothing is left.
    public static func write(_ store: ChatStore, as format: ChatExport, in folder: String) throws -> String {
        let stem = stem(store.chat.title ?? store.session?.rawValue ?? store.key)
        for number in 1...namesMaximum {
            let name = "\(stem)\(number == 1 ? "" : "-\(number)").\(format.rawValue)"
            do {
                try WholeFile.create("\(folder)/\(name)") { write in try format.export(store, write: write) }
            } catch let error as SystemError where error.code == .fileExists {
                continue
            }
            return name
        }
        throw SystemError("create another file like \(stem).\(format.rawValue) in \(folder)", .fileExists)
    }

    /// The title as a name of a file: its letters and digits, with hyphens between.
    private static func stem(_ title: String) -> String {
        let words = Printable.line(title).lowercased().split { !$0.isLetter && !$0.isNumber }.prefix(8)
        let stem = String(words.joined(separator: "-").prefix(48))
        return stem.isEmpty ? "chat" : stem
    }
}
