import Testing
import Wire

@testable import Screen

/// The search in what was said (^F, /find).
@Suite struct TextFindTests {
    private func found(_ seq: Seq, isHere: Bool = true, server: String? = nil) -> FoundText {
        FoundText(
            key: isHere ? "here" : "other", isHere: isHere, title: isHere ? "This one" : "Another chat", server: server,
            seq: seq, timestamp: Fixture.half, isUsers: seq % 2 == 0, text: "…the login \(seq) of the shop…")
    }

    private func screen() -> Fixture {
        var screen = Fixture()
        screen.send(.entries((1...200).map { screen.entry(.agent("line \($0)", MessageID("m\($0)"))) }))
        screen.type("draft")
        screen.press(.control("f"))
        return screen
    }

    @Test func everyChangeOfTheWordsIsAskedForAndLateAnswersAreDropped() {
        var screen = screen()
        #expect(screen.type("lo") == [.find(words: "l", isHere: true), .find(words: "lo", isHere: true)])
        screen.send(.found([found(1)], words: "l", isHere: true, isComplete: true))
        #expect(screen.model.find?.found.isEmpty == true)
        screen.send(.found([found(1)], words: "lo", isHere: false, isComplete: true))
        #expect(screen.model.find?.found.isEmpty == true)
        screen.send(.found([found(2), found(1)], words: "lo", isHere: true, isComplete: false))
        #expect(screen.text.contains { $0.contains("said in this chat, ^F for all chats, reading…") })
        #expect(screen.text.contains { $0.hasPrefix(" ▸ you: …the login 2") })
        #expect(screen.press(.backspace, .backspace) == [.find(words: "l", isHere: true)])
        screen.press(.escape)
        #expect(screen.model.editor.text == "draft" && screen.model.find == nil)
    }

    @Test func enterGoesThereAndNGoesOn() {
        var screen = screen()
        screen.type("login")
        screen.send(.found([found(150), found(90), found(40)], words: "login", isHere: true, isComplete: true))
        screen.press(.down)
        #expect(screen.press(.enter) == [.loadNewer(after: 89)])
        #expect(screen.model.editor.text == "draft")
        screen.send(
            .newer((90...200).map { Entry(seq: $0, timestamp: 0, body: .agent("line \($0)", MessageID("m\($0)"))) }))
        #expect(screen.text[1].contains("line 90") || screen.text[2].contains("line 90"))
        // With text in the input, n is a letter of it.
        #expect(screen.press(.character("n")) == [.saveDraft("draftn")])

        screen.press(.control("c"), .control("f"))
        screen.type("login")
        screen.send(.found([found(150), found(90), found(40)], words: "login", isHere: true, isComplete: true))
        #expect(screen.press(.enter) == [.loadNewer(after: 149)])
        func answer(_ first: Seq) {
            screen.send(
                .newer((first...200).map { Entry(seq: $0, timestamp: 0, body: .agent("x", MessageID("m\($0)"))) }))
        }
        answer(150)
        #expect(screen.text.last?.contains("1 of 3") == true)
        #expect(screen.press(.character("n")) == [.loadNewer(after: 89)])
        answer(90)
        #expect(screen.press(.character("N")).contains(.loadNewer(after: 149)))
        answer(150)
        screen.press(.escape)
        #expect(screen.model.places == nil)
    }

    @Test func aSecondTimeItLooksInAllChatsAndGoesThere() {
        var screen = screen()
        screen.type("login")
        #expect(screen.press(.control("f")) == [.find(words: "login", isHere: false)])
        screen.send(
            .found(
                [found(7, isHere: false), found(8, isHere: false, server: "wss://x")], words: "login", isHere: false,
                isComplete: true))
        #expect(screen.text.contains { $0.hasPrefix(" ▸ Another chat  agent: …the login 7") })
        screen.press(.down)
        #expect(screen.press(.enter) == [])
        #expect(screen.text.last?.contains("is at wss://x") == true)
        screen.press(.up)
        #expect(screen.press(.enter) == [.saveDraft("draft"), .openFound(key: "other", seq: 7)])
    }

    @Test func slashFindLooksInAllChats() {
        var screen = Fixture()
        screen.type("/find the login")
        #expect(screen.press(.enter) == [.saveDraft(""), .find(words: "the login", isHere: false)])
        #expect(screen.model.editor.text == "the login")
        screen.send(.found([], words: "the login", isHere: false, isComplete: true))
        #expect(screen.text.contains { $0.contains("said in all chats: nothing found") })
        #expect(screen.press(.enter) == [])
    }

    @Test func aJumpShowsTheEntryWhereverItIs() {
        var screen = Fixture()
        #expect(screen.send(.jump(41)) == [.loadNewer(after: 40)])
        // The rows of a mirror may begin earlier than what was asked for.
        screen.send(.newer([Entry(from: 39, seq: 42, timestamp: 0, body: .agent("merged"))]))
        #expect(screen.text.contains { $0.contains("merged") })
    }

    @Test(arguments: [(80, 24, "find-80x24"), (40, 12, "find-40x12"), (20, 5, "find-20x5")])
    func shown(columns: Int, rows: Int, name: String) throws {
        var screen = screen()
        screen.send(.resized(Size(columns: columns, rows: rows)))
        screen.type("login")
        screen.send(.found([found(150), found(90), found(40)], words: "login", isHere: true, isComplete: true))
        screen.press(.down)
        try expectGolden(screen.frame, name)
    }
}
