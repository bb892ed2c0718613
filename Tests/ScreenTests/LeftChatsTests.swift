import Sync
import Testing
import Wire

@testable import Screen

/// Chats that are left and come back to.
@Suite struct LeftChatsTests {
    private func reading() -> Fixture {
        var screen = Fixture()
        screen.converse()
        screen.arrive(.agent((1...60).map { "Paragraph \($0)." }.joined(separator: "\n"), "c"))
        screen.press(.pageUp)
        screen.press(.pageUp)
        screen.type("half a thou")
        return screen
    }

    /// The transcript alone: the header and the status are those of the present.
    private func transcript(_ screen: Fixture) -> [String] { Array(screen.text[1..<17]) }

    private func goBack(_ left: inout LeftChats, _ key: String, epoch: Epoch? = "e", on screen: inout Fixture) -> Bool {
        left.putBack(key, epoch: epoch, on: &screen.model, now: screen.now, wallClock: screen.wallClock)
    }

    @Test func itIsWhereItWas() {
        var screen = reading()
        let before = transcript(screen)
        var left = LeftChats()
        screen.send(.sessions([SessionColumnTests.item("other", "a", minutes: 1)]))
        #expect(screen.press(.enter) == [.saveDraft("half a thou"), .openSession("key-other")])
        left.keep(screen.model, as: "first", epoch: "e")
        screen.send(.opened(title: "other", folder: "/", agent: "a"))
        screen.send(.replaced([], hasMore: false))
        #expect(screen.model.editor.isEmpty && transcript(screen) != before)
        #expect(goBack(&left, "first", on: &screen))
        screen.send(.connection(ConnectionStatus(state: .live)))
        #expect(transcript(screen) == before)
        #expect(screen.model.editor.text == "half a thou")
        #expect(screen.model.picker == nil)
        #expect(!goBack(&left, "first", on: &screen), "it is on the screen")
    }

    @Test func littleOfItsHistoryIsKept() {
        var screen = Fixture()
        for number in 1...600 {
            let paragraphs = (1...10).map { "Paragraph \($0) of message \(number)." }
            screen.arrive(.agent(paragraphs.joined(separator: "\n\n"), MessageID("\(number)")))
        }
        for _ in 0..<40 { screen.press(.pageUp) }
        let before = transcript(screen)
        let (blocks, bytes) = (screen.model.transcript.blocks.count, screen.model.transcript.bytes)
        var left = LeftChats()
        left.keep(screen.model, as: "first", epoch: "e")
        #expect(goBack(&left, "first", on: &screen))
        screen.send(.connection(ConnectionStatus(state: .live)))
        #expect(transcript(screen) == before)
        #expect(blocks == 600 && bytes > 2 * Transcript.bytesLeft)
        #expect(screen.model.transcript.bytes <= Transcript.bytesLeft)
    }

    @Test func whatCameMeanwhileIsBelowAndMarked() {
        var screen = Fixture()
        screen.converse()
        var left = LeftChats()
        left.keep(screen.model, as: "first", epoch: "e")
        let missed = screen.entry(.agent("While you were away.", "z"))
        #expect(goBack(&left, "first", on: &screen))
        #expect(screen.model.newestSeen == missed.seq - 1)
        screen.send(.missed([missed]))
        #expect(screen.text.contains { $0.contains("While you were away.") })
        #expect(screen.model.transcript.unreadMark != nil, "a line marks it")
    }

    @Test func whatTheServerSendsOfTheTimeBetweenWasMissedToo() {
        var screen = Fixture()
        screen.converse()
        screen.send(.chats(SessionColumnTests.items))
        #expect(!screen.model.isListOutdated(by: "s-scratch") && screen.model.isListOutdated(by: "another"))
        var left = LeftChats()
        left.keep(screen.model, as: "first", epoch: "e")
        let missed = screen.entry(.agent("While you were away.", "y"))
        screen.seconds += 10
        #expect(goBack(&left, "first", on: &screen))
        screen.send(.connection(ConnectionStatus(state: .live)))
        let back = screen.model
        screen.send(.entries([missed]))
        #expect(screen.model.transcript.unreadMark != nil)
        screen.model = back
        let watched = Entry(seq: missed.seq, timestamp: screen.wallClock, body: missed.body)
        screen.send(.entries([watched]))
        #expect(screen.text.contains { $0.contains("While you were away.") })
        #expect(screen.model.transcript.unreadMark == nil)
    }

    @Test func theTerminalIsThePresentOne() {
        var screen = reading()
        var left = LeftChats()
        left.keep(screen.model, as: "first", epoch: "e")
        screen.send(.resized(Size(columns: 40, rows: 12)))
        screen.send(.glyphs(.ascii))
        screen.send(.chats(SessionColumnTests.items))
        screen.send(.key(.focus(false)))
        #expect(goBack(&left, "first", on: &screen))
        #expect(screen.frame.size == Size(columns: 40, rows: 12))
        #expect(screen.model.glyphs.kind == .ascii && screen.model.chats.count == 4 && !screen.model.hasFocus)
        #expect(screen.text.allSatisfy { $0.columns <= 40 })
        #expect(!screen.model.isLive, "whether it is live is not known yet")
    }

    @Test func oneOfAnotherJournalIsNotPutBack() {
        var screen = reading()
        var left = LeftChats()
        left.keep(screen.model, as: "first", epoch: "e")
        let before = screen.model
        #expect(!goBack(&left, "first", epoch: "f", on: &screen))
        #expect(!goBack(&left, "second", on: &screen))
        #expect(screen.model == before)
    }

    @Test func theLastEightAreKept() {
        var screen = reading()
        var left = LeftChats()
        for number in 0...LeftChats.maximum { left.keep(screen.model, as: "\(number)", epoch: "e") }
        #expect(!goBack(&left, "0", on: &screen))
        #expect(goBack(&left, "1", on: &screen))
        left.forget("2")
        #expect(!goBack(&left, "2", on: &screen))
        #expect(goBack(&left, "8", on: &screen))
    }

    // MARK: Expired chats

    @Test func enterAndResumeGoToWhereAnExpiredChatContinues() {
        var screen = Fixture()
        screen.send(.next("key-next"))
        #expect(screen.press(.enter) == [.saveDraft(""), .openSession("key-next")])
        screen.type("/resume")
        #expect(screen.press(.enter) == [.saveDraft(""), .openSession("key-next")])
        screen.send(.opened(title: "next", folder: "/", agent: "a"))
        #expect(screen.press(.enter) == [])
        screen.type("/resume")
        #expect(screen.press(.enter) == [.saveDraft(""), .listSessions])
    }
}
