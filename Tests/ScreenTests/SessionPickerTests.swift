import Sync
import Testing
import Wire

@testable import Screen

/// The list of chats, with the keyboard.
@Suite struct SessionPickerTests {
    /// The server has not made the copy, and cannot be reached.
    @Test func goldenOfAForkToCome() throws {
        var screen = Fixture()
        screen.send(.opened(title: "shop", folder: "~/src/shop", agent: "claude"))
        screen.send(.copies("Why is the cart empty?"))
        screen.send(.replaced([], hasMore: false))
        screen.send(.notice("left “Why is the cart empty?”; ^S lists it"))
        screen.send(
            .connection(
                ConnectionStatus(state: .offline(since: screen.now, attempt: 1, retryAt: screen.now + .seconds(2)))))
        screen.send(.outbox([OutboxItem(id: "o", content: [.text("Another way?")], createdAt: Fixture.half)]))
        try expectGolden(screen.frame, "fork-to-come-80x24")
        screen.arrive(
            .user("Why is the cart empty?"),
            .event(.forked(ForkOrigin(session: "7", seq: 1, title: "Why is the cart empty?", leavesTurnsOut: false))))
        #expect(!screen.text.contains { $0.contains("becomes a copy") })
    }

    private static let day: Timestamp = 86_400_000

    private func items(_ count: Int, current: Int = 0, titles: [Int: String] = [:], server: String? = nil)
        -> [SessionItem]
    {
        (0..<count).map {
            SessionItem(
                key: "key-\($0)", session: SessionID("s\($0)"), title: titles[$0] ?? "title \($0)",
                folder: "/folder", server: server, usedAt: Fixture.half - Timestamp($0) * Self.day,
                isCurrent: $0 == current, waiting: $0 == 2 ? 3 : 0)
        }
    }

    @Test func slashSessionsAsksForThemAndEnterOpensTheSelectedOne() {
        var screen = Fixture()
        screen.converse()
        screen.type("/sessions")
        #expect(screen.press(.enter) == [.saveDraft(""), .listSessions])
        #expect(screen.send(.sessions(items(5))) == [.previewSession(key: "key-1")])
        #expect(screen.text.contains { $0.contains("▸") && $0.contains("title 1") }, "the one before this one")
        #expect(screen.text.contains { $0.contains("title 0  (this one)") })
        #expect(screen.text.contains { $0.contains("title 2  (3 waiting)") })
        #expect(screen.press(.down) == [.previewSession(key: "key-2")])
        #expect(screen.press(.enter) == [.saveDraft(""), .openSession("key-2")])
        #expect(screen.model.picker == nil)
    }

    @Test func theListIsThereBeforeItIsReadAgain() {
        var screen = Fixture()
        screen.send(.chats(items(3)))
        #expect(screen.press(.control("s")) == [.listSessions])
        #expect(screen.send(.sessionsKnown) == [.previewSession(key: "key-1")])
        #expect(screen.text.contains { $0.contains("▸") && $0.contains("title 1") })
        screen.press(.down)
        #expect(screen.send(.chats(items(4))) == [.previewSession(key: "key-2")], "it was not read yet")
        #expect(screen.text.contains { $0.contains("▸") && $0.contains("title 2") })
        #expect(screen.text.contains { $0.contains("title 3") })
        screen.press(.escape)
        #expect(screen.send(.chats(items(5))) == [])
        #expect(screen.model.picker == nil, "it was closed meanwhile")
    }

    @Test func keysAreForTheSameWhenTheListIsReadAgain() {
        var screen = Fixture()
        screen.send(.sessions(items(5)))
        screen.press(.character("/"), .character("d"))
        screen.send(.chats(items(6)))
        screen.press(.character("e"))
        #expect(screen.model.picker?.filter.text == "de", "it is typed")
        screen.send(.chats(items(5)))
        #expect(screen.model.picker?.mode == .filtering, "although no chat has these words")
        screen.press(.escape, .down, .character("r"), .character("!"))
        screen.send(.chats(items(6)))
        #expect(screen.press(.enter) == [.renameSession(key: "key-2", title: "title 2!")])
        screen.press(.character("d"))
        screen.send(.chats(items(2)))
        #expect(!screen.press(.character("y")).contains(.deleteSession(key: "key-2")), "the chat is gone")
    }

