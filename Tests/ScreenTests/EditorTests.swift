import ScreenKit
import Testing

@testable import Screen

@Suite struct EditorTests {
    /// The text with a bar where the caret is.
    private func drawn(_ editor: Editor) -> String {
        editor.lines.enumerated().map { index, line in
            guard index == editor.line else { return String(line) }
            return String(line[..<editor.column]) + "|" + String(line[editor.column...])
        }.joined(separator: "⏎")
    }

    private func editor(_ text: String, _ moves: (inout Editor) -> Void...) -> Editor {
        var editor = Editor()
        editor.insert(text)
        for move in moves { move(&editor) }
        return editor
    }

    @Test func inserts() {
        #expect(drawn(editor("ab", { $0.moveLeft() }, { $0.insert("x\ny") })) == "ax⏎y|b")
        #expect(drawn(editor("e", { $0.insert("\u{301}") }, { $0.moveLeft() })) == "|e\u{301}")
        #expect(editor("a\tb\u{7}").text == "a\tb")
    }

    @Test func deletes() {
        #expect(drawn(editor("ab", { $0.deleteBackward() })) == "a|")
        #expect(drawn(editor("a\nb", { $0.moveToLineStart() }, { $0.deleteBackward() })) == "a|b")
        #expect(drawn(editor("👨\u{200D}👩x", { $0.moveLeft() }, { $0.deleteBackward() })) == "|x")
        #expect(drawn(editor("ab", { $0.moveToLineStart() }, { $0.deleteForward() })) == "|b")
        #expect(drawn(editor("a\nb", { _ = $0.moveUp() }, { $0.deleteForward() })) == "a|b")
        #expect(drawn(editor("one two  ", { $0.deleteWordBackward() })) == "one |")
        #expect(drawn(editor("one two", { $0.moveWordLeft() }, { $0.deleteToLineStart() })) == "|two")
        #expect(drawn(editor("one two", { $0.moveWordLeft() }, { $0.deleteToLineEnd() })) == "one |")
        #expect(drawn(editor("", { $0.deleteBackward() }, { $0.deleteForward() }, { $0.deleteToLineEnd() })) == "|")
    }

    @Test func moves() {
        #expect(drawn(editor("one two", { $0.moveWordLeft() }, { $0.moveWordLeft() })) == "|one two")
        #expect(
            drawn(editor("one two", { $0.moveToLineStart() }, { $0.moveWordRight() }, { $0.moveRight() })) == "one |two"
        )
        #expect(drawn(editor("a\nb", { $0.moveToLineStart() }, { $0.moveLeft() })) == "a|⏎b")
        #expect(drawn(editor("a\nb", { _ = $0.moveUp() }, { $0.moveRight() })) == "a⏎|b")
        var short = editor("a")
        #expect(!short.moveUp() && !short.moveDown())
    }

    @Test func countsItsBytes() {
        var generator = SeededGenerator(seed: 5)
        var editor = Editor()
        for _ in 0..<3000 {
            switch Int.random(in: 0..<10, using: &generator) {
            case 0, 1, 2: editor.insert(String.hostile(length: 4, using: &generator))
            case 3: editor.deleteBackward()
            case 4: editor.deleteForward()
            case 5: editor.deleteWordBackward()
            case 6: editor.deleteToLineEnd()
            case 7: editor.moveWordLeft()
            case 8: _ = editor.moveUp()
            default: editor.moveRight()
            }
            #expect(editor.bytes == editor.text.utf8.count)
            #expect(editor.column <= editor.lines[editor.line].count)
        }
    }

    @Test func growsToEightLinesAndFollowsTheCaret() {
        var screen = Fixture()
        screen.send(.draft((1...20).map { "line \($0)" }.joined(separator: "\n")))
        let end = screen.model.inputRows(atMost: 8)
        #expect(end.rows.count == 8 && end.rows.last == "line 20" && end.caretRow == 7 && !end.showsStart)
        for _ in 0..<19 { screen.press(.up) }
        let start = screen.model.inputRows(atMost: 8)
        #expect(start.rows.first == "line 1" && start.caretRow == 0 && start.caretColumn == 6 && start.showsStart)
    }

    @Test func aCaretInWrappedTextStandsBehindItsCharacter() {
        var screen = Fixture(columns: 24, rows: 24)
        screen.type("aaaa bbbb cccc dddd eeee")
        #expect(screen.frame.cursor == Point(column: 3 + 4, row: 21))
        for _ in 0..<5 { screen.press(.left) }
        #expect(screen.frame.cursor == Point(column: 3 + 19, row: 20))
    }

    @Test func aLongLineIsLaidOutInPieces() {
        var screen = Fixture()
        screen.send(.draft(String(repeating: "0123456789", count: 100_000)))
        let rows = screen.model.inputRows(atMost: 8)
        #expect(rows.rows.count == 8 && rows.rows.allSatisfy { $0.columns <= screen.model.inputWidth })
        screen.press(.control("a"))
        #expect(screen.model.inputRows(atMost: 8).showsStart)
    }
}
