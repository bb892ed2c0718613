import Screen

/// The grid of an xterm, as far as terminfo lets ncurses use it, written from ECMA-48 and ctlseqs and not from our
/// painter: what a user would see of the bytes.
///
/// What it does not know is a complaint, so that nothing of a text can act on it unnoticed.
struct ReferenceTerminal {
    /// A cell; the right half of a wide character has no text.
    struct Cell: Hashable {
        var text = " "
        var style = Style.plain
        var link: String?
        /// Whether it is the right half of the character in the cell before it.
        var isRightHalf = false
    }

    let columns: Int
    let rows: Int
    /// The cells, row by row.
    private(set) var cells: [[Cell]]
    /// Where the cursor stands.
    var cursor = Point(column: 0, row: 0)
    /// Whether the last column was written, and the next character goes to the next row.
    var isWrapPending = false
    var isCursorVisible = true
    var isInserting = false
    /// The rows that scroll.
    var region: ClosedRange<Int>
    var style = Style.plain
    var link: String?
    var saved: (cursor: Point, isWrapPending: Bool, style: Style) = (Point(column: 0, row: 0), false, .plain)
    /// The character that was written last, which REP writes again.
    var last: Unicode.Scalar?
    /// What no terminal of this kind is told.
    var complaints: [String] = []
    var parser = Parser.text

    init(_ size: Size) {
        (columns, rows) = (size.columns, size.rows)
        cells = Array(repeating: Array(repeating: Cell(), count: size.columns), count: size.rows)
        region = 0...size.rows - 1
    }

    /// What an erased cell is: it keeps the present background (bce).
    private var blank: Cell { Cell(style: Style(background: style.background)) }

    // MARK: Writing

    /// Writes a character at the cursor.
    mutating func put(_ scalar: Unicode.Scalar) {
        let width = Screen.columns(of: scalar)
        guard width > 0 else { return combine(scalar) }
        if isWrapPending || cursor.column + width > columns {
            guard width <= columns else { return complaints.append("a character that is wider than the screen") }
            cursor.column = 0
            lineFeed()
        }
        isWrapPending = false
        if isInserting { insertBlanks(width) }
        let row = cursor.row
        // Half of a wide character cannot stay.
        if cells[row][cursor.column].isRightHalf { cells[row][cursor.column - 1].text = " " }
        let end = cursor.column + width
        if end < columns, cells[row][end].isRightHalf {
            cells[row][end] = Cell(style: cells[row][end].style, link: cells[row][end].link)
        }
        cells[row][cursor.column] = Cell(text: String(scalar), style: style, link: link)
        if width == 2 { cells[row][cursor.column + 1] = Cell(text: "", style: style, link: link, isRightHalf: true) }
        last = scalar
        if end == columns {
            (cursor.column, isWrapPending) = (columns - 1, true)
        } else {
            cursor.column = end
        }
    }

    /// Adds a mark to the character before the cursor.
    private mutating func combine(_ mark: Unicode.Scalar) {
        var column = isWrapPending ? cursor.column : cursor.column - 1
        guard column >= 0 else { return complaints.append("a mark without a character") }
        if cells[cursor.row][column].isRightHalf { column -= 1 }
        cells[cursor.row][column].text.unicodeScalars.append(mark)
    }

    // MARK: Moving

    mutating func move(toColumn column: Int? = nil, row: Int? = nil) {
        isWrapPending = false
        if let column { cursor.column = min(max(column, 0), columns - 1) }
        if let row { cursor.row = min(max(row, 0), rows - 1) }
    }

    mutating func lineFeed() {
        isWrapPending = false
        if cursor.row == region.upperBound {
            scrollUp(1)
        } else if cursor.row < rows - 1 {
            cursor.row += 1
        }
    }

    mutating func reverseLineFeed() {
        isWrapPending = false
        if cursor.row == region.lowerBound {
            scrollDown(1)
        } else if cursor.row > 0 {
            cursor.row -= 1
        }
    }

    // MARK: Shifting rows

    mutating func scrollUp(_ count: Int) { shift(rows: region, up: count) }

    mutating func scrollDown(_ count: Int) { shift(rows: region, down: count) }

    mutating func insertLines(_ count: Int) {
        guard region.contains(cursor.row) else { return }
        shift(rows: cursor.row...region.upperBound, down: count)
        move(toColumn: 0)
    }

    mutating func deleteLines(_ count: Int) {
        guard region.contains(cursor.row) else { return }
        shift(rows: cursor.row...region.upperBound, up: count)
        move(toColumn: 0)
    }

    private mutating func shift(rows: ClosedRange<Int>, up count: Int = 0, down: Int = 0) {
        let empty = Array(repeating: blank, count: columns)
        let (up, down) = (min(count, rows.count), min(down, rows.count))
        let kept = cells[rows].dropFirst(up).dropLast(down)
        cells.replaceSubrange(
            rows, with: Array(repeating: empty, count: down) + kept + Array(repeating: empty, count: up))
    }

    // MARK: Shifting within a row

    mutating func insertBlanks(_ count: Int) {
        isWrapPending = false
        let count = min(count, columns - cursor.column)
        split(at: cursor.column)
        cells[cursor.row].insert(contentsOf: Array(repeating: blank, count: count), at: cursor.column)
        cells[cursor.row].removeLast(count)
        mend()
    }

    mutating func deleteCharacters(_ count: Int) {
        isWrapPending = false
        let count = min(count, columns - cursor.column)
        split(at: cursor.column)
        split(at: cursor.column + count)
        cells[cursor.row].removeSubrange(cursor.column..<cursor.column + count)
        cells[cursor.row] += Array(repeating: blank, count: count)
    }

    mutating func erase(row: Int, _ range: Range<Int>) {
        let range = range.clamped(to: 0..<columns)
        split(at: range.lowerBound, row: row)
        split(at: range.upperBound, row: row)
        for column in range { cells[row][column] = blank }
    }

    mutating func eraseCharacters(_ count: Int) {
        isWrapPending = false
        erase(row: cursor.row, cursor.column..<cursor.column + count)
    }

    /// Makes blanks of a wide character whose halves a boundary separates.
    private mutating func split(at column: Int, row: Int? = nil) {
        let row = row ?? cursor.row
        guard column > 0, column < columns, cells[row][column].isRightHalf else { return }
        cells[row][column - 1].text = " "
        cells[row][column] = Cell(style: cells[row][column].style, link: cells[row][column].link)
    }

    /// Makes a blank of a left half that was pushed to the edge.
    private mutating func mend() {
        let last = cells[cursor.row][columns - 1]
        let isWide = last.text.unicodeScalars.first.map { Screen.columns(of: $0) == 2 } ?? false
        if isWide { cells[cursor.row][columns - 1].text = " " }
    }
}
