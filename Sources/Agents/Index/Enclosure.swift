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
        var depth = depth(of: lines[line - 1], isMarkdown: isMarkdown)
        for above in lines[..<(line - 1)].reversed() where !above.trimmed.isEmpty {
            let other = self.depth(of: above, isMarkdown: isMarkdown)
            guard other < depth else { continue }
            if let found = Definitions.definition(in: above, isMarkdown: isMarkdown), found.kind != .value {
                return short(found.name)
            }
            guard !isMarkdown else { continue }
            depth = other
            if depth == 0 { return nil }
        }
        return nil
    }

    /// Whether a line is still in what the first line of a part of a file is in: nothing between them leaves it.
    static func isInside(_ line: Int, of lines: [String], isMarkdown: Bool) -> Bool {
        guard let first = lines.first(where: { !$0.trimmed.isEmpty }) else { return false }
        // A heading ends the part that it stands in, unless it is of a lower level, which is a line of that part.
        let level = isMarkdown ? 7 : depth(of: first, isMarkdown: false)
        return lines.prefix(line).allSatisfy { $0.trimmed.isEmpty || depth(of: $0, isMarkdown: isMarkdown) >= level }
    }

    /// How deep a line is: by its indentation, and in Markdown by the level of its heading, 7 for what is none.
    private static func depth(of line: String, isMarkdown: Bool) -> Int {
        guard isMarkdown else { return line.indentation }
        return Definitions.definition(in: line, isMarkdown: true) == nil ? 7 : line.prefix { $0 == "#" }.count
    }

    private static func short(_ name: String) -> String? {
        name.isEmpty || name.utf8.count > nameBytesMaximum ? nil : name
    }
}

extension String {
    /// How many spaces and tabs it begins with.
    var indentation: Int { prefix { $0 == " " || $0 == "\t" }.count }
}
