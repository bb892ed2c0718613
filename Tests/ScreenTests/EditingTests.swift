import Testing

@testable import Screen

/// Undo, what was deleted, and long pastes.
@Suite struct EditingTests {
    private static let paste = (1...42).map { "line \($0)" }.joined(separator: "\n")

    // MARK: Undo

    @Test func undoGoesBackWordByWord() {
        var screen = Fixture()
        screen.type("one two")
        screen.press(.control("w"))
        screen.press(.paste("x y"))
        var texts: [String] = []
        for _ in 0..<5 {
            screen.press(.control("_"))
            texts.append(screen.model.editor.text)
        }
        #expect(texts == ["one ", "one two", "one ", "", ""])
    }

    @Test func whatIsDeletedCharacterByCharacterIsOneStep() {
        var screen = Fixture()
        screen.type("abc")
        screen.press(.backspace, .backspace, .control("_"))
        #expect(screen.model.editor.text == "abc")
        screen.press(.left)
        screen.type("x")
        screen.press(.control("_"))
        #expect(screen.model.editor.text == "abc" && screen.model.editor.column == 2)
    }

    @Test func whatControlCClearedComesBackAndWhatWasSentDoesNot() {
        var screen = Fixture()
        screen.type("important")
        screen.press(.control("c"))
        screen.seconds += 2
        #expect(screen.press(.control("_")) == [.saveDraft("important")])
        screen.press(.enter)
        #expect(screen.press(.control("_")) == [])
    }

    @Test func undoIsBounded() {
        var editor = Editor()
        for _ in 0..<1_000 {
            editor.insert("ab")
            editor.moveToLineStart()
        }
        var steps = 0
        while editor.text != editor.undone() { steps += 1 }
        #expect(steps == UndoStack<Int>.stepsMaximum)
        // Of long texts there are fewer.
        var long = Editor()
        for _ in 0..<10 { long.insert(String(repeating: "x", count: 100_000) + "\n") }
        steps = 0
        while long.text != long.undone() { steps += 1 }
        #expect((1...2).contains(steps), "\(steps)")
    }

    // MARK: The kill ring

    @Test(arguments: [
        ([Key.control("w"), .control("w")], "two three"), ([.control("u")], "one two three"),
        ([.control("a"), .control("k")], "one two three"), ([.control("w"), .left, .control("w")], "two"),
        ([.control("a"), .alt("d"), .alt("d")], "one two"), ([.control("k")], ""),
    ])
    func whatWasDeletedIsInsertedAgain(keys: [Key], killed: String) {
        var screen = Fixture()
        screen.type("one two three")
        for key in keys { screen.press(key) }
        screen.press(.control("c"), .control("y"))
        #expect(screen.model.editor.text == killed)
    }

    @Test func linesAreJoinedByWhatDeletesWords() {
        var editor = Editor()
        editor.insert("a\nb")
        editor.moveToLineStart()
        #expect(editor.deleteWordBackward() == "\n" && editor.text == "ab")
        editor.moveToLineStart()
        #expect(editor.deleteWordBackward() == "" && editor.deleteToLineStart() == "")
        editor.moveToLineEnd()
        #expect(editor.deleteWordForward() == "" && editor.deleteToLineEnd() == "")
    }

    @Test func theEmacsKeysMove() {
        var screen = Fixture()
        screen.press(.paste("ab\ncd"))
        screen.press(.control("b"), .control("p"))
        #expect(screen.model.editor.line == 0 && screen.model.editor.column == 1)
        screen.press(.control("n"), .control("e"))
        #expect(screen.model.editor.line == 1 && screen.model.editor.column == 2)
    }

    // MARK: Pastes

    @Test func aLongPasteIsOneCharacterAndSentWhole() {
        var screen = Fixture()
        screen.type("see ")
        #expect(screen.press(.paste(Self.paste)) == [.saveDraft("see " + Self.paste)])
        screen.type(" there")
        #expect(screen.text.contains { $0.contains("> see [paste #1: 42 lines] there") })
        #expect(screen.model.editor.lines.count == 1)
        #expect(screen.press(.enter) == [.send("see \(Self.paste) there"), .saveDraft("")])
        #expect(screen.model.editor.isEmpty && screen.model.editor.bytes == 0)
    }

    @Test func tabOpensThePasteAndBackspaceDeletesIt() {
        var screen = Fixture()
        screen.press(.paste(Self.paste))
        #expect(screen.text.last?.contains("Tab open the paste") == true)
        screen.press(.tab)
        #expect(screen.model.editor.lines.count == 42 && screen.model.editor.line == 41)
        screen.press(.control("_"))
        #expect(screen.model.editor.lines.count == 1)
        #expect(screen.press(.backspace) == [.saveDraft("")])
        #expect(screen.model.editor.bytes == 0)
        screen.press(.control("_"), .control("w"), .control("y"))
        #expect(screen.model.editor.text == Self.paste, "what was deleted is its text")
    }

    @Test func shortPastesAreText() {
        var screen = Fixture()
        screen.press(.paste("a\nb"))
        #expect(screen.model.editor.lines.count == 2)
        screen.press(.paste(String(repeating: "x", count: 2_000)))
        #expect(screen.text.contains { $0.contains("[paste #1: 2000 bytes]") })
    }

    @Test func noTextIsTakenForAPaste() {
        var screen = Fixture()
        let chips = [0xFDD0, 0xFDEF].compactMap { Unicode.Scalar($0).map { String($0) } }.joined()
        screen.press(.paste(Self.paste), .paste(chips), .character("\u{301}"))
        #expect(screen.model.editor.text.hasSuffix("\u{FFFD}\u{FFFD}\u{301}"))
        var editor = Editor()
        _ = editor.paste(Self.paste)
        editor.insert("\u{301}")
        #expect(editor.text == Self.paste + "\u{301}", "a mark behind it does not hide it")
    }

    @Test func thereIsABoundOfPastes() {
        var editor = Editor()
        for _ in 0...PasteChips.maximum { _ = editor.paste(Self.paste) }
        #expect(editor.lines.count == 42)
        #expect(editor.text == String(repeating: Self.paste, count: PasteChips.maximum + 1))
        #expect(editor.bytes == editor.text.utf8.count)
        for _ in 0..<3 { _ = editor.paste(String(repeating: "y", count: 500_000)) }
        #expect(editor.bytes == Editor.bytesMaximum && editor.text.utf8.count == Editor.bytesMaximum)
    }

    @Test(arguments: [(80, 24, "paste-80x24"), (20, 5, "paste-20x5")])
    func paste(columns: Int, rows: Int, name: String) throws {
        var screen = Fixture(columns: columns, rows: rows)
        screen.type("Why does ")
        screen.press(.paste(Self.paste))
        screen.type(" fail?")
        screen.press(.wordLeft, .left, .left)
        try expectGolden(screen.frame, name)
    }
}

extension Editor {
    /// The text after an undo.
    fileprivate mutating func undone() -> String {
        undo()
        return text
    }
}
