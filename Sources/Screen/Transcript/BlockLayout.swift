/// A line as it is painted: pieces of text, and their columns together.
struct Line: Hashable, Sendable {
    private(set) var spans: [Span] = []
    private(set) var columns = 0

    /// Adds text that is known to be painted.
    mutating func add(_ text: String, _ style: Style) {
        if text.isEmpty { return }
        columns += text.columns
        if let last = spans.indices.last, spans[last].style == style {
            spans[last].text += text
        } else {
            spans.append(Span(text, style))
        }
    }

    /// Adds blanks up to a column.
    mutating func pad(to column: Int, _ style: Style = .plain) {
        if column > columns { add(String(repeating: " ", count: column - columns), style) }
    }

    /// Adds another line's pieces.
    mutating func add(_ other: Line) {
        for span in other.spans { add(span.text, span.style) }
    }
}

/// The lines of one block at one width.
struct BlockLayout: Hashable, Sendable {
    /// What the lines were made from.
    var version: Int
    var base: Int
    /// The lines.
    var lines: [Line]
    /// How many of the lines only part the block from the one above.
    var spaceLines = 0
    /// How many lines and paragraphs cannot change while text is only added at the end.
    var linesFinal = 0
    var paragraphsFinal = 0
}

/// Where the columns of the transcript are.
struct Columns: Hashable, Sendable {
    /// Lines longer than this are hard to read.
    static let textMaximum = 100

    /// Where times stand.
    let margin = 1
    /// Where speakers and tool calls stand.
    let speaker: Int
    /// Where text stands.
    let text: Int
    /// How wide text may be.
    let textWidth: Int
    /// Whether there is no room for a gutter: then who speaks stands on a line of its own.
    let isNarrow: Bool

    init(screen columns: Int) {
        isNarrow = columns < 50
        speaker = isNarrow ? 1 : 8
        text = isNarrow ? 1 : 16
        textWidth = max(2, min(Columns.textMaximum, columns - text - 1))
    }

    /// Where everything ends on the right.
    var end: Int { text + textWidth }
}
