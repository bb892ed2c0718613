import Client
import Glibc
import Platform
import Screen
import TOMLKit

/// Finds and reads theme files; the theme `terminal` is built in.
enum ThemeFile {
    /// The folders that are searched for a theme by its name, in this order.
    private static func folders(_ configuration: String) -> [String] {
        [configuration + "/themes", "/usr/share/belay/themes"]
    }

    /// Loads a theme.
    ///
    /// - Parameters:
    ///   - file: The path given with `--theme`; it takes precedence.
    ///   - name: The name of a theme, without `.toml`.
    ///   - configuration: The configuration folder, which has a subfolder `themes`.
    /// - Throws: ``ClientError/configuration(_:)``, naming the file and the key.
    static func load(file: String?, name: String, configuration: String) throws(ClientError) -> Theme {
        if let file { return try read(file) }
        for folder in folders(configuration) where !name.contains("/") {
            let path = "\(folder)/\(name).toml"
            if access(path, F_OK) == 0 { return try read(path) }
        }
        guard name == "terminal" else {
            throw .configuration("there is no theme '\(name)': put \(name).toml into \(configuration)/themes")
        }
        return try parse(String(decoding: PackageResources.terminal_toml, as: UTF8.self), file: "terminal.toml")
    }

    private static func read(_ path: String) throws(ClientError) -> Theme {
        let text: String
        do { text = try WholeFile.text(path) } catch { throw .configuration("\(error)") }
        return try parse(text, file: path)
    }

    private static func parse(_ text: String, file: String) throws(ClientError) -> Theme {
        do {
            return try Theme(convert(try TOMLTable(string: text)))
        } catch {
            throw .configuration("\(file): \(error)")
        }
    }

    private static func convert(_ table: TOMLTable) -> ThemeTable {
        var converted: ThemeTable = [:]
        for (key, value) in table {
            converted[key] =
                if let text = value.string {
                    .string(text)
                } else if let number = value.int {
                    .integer(number)
                } else if let inner = value.table {
                    .table(convert(inner))
                } else {
                    .other
                }
        }
        return converted
    }
}
