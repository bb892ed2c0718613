/// A size of the screen, in cells.
public struct Size: Hashable, Sendable {
    /// The width, in cells.
    public var columns: Int
    /// The height, in cells.
    public var rows: Int

    /// Creates a size; both parts are at least 1 on a real terminal.
    public init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
    }
}

/// A cell of the screen, counted from 0, 0 at the top left.
public struct Point: Hashable, Sendable {
    /// The column, from 0 at the left.
    public var column: Int
    /// The row, from 0 at the top.
    public var row: Int

    /// Creates a point from a column and a row.
    public init(column: Int, row: Int) {
        self.column = column
        self.row = row
    }
}

/// A run of text in one style.
public struct Span: Hashable, Sendable {
    /// The text. It is printable: ``Sanitizer`` or our own, so that its width is known.
    public var text: String
    /// The style of the whole run.
    public var style: Style
    /// The address that the text leads to; terminals that can, open it (OSC 8).
    public var link: String?

    /// Creates a run of text.
    public init(_ text: String, _ style: Style = .plain, link: String? = nil) {
        (self.text, self.style, self.link) = (text, style, link)
    }
}

/// The whole screen at one moment. The painter finds the difference to what the terminal shows.
public struct Frame: Hashable, Sendable {
    /// The size of the screen.
    public var size: Size
    /// The rows from top to bottom, each at most as wide as the screen; the rest of a row is blank.
    public var rows: [[Span]]
    /// Where the terminal's cursor stands; hidden when `nil`.
    public var cursor: Point?

    /// Creates a frame; its rows may be fewer than the screen has.
    public init(size: Size, rows: [[Span]], cursor: Point?) {
        self.size = size
        self.rows = rows
        self.cursor = cursor
    }

    /// The frame on a background of the theme's own: blank cells have it, too.
    func filled(with blank: Style) -> Frame {
        if blank.background == .default { return self }
        var frame = self
        for row in frame.rows.indices {
            for index in frame.rows[row].indices where frame.rows[row][index].style.background == .default {
                frame.rows[row][index].style.background = blank.background
            }
            let rest = size.columns - frame.rows[row].reduce(0) { $0 + $1.text.columns }
            if rest > 0 {
                let style = Style(background: blank.background)
                frame.rows[row].append(Span(String(repeating: " ", count: rest), style))
            }
        }
        return frame
    }
}
