import Wire

/// The lines of a passage that are quoted, and a description of them.
struct Quote: Hashable, Sendable {
    /// The least ``Ranking/fit(of:to:)`` at which a declaration counts as what is asked about.
    static let fitMinimum = 0.3
    /// How many lines of a comment are quoted above what they describe.
    static let commentLinesMaximum = 8

    var path: String
    /// The line that the source names.
    var line: Int
    var lines: [String]
    /// The declaration there, if it fits the question.
    var definition: Definition?
    /// The first sentence of the comment about it.
    var summary: String?

    /// The declaration that it is in, or the heading that it stands under.
    var context: String?

    /// The path and line.
    var source: String { "\(path):\(line)" }

    /// Finds the part of a passage that fits the question best.
    ///
    /// - Parameters:
    ///   - scope: What the passage's first line is in.
    ///   - length: How many lines are shown.
    init(_ passage: Passage, path: String, scope: String? = nil, question: Question, length: Int) {
        self.path = path
        let isMarkdown = FileKind.isMarkdown(path)
        let best = Quote.bestLine(of: passage.lines, isMarkdown: isMarkdown, question: question)
        let focus = isMarkdown ? best : Quote.described(by: best, in: passage.lines)
        line = passage.line + focus
        context =
            Enclosure.name(of: focus + 1, in: passage.lines, isMarkdown: isMarkdown)
            ?? (Enclosure.isInside(focus + 1, of: passage.lines, isMarkdown: isMarkdown) ? scope : nil)
        if let found = Definitions.definition(in: passage.lines[focus], isMarkdown: isMarkdown),
            question.focus != .usage,
            Ranking.fit(of: found, to: question) >= Quote.fitMinimum || focus != best || question.isOverview
        {
            definition = found
        }
        let range = Quote.range(around: focus, in: passage.lines, isMarkdown: isMarkdown, length: length)
        let whole = isMarkdown ? range : Quote.whole(range, of: passage.lines, with: focus)
        lines = Quote.dedented(Array(passage.lines[whole]))
        // What goes on is not to be taken for the end.
        if !isMarkdown, Quote.isOpen(passage.lines[whole]) { lines.append("…") }
        let prose =
            isMarkdown ? Prose.paragraph(in: passage.lines, at: focus) : Prose.comment(in: passage.lines, above: focus)
        summary = prose.flatMap(Prose.firstSentence)
    }

    private static func bestLine(of lines: [String], isMarkdown: Bool, question: Question) -> Int {
        var best = (index: 0, score: -1.0)
        for (index, line) in lines.enumerated() {
            let words = Words.vocabulary(of: line)
            var score = question.terms.reduce(0) { $0 + (Ranking.holds(words, $1) ? $1.weight : 0) }
            if let definition = Definitions.definition(in: line, isMarkdown: isMarkdown) {
                score += question.focus == .usage ? -0.5 : 2 * Ranking.fit(of: definition, to: question)
            }
            if score > best.score { best = (index, score) }
        }
        return best.index
    }

    /// The line that a comment describes, when the line is part of one; else the line itself.
    private static func described(by index: Int, in lines: [String]) -> Int {
        guard Prose.isComment(lines[index]) else { return index }
        var next = index
        while next < lines.count, Prose.isComment(lines[next]) || lines[next].trimmed.hasPrefix("@") { next += 1 }
        guard next < lines.count, Definitions.definition(in: lines[next], isMarkdown: false) != nil else {
            return index
        }
        return next
    }

    private static func range(around focus: Int, in lines: [String], isMarkdown: Bool, length: Int) -> Range<Int> {
        var start = focus
        if isMarkdown {
            start = max(0, lines[focus].hasPrefix("#") ? focus : focus - length / 3)
        } else {
            while start > 0, focus - start < commentLinesMaximum, Prose.isComment(lines[start - 1]) { start -= 1 }
            if start == focus, Definitions.definition(in: lines[focus], isMarkdown: false) == nil {
                start = max(0, focus - length / 3)
            }
        }
        var end = min(lines.count, max(focus + 1, start + length))
        if isMarkdown, let heading = lines[(focus + 1)..<max(focus + 1, end)].firstIndex(where: { $0.hasPrefix("#") }) {
            end = heading
        }
        if !isMarkdown { end = blockEnd(of: focus, in: lines, before: end) }
        while start < focus, lines[start].trimmed.isEmpty { start += 1 }
        // A comment at the end belongs to what is no longer shown.
        while end > focus + 1, lines[end - 1].trimmed.isEmpty || !isMarkdown && Prose.isComment(lines[end - 1]) {
            end -= 1
        }
        return start..<end
    }

    /// The range without a statement at its end that is cut off in its middle, or with the rest of it when it is the one
    /// that is quoted.
    private static func whole(_ range: Range<Int>, of lines: [String], with focus: Int) -> Range<Int> {
        var end = range.upperBound
        while end > focus + 1, isCut(lines[range.lowerBound..<end]) { end -= 1 }
        guard isCut(lines[range.lowerBound..<end]) else { return range.lowerBound..<end }
        let furthest = min(lines.count, range.upperBound + statementLinesMaximum)
        let rest = (range.upperBound..<furthest).first { !isCut(lines[range.lowerBound...$0]) }
        return range.lowerBound..<(rest.map { $0 + 1 } ?? range.upperBound)
    }

    /// How many lines a statement is followed beyond the length of the quote.
    private static let statementLinesMaximum = 12

    /// Whether a statement is not at its end: a parenthesis is open, or the last line ends with what cannot end one.
    private static func isCut(_ lines: ArraySlice<String>) -> Bool {
        depth(of: lines, "([", ")]") > 0
            || lines.last.map { line in "=,+&|".contains(line.trimmed.last ?? " ") } ?? false
    }

    /// Whether a block is open.
    private static func isOpen(_ lines: ArraySlice<String>) -> Bool { depth(of: lines, "{", "}") > 0 }

    /// How many brackets are open at the end, about: those in whole lines of comment and in plain strings do not count.
    private static func depth(of lines: ArraySlice<String>, _ opening: String, _ closing: String) -> Int {
        var depth = 0
        for line in lines where !Prose.isComment(line) {
            var quote: Character?
            for character in line {
                if let open = quote {
                    if character == open { quote = nil }
                } else if character == "\"" {
                    quote = character
                } else if opening.contains(character) {
                    depth += 1
                } else if closing.contains(character) {
                    depth = max(0, depth - 1)
                }
            }
        }
        return depth
    }

    /// Where the block ends that a line begins or is part of: behind its closing brace, or before what is indented
    /// less.
    private static func blockEnd(of focus: Int, in lines: [String], before end: Int) -> Int {
        let depth = lines[focus].indentation
        for index in (focus + 1)..<max(focus + 1, end) where !lines[index].trimmed.isEmpty {
            let other = lines[index].indentation
            if other < depth { return index }
            if other == depth, let first = lines[index].trimmed.first, "}])".contains(first) { return index + 1 }
        }
        return end
    }

    /// The lines without the indentation that all of them have.
    private static func dedented(_ lines: [String]) -> [String] {
        let indents = lines.filter { !$0.trimmed.isEmpty }.map { $0.prefix { $0 == " " || $0 == "\t" } }
        guard var common = indents.first else { return lines }
        for indent in indents {
            while !indent.hasPrefix(common) { common.removeLast() }
        }
        return lines.map { $0.hasPrefix(common) ? String($0.dropFirst(common.count)) : $0.trimmed }
    }
}
