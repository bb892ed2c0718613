import Sync
import Testing
import Wire

@testable import Screen

/// A transcript for each thing a user can do: key, commands, next key.
@Suite struct UpdateTests {
    @Test func enterSendsAndClears() {
        var screen = Fixture()
        #expect(screen.type("hi") == [.saveDraft("h"), .saveDraft("hi")])
        #expect(screen.press(.enter) == [.send("hi"), .saveDraft("")])
        #expect(screen.model.editor.isEmpty)
        #expect(screen.press(.enter) == [])
        #expect(screen.type(" ") == [.saveDraft(" ")])
        #expect(screen.press(.enter) == [])
    }

    @Test(arguments: [Key.control("j"), .altEnter])
    func newlineDoesNotSend(key: Key) {
        var screen = Fixture()
        screen.type("a")
        #expect(screen.press(key) == [.saveDraft("a\n")])
        screen.type("b")
        #expect(screen.press(.enter) == [.send("a\nb"), .saveDraft("")])
    }

    @Test func pasteNeverSends() {
        var screen = Fixture()
        #expect(screen.press(.paste("one\r\ntwo\u{1B}[31m\r")) == [.saveDraft("one\ntwo\n")])
        #expect(screen.press(.enter) == [.send("one\ntwo\n"), .saveDraft("")])
    }

    @Test func aPasteThatIsTooLongIsCutAndSaid() {
        var screen = Fixture()
        screen.press(.paste(String(repeating: "é", count: 600_000)))
        #expect(screen.model.editor.bytes == Editor.bytesMaximum)
        #expect(screen.model.editor.text.utf8.count == Editor.bytesMaximum)
        #expect(screen.text.last?.contains("1 MiB") == true)
    }

    /// Whether there is something to stop is the engine's to say: a prompt may have gone out whose turn has not begun.
    @Test func escapeStopsTheTurn() {
        var screen = Fixture()
        #expect(screen.press(.escape) == [.cancelTurn])
        screen.arrive(.event(.turnStart("t", prompt: "u")))
        #expect(screen.press(.escape) == [.cancelTurn])
    }

    @Test func controlCClearsThenLeavesWithinASecond() {
        var screen = Fixture()
        screen.type("x")
        #expect(screen.press(.control("c")) == [.saveDraft("")])
        screen.seconds += 0.9
        #expect(screen.press(.control("c")) == [.quit])

        screen = Fixture()
        #expect(screen.press(.control("c")) == [])
        #expect(screen.text.last?.contains("again to leave") == true)
        screen.seconds += 1.1
        screen.send(.tick)
        #expect(screen.text.last?.contains("again to leave") == false)
        #expect(screen.press(.control("c")) == [])
        screen.type("y")
        #expect(screen.press(.control("c")) == [.saveDraft("")], "another key in between")
    }

    @Test func controlDLeavesOnlyWhenTheInputIsEmpty() {
        var screen = Fixture()
        #expect(screen.press(.control("d")) == [.quit])
        screen.type("ab")
        screen.press(.home)
        #expect(screen.press(.control("d")) == [.saveDraft("b")])
    }

    @Test func otherKeysOfTheProgram() {
        var screen = Fixture()
        #expect(screen.press(.control("l")) == [.redraw])
        #expect(screen.press(.function(5)) == [.reconnect])
        #expect(screen.press(.control("z")) == [.suspend(draft: "")])
        #expect(screen.press(.tab, .backTab, .function(9), .alt("x"), .control("t")) == [])
        #expect(screen.press(.control("s")) == [.listSessions])
        screen.type("a")
        #expect(screen.press(.control("z")) == [.suspend(draft: "a")])
        #expect(screen.press(.control("g")) == [.editExternally("a")])
        #expect(screen.send(.edited("a\nb\n")) == [.saveDraft("a\nb")])
        #expect(screen.send(.edited("a\nb\n")) == [])
        #expect(screen.press(.control("_")) == [.saveDraft("a")])
    }

    @Test(arguments: [
        ("/new", [Command.saveDraft(""), .newSession(agent: nil)]),
        ("/clear", [.saveDraft(""), .newSession(agent: nil)]),
        ("/fork", [.saveDraft(""), .forkSession(key: nil, title: nil)]),
        ("/fork another way", [.saveDraft(""), .forkSession(key: nil, title: "another way")]),
        ("/agent  claude ", [.saveDraft(""), .newSession(agent: "claude")]),
        ("/quit", [.saveDraft(""), .quit]), ("/exit", [.saveDraft(""), .quit]), ("/help", [.saveDraft("")]),
        ("//etc/hosts is odd", [.send("/etc/hosts is odd"), .saveDraft("")]),
    ])
    func slashCommands(text: String, expected: [Command]) {
        var screen = Fixture()
        screen.press(.paste(text))
        #expect(screen.press(.enter) == expected)
    }

    @Test func anUnknownCommandIsSaidAndNotSent() {
        var screen = Fixture()
        screen.type("/etc/hosts is odd")
        #expect(screen.press(.enter) == [])
        #expect(screen.model.editor.text == "/etc/hosts is odd")
        #expect(screen.text.last?.contains("no command /etc/hosts") == true)
    }

