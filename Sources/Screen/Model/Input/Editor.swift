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
    /// The long pastes in the text, each of which is one character of it.
    private(set) var chips = PasteChips()
    private var undoStack = UndoStack<Snapshot>()

    /// What undo brings back.
    private struct Snapshot: Hashable, Sendable {
        var lines: [[Character]]
        var line: Int
        var column: Int
        var bytes: Int
        var chips: PasteChips
    }

    var isEmpty: Bool { lines.count == 1 && lines[0].isEmpty }

    /// The whole text with its pastes, its lines joined by newlines.
    var text: String { lines.map { text(of: $0[...]) }.joined(separator: "\n") }

    /// Replaces the text and puts the cursor at its end.
    mutating func replace(with text: String) {
        remember(.other)
        (lines, line, column, bytes, columnWanted, chips) = ([[]], 0, 0, 0, nil, PasteChips())
        put(Editor.fitting(text, into: Editor.bytesMaximum).text)
    }

    // MARK: Changing

    /// Replaces a range of the cursor's line, and puts the cursor behind what replaces it.
    mutating func replace(_ range: Range<Int>, with text: String) {
        remember(.other)
        remove(range)
        put(Editor.fitting(text, into: Editor.bytesMaximum - bytes).text)
    }

    /// Inserts text at the cursor, up to ``bytesMaximum``.
    ///
    /// - Returns: Whether all of it fitted.
    @discardableResult
    mutating func insert(_ text: String) -> Bool {
        // Words are typed, everything else is a step of its own.
        let isTyped = text.count == 1 && text != "\n"
        remember(isTyped ? .typing : .other)
        let (fitting, isWhole) = Editor.fitting(text, into: Editor.bytesMaximum - bytes)
        put(fitting)
        if isTyped, text.first?.isWhitespace ?? false { undoStack.endStep() }
        return isWhole
    }

    /// Inserts a paste at the cursor, a long one as one character that is sent as the whole.
    ///
    /// - Returns: Whether all of it fitted.
    mutating func paste(_ text: String) -> Bool {
        let (fitting, isWhole) = Editor.fitting(text, into: Editor.bytesMaximum - bytes)
        guard PasteChips.isLong(fitting) else { return insert(text) }
        remember(.other)
        if isEmpty { chips = PasteChips() }
        if let chip = chips.add(fitting) {
            columnWanted = nil
            lines[line].insert(chip, at: column)
            column += 1
            bytes += fitting.utf8.count
        } else {
            put(fitting)
        }
        return isWhole
    }

    /// Replaces the paste at the cursor by its text, so that it can be edited.
    ///
    /// - Returns: Whether there is one.
    mutating func expandPaste() -> Bool {
        guard let place = chipPlace, let text = chips.text(of: lines[line][place]) else { return false }
        remember(.other)
        remove(place..<place + 1)
        put(text)
        return true
    }

    /// Where the paste is that the cursor stands at or behind; `nil` when there is none.
    var chipPlace: Int? {
        [column - 1, column].first { lines[line].indices.contains($0) && chips.text(of: lines[line][$0]) != nil }
    }

    /// Undoes the last step of changes.
    mutating func undo() {
        guard let state = undoStack.undo() else { return }
        (lines, line, column, bytes, chips) = (state.lines, state.line, state.column, state.bytes, state.chips)
        columnWanted = nil
    }

    private var isAtEnd: Bool { line == lines.count - 1 && column == lines[line].count }

    private mutating func remember(_ change: UndoStack<Snapshot>.Change) {
        undoStack.remember(
            Snapshot(lines: lines, line: line, column: column, bytes: bytes, chips: chips), bytes: bytes,
            before: change)
    }

    /// The beginning of a text that fits, without what could be taken for something else.
    private static func fitting(_ text: String, into room: Int) -> (text: String, isWhole: Bool) {
        let clean = PasteChips.cleaned(text.withoutControls)
        if clean.utf8.count <= room { return (clean, true) }
        let end = clean.utf8.index(clean.startIndex, offsetBy: max(0, room))
        return (String(clean[..<(end == clean.endIndex ? end : clean.index(before: clean.index(after: end)))]), false)
    }

    private func text(of characters: ArraySlice<Character>) -> String {
        var text = ""
        for character in characters {
            if let paste = chips.text(of: character) { text += paste } else { text.append(character) }
        }
        return text
    }

    private func bytes(of character: Character) -> Int {
        chips.text(of: character)?.utf8.count ?? character.utf8.count
    }

    /// Inserts text that fits at the cursor.
    private mutating func put(_ text: String) {
        columnWanted = nil
        let parts = text.split(separator: "\n", omittingEmptySubsequences: false)
        let rest = Array(lines[line][column...])
        lines[line].removeSubrange(column...)
        if let first = parts.first { join(first) }
        for part in parts.dropFirst() {
            line += 1
            lines.insert(Array(part), at: line)
        }
        column = lines[line].count
        lines[line] += rest
        bytes += text.utf8.count
    }

    /// Appends to the cursor's line. A combining mark that arrives alone joins the character before it.
    private mutating func join(_ text: Substring) {
        if let last = lines[line].last, chips.text(of: last) == nil, let first = text.first {
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
        guard column > 0 || line > 0 else { return }
        remember(.deleting)
        if column > 0 {
            remove(column - 1..<column)
        } else {
            line -= 1
            column = lines[line].count
            joinNextLine()
        }
    }

    /// Deletes the character after the cursor.
    mutating func deleteForward() {
        if isAtEnd { return }
        remember(.deleting)
        if column < lines[line].count { remove(column..<column + 1) } else { joinNextLine() }
    }

    /// Deletes the word before the cursor, at the start of a line the newline.
    ///
    /// - Returns: What was deleted, like the other deletions of more than a character.
    @discardableResult
    mutating func deleteWordBackward() -> String {
        if column == 0 {
            guard line > 0 else { return "" }
            deleteBackward()
            return "\n"
        }
        remember(.other)
        let end = column
        moveWordLeft()
        return remove(column..<end)
    }

    /// Deletes the word after the cursor, at the end of a line the newline.
    @discardableResult
    mutating func deleteWordForward() -> String {
        if isAtEnd { return "" }
        remember(.other)
        let start = column
        guard start < lines[line].count else { return joinNextLine() }
        moveWordRight()
        return remove(start..<column)
    }

    /// Deletes from the start of the line to the cursor.
    @discardableResult
    mutating func deleteToLineStart() -> String {
        if column == 0 { return "" }
        remember(.other)
        return remove(0..<column)
    }

    /// Deletes from the cursor to the end of the line; at the end of the line, the newline.
    @discardableResult
    mutating func deleteToLineEnd() -> String {
        if isAtEnd { return "" }
        remember(.other)
        return column < lines[line].count ? remove(column..<lines[line].count) : joinNextLine()
    }

    @discardableResult
    private mutating func remove(_ range: Range<Int>) -> String {
        columnWanted = nil
        let removed = text(of: lines[line][range])
        bytes -= lines[line][range].reduce(0) { $0 + bytes(of: $1) }
        lines[line].removeSubrange(range)
        column = range.lowerBound
        return removed
    }

    @discardableResult
    private mutating func joinNextLine() -> String {
        columnWanted = nil
        guard line + 1 < lines.count else { return "" }
        bytes -= 1
        lines[line] += lines.remove(at: line + 1)
        return "\n"
    }

    // MARK: Moving

    mutating func moveLeft() {
        beginMove()
        if column > 0 {
            column -= 1
        } else if line > 0 {
            line -= 1
            column = lines[line].count
        }
    }

    mutating func moveRight() {
        beginMove()
        if column < lines[line].count {
            column += 1
        } else if line + 1 < lines.count {
            line += 1
            column = 0
        }
    }

    mutating func moveWordLeft() {
        if column == 0 { return moveLeft() }
        beginMove()
        while column > 0, !lines[line][column - 1].isWord { column -= 1 }
        while column > 0, lines[line][column - 1].isWord { column -= 1 }
    }

    mutating func moveWordRight() {
        let end = lines[line].count
        if column == end { return moveRight() }
        beginMove()
        while column < end, !lines[line][column].isWord { column += 1 }
        while column < end, lines[line][column].isWord { column += 1 }
    }

    mutating func moveToLineStart() {
        beginMove()
        column = 0
    }

    mutating func moveToLineEnd() {
        beginMove()
        column = lines[line].count
    }

    /// What is changed after a move is a step of its own.
    private mutating func beginMove() {
        columnWanted = nil
        undoStack.endStep()
    }

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
        undoStack.endStep()
        line = target
        column = min(wanted, lines[target].count)
        columnWanted = wanted
        return true
    }
}

extension Character {
    fileprivate var isWord: Bool { isLetter || isNumber || self == "_" }
}

extension Editor {
    /// A text with the cursor at its end.
    init(text: String) {
        self.init()
        replace(with: text)
    }
}
