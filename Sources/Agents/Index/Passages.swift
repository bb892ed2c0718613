/// A run of lines of a file: what is indexed, found and read.
struct Passage: Hashable, Sendable {
    /// The length of a passage in lines; it may end a little earlier, at a blank line.
    static let lineCount = 40
    /// The longest line, in bytes; longer ones are truncated, so that a minified file does not become one huge passage.
    static let lineBytesMaximum = 1024

    /// Its first line, from 1.
    var line: Int
    var lines: [String]

    var endLine: Int { line + lines.count - 1 }
    var text: String { lines.joined(separator: "\n") }

    /// Splits a file into passages that do not overlap and leave out only blank passages.
    static func passages(of text: String) -> [Passage] {
        let lines = text.lines.map(shortened)
        var passages: [Passage] = []
        var start = 0
        while start < lines.count {
            let end = end(of: lines, from: start)
            let passage = Passage(line: start + 1, lines: Array(lines[start..<end]))
            if passage.lines.contains(where: { !$0.utf8.allSatisfy(isBlank) }) { passages.append(passage) }
            start = end
        }
        return passages
    }

    /// Reads the lines of a file that a passage covered when it was indexed.
    ///
    /// - Returns: `nil` when the file has become too short.
    init?(of text: String, from line: Int, to endLine: Int) {
        let lines = text.lines
        guard line >= 1, line <= lines.count, line <= endLine else { return nil }
        self.init(line: line, lines: lines[(line - 1)..<min(endLine, lines.count)].map(Passage.shortened))
    }

    init(line: Int, lines: [String]) {
        self.line = line
        self.lines = lines
    }

    private static func end(of lines: [String], from start: Int) -> Int {
        let limit = start + lineCount
        guard limit < lines.count else { return lines.count }
        for end in stride(from: limit, to: limit - lineCount / 3, by: -1) where lines[end - 1].utf8.allSatisfy(isBlank)
        {
            return end
        }
        return limit
    }

    private static func shortened(_ line: String) -> String {
        guard line.utf8.count > lineBytesMaximum else { return line }
        var end = line.utf8.index(line.startIndex, offsetBy: lineBytesMaximum)
        while end.samePosition(in: line.unicodeScalars) == nil { end = line.utf8.index(before: end) }
        return line[..<end] + "…"
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
}
