/// Completes Markdown that is still being written, so that `**importan` is bold from its first letter on instead of
/// changing its look, and its width, when the closing mark arrives.
///
/// What is completed is the last paragraph only, and only while the message is open; once it is finished it is shown as
/// it was written.
enum OpenMarkdown {
    /// The lines of a text whose last line is not finished, completed.
    static func completed(_ lines: [String]) -> [String] {
        guard let last = lines.last else { return [] }
        if let table = table(at: lines) { return table }
        if isMark(last) { return Array(lines.dropLast()) }
        let start = paragraph(endingIn: lines)
        if start == lines.count { return lines }
        let text = lines[start...].joined(separator: "\n")
        let completed = InlineCompletion.completed(text)
        return lines[..<start]
            + completed.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { String(Substring($0)) }
    }

    /// Whether a line could be the beginning of a mark that changes what is around it: `--` would make a heading of the
    /// paragraph above it, until it becomes the rule or the list that was meant.
    private static func isMark(_ line: String) -> Bool {
        let rest = line.utf8.drop { $0 == 0x20 }
        guard let first = rest.first else { return false }
        if rest.starts(with: [0x60, 0x60, 0x60]) || rest.starts(with: [0x7E, 0x7E, 0x7E]) { return true }
        let marks: Set<UInt8> = Set("-=*_+#>`~|:".utf8)
        if marks.contains(first) { return rest.allSatisfy { marks.contains($0) || $0 == 0x20 } }
        let number = rest.prefix { $0 >= 0x30 && $0 <= 0x39 }
        if number.isEmpty { return false }
        let end = rest[number.endIndex...]
        return end.first == UInt8(ascii: ".") && end.dropFirst().allSatisfy { $0 == 0x20 }
    }

    /// Where the paragraph, item, heading or row begins that the last line belongs to.
    private static func paragraph(endingIn lines: [String]) -> Int {
        var start = lines.count
        while start > 0, !lines[start - 1].isBlank {
            start -= 1
            let line = lines[start].utf8.drop { $0 == 0x20 }
            guard let first = line.first else { break }
            if "-*+#>|".utf8.contains(first) || first >= 0x30 && first <= 0x39 { break }
        }
        return start
    }

    // MARK: Tables

    /// A table of which only the header is there, or a part of the row of dashes below it.
    private static func table(at lines: [String]) -> [String]? {
        guard let last = lines.last, last.utf8.first == UInt8(ascii: "|") else { return nil }
        let rows = lines.reversed().prefix { $0.utf8.first == UInt8(ascii: "|") }.count
        if rows == 1 { return last.utf8.count > 1 ? lines + [dashes(below: last)] : lines.dropLast() }
        guard rows == 2, last.utf8.allSatisfy({ "|-: ".utf8.contains($0) }) else { return nil }
        let header = lines[lines.count - 2]
        return lines.dropLast() + [dashes(below: header)]
    }

    private static func dashes(below header: String) -> String {
        let pipes = header.utf8.count { $0 == UInt8(ascii: "|") }
        let isClosed = header.utf8.last { $0 != 0x20 } == UInt8(ascii: "|") && pipes > 1
        return "|" + String(repeating: "---|", count: isClosed ? pipes - 1 : pipes)
    }
}
