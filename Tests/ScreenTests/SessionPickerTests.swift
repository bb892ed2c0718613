import Testing

@testable import Screen

/// The list of chats, with the keyboard.
@Suite struct SessionPickerTests {
    private func items(_ count: Int, current: Int = 0) -> [SessionItem] {
        (0..<count).map {
            SessionItem(
                key: "key-\($0)", title: "title \($0)", folder: "/folder", usedAt: "2026-11-27 16:40",
                isCurrent: $0 == current, waiting: $0 == 2 ? 3 : 0)
        }
    }

    @Test func slashSessionsAsksForThemAndEnterOpensTheSelectedOne() {
        var screen = Fixture()
        screen.converse()
        screen.type("/sessions")
        #expect(screen.press(.enter) == [.saveDraft(""), .listSessions])
        screen.send(.sessions(items(5)))
        #expect(screen.text.contains { $0.contains("Enter opens, Esc goes back") })
        #expect(
            screen.text.contains { $0.hasPrefix(" ▸ 2026-11-27 16:40  title 1  /folder") }, "the one before this one")
        #expect(screen.text.contains { $0.contains("title 0  /folder  (this one)") })
        #expect(screen.text.contains { $0.contains("title 2  /folder  (3 waiting)") })
        screen.press(.down)
        #expect(screen.press(.enter) == [.saveDraft(""), .openSession("key-2")])
        #expect(screen.model.picker == nil)
    }

    @Test func escapeGoesBackToWhatWasThereAndTheInputStays() {
        var screen = Fixture()
        screen.converse()
        screen.type("half a thou")
        let before = screen.text
        for key in [Key.escape, .control("c")] {
            screen.send(.sessions(items(3)))
            #expect(screen.text != before)
            #expect(screen.press(.character("x"), .backspace, key) == [])
            #expect(screen.text == before)
        }
        screen.send(.sessions(items(3)))
        #expect(
            screen.press(.enter) == [.saveDraft("half a thou"), .openSession("key-1")], "it is the draft of this one")
        #expect(screen.model.editor.isEmpty)
    }

    @Test func theSelectionKeepsToTheListAndInView() {
        for rows in [5, 8, 24] {
            var screen = Fixture(rows: rows)
            screen.send(.sessions(items(100, current: 99)))
            for key in [Key.end, .up, .pageUp, .home, .up, .down, .pageDown, .end, .down] {
                screen.press(key)
                let selected = screen.model.picker?.selected ?? -1
                #expect((0..<100).contains(selected))
                if rows > 5 {
                    #expect(
                        screen.text.contains { $0.contains("▸") && $0.contains("title \(selected) ") },
                        "\(rows): \(key)")
                }
            }
        }
        var empty = Fixture()
        empty.send(.sessions([]))
        #expect(empty.press(.down, .end, .enter) == [])
    }

    @Test func theOneOnTheScreenIsJustGoneBackTo() {
        var screen = Fixture()
        screen.send(.sessions(items(1)))
        #expect(screen.press(.enter) == [])
        #expect(screen.model.picker == nil)
    }

    @Test func namesOfElsewhereArePaintedAsText() {
        var screen = Fixture()
        screen.send(
            .sessions([
                SessionItem(
                    key: "k", title: "\u{1B}[31mred\nline", folder: "/a\u{202E}b", usedAt: "", isCurrent: false,
                    waiting: 0)
            ]))
        #expect(screen.text.allSatisfy { !$0.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E } })
    }
}
