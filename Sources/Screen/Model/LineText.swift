import Wire

/// One line of text that is typed into a box, with its cursor.
struct LineText: Hashable, Sendable {
    /// The longest text, in bytes.
    static let bytesMaximum = 4_096

    private(set) var characters: [Character] = []
    /// How many characters are before the cursor.
    private(set) var caret = 0

    /// A text with the cursor at its end.
    init(_ text: String = "") { insert(text) }

    var text: String { String(characters) }

    /// Inserts text as one line, as far as there is room.
    mutating func insert(_ text: String) {
        let clean = text.withoutControls.split(whereSeparator: \.isNewline).joined(separator: " ")
        var bytes = characters.reduce(0) { $0 + $1.utf8.count }
        let fitting = clean.prefix { character in
            bytes += character.utf8.count
            return bytes <= LineText.bytesMaximum
        }
        characters.insert(contentsOf: fitting, at: caret)
        caret += fitting.count
    }

    /// Handles a key that edits.
    ///
    /// - Returns: Whether it was one.
    mutating func edit(_ key: Key) -> Bool {
        switch key {
        case .character(let character): insert(String(character))
        case .paste(let text): insert(text)
        case .backspace, .control("h"):
            guard caret > 0 else { return true }
            caret -= 1
            characters.remove(at: caret)
        case .delete, .control("d"): if caret < characters.count { characters.remove(at: caret) }
        case .control("u"):
            characters.removeSubrange(..<caret)
            caret = 0
        case .control("k"): characters.removeSubrange(caret...)
        case .left: caret = max(0, caret - 1)
        case .right: caret = min(characters.count, caret + 1)
        case .home, .control("a"): caret = 0
        case .end, .control("e"): caret = characters.count
        default: return false
        }
        return true
    }

    /// The part around the cursor that fits a width, and the column of the cursor in it.
    func shown(width: Int) -> (text: String, column: Int) {
        let painted = characters.map { PaintedCharacter($0) }
        let room = max(1, width - 1)
        var start = caret
        var before = 0
        while start > 0, before + painted[start - 1].columns <= room {
            start -= 1
            before += painted[start].columns
        }
        var text = ""
        var used = 0
        for character in painted[start...] {
            guard used + character.columns <= room else { break }
            used += character.columns
            text += character.text
        }
        return (text, before)
    }
}
