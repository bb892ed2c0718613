import Wire

/// The text in the input, and where the caret stands in it.
struct Editor: Hashable, Sendable {
    /// The longest text, in bytes.
    static let bytesMaximum = 1 << 20

    /// The lines, at least one, without their ends.
    private(set) var lines: [[Character]] = [[]]
    /// The line of the caret.
    private(set) var line = 0
    /// How many characters of it stand before the caret.
    private(set) var column = 0
    /// The length of the text.
    private(set) var bytes = 0
    /// The column that the caret goes back to when it moves over a shorter line.
    private var columnWanted: Int?

    /// Whether there is no text.
    var isEmpty: Bool { lines.count == 1 && lines[0].isEmpty }

    /// The text.
    var text: String { lines.map { String($0) }.joined(separator: "\n") }

    /// Puts another text there, the caret behind it.
    mutating func replace(with text: String) {
        (lines, line, column, bytes, columnWanted) = ([[]], 0, 0, 0, nil)
        insert(text)
    }

    // MARK: Changing

    /// Adds text at the caret.
    ///
    /// - Returns: Whether all of it found room.
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

    /// Puts text behind the caret's line; a mark that comes alone belongs to the character before it.
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

    /// Removes the character before the caret.
    mutating func deleteBackward() {
        if column > 0 {
            remove(column - 1..<column)
        } else if line > 0 {
            line -= 1
            column = lines[line].count
            joinNextLine()
        }
    }

    /// Removes the character behind the caret.
    mutating func deleteForward() {
        if column < lines[line].count { remove(column..<column + 1) } else { joinNextLine() }
    }

    /// Removes the word before the caret.
    mutating func deleteWordBackward() {
        if column == 0 { return deleteBackward() }
        let end = column
        moveWordLeft()
        remove(column..<end)
    }

    /// Removes what stands before the caret in its line.
    mutating func deleteToLineStart() { remove(0..<column) }

    /// Removes what stands behind the caret in its line; the line's end when nothing does.
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

    /// Moves to the line above.
    ///
    /// - Returns: Whether there is one.
    mutating func moveUp() -> Bool { move(to: line - 1) }

    /// Moves to the line below.
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
