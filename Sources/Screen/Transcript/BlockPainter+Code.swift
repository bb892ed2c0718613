/// A block of code whose end has not been reached: what its next line needs to know.
struct OpenCode: Hashable, Sendable {
    let fence: Fence
    /// Whether its lines are wrapped at words.
    var isProse: Bool { tokenizer.isProse }
    /// The widest line so far that is not wrapped, in columns.
    private(set) var columns = 0
    private var tokenizer: Tokenizer

    init(_ fence: Fence) {
        self.fence = fence
        tokenizer = Tokenizer(language: fence.language)
    }

    /// The tokens of the next line.
    mutating func next(_ line: String) -> [Token] {
        let content = fence.content(of: line)
        if !isProse { columns = max(columns, content.columns) }
        return tokenizer.next(content)
    }
}

/// Lays out blocks of code in a box. Lines of code are never wrapped: what does not fit is cut with a mark, and scrolled
/// to. Prose is wrapped at words.
extension BlockPainter {
    /// Below this width the right side of the box is left out.
    private static let boxMinimum = 30

    func codeTop(_ language: String, width: Int) -> Line {
        var line = Line()
        line.add(glyphs.corners.topLeft, theme[.border])
        let room = width - line.columns - 3
        if !language.isEmpty, room > 0 {
            line.add(" " + language.clipped(to: room, mark: glyphs.ellipsis) + " ", theme[.textMuted])
        }
        closeEdge(glyphs.corners.topRight, width: width, &line)
        return line
    }

    /// The lower edge, which names the keys that show the rest when a line was cut.
    func codeBottom(width: Int, widest: Int) -> Line {
        var line = Line()
        line.add(glyphs.corners.bottomLeft, theme[.border])
        let keys = " Ctrl-\(glyphs.left) Ctrl-\(glyphs.right) "
        if widest > innerWidth(width), width >= BlockPainter.boxMinimum {
            let rule = String(repeating: glyphs.rule, count: max(0, width - 3 - keys.columns))
            line.add(rule, theme[.border])
            line.add(keys, theme[.textMuted])
        }
        closeEdge(glyphs.corners.bottomRight, width: width, &line)
        return line
    }

    private func closeEdge(_ corner: String, width: Int, _ line: inout Line) {
        guard width >= BlockPainter.boxMinimum else { return }
        line.add(String(repeating: glyphs.rule, count: max(0, width - line.columns - 1)) + corner, theme[.border])
    }

    /// The lines of the box that show a line of code: one, or as many as prose needs.
    func codeLines(_ tokens: [Token], isProse: Bool, width: Int) -> [Line] {
        guard isProse, let token = tokens.first else { return [codeLine(tokens, shift: codeShift, width: width)] }
        return token.text.wrapped(to: max(2, innerWidth(width))).map { part in
            codeLine([Token(text: String(part), kind: token.kind)], shift: 0, width: width)
        }
    }

    private func codeLine(_ tokens: [Token], shift: Int, width: Int) -> Line {
        let isBoxed = width >= BlockPainter.boxMinimum
        var content = Line()
        for token in tokens { content.add(token.text, style(of: token.kind)) }
        var line = Line()
        line.add(glyphs.side + " ", theme[.border])
        line.add(content.window(shift, width: innerWidth(width), mark: glyphs.ellipsis, theme[.textMuted]))
        if isBoxed {
            line.pad(to: width - 2, theme[.code])
            line.add(" " + glyphs.side, theme[.border])
        }
        return line
    }

    /// The width of the code in a box.
    private func innerWidth(_ width: Int) -> Int { max(1, width - (width >= BlockPainter.boxMinimum ? 4 : 2)) }

    func codeLines(_ code: MarkdownBlock.CodeBlock, width: Int) -> [Line] {
        var tokenizer = Tokenizer(language: code.language)
        return code.lines.flatMap { codeLines(tokenizer.next($0), isProse: tokenizer.isProse, width: width) }
    }

    /// The style of a token, on the background of code.
    func style(of kind: Token.Kind) -> Style {
        var style = theme[kind.role]
        style.background = theme[.code].background
        return style
    }
}
