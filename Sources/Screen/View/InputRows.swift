/// The visible rows of the input, and the position of the cursor among them.
struct InputRows: Hashable, Sendable {
    /// The text of each row, sanitized.
    var rows: [String]
    /// The row of the cursor.
    var caretRow: Int
    /// The column of the cursor in its row.
    var caretColumn: Int
    /// Whether the first row is the start of the text.
    var showsStart: Bool
}

extension Model {
    /// The column where the input's text begins.
    static let inputIndent = 3

    /// The width of the input's text; one more column is kept for the cursor.
    var inputWidth: Int { max(2, size.columns - Model.inputIndent - 1) }

    /// Lays out only as much of the input around the cursor as can be visible: a key in a long text is as cheap as in a
    /// short one.
    func inputRows(atMost maximum: Int) -> InputRows {
        let home = EditorPiece(line: editor.line, index: max(0, editor.column - 1) / EditorPiece.length)
        var rows = lay(out: home)
        let row = rows.lastIndex { $0.range.lowerBound <= editor.column } ?? 0
        let before = rows[row].range.lowerBound..<editor.column
        let columns = editor.lines[editor.line][before].reduce(0) { $0 + painted($1).columns }
        var caretRow = row

        var first = home
        while caretRow < maximum, let piece = first.previous(in: editor) {
            let above = lay(out: piece)
            rows.insert(contentsOf: above, at: 0)
            caretRow += above.count
            first = piece
        }
        var last = home
        while rows.count - caretRow <= maximum, let piece = last.next(in: editor) {
            rows += lay(out: piece)
            last = piece
        }
        let start = max(0, min(caretRow - maximum / 2, rows.count - maximum))
        return InputRows(
            rows: rows[start..<min(rows.count, start + maximum)].map(\.text), caretRow: caretRow - start,
            caretColumn: min(columns, inputWidth), showsStart: start == 0 && first.previous(in: editor) == nil)
    }

    private func lay(out piece: EditorPiece) -> [(range: Range<Int>, text: String)] {
        let range = piece.range(in: editor)
        let characters = editor.lines[piece.line][range].map(painted)
        return PaintedCharacter.breaks(characters, width: inputWidth).map { row in
            (
                row.lowerBound + range.lowerBound..<row.upperBound + range.lowerBound,
                PaintedCharacter.text(characters[row], width: inputWidth)
            )
        }
    }
}

extension Model {
    /// A character of the input as it is painted: a paste as its label.
    private func painted(_ character: Character) -> PaintedCharacter {
        editor.chips.label(of: character).map { PaintedCharacter($0.clipped(to: inputWidth, mark: glyphs.ellipsis)) }
            ?? PaintedCharacter(character)
    }
}

/// A part of a line of the input that is laid out separately. A normal line is one part; a megabyte on one line is
/// many, so that a key need not lay out all of it.
private struct EditorPiece: Hashable {
    static let length = 4_096

    var line: Int
    var index: Int

    func range(in editor: Editor) -> Range<Int> {
        let count = editor.lines[line].count
        return min(count, index * EditorPiece.length)..<min(count, (index + 1) * EditorPiece.length)
    }

    func previous(in editor: Editor) -> EditorPiece? {
        if index > 0 { return EditorPiece(line: line, index: index - 1) }
        return line > 0 ? EditorPiece(line: line - 1, index: EditorPiece.lastIndex(line - 1, in: editor)) : nil
    }

    func next(in editor: Editor) -> EditorPiece? {
        if index < EditorPiece.lastIndex(line, in: editor) { return EditorPiece(line: line, index: index + 1) }
        return line + 1 < editor.lines.count ? EditorPiece(line: line + 1, index: 0) : nil
    }

    private static func lastIndex(_ line: Int, in editor: Editor) -> Int {
        max(0, editor.lines[line].count - 1) / length
    }
}

/// A character of the input as it is painted.
struct PaintedCharacter: Hashable, Sendable {
    let text: String
    let columns: Int
    let isSpace: Bool

    /// What stands for a character, already sanitized.
    init(_ label: String) { (text, columns, isSpace) = (label, label.columns, false) }

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

    /// The rows of a line: broken after spaces, which may extend beyond the edge, otherwise where the row is full.
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

    /// The text of a row, without the trailing spaces that extend beyond the edge.
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
