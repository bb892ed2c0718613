import Wire

/// Whose index of which folder: two users of one folder have two, and so have two folders of one name.
///
/// It is digits and separators only, so that nothing that compares it can take two spellings of a name for one.
struct IndexKey: Hashable, Sendable {
    let text: String

    /// - Throws: ``SystemError`` when the folder cannot be opened.
    init(_ folder: SessionFolder) throws(SystemError) {
        let identity = try Folder(folder).identity
        text = [
            IndexKey.digits(folder.owner), String(identity.device), String(identity.inode),
            IndexKey.digits(folder.location ?? folder.path),
        ].joined(separator: ":")
    }

    /// The name of the index's file. It is a hash; the index itself knows its key, so that two folders with one hash
    /// only cost each other the work of making it anew.
    var fileName: String {
        var hash = FNV1a()
        hash.add(text)
        let digits = String(hash.value, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits + ".sqlite"
    }

    /// The bytes of a name in hexadecimal.
    private static func digits(_ name: String) -> String {
        name.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
