/// A line of styled text, with its width in columns.
struct Line: Hashable, Sendable {
    private(set) var spans: [Span] = []
    private(set) var columns = 0

    /// Appends text that is already sanitized, and the address that it leads to.
    mutating func add(_ text: String, _ style: Style, link: String? = nil) {
        if text.isEmpty { return }
        columns += text.columns
        if let last = spans.indices.last, spans[last].style == style, spans[last].link == link {
            spans[last].text += text
        } else {
            spans.append(Span(text, style, link: link))
        }
    }

    /// Appends spaces up to a column.
    mutating func pad(to column: Int, _ style: Style = .plain) {
        if column > columns { add(String(repeating: " ", count: column - columns), style) }
    }

    mutating func add(_ other: Line) {
        for span in other.spans { add(span.text, span.style, link: span.link) }
    }

    /// Puts a mark into the first column, which blocks leave blank.
    mutating func mark(with text: String, _ style: Style) {
        guard let first = spans.first, first.text.first == " " else { return }
        var marked = Line()
        marked.add(text, style)
        marked.add(String(first.text.dropFirst()), first.style, link: first.link)
        for span in spans.dropFirst() { marked.add(span.text, span.style, link: span.link) }
        self = marked
    }

    /// A part of the line: what follows the first `skipped` columns, in at most `width`. A mark of one column or more
    /// stands for what is cut at either side.
    func window(_ skipped: Int, width: Int, mark: String, _ markStyle: Style) -> Line {
        if skipped <= 0, columns <= width { return self }
        var window = Line()
        let leading = skipped > 0 && columns > 0 ? mark : ""
        let trailing = columns > skipped + width ? mark : ""
        let (low, high) = (skipped + leading.columns, skipped + width - trailing.columns)
        guard low < high else { return window }
        window.add(leading, markStyle)
        var at = 0
        for span in spans {
            if at >= high { break }
            let (part, before) = span.text.columns(low - at..<high - at)
            // Half of a wide character at the edge is blank.
            if !part.isEmpty { window.pad(to: at + before - skipped) }
            window.add(String(part), span.style)
            at += span.text.columns
        }
        if !trailing.isEmpty { window.pad(to: width - trailing.columns) }
        window.add(trailing, markStyle)
        return window
    }
}

/// The lines of a block at one width.
struct BlockLayout: Hashable, Sendable {
    /// The version of the block that was laid out.
    var version: Int
    var base: Int
    var lines: [Line]
    /// How many of the lines are the space above the block.
    var spaceLines = 0
    /// How many lines and paragraphs stay the same while text is only appended.
    var linesFinal = 0
    var paragraphsFinal = 0
    /// The block of code that the final lines end in.
    var code: OpenCode?
}

/// The columns of the transcript.
struct Columns: Hashable, Sendable {
    /// The widest text, in columns: longer lines are hard to read.
    static let textMaximum = 100

    /// The column of timestamps.
    let margin = 1
    /// Where speakers and tool calls begin.
    let speaker: Int
    /// The column of message text.
    let text: Int
    /// The width of the text.
    let textWidth: Int
    /// Whether there is no room for a gutter: the speaker is then on a line of its own.
    let isNarrow: Bool

    init(screen columns: Int) {
        isNarrow = columns < 50
        speaker = isNarrow ? 1 : 8
        text = isNarrow ? 1 : 16
        textWidth = max(2, min(Columns.textMaximum, columns - text - 1))
    }

    /// The first column after the text.
    var end: Int { text + textWidth }
}
