import Client
import Glibc
import Platform
import Screen
import TOMLKit
import Wire

/// A theme file that was read: what it says, and where it says it.
struct ThemeFile {
    /// The most bytes of a file.
    static let bytesMaximum = 64 << 10

    /// The path, or the name of a theme that is built in.
    let place: String
    /// Whether it is part of the program.
    let isBuiltIn: Bool
    let text: String
    let table: ThemeTable
    let header: ThemeHeader

    /// Reads the file of a theme.
    ///
    /// - Throws: ``ClientError/configuration(_:)``, naming the file and the line.
    init(path: String) throws(ClientError) {
        let text: String
        do { text = try WholeFile.text(path, atMost: ThemeFile.bytesMaximum) } catch {
            throw .configuration("\(error)")
        }
        try self.init(text, place: path, isBuiltIn: false)
    }

    /// A theme that is part of the program; `nil` when there is none with this name.
    init?(builtIn name: String) throws(ClientError) {
        guard let text = BuiltInThemes.text(name) else { return nil }
        try self.init(text, place: name, isBuiltIn: true)
    }

    private init(_ text: String, place: String, isBuiltIn: Bool) throws(ClientError) {
        (self.place, self.isBuiltIn, self.text) = (place, isBuiltIn, text)
        do { table = ThemeFile.convert(try TOMLTable(string: text)) } catch let error as TOMLParseError {
            throw .configuration("\(place):\(error.source.begin.line): \(error.description)")
        } catch {
            throw .configuration("\(place): \(error)")
        }
        do throws(ThemeError) { header = try ThemeHeader(table) } catch {
            throw ThemeFile.failure(error, place: place, text: text)
        }
    }

    /// The name of the theme: the file's, without its ending.
    var name: String {
        let last = LocalTime.lastComponent(place)
        return last.hasSuffix(".toml") ? String(last.dropLast(5)) : last
    }

    /// An error in this file, with the line of the key that is wrong.
    func failure(_ error: ThemeError) -> ClientError { ThemeFile.failure(error, place: place, text: text) }

    private static func failure(_ error: ThemeError, place: String, text: String) -> ClientError {
        .configuration("\(place):\(ThemeLines.line(of: error.key, in: text).map { "\($0):" } ?? "") \(error)")
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

/// Finds the lines of a theme file that set a key: the parser does not keep them.
enum ThemeLines {
    /// The number of the line, from 1; `nil` when none sets it.
    ///
    /// - Parameter key: The key with its sections before it, such as `roles.diff.add`.
    static func line(of key: String, in text: String) -> Int? {
        var section = ""
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = String(line).trimmed
            if line.hasPrefix("["), let end = line.firstIndex(of: "]") {
                section = String(line[line.index(after: line.startIndex)..<end]).trimmed
                if section == key { return index + 1 }
                continue
            }
            guard let equals = line.firstIndex(of: "=") else { continue }
            let own = String(line[..<equals]).trimmed.filter { $0 != "\"" && $0 != "'" }
            let whole = section.isEmpty ? own : "\(section).\(own)"
            // A variant is a part of the line that sets the colour.
            if key == whole || key.hasPrefix(whole + ".") && !isRole(section) { return index + 1 }
        }
        return nil
    }

    /// Names of roles have dots of their own.
    private static func isRole(_ section: String) -> Bool { section == "roles" || section == "syntax" }
}
