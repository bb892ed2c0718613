import Sync
import Testing
import Wire

@testable import Screen

/// The chat as plain lines: transcripts of what goes in and what is printed.
@Suite struct LineViewTests {
    /// A chat in lines at a time of the test's choosing.
    private struct Chat {
        var view: LineView
        var seconds = 0.0
        private var seq: Seq = 0

        init(echoesPrompts: Bool = false) {
            view = LineView(echoesPrompts: echoesPrompts)
            _ = send(.opened(title: "shop", folder: "~/shop", agent: "claude"))
            _ = send(.connection(ConnectionStatus(state: .live)))
        }

        var now: Instant { Instant(nanoseconds: Int64(seconds * 1_000_000_000)) + .seconds(1_000) }
        var wallClock: Timestamp { Fixture.half + Int64(seconds * 1_000) }

        mutating func send(_ intent: Intent) -> [String] { view.take(intent, now: now, wallClock: wallClock).lines }
        mutating func type(_ line: String) -> LineView.Result { view.type(line, now: now, wallClock: wallClock) }
        mutating func arrive(_ bodies: Entry.Body...) -> [String] {
            let entries = bodies.map { body in
                seq += 1
                return Entry(seq: seq, timestamp: wallClock, body: body)
            }
            return send(.entries(entries))
        }
    }

    private static let permission = Question(
        key: "q1", turn: "t", method: Method.requestPermission,
        params: [
            "toolCall": ["title": "git push", "kind": "execute", "rawInput": ["command": "git push origin"]],
            "options": [
                ["optionId": "once", "name": "Allow once", "kind": "allow_once"],
                ["optionId": "no", "name": "Reject", "kind": "reject_once"],
            ],
        ])

    private static func answer(_ option: String) -> JSON {
        ["outcome": ["outcome": "selected", "optionId": .string(option)]]
    }

