/// Lays out messages in Markdown.
///
/// Only the block that is being written is laid out again: once another begins below it, it is final, and the text
/// above is not parsed again. Of a block of code even that is left out: its lines are final one by one.
extension BlockPainter {
    func addMarkdown(_ message: MessageBlock, to writer: inout MessageWriter) {
        if writer.layout.paragraphsFinal == 0, writer.layout.code == nil, let fence = message.fenceAbove {
            writer.settle(in: OpenCode(fence))
        }
        if writer.layout.code != nil { addCode(of: message, to: &writer) }
        if writer.layout.code == nil { addBlocks(of: message, to: &writer) }
    }

    private func addBlocks(of message: MessageBlock, to writer: inout MessageWriter) {
        let first = writer.layout.paragraphsFinal
        guard first < message.paragraphs.count else { return }
        let source = Array(message.paragraphs[first...])
        let isHalf = message.isOpen && message.fence == nil
        let pieces = MarkdownParser.pieces(of: isHalf ? OpenMarkdown.completed(source) : source)
        var starts: [Int] = []
        for (index, piece) in pieces.enumerated() {
            starts.append(writer.lineCount)
            let isLast = index == pieces.count - 1
            if !writer.isEmpty, index == 0 || piece.line > pieces[index - 1].line,
                message.isBlank(above: first + piece.line)
            {
                writer.add(Line())
            }
            // A fence whose line has not ended may name another language yet.
            if isLast, piece.line < source.count - 1, let fence = piece.fence(in: source) {
                writer.add(codeTop(fence.language, width: columns.textWidth))
                writer.settle(in: OpenCode(fence))
                writer.settle(atParagraph: first + piece.line + 1)
                addCode(of: message, to: &writer)
                return
            }
            let style = theme[message.speaker == .thought ? .agentThought : .text]
            lines(of: piece.block, width: columns.textWidth, style).forEach { writer.add($0) }
        }
        // The last line may turn out to be something else as it grows, so what begins with it ends nothing.
        var last = pieces.count - 1
        while last > 0, pieces[last].line >= source.count - 1 || pieces[last].line == pieces[last - 1].line {
            last -= 1
        }
        if last >= 0 { writer.settle(atParagraph: first + pieces[last].line, lines: starts[last]) }
    }

    // MARK: Code at the top

    /// Adds the lines of the block of code that the message goes on with.
    private func addCode(of message: MessageBlock, to writer: inout MessageWriter) {
        let last = message.paragraphs.count - 1
        var widest = writer.layout.code?.columns ?? 0
        for index in writer.layout.paragraphsFinal...max(last, writer.layout.paragraphsFinal) where index <= last {
            guard var code = writer.layout.code else { return }
            let text = message.paragraphs[index]
            let isWhole = index < last || !message.isOpen
            if isWhole ? code.fence.isClosed(by: text) : !text.isEmpty && code.fence.mayBeClosed(by: text) {
                writer.add(codeBottom(width: columns.textWidth, widest: code.columns))
                if !isWhole { return }
                writer.settle(in: nil)
                writer.settle(atParagraph: index + 1)
                return
            }
            if index == last, text.isEmpty { break }
            let tokens = code.next(text)
            codeLines(tokens, isProse: code.isProse, width: columns.textWidth).forEach { writer.add($0) }
            widest = code.columns
            if index == last { break }
            writer.settle(in: code)
            writer.settle(atParagraph: index + 1)
        }
        // Another block of the message goes on with it.
        if message.isFull, message.fence != nil { return }
        writer.add(codeBottom(width: columns.textWidth, widest: widest))
    }

    // MARK: Blocks

    /// The lines of a block, at most `width` wide.
    func lines(of block: MarkdownBlock, width: Int, depth: Int = 0, _ style: Style) -> [Line] {
        switch block {
        case .paragraph(let text): return lines(of: text, width: width, style)
        case .heading(let level, let text): return lines(of: text, width: width, heading(level))
        case .code(let code):
            let isProse = Tokenizer(language: code.language).isProse
            return [codeTop(code.language, width: width)] + codeLines(code, width: width)
                + [codeBottom(width: width, widest: isProse ? 0 : code.lines.map(\.columns).max() ?? 0)]
        case .quote(let blocks): return quote(blocks, width: width, depth: depth, style)
        case .list(let items): return items.flatMap { lines(of: $0, width: width, depth: depth, style) }
        case .table(let table): return lines(of: table, width: width, style)
        case .rule:
            var line = Line()
            line.add(String(repeating: glyphs.rule, count: width), theme[.border])
            return [line]
        case .literal(let lines):
            return lines.flatMap { self.lines(of: RichText($0, .aside), width: width, style) }
        case .space: return [Line()]
        }
    }

