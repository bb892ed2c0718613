import Sync
import Testing
import Wire

@testable import Screen

/// The chats beside the transcript of a wide screen, and the keys that go to one without the list.
@Suite struct SessionColumnTests {
    /// The chats of the design's widest screen.
    static let items: [SessionItem] = [
        item("fix-login-flow", "build-agent", minutes: 0, isCurrent: true),
        item("release-notes", "docs-agent", minutes: 60),
        item("nightly-import", "ops-agent", minutes: 95), item("scratch", "chat-agent", minutes: 3 * 1_440),
    ]

    static func item(
        _ title: String, _ agent: String, minutes: Int64, isCurrent: Bool = false, isExpired: Bool = false
    ) -> SessionItem {
        SessionItem(
            key: "key-\(title)", session: SessionID("s-\(title)"), title: title, folder: "~/src/shop", agent: agent,
            usedAt: Fixture.half - minutes * 60_000, isCurrent: isCurrent, isExpired: isExpired, waiting: 0)
    }

    private func screen(_ glyphs: GlyphSet = .unicode, columns: Int = 140, rows: Int = 40) -> Fixture {
        var screen = Fixture(columns: columns, rows: rows, glyphs: glyphs)
        screen.converse()
        screen.send(.chats(Self.items))
        screen.send(
            .news([
                "s-release-notes": SessionNews(isUnread: true, isWorking: true, questions: 0),
                "s-nightly-import": SessionNews(isUnread: true, isWorking: true, questions: 1),
            ]))
        for _ in 0..<2 {
            for isWorking in [true, false] {
                screen.send(
                    .newsOf(
                        "s-release-notes", SessionNews(isUnread: true, isWorking: isWorking, questions: 0)))
            }
        }
        return screen
    }

    @Test(arguments: [(GlyphSet.unicode, false, ""), (.ascii, false, "-ascii"), (.unicode, true, "-offline")])
    func beside(_ glyphs: GlyphSet, isOffline: Bool, suffix: String) throws {
        var screen = screen(glyphs)
        if isOffline {
            screen.seconds += 14
            screen.send(
                .connection(
                    ConnectionStatus(
                        state: .offline(
                            since: screen.now + .seconds(-14), attempt: 4, retryAt: screen.now + .seconds(6)),
                        lastFailure: "the network is unreachable")))
        }
        try expectGolden(screen.frame, "chats-140x40\(suffix)")
    }

    @Test func theSelectedOneIsRenamedThere() throws {
        var screen = screen()
        screen.send(.sessions(Self.items))
        #expect(screen.model.picker?.chosen?.title == "release-notes")
        #expect(screen.press(.down) == [], "there is no room for a preview")
        screen.press(.character("r"))
        try expectGolden(screen.frame, "chats-renaming-140x40")
        screen.press(.control("u"), .character("x"))
        #expect(screen.press(.enter) == [.renameSession(key: "key-nightly-import", title: "x")])
        #expect(screen.press(.escape) == [])
        #expect(screen.model.picker == nil && screen.text.contains { $0.contains("nightly-import") })
    }

    @Test func belowTheWidthItIsAListInstead() {
        var screen = screen(columns: 131)
        #expect(!screen.text.contains { $0.contains("release-notes") })
        #expect(screen.model.transcriptColumns == 131 - 39)
        #expect(screen.send(.resized(Size(columns: 132, rows: 40))) == [.listChats])
        #expect(screen.text.contains { $0.contains("release-notes") })
        #expect(screen.model.transcriptColumns == 132 - 39 - 26)
        screen.send(.resized(Size(columns: 132, rows: 15)))
        #expect(!screen.text.contains { $0.contains("release-notes") })
    }

    @Test func eachChatKeepsItsPlaceAndItsKey() {
        var screen = screen()
        var items = Self.items
        // The second was used last now, and there is a new one.
        (items[1].usedAt, items[0].isCurrent, items[1].isCurrent) = (Fixture.half + 1, false, true)
        items = [Self.item("new", "a", minutes: 0)] + [items[1], items[0], items[2], items[3]]
        screen.send(.chats(items))
        #expect(
            screen.model.chats.map(\.title) == ["new", "fix-login-flow", "release-notes", "nightly-import", "scratch"])
        screen.type("half a thou")
        #expect(screen.press(.alt("4")) == [.saveDraft("half a thou"), .openSession("key-nightly-import")])
        #expect(screen.press(.alt("3")) == [], "it is this one")
        #expect(screen.press(.alt("9")) == [])
        #expect(screen.text.last?.contains("no chat 9") == true)
        #expect(screen.press(.alt("/")) == [.saveDraft(""), .openSession("key-new")], "used last besides this one")
    }

    @Test func altAGoesToWhoWaitsFirst() {
        var screen = screen()
        #expect(screen.press(.alt("a")) == [.saveDraft(""), .openSession("key-nightly-import")])
        screen.send(.newsOf("s-nightly-import", SessionNews(isUnread: false, isWorking: false, questions: 0)))
        #expect(screen.press(.alt("a")) == [.saveDraft(""), .openSession("key-release-notes")])
        screen.send(.news([:]))
        #expect(screen.press(.alt("a")) == [])
    }

    @Test func aQuestionElsewhereIsSaid() {
        var screen = screen()
        let asks = SessionNews(isUnread: true, isWorking: true, questions: 1)
        #expect(screen.send(.newsOf("s-scratch", asks)) == [])
        #expect(screen.text.last?.contains("“scratch” asks for an answer") == true)
        screen.send(.key(.focus(false)))
        let more = SessionNews(isUnread: true, isWorking: true, questions: 2)
        #expect(screen.send(.newsOf("s-scratch", more)) == [.notify("scratch: the agent asks for an answer")])
        #expect(screen.send(.newsOf("s-scratch", more)) == [], "once")
    }

    @Test func manyChatsAreShownAroundTheSelectedOne() {
        var screen = Fixture(columns: 140, rows: 24)
        screen.send(.sessions((0..<50).map { Self.item("chat \($0)", "a", minutes: Int64($0), isCurrent: $0 == 0) }))
        screen.press(.end)
        #expect(screen.text.contains { $0.contains("▸") && $0.contains("chat 49") })
        screen.press(.home)
        #expect(screen.text.contains { $0.contains("▸") && $0.contains("chat 0 ") })
        for character in "/nothing" { screen.press(.character(character)) }
        #expect(screen.text.contains { $0.contains("None has these words") })
    }

    @Test func aTitleOfAnyWidthLeavesTheTranscriptInItsPlace() {
        var screen = screen()
        let wide = String(repeating: "語", count: 40) + "\u{301}e\u{202E}"
        screen.send(.chats([Self.item(wide, wide, minutes: 1), Self.item("", "", minutes: 1, isExpired: true)]))
        for row in screen.frame.rows.prefix(30).dropFirst() {
            #expect(String(row.map(\.text).joined()).columns <= 140)
        }
        let rows = screen.text[1..<30]
        #expect(rows.allSatisfy { $0.contains("│") })
    }
}