    @Test func aStart() {
        var view = LineView(echoesPrompts: false)
        func take(_ intent: Intent) -> [String] { view.take(intent, now: .zero, wallClock: 0).lines }
        #expect(
            take(.opened(title: "shop", folder: "~/shop", agent: "librarian")) == ["chat: shop, librarian in ~/shop"])
        #expect(
            take(.welcome(Welcome(folder: FolderFacts(names: ["README.md"])))) == [
                "try: What is README.md about?", "try: list the files here", "try: What can you do?",
                "notice: /help lists the commands",
            ])
        #expect(take(.connection(ConnectionStatus(state: .connecting))) == [])
        #expect(take(.connection(ConnectionStatus(state: .live))) == ["status: live"])
        #expect(take(.connection(ConnectionStatus(state: .live, roundTrip: .milliseconds(5)))) == [])
    }

    @Test func anAnswerIsPrintedByWholeLines() {
        var chat = Chat()
        #expect(chat.type("Fix it.").commands.first == .send("Fix it."))
        #expect(chat.view.unansweredCount == 1)
        #expect(chat.arrive(.event(.turnStart("t", prompt: "u")), .agent("First ")) == [])
        #expect(chat.arrive(.agent("line.\nSecond")) == ["agent: First line."])
        #expect(chat.arrive(.tool("1", .execute, "swift test")) == ["agent: Second", "tool: execute swift test"])
        #expect(chat.arrive(.toolEnd("1", .failed)) == ["tool: failed: execute swift test"])
        #expect(chat.arrive(.thought("Hm.")) == [])
        #expect(chat.arrive(.plan(done: 1, of: "a", "b", "c")) == ["thought: Hm.", "plan: 1 of 3 done, now: b"])
        chat.seconds = 12
        #expect(
            chat.arrive(.agent("Done.", "m"), .event(.turnEnd("t", .stopped(.endTurn)))) == [
                "agent: Done.", "status: the agent is done after 0:12",
            ])
        #expect(chat.view.unansweredCount == 0 && !chat.view.isWorking)
    }

    @Test func aLineWithoutAnEndIsBroken() {
        var chat = Chat()
        let lines = chat.arrive(.agent(String(repeating: "word ", count: 500)))
        #expect(lines.count == 2 && lines.allSatisfy { $0.count <= 1_010 && $0.hasPrefix("agent: word") })
    }

    @Test func theConnectionIsSaidOnceForEachChange() {
        var chat = Chat()
        func offline(_ attempt: Int) -> ConnectionStatus {
            ConnectionStatus(
                state: .offline(since: chat.now, attempt: attempt, retryAt: chat.now + .seconds(2)),
                lastFailure: "no network")
        }
        #expect(chat.send(.connection(offline(1))) == ["status: offline, attempt 1 in 2 s: no network"])
        #expect(chat.send(.connection(offline(2))) == [])
        let item = OutboxItem(id: "1", content: [.text("later")], createdAt: 0)
        #expect(chat.send(.outbox([item])) == ["status: queued, and sent when the connection is back"])
        #expect(chat.send(.outbox([item])) == [])
        #expect(chat.send(.connection(ConnectionStatus(state: .resuming))) == [])
        let resume = ConnectionStatus.Resume(
            number: 1, latency: .milliseconds(80), offline: .seconds(14), events: 0, bytes: 0)
        #expect(
            chat.send(.connection(ConnectionStatus(state: .live, resumes: [resume]))) == [
                "status: live again after 14s, nothing was missed"
            ])
    }

    @Test func aQuestionIsAMenu() {
        var chat = Chat()
        #expect(
            chat.arrive(.event(.request(Self.permission))) == [
                "question: permission needed: execute: git push origin", "1: Allow once", "2: Reject",
                "3: reject and say why", "question: type a number and Enter; anything else is a prompt",
            ])
        #expect(chat.type("1").commands == [], "it was typed for something else")
        chat.seconds = 1
        #expect(chat.type("7").lines == ["question: there is no choice 7"])
        #expect(chat.type("wait").commands.first == .send("wait"))
        var answered = chat
        #expect(
            answered.type("1")
                == LineView.Result(
                    lines: ["question: answered: Allow once"], commands: [.answer("q1", Self.answer("once"))]))
        #expect(answered.type("1").commands.first == .send("1"), "it is answered once")
        let resolution = Question.Resolution(key: "q1", answer: Self.answer("once"), by: "me")
        #expect(answered.arrive(.event(.requestResolved(resolution))) == [], "that was said")
        var elsewhere = chat
        #expect(
            elsewhere.arrive(.event(.requestResolved(resolution))) == [
                "question: answered: Allow once",
                "notice: The question is no longer open: it was answered “Allow once” elsewhere.",
            ])
        #expect(chat.type("3").commands == [])
        #expect(chat.type("use a branch").commands == [.answer("q1", Self.answer("no")), .send("use a branch")])
        let rejection = Question.Resolution(key: "q1", answer: Self.answer("no"), by: "me")
        #expect(chat.arrive(.event(.requestResolved(rejection))) == [], "that was said")
    }

    /// ^C goes back one step at a time; the line that the terminal has begun with it is ended first.
    @Test func anInterruptLeavesAMenuThenStopsTheTurnThenLeaves() {
        let leaving = "notice: press ^C again to leave; the session goes on at the server"
        var chat = Chat()
        func interrupt() -> LineView.Result { chat.view.interrupt(now: chat.now) }
        #expect(interrupt() == LineView.Result(lines: ["", leaving]))
        chat.seconds = 2
        _ = chat.type("begin")
        let stopping = LineView.Result(lines: ["", "status: stopping the turn", leaving], commands: [.cancelTurn])
        #expect(interrupt() == stopping, "it is about to begin")
        chat.seconds = 4
        _ = chat.arrive(.event(.turnStart("t", prompt: "u")), .agent("half a li"), .event(.request(Self.permission)))
        chat.seconds = 5
        #expect(chat.type("3").lines.count == 1, "why?")
        #expect(interrupt() == LineView.Result(lines: ["", "menu: left"]))
        #expect(chat.type("go on").commands.first == .send("go on"), "no reason, and nothing is rejected")
        chat.seconds = 7
        #expect(interrupt() == stopping)
        chat.seconds = 7.9
        #expect(interrupt() == LineView.Result(commands: [.quit]))
    }

    @Test func aForkThatIsNotMadeYetIsSaid() {
        var chat = Chat()
        #expect(
            chat.send(.copies("How\u{1B}[2J?")) == [
                "notice: This chat becomes a copy of “How?” as soon as the server has made it."
                    + " What you send waits for that."
            ])
    }

    @Test func aFormIsAskedFieldByField() {
        var chat = Chat()
        let schema: JSON = [
            "properties": [
                "name": ["type": "string", "title": "Name"], "count": ["type": "integer", "maximum": 9, "default": 3],
                "kind": ["type": "string", "enum": ["a", "b"]], "force": ["type": "boolean"],
            ], "required": ["name", "force"],
        ]
        let form = Question(
            key: "f", turn: "t", method: Method.createElicitation,
            params: ["mode": "form", "message": "How?", "requestedSchema": schema])
        #expect(
            chat.arrive(.event(.request(form))).dropLast() == [
                "question: input wanted: How?", "1: fill in the form", "2: decline", "3: cancel",
            ])
        chat.seconds = 1
        #expect(chat.type("1").lines == ["field: Name, needed", "field: an empty line leaves it out"])
        #expect(chat.type("").lines == ["field: Name is needed"])
        #expect(chat.type("x").lines == ["field: count", "field: an empty line keeps 3"])
        #expect(chat.type("99").lines == ["field: count must be at most 9"])
        #expect(chat.type("7").lines == ["field: kind", "1: a", "2: b", "field: an empty line leaves it out"])
        #expect(chat.type("2").lines.first == "field: force, needed")
        #expect(
            chat.type("y").commands == [
                .answer(
                    "f",
                    ["action": "accept", "content": ["name": "x", "count": 7, "kind": "b", "force": true]])
            ])
    }

    @Test func sessionsAreAMenu() {
        var chat = Chat()
        #expect(chat.type("/sessions").commands.contains(.listSessions))
        let usedAt = chat.wallClock - 180_000
        func item(_ key: String, isCurrent: Bool) -> SessionItem {
            SessionItem(
                key: key, title: "Chat \(key)\u{1B}[2J", folder: "~/x", usedAt: usedAt,
                isCurrent: isCurrent,
                waiting: 0)
        }
        let lines = chat.send(.sessions([item("a", isCurrent: true), item("b", isCurrent: false)]))
        #expect(lines.contains("2: Chat b, 3 min ago, ~/x"))
        #expect(chat.type("9").lines == ["menu: there is no number 9"])
        #expect(chat.type("2").commands == [.openSession("b")])
        #expect(chat.type("2").commands.first == .send("2"), "the menu is closed")
    }

    @Test func commandsAreThoseOfTheScreen() {
        var chat = Chat()
        #expect(chat.type("/help").lines.contains { $0.hasPrefix("/sessions: ") })
        #expect(chat.type("/stop").commands.contains(.cancelTurn))
        #expect(chat.type("/nonsense").lines.contains { $0.contains("There is no command /nonsense") })
        #expect(chat.type("//x").commands.first == .send("/x"))
        #expect(chat.type("   ").commands == [])
        #expect(chat.view.unansweredCount == 1)
    }

    /// Where nothing shows what is typed, prompts are printed; elsewhere only those of other clients.
    @Test func promptsAreEchoed() {
        var pipe = Chat(echoesPrompts: true)
        #expect(pipe.arrive(.user("Hello\nthere")) == ["you: Hello", "you: there"])
        var terminal = Chat()
        #expect(terminal.arrive(.user("of another machine")) == ["you: of another machine"])
        _ = terminal.send(.outbox([OutboxItem(id: "mine", content: [.text("typed")], createdAt: 0)]))
        let echo = Entry(
            seq: 9, timestamp: 0, clientMessageID: "mine", body: .user("typed"))
        #expect(terminal.send(.entries([echo])) == [])
    }

    @Test func theLastExchangeIsReadAgain() {
        var view = LineView(echoesPrompts: false)
        let page = [Entry.Body.user("first", "a"), .agent("one", "b"), .user("second", "c"), .agent("two\n", "d")]
            .enumerated().map { Entry(seq: Seq($0 + 1), timestamp: 0, body: $1) }
        let lines = view.take(.replaced(page, hasMore: false), now: .zero, wallClock: 0).lines
        #expect(lines == ["you: second", "agent: two"])
        #expect(view.take(.entries(page), now: .zero, wallClock: 0).lines == [], "nothing is said twice")
    }

    @Test func hostileTextIsOnlyText() {
        let evil = "\u{1B}]0;x\u{7}\u{202E}evil\u{1B}[2J"
        var chat = Chat()
        var lines = chat.arrive(
            .agent(evil + "\n"), .tool("1", .execute, evil), .plan(done: 0, of: evil), .event(.note(evil)))
        lines += chat.send(.notice(evil))
        lines += chat.send(.connection(ConnectionStatus(state: .stopped(evil))))
        #expect(!lines.isEmpty)
        for line in lines {
            #expect(!line.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E || $0.value == 0x7F })
        }
    }
}