    @Test func upAndDownGoThroughWhatWasSent() {
        var screen = Fixture()
        for prompt in ["one", "two"] {
            screen.type(prompt)
            screen.press(.enter)
        }
        screen.type("draft")
        #expect(screen.press(.up) == [.saveDraft("two")])
        #expect(screen.press(.up) == [.saveDraft("one")])
        #expect(screen.press(.up) == [])
        #expect(screen.press(.down) == [.saveDraft("two")])
        #expect(screen.press(.down) == [.saveDraft("draft")])
        #expect(screen.press(.down) == [])
    }

    @Test func upMovesInTextOfMoreLinesFirst() {
        var screen = Fixture()
        screen.type("sent")
        screen.press(.enter)
        screen.press(.paste("long line\nb\nanother"))
        screen.press(.up)
        #expect(screen.model.editor.line == 1 && screen.model.editor.column == 1)
        screen.press(.up)
        #expect(screen.model.editor.line == 0 && screen.model.editor.column == 7, "the column is remembered")
        #expect(screen.press(.up) == [.saveDraft("sent")])
    }

    @Test func aDraftIsRestoredUnlessSomethingWasTyped() {
        var screen = Fixture()
        #expect(screen.send(.draft("saved\ntext")) == [])
        #expect(screen.model.editor.text == "saved\ntext")
        screen.send(.draft("other"))
        #expect(screen.model.editor.text == "saved\ntext")
    }

    // MARK: The outbox

    @Test func anEchoedPromptIsShownOnce() {
        var screen = Fixture()
        let item = OutboxItem(id: "k", content: [.text("fix it")], createdAt: screen.wallClock, state: .sent)
        screen.send(.outbox([item]))
        #expect(screen.rows(with: "fix it") == 1 && screen.rows(with: "sending…") == 1)
        #expect(screen.text.contains { $0.hasSuffix("outbox 1") })
        screen.send(.entries([screen.entry(.user("fix it"), clientMessageID: "k")]))
        #expect(screen.rows(with: "fix it") == 1 && screen.rows(with: "sending…") == 0)
        screen.send(.outbox([item]))
        #expect(screen.rows(with: "fix it") == 1, "the item is told again after its echo")
        #expect(screen.text.contains { $0.hasSuffix("outbox 0") })
    }

    @Test func aQueuedPromptSaysWhatItWaitsFor() {
        var screen = Fixture()
        screen.send(.connection(ConnectionStatus(state: .connecting)))
        screen.send(.outbox([OutboxItem(id: "k", content: [.text("fix it")], createdAt: screen.wallClock)]))
        #expect(screen.rows(with: "◷ queued — will be sent when the connection is back") == 1)
        screen.send(.connection(ConnectionStatus(state: .live)))
        #expect(screen.rows(with: "sending…") == 1)
    }

    @Test func aRefusedPromptGoesBackToTheInput() {
        var screen = Fixture()
        screen.send(
            .outbox([
                OutboxItem(id: "k", content: [.text("two\nlines")], createdAt: 0, state: .refused("too long"))
            ]))
        #expect(screen.rows(with: "✕ not accepted: too long") == 1)
        #expect(screen.press(.up) == [.takeBack("k")])
        screen.send(.outbox([]))
        #expect(screen.send(.tookBack("two\nlines")) == [.saveDraft("two\nlines")])
        #expect(screen.model.editor.text == "two\nlines")
        #expect(screen.rows(with: "not accepted") == 0)
    }

    @Test func theLastPromptThatWasNotSentCanBeChanged() {
        var screen = Fixture()
        func item(_ id: ClientMessageID, wasSent: Bool) -> OutboxItem {
            OutboxItem(id: id, content: [.text("\(id)")], createdAt: screen.wallClock, wasSent: wasSent)
        }
        screen.send(.connection(ConnectionStatus(state: .connecting)))
        let items = [item("a", wasSent: true), item("b", wasSent: false), item("c", wasSent: false)]
        screen.send(.outbox(items))
        #expect(screen.rows(with: "(↑ takes it back)") == 2)
        #expect(screen.press(.up) == [.takeBack("c")])
        // What is typed before the answer comes stays.
        screen.type("x")
        screen.send(.tookBack("c"))
        #expect(screen.model.editor.text == "c\nx")
        screen.press(.control("u"), .backspace, .backspace)
        screen.send(.outbox([items[0]]))
        #expect(screen.press(.up) == [], "the server may have it")
    }

    // MARK: State

    @Test func thePlanOfThePageIsTheOneOfTheJournal() {
        var screen = Fixture()
        var journal = SessionState()
        journal.apply(screen.entry(.event(.turnStart("t", prompt: "u"))))
        screen.send(
            .state(plan: [PlanEntry(content: "Read", status: .inProgress)], turn: journal.turn, questions: []))
        #expect(screen.rows(with: "Plan 0/1  ▸ Read") == 1)
        screen.send(.state(plan: [], turn: nil, questions: []))
        #expect(screen.rows(with: "Plan") == 0)
    }

    @Test func aReplacedPageForgetsWhatWasThere() {
        var screen = Fixture()
        screen.arrive(.agent("old"))
        screen.send(.replaced([Entry(seq: 1, timestamp: 0, body: .user("new epoch"))], hasMore: false))
        #expect(screen.blocks == ["you: new epoch"])
        screen.send(.entries([Entry(seq: 2, timestamp: 0, body: .agent("next"))]))
        #expect(screen.blocks == ["you: new epoch", "agent: next"])
    }
}

extension Fixture {
    /// How many rows hold the text.
    func rows(with text: String) -> Int { self.text.count { $0.contains(text) } }
}