    @Test func escapeGoesBackToWhatWasThereAndTheInputStays() {
        var screen = Fixture()
        screen.converse()
        screen.type("half a thou")
        screen.send(.chats(items(3)))
        let before = screen.text
        for key in [Key.escape, .control("c"), .control("s")] {
            screen.send(.sessions(items(3)))
            #expect(screen.text != before)
            screen.press(.character("x"), .backspace)
            #expect(screen.press(key) == [])
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
        #expect(empty.press(.down, .end, .enter, .control("r"), .control("d"), .control("e")) == [])
    }

    @Test func theOneOnTheScreenIsJustGoneBackTo() {
        var screen = Fixture()
        screen.send(.sessions(items(1)))
        #expect(screen.press(.enter) == [])
        #expect(screen.model.picker == nil)
    }

    @Test func aChatOfAnotherServerIsOpenedAndNotDeleted() {
        var screen = Fixture()
        screen.send(.sessions([items(2, server: "wss://elsewhere.example")[1]]))
        #expect(screen.text.contains { $0.contains("at wss://elsewhere.example") })
        screen.press(.control("d"), .character("y"))
        #expect(screen.model.picker?.mode == .choosing, "its server is not asked")
        #expect(screen.press(.enter) == [.saveDraft(""), .openSession("key-1")])
    }

    @Test func whatIsTypedBehindASlashFilters() {
        var screen = Fixture()
        screen.send(.sessions(items(25)))
        for character in "/FOLDER 12" { screen.press(.character(character)) }
        #expect(screen.model.picker?.shown.map(\.key) == ["key-12"])
        #expect(screen.text[1].contains("Sessions with FOLDER 12") && screen.text[1].hasSuffix("1 of 25"))
        #expect(screen.press(.enter) == [.saveDraft(""), .openSession("key-12")])

        screen.send(.sessions(items(3)))
        screen.press(.character("/"), .character("z"))
        #expect(screen.text.contains { $0.contains("No chat has these words.") })
        #expect(screen.press(.enter) == [])
        screen.press(.escape)
        #expect(screen.model.picker?.shown.count == 3, "the first time it empties the filter")
        #expect(screen.model.picker?.mode == .choosing)
    }

    @Test func lettersDoSomethingWithWhatTheFilterLeft() {
        var screen = Fixture()
        screen.send(.sessions(items(25)))
        for character in "/title 12" { screen.press(.character(character)) }
        screen.press(.tab, .character("d"))
        #expect(screen.press(.character("y")) == [.deleteSession(key: "key-12")])
        screen.press(.character("/"), .control("u"), .backspace)
        #expect(screen.model.picker?.mode == .choosing && screen.model.picker?.shown.count == 25)
        #expect(screen.press(.character("n")) == [.saveDraft(""), .newSession(agent: nil)])
        #expect(screen.model.picker == nil)
    }

    @Test func aChatIsForkedUnderATitle() {
        var screen = Fixture()
        screen.type("half a thou")
        screen.send(.sessions(items(3)))
        screen.press(.character("f"))
        #expect(screen.text[1].contains("Title of the fork: title 1 (fork)"))
        #expect(screen.press(.escape) == [], "not without Enter")
        screen.press(.down, .character("f"), .control("w"), .character("x"))
        #expect(
            screen.press(.enter)
                == [.saveDraft("half a thou"), .forkSession(key: "key-2", title: "title 2 (x")])
        #expect(screen.model.picker == nil)
        screen.send(.sessions(items(3)))
        screen.press(.character("f"), .control("u"))
        #expect(screen.press(.enter) == [.saveDraft(""), .forkSession(key: "key-1", title: nil)])
    }

    @Test func aChatIsRenamed() {
        var screen = Fixture()
        screen.send(.sessions(items(3)))
        screen.press(.control("r"))
        #expect(screen.text[1].contains("New title: title 1"))
        screen.press(.control("u"), .character("n"), .character("y"), .left, .delete)
        #expect(screen.press(.enter) == [.renameSession(key: "key-1", title: "n")])
        screen.send(.chats(items(3, titles: [1: "n"])))
        #expect(screen.model.picker?.chosen?.title == "n", "it stays selected")
        screen.press(.control("r"), .character("x"), .escape)
        #expect(screen.model.picker?.mode == .choosing)
    }

    @Test func aChatIsDeletedAfterAYes() {
        var screen = Fixture()
        screen.send(.sessions(items(3)))
        screen.press(.control("d"))
        #expect(screen.text[1].contains("Delete “title 1”"))
        #expect(screen.press(.enter) == [], "anything else keeps it")
        screen.press(.control("d"))
        #expect(screen.press(.character("y")) == [.deleteSession(key: "key-1")])
        screen.press(.home, .control("d"))
        #expect(screen.model.picker?.mode == .choosing, "the one on the screen is in use")
    }

    @Test func aChatIsExported() {
        var screen = Fixture()
        screen.send(.sessions(items(3)))
        #expect(screen.press(.control("e")) == [.exportSession(key: "key-1", format: "")])
    }

