/// The rows of the input that are shown, and where the caret is among them.
struct InputRows: Hashable, Sendable {
    /// The text of each row, painted.
    var rows: [String]
    /// The row of the caret.
    var caretRow: Int
    /// The column of the caret in its row.
    var caretColumn: Int
    /// Whether the first row is the beginning of the text.
    var showsStart: Bool
}

extension Model {
    /// Where text stands in the input.
    static let inputIndent = 3

    /// How wide text in the input may be; one column more is kept for the caret.
    var inputWidth: Int { max(2, size.columns - Model.inputIndent - 1) }

    /// Lays out the part of the input around the caret: as many lines above and below as can be seen at most, so that
    /// a key in a long text costs no more than in a short one.
    func inputRows(atMost maximum: Int) -> InputRows {
        var rows: [String] = []
        var caret = (row: 0, column: 0)
        let first = max(0, editor.line - maximum)
        let last = min(editor.lines.count - 1, editor.line + maximum)
        for index in first...last {
            let characters = editor.lines[index].map { PaintedCharacter($0) }
            let breaks = PaintedCharacter.breaks(characters, width: inputWidth)
            for (number, range) in breaks.enumerated() {
                let isLast = number == breaks.count - 1
                if index == editor.line, range.contains(editor.column) || isLast && editor.column == range.upperBound {
                    let before = characters[range.lowerBound..<editor.column].reduce(0) { $0 + $1.columns }
                    caret = (rows.count, min(before, inputWidth))
                }
                rows.append(PaintedCharacter.text(characters[range], width: inputWidth))
            }
        }
        let start = max(0, min(caret.row - maximum / 2, rows.count - maximum))
        let shown = rows[start..<min(rows.count, start + maximum)]
        return InputRows(
            rows: Array(shown), caretRow: caret.row - start, caretColumn: caret.column,
            showsStart: first == 0 && start == 0)
    }
}

/// A character of the input as it is drawn.
struct PaintedCharacter: Hashable, Sendable {
    let text: String
    let columns: Int
    let isSpace: Bool

    init(_ character: Character) {
        isSpace = character == " "
        if let byte = character.asciiValue, byte >= 0x20 {
            text = String(character)
            columns = 1
        } else {
            text = String(character).painted
            columns = text.columns
        }
    }

    /// The rows of a line: broken behind spaces, which may hang over the edge, else where the row is full.
    static func breaks(_ characters: [PaintedCharacter], width: Int) -> [Range<Int>] {
        var rows: [Range<Int>] = []
        var start = 0
        var used = 0
        var wordStart = 0
        for (index, character) in characters.enumerated() {
            if used + character.columns > width, !character.isSpace, index > start {
                let end = wordStart > start ? wordStart : index
                rows.append(start..<end)
                start = end
                used = characters[start..<index].reduce(0) { $0 + $1.columns }
            }
            used += character.columns
            if character.isSpace { wordStart = index + 1 }
        }
        rows.append(start..<characters.count)
        return rows
    }

    /// The text of a row, cut where the spaces at its end hang over.
    static func text(_ characters: ArraySlice<PaintedCharacter>, width: Int) -> String {
        var text = ""
        var used = 0
        for character in characters {
            used += character.columns
            if used > width { break }
            text += character.text
        }
        return text
    }
}
