/// Writes the lines of a message below its gutter, and remembers which of them are final.
struct MessageWriter {
    private(set) var layout: BlockLayout
    private let column: Int
    /// Where the lines of the text begin, after the space above the block.
    private let start: Int
    private var gutter: Line?

    /// - Parameter gutter: The time and the speaker; on a narrow screen they have a line of their own.
    init(_ layout: BlockLayout, gutter: Line?, columns: Columns) {
        self.layout = layout
        column = columns.text
        let isNew = layout.lines.count == layout.spaceLines
        if columns.isNarrow, let gutter {
            if isNew { self.layout.lines.append(gutter) }
            start = layout.spaceLines + 1
        } else {
            start = layout.spaceLines
            self.gutter = isNew ? gutter : nil
        }
    }

    /// Whether no line of the text is written.
    var isEmpty: Bool { layout.lines.count <= start }
    var lineCount: Int { layout.lines.count }

    mutating func add(_ content: Line) {
        var line = gutter ?? Line()
        gutter = nil
        if content.columns > 0 {
            line.pad(to: column)
            line.add(content)
        }
        layout.lines.append(line)
    }

    /// Everything written so far is final, and the text goes on with this paragraph.
    mutating func settle(atParagraph paragraph: Int) { settle(atParagraph: paragraph, lines: layout.lines.count) }

    /// So many lines are final, and the text goes on with this paragraph.
    mutating func settle(atParagraph paragraph: Int, lines: Int) {
        layout.paragraphsFinal = paragraph
        layout.linesFinal = lines
    }

    /// Enters, continues or leaves a block of code.
    mutating func settle(in code: OpenCode?) { layout.code = code }
}