    private func heading(_ level: Int) -> Style {
        var style = theme[.markdownHeading]
        if level == 1 { style.attributes.insert(.underline) }
        if level > 2 { style.attributes.insert(.italic) }
        return style
    }

    private func quote(_ blocks: [MarkdownBlock], width: Int, depth: Int, _ style: Style) -> [Line] {
        var bar = Line()
        bar.add(glyphs.side + " ", theme[.border])
        let indent = Indent(first: bar, rest: bar, width: width)
        var quoted = theme[.markdownQuote]
        quoted.attributes.formUnion(style.attributes)
        return indent.apply(
            to: blocks.flatMap { lines(of: $0, width: indent.inner, depth: depth, quoted) })
    }

    private func lines(of item: MarkdownBlock.Item, width: Int, depth: Int, _ style: Style) -> [Line] {
        var mark = Line()
        switch item.mark {
        case .bullet: mark.add(glyphs.bullet(depth), theme[.textMuted])
        case .number(let number): mark.add("\(number).", theme[.textMuted])
        case .box(let isChecked): mark.add(glyphs.box(isChecked: isChecked), theme[isChecked ? .success : .textMuted])
        }
        mark.add(" ", .plain)
        var rest = Line()
        rest.pad(to: mark.columns)
        let indent = Indent(first: mark, rest: rest, width: width)
        var content = item.blocks.flatMap { lines(of: $0, width: indent.inner, depth: depth + 1, style) }
        if content.isEmpty { content = [Line()] }
        return (item.isApart ? [Line()] : []) + indent.apply(to: content)
    }

    // MARK: Text

    func lines(of text: RichText, width: Int, _ style: Style) -> [Line] {
        shown(text).wrapped(to: width).map { parts in
            var line = Line()
            for part in parts {
                line.add(String(part.text), self.style(of: part.marks, on: style), link: part.link)
            }
            return line
        }
    }

    /// Without colours, code is told apart by what its author wrote.
    func shown(_ text: RichText) -> RichText {
        theme[.markdownCode] == theme[.text] ? text.withBackticks : text
    }

    private func style(of marks: RichText.Marks, on style: Style) -> Style {
        if marks.isEmpty { return style }
        var own =
            marks.contains(.code)
            ? theme[.markdownCode]
            : marks.contains(.link) ? theme[.link] : marks.contains(.aside) ? theme[.textMuted] : style
        own.attributes.formUnion(style.attributes)
        if marks.contains(.strong) { own.attributes.insert(.bold) }
        if marks.contains(.emphasis) { own.attributes.insert(.italic) }
        if marks.contains(.strike) { own.attributes.insert(.strike) }
        return own
    }
}

/// What stands in front of the lines of a container. Where nesting leaves too little room it is left out, so that text
/// stays readable.
private struct Indent {
    /// The least width of text within a container.
    static let innerMinimum = 10

    let first: Line
    let rest: Line
    /// The width that is left.
    let inner: Int

    init(first: Line, rest: Line, width: Int) {
        let hasRoom = width - first.columns >= Indent.innerMinimum
        self.first = hasRoom ? first : Line()
        self.rest = hasRoom ? rest : Line()
        inner = hasRoom ? width - first.columns : width
    }

    /// Whether its further lines begin with spaces only.
    private var isBlank: Bool { rest.spans.allSatisfy { $0.text.isBlank } }

    func apply(to lines: [Line]) -> [Line] {
        lines.enumerated().map { index, content in
            if index > 0, content.columns == 0, isBlank { return Line() }
            var line = index == 0 ? first : rest
            line.add(content)
            return line
        }
    }
}

extension MarkdownParser.Piece {
    /// The fence that opens it, when it is a fenced block of code.
    fileprivate func fence(in source: [String]) -> Fence? {
        guard case .code = block, source.indices.contains(line) else { return nil }
        return Fence(opening: source[line])
    }
}

extension MessageBlock {
    /// Whether the line above one of its lines is empty.
    fileprivate func isBlank(above paragraph: Int) -> Bool { paragraph > 0 && paragraphs[paragraph - 1].isBlank }
}
