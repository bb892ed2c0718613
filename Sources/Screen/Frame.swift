/// How large the screen is, in cells.
public struct Size: Hashable, Sendable {
    /// Cells from left to right.
    public var columns: Int
    /// Cells from top to bottom.
    public var rows: Int

    /// A size.
    public init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
    }
}

/// A place on the screen, from 0, 0 at the top left.
public struct Point: Hashable, Sendable {
    /// Cells from the left.
    public var column: Int
    /// Cells from the top.
    public var row: Int

    /// A place.
    public init(column: Int, row: Int) {
        self.column = column
        self.row = row
    }
}

/// Text of one look.
public struct Span: Hashable, Sendable {
    /// The text; printable, and already as wide as it is meant to be.
    public var text: String
    /// Its look.
    public var style: Style

    /// Text of one look.
    public init(_ text: String, _ style: Style = .plain) {
        self.text = text
        self.style = style
    }
}

/// The whole screen as it should look; what paints it finds the difference to what is there.
public struct Frame: Hashable, Sendable {
    /// How large the screen is.
    public var size: Size
    /// The rows from top to bottom, each at most as wide as the screen; what is missing is blank.
    public var rows: [[Span]]
    /// Where the caret stands; hidden when `nil`.
    public var cursor: Point?

    /// A screen.
    public init(size: Size, rows: [[Span]], cursor: Point?) {
        self.size = size
        self.rows = rows
        self.cursor = cursor
    }
}
