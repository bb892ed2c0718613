/// A block of code whose end has not been reached: what its next line needs to know.
struct OpenCode: Hashable, Sendable {
    let fence: Fence
    /// The widest line so far, in columns.
    private(set) var columns = 0
    private var tokenizer: Tokenizer

    init(_ fence: Fence) {
        self.fence = fence
        tokenizer = Tokenizer(language: fence.language)
    }

    /// The tokens of the next line.
    mutating func next(_ line: String) -> [Token] {
        let content = fence.content(of: line)
        columns = max(columns, content.columns)
        return tokenizer.next(content)
    }
}

/// Lays out blocks of code in a box. Lines are never wrapped: what does not fit is cut with a mark, and scrolled to.
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

    func codeLine(_ tokens: [Token], width: Int) -> Line {
        let isBoxed = width >= BlockPainter.boxMinimum
        var content = Line()
        for token in tokens { content.add(token.text, style(of: token.kind)) }
        var line = Line()
        line.add(glyphs.side + " ", theme[.border])
        line.add(content.window(codeShift, width: innerWidth(width), mark: glyphs.ellipsis, theme[.textMuted]))
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
        return code.lines.map { codeLine(tokenizer.next($0), width: width) }
    }

    /// The style of a token, on the background of code.
    func style(of kind: Token.Kind) -> Style {
        var style = theme[kind.role]
        style.background = theme[.code].background
        return style
    }
}
