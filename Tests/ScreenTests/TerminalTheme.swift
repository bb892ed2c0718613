import Foundation
import Screen

/// The theme that is shipped, read from its file; the tests speak of what users see.
enum TerminalTheme {
    static let theme: Theme = {
        do {
            return try Theme(table(in: file))
        } catch {
            fatalError("themes/terminal.toml: \(error)")
        }
    }()

    static let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "themes/terminal.toml")

    /// Reads the little of TOML that our own theme uses: sections, strings and integers.
    static func table(in file: URL) throws -> ThemeTable {
        var table: ThemeTable = [:]
        var section: (name: String, table: ThemeTable)?
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
            let line = line.trimmingCharacters(in: .whitespaces)
            if line.hasPrefix("#") { continue }
            if line.hasPrefix("[") {
                if let section { table[section.name] = .table(section.table) }
                section = (line.trimmingCharacters(in: CharacterSet(charactersIn: "[]")), [:])
                continue
            }
            guard let equals = line.firstIndex(of: "=") else { continue }
            let key = line[..<equals].trimmingCharacters(in: CharacterSet(charactersIn: "\" "))
            let text = line[line.index(after: equals)...].trimmingCharacters(in: .whitespaces)
            let value: ThemeValue =
                Int(text).map { .integer($0) } ?? .string(text.trimmingCharacters(in: CharacterSet(charactersIn: "\"")))
            if section == nil { table[key] = value } else { section?.table[key] = value }
        }
        if let section { table[section.name] = .table(section.table) }
        return table
    }
}
