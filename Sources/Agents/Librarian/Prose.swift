import Wire

/// Finds the comments and paragraphs that describe a declaration or a file.
enum Prose {
    /// The longest sentence, in bytes; longer ones are truncated.
    static let sentenceBytesMaximum = 320

    /// Whether the line is a comment and nothing else, in most languages.
    static func isComment(_ line: String) -> Bool { commentText(line) != nil }

    /// The comment directly above a line, as one text.
    static func comment(in lines: [String], above index: Int) -> String? {
        var texts: [String] = []
        var place = index - 1
        // Attributes stand between a comment and what it describes.
        while place >= 0, lines[place].trimmed.hasPrefix("@") { place -= 1 }
        while place >= 0, let text = commentText(lines[place]) {
            texts.append(text)
            place -= 1
        }
        // Skip the documentation of parameters and results.
        let text = texts.reversed().prefix { !$0.hasPrefix("- ") && !$0.hasPrefix("@") }.joined(separator: " ").trimmed
        return text.isEmpty ? nil : text
    }

    /// The paragraph of a Markdown text that the line is part of, or the first one below a heading.
    static func paragraph(in lines: [String], at index: Int) -> String? {
        var start = index
        if lines[index].hasPrefix("#") {
            start = lines[(index + 1)...].firstIndex { !$0.trimmed.isEmpty } ?? lines.count
        } else {
            while start > 0, isPlain(lines[start - 1]) { start -= 1 }
        }
        let text = lines[start...].prefix(while: isPlain).joined(separator: " ").trimmed
        return text.isEmpty ? nil : text
    }

    /// The first sentence of a text, ending in a stop.
    static func firstSentence(of text: String) -> String? {
        var end = text.endIndex
        var index = text.startIndex
        while index < text.endIndex {
            let next = text.index(after: index)
            if ".!?".contains(text[index]), next == text.endIndex || text[next] == " ",
                !["e.g", "i.e", "etc", "vs"].contains(where: { text[..<index].hasSuffix($0) })
            {
                end = next
                break
            }
            index = next
        }
        var sentence = text[..<end].trimmed
        if sentence.utf8.count > sentenceBytesMaximum {
            while sentence.utf8.count > sentenceBytesMaximum { sentence.removeLast() }
            return sentence.trimmed + " …"
        }
        while let last = sentence.last, ":,;".contains(last) { sentence.removeLast() }
        guard let last = sentence.last else { return nil }
        return ".!?".contains(last) ? sentence : sentence + "."
    }

    /// The text of a line that is a comment and nothing else.
    private static func commentText(_ line: String) -> String? {
        let line = line.trimmed
        for marker in ["///", "//!", "//", "/**", "/*", "*/", "* ", "# ", "-- ", ";; ", "\"\"\""]
        where line.hasPrefix(marker) {
            var text = line.dropFirst(marker.count)
            if text.hasSuffix("*/") { text = text.dropLast(2) }
            return text.trimmed
        }
        return line == "*" || line == "#" ? "" : nil
    }

    /// Whether a line of Markdown is part of a paragraph.
    private static func isPlain(_ line: String) -> Bool {
        let line = line.trimmed
        return !line.isEmpty
            && !["#", "```", "~~~", "|", "---", "- ", "* ", "> ", "<", "!["].contains { line.hasPrefix($0) }
    }
}
