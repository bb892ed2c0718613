import Foundation
import Screen
import TOMLKit

/// The themes that are shipped, read from their files; the tests speak of what users see.
enum TerminalTheme {
    /// The default.
    static let theme: Theme = {
        do {
            return try Theme(table("terminal"))
        } catch {
            fatalError("themes/terminal.toml: \(error)")
        }
    }()

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "themes")

    /// The names of all themes.
    static let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0.hasSuffix(".toml") }.map { String($0.dropLast(5)) }.sorted()

    /// The file of a theme.
    static func table(_ name: String) throws -> ThemeTable {
        let text = try String(contentsOf: folder.appending(path: "\(name).toml"), encoding: .utf8)
        return convert(try TOMLTable(string: text))
    }

    private static func convert(_ table: TOMLTable) -> ThemeTable {
        Dictionary(
            uniqueKeysWithValues: table.map { key, value in
                if let text = value.string { return (key, .string(text)) }
                if let number = value.int { return (key, .integer(number)) }
                return (key, value.table.map { .table(convert($0)) } ?? .other)
            })
    }
}