    @Test func thePreviewOfAnotherChatIsNotShown() {
        var screen = Fixture()
        screen.send(.sessions(items(3)))
        screen.send(.preview(SessionPreview(key: "key-1", said: [.init(isUsers: true, text: "What is a cart?")])))
        #expect(screen.text.contains { $0.contains("you    What is a cart?") })
        screen.press(.down)
        #expect(!screen.text.contains { $0.contains("What is a cart?") })
    }

    @Test func namesOfElsewhereArePaintedAsText() {
        var screen = Fixture()
        screen.send(
            .sessions([
                SessionItem(
                    key: "k", title: "\u{1B}[31mred\nline", folder: "/a\u{202E}b", agent: "\u{7}x", usedAt: 0,
                    isCurrent: false, waiting: 0)
            ]))
        screen.send(.preview(SessionPreview(key: "k", said: [.init(isUsers: false, text: "\u{1B}]0;x\u{7}\u{202E}")])))
        #expect(screen.text.allSatisfy { !$0.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E } })
    }

    // MARK: What is new elsewhere

    @Test func theHeaderSaysWhatOtherChatsWant() {
        var screen = Fixture()
        let news = [
            SessionID("s1"): SessionNews(isUnread: true, isWorking: false, questions: 0),
            "s2": SessionNews(isUnread: true, isWorking: true, questions: 1),
            "s3": SessionNews(isUnread: false, isWorking: false, questions: 0),
        ]
        screen.send(.news(news))
        #expect(screen.text[0].hasSuffix("1 unread  1 needs you  17:30"))
        screen.send(.sessions(items(4)))
        #expect(screen.text.contains { $0.contains("●") && $0.contains("title 1  (unread)") })
        #expect(screen.text.contains { $0.contains("!") && $0.contains("title 2  (needs you, working, unread, 3 wai") })
        screen.send(.connection(.init(state: .connecting)))
        #expect(screen.text[0].contains("1 unread  1 needs you"), "that is so still")
        #expect(
            screen.text.contains { $0.contains("title 2  (needs you, unread, 3 waiting)") }, "what runs is not known")
    }

    @Test func theNewsAreAskedForWhenTheyMayHaveChanged() {
        var screen = Fixture()
        #expect(screen.send(.connection(.init(state: .connecting))) == [])
        #expect(screen.send(.connection(.init(state: .live))) == [.askForNews])
        #expect(screen.send(.connection(.init(state: .live))) == [])
        #expect(screen.press(.focus(false)) == [])
        #expect(screen.press(.focus(true)) == [.askForNews])
    }

    @Test(arguments: [
        (80, 24, GlyphSet.unicode, "sessions-80x24"), (80, 24, .ascii, "sessions-80x24-ascii"),
        (140, 40, .unicode, "sessions-140x40"), (40, 12, .unicode, "sessions-40x12"),
        (20, 5, .unicode, "sessions-20x5"),
    ])
    func shown(columns: Int, rows: Int, glyphs: GlyphSet, name: String) throws {
        var screen = Fixture(columns: columns, rows: rows, glyphs: glyphs)
        screen.send(
            .news([
                "s1": SessionNews(isUnread: true, isWorking: true, questions: 0),
                "s2": SessionNews(isUnread: false, isWorking: false, questions: 1),
            ]))
        func item(
            _ number: Int, _ title: String, _ agent: String, _ folder: String, _ age: Timestamp, server: String? = nil
        ) -> SessionItem {
            SessionItem(
                key: "\(number)", session: SessionID("s\(number)"), title: title, folder: folder, agent: agent,
                server: server, usedAt: Fixture.half - age, isCurrent: number == 0, waiting: 0)
        }
        var items = [
            item(0, "The login test fails when the network drops", "build-agent", "~/src/shop", 0),
            item(1, "Write the release notes of 2.4", "docs-agent", "~/src/shop", 3_600_000),
            item(2, "Import the orders of last night", "ops-agent", "~/src/import", 7_200_000),
            item(3, "What is a monad?", "librarian", "~/notes", 3 * Self.day),
            item(4, "Find the slow queries", "librarian", "/srv/db", 40 * Self.day, server: "wss://agents.example"),
        ]
        items[3].isExpired = true
        screen.send(.sessions(items))
        screen.send(
            .preview(
                SessionPreview(
                    key: "1",
                    said: [
                        .init(isUsers: true, text: "Write the release notes of 2.4, from the commits since 2.3."),
                        .init(
                            isUsers: false,
                            text:
                                "There are **41** commits:\n```sh\ngit log v2.3..\n```\n"
                                + "- I group them by what `users` see\n- and leave out what they cannot."),
                    ])))
        try expectGolden(screen.frame, name)
    }
}
