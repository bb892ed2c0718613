import Wire

/// The text of the input line, and the position of its cursor.
struct Editor: Hashable, Sendable {
    /// The longest text, in bytes.
    static let bytesMaximum = 1 << 20

    /// The lines without their newlines; at least one.
    private(set) var lines: [[Character]] = [[]]
    /// The line of the cursor.
    private(set) var line = 0
    /// The number of characters before the cursor in its line.
    private(set) var column = 0
    /// The length of the text in UTF-8, in bytes.
    private(set) var bytes = 0
    /// The column that the cursor returns to after moving over a shorter line.
    private var columnWanted: Int?

    var isEmpty: Bool { lines.count == 1 && lines[0].isEmpty }

    /// The whole text, its lines joined by newlines.
    var text: String { lines.map { String($0) }.joined(separator: "\n") }

    /// Replaces the text and puts the cursor at its end.
    mutating func replace(with text: String) {
        (lines, line, column, bytes, columnWanted) = ([[]], 0, 0, 0, nil)
        insert(text)
    }

    // MARK: Changing

    /// Replaces a range of the cursor's line, and puts the cursor behind what replaces it.
    mutating func replace(_ range: Range<Int>, with text: String) {
        remove(range)
        insert(text)
    }

    /// Inserts text at the cursor, up to ``bytesMaximum``.
    ///
    /// - Returns: Whether all of it fitted.
    @discardableResult
    mutating func insert(_ text: String) -> Bool {
        columnWanted = nil
        let clean = text.withoutControls
        let room = Editor.bytesMaximum - bytes
        var fitting = clean[...]
        if clean.utf8.count > room {
            let end = clean.utf8.index(clean.startIndex, offsetBy: max(0, room))
            fitting = clean[..<(end == clean.endIndex ? end : clean.index(before: clean.index(after: end)))]
        }
        let parts = fitting.split(separator: "\n", omittingEmptySubsequences: false)
        let rest = Array(lines[line][column...])
        lines[line].removeSubrange(column...)
        if let first = parts.first { join(first) }
        for part in parts.dropFirst() {
            line += 1
            lines.insert(Array(part), at: line)
        }
        column = lines[line].count
        lines[line] += rest
        bytes += fitting.utf8.count
        return fitting.endIndex == clean.endIndex
    }

    /// Appends to the cursor's line. A combining mark that arrives alone joins the character before it.
    private mutating func join(_ text: Substring) {
        if let last = lines[line].last, let first = text.first {
            let joint = String(last) + String(first)
            if joint.count == 1, let character = joint.first {
                lines[line][lines[line].count - 1] = character
                lines[line] += text.dropFirst()
                return
            }
        }
        lines[line] += text
    }

    /// Deletes the character before the cursor; at the start of a line, the newline before it.
    mutating func deleteBackward() {
        if column > 0 {
            remove(column - 1..<column)
        } else if line > 0 {
            line -= 1
            column = lines[line].count
            joinNextLine()
        }
    }

    /// Deletes the character after the cursor.
    mutating func deleteForward() {
        if column < lines[line].count { remove(column..<column + 1) } else { joinNextLine() }
    }

    /// Deletes the word before the cursor.
    mutating func deleteWordBackward() {
        if column == 0 { return deleteBackward() }
        let end = column
        moveWordLeft()
        remove(column..<end)
    }

    /// Deletes from the start of the line to the cursor.
    mutating func deleteToLineStart() { remove(0..<column) }

    /// Deletes from the cursor to the end of the line; at the end of the line, the newline.
    mutating func deleteToLineEnd() {
        if column < lines[line].count { remove(column..<lines[line].count) } else { joinNextLine() }
    }

    private mutating func remove(_ range: Range<Int>) {
        columnWanted = nil
        bytes -= lines[line][range].reduce(0) { $0 + $1.utf8.count }
        lines[line].removeSubrange(range)
        column = range.lowerBound
    }

    private mutating func joinNextLine() {
        columnWanted = nil
        guard line + 1 < lines.count else { return }
        bytes -= 1
        lines[line] += lines.remove(at: line + 1)
    }

    // MARK: Moving

    mutating func moveLeft() {
        columnWanted = nil
        if column > 0 {
            column -= 1
        } else if line > 0 {
            line -= 1
            column = lines[line].count
        }
    }

    mutating func moveRight() {
        columnWanted = nil
        if column < lines[line].count {
            column += 1
        } else if line + 1 < lines.count {
            line += 1
            column = 0
        }
    }

    mutating func moveWordLeft() {
        if column == 0 { return moveLeft() }
        columnWanted = nil
        while column > 0, !lines[line][column - 1].isWord { column -= 1 }
        while column > 0, lines[line][column - 1].isWord { column -= 1 }
    }

    mutating func moveWordRight() {
        let end = lines[line].count
        if column == end { return moveRight() }
        columnWanted = nil
        while column < end, !lines[line][column].isWord { column += 1 }
        while column < end, lines[line][column].isWord { column += 1 }
    }

    mutating func moveToLineStart() { (column, columnWanted) = (0, nil) }

    mutating func moveToLineEnd() { (column, columnWanted) = (lines[line].count, nil) }

    /// Moves the cursor to the line above.
    ///
    /// - Returns: Whether there is one.
    mutating func moveUp() -> Bool { move(to: line - 1) }

    /// Moves the cursor to the line below.
    ///
    /// - Returns: Whether there is one.
    mutating func moveDown() -> Bool { move(to: line + 1) }

    private mutating func move(to target: Int) -> Bool {
        guard lines.indices.contains(target) else { return false }
        let wanted = columnWanted ?? column
        line = target
        column = min(wanted, lines[target].count)
        columnWanted = wanted
        return true
    }
}

extension Character {
    fileprivate var isWord: Bool { isLetter || isNumber || self == "_" }
}
