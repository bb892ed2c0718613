import Wire

/// What a line of a file is in: the declaration around it, or the heading above it.
enum Enclosure {
    /// The longest name, in bytes.
    private static let nameBytesMaximum = 80

    /// The name; `nil` when the line is in none.
    ///
    /// - Parameters:
    ///   - line: The line, from 1.
    ///   - lines: The lines of the file, or of a part of it.
    static func name(of line: Int, in lines: [String], isMarkdown: Bool) -> String? {
        guard lines.indices.contains(line - 1) else { return nil }
        var depth = isMarkdown ? 7 : indentation(of: lines[line - 1])
        for above in lines[..<(line - 1)].reversed() where !above.trimmed.isEmpty {
            if isMarkdown {
                guard let heading = Definitions.definition(in: above, isMarkdown: true) else { continue }
                return short(heading.name)
            }
            guard indentation(of: above) < depth else { continue }
            depth = indentation(of: above)
            if let found = Definitions.definition(in: above, isMarkdown: false), found.kind != .value {
                return short(found.name)
            }
            if depth == 0 { return nil }
        }
        return nil
    }

    private static func short(_ name: String) -> String? {
        name.isEmpty || name.utf8.count > nameBytesMaximum ? nil : name
    }

    private static func indentation(of line: String) -> Int { line.prefix { $0 == " " || $0 == "\t" }.count }
}
