import Sync
import Testing
import Wire

@testable import Screen

/// The four screens that the design draws, with the story that they tell.
@Suite struct DrawnScreenTests {
    @Test(arguments: [(GlyphSet.unicode, "terminal", "drawn-live-80x24"), (.ascii, "mono", "drawn-ascii-80x24")])
    func live(_ glyphs: GlyphSet, theme: String, name: String) throws {
        var screen = try Fixture(glyphs: glyphs, theme: Theme(TerminalTheme.table(theme)))
        screen.fixTheLogin()
        screen.list(Array(SessionColumnTests.items.prefix(2)))
        screen.goOnTyping()
        try expectGolden(screen.frame, name)
    }

    @Test func offlineWithAPermissionWaiting() throws {
        var screen = Fixture()
        screen.fixTheLogin()
        screen.list(Array(SessionColumnTests.items.prefix(2)))
        screen.askToPush()
        try expectGolden(screen.frame, "drawn-offline-80x24")
    }

    @Test func wide() throws {
        var screen = try Fixture(columns: 140, rows: 40, theme: Theme(TerminalTheme.table("tide")))
        screen.send(.surroundings(branch: "fix/login-retry", token: "from the token file"))
        screen.send(.path(NetworkPath(interface: "wlan0", address: "192.168.1.7")))
        screen.fixTheLogin()
        screen.list(SessionColumnTests.items)
        screen.goOnTyping()
        try expectGolden(screen.frame, "drawn-140x40")
    }
}

extension Fixture {
    /// Seconds from ``half`` until a time of the same hour.
    private static func at(_ minute: Int, _ second: Double = 0) -> Double { Double(minute - 30) * 60 + second }

    /// The conversation until a test runs, a resume in between.
    fileprivate mutating func fixTheLogin() {
        seconds = Self.at(31, 10)
        arrive(
            .user("The login test fails when the network drops. Please fix it."),
            .event(.turnStart("turn", prompt: "u")))
        seconds += 12
        arrive(
            .agent("I will reproduce it first, then fix the retry path."), .tool("1", .read, "Sources/Auth/Login.swift")
        )
        seconds += 0.1
        arrive(.toolEnd("1"), .tool("2", .search, "\"retry\" in Sources/ (14 matches)"))
        seconds += 0.35
        arrive(.toolEnd("2"), .tool("3", .edit, "Sources/Auth/Login.swift"))
        seconds += 0.2
        arrive(.toolEnd("3", content: [Self.edit]), plan(done: 3))
        seconds = Self.at(38, 9)
        send(.notice("connection lost 17:38:07 · resumed 17:38:09 · 0 events missed"))
        send(.path(NetworkPath(interface: "wwan0", address: "10.20.0.4")))
        let latencies = [120, 80, 300, 60, 90, 1_700, 100, 212]
        let resumes = latencies.enumerated().map {
            ConnectionStatus.Resume(
                number: $0 + 1, latency: .milliseconds($1), opening: .milliseconds(80), upgrade: .milliseconds(40),
                detection: .milliseconds(30), offline: .seconds(2), events: 0, bytes: 900)
        }
        send(.connection(ConnectionStatus(state: .live, roundTrip: .milliseconds(48), resumes: resumes)))
        seconds = Self.at(41, 18)
        arrive(
            .tool("4", .execute, "swift test --filter LoginTests"),
            .update(
                .toolCallUpdate(
                    ToolCall(
                        id: "4", content: [ToolCall.textContent("Test Case LoginTests.testReconnect started\n")]))),
            .agent("The retry now carries an idempotency key, so a prompt that was", "b"),
            .update(
                .other([
                    "sessionUpdate": "usage_update", "used": 76_000, "size": 200_000,
                    "cost": ["amount": 0.18, "currency": "USD"],
                ])))
        seconds = Self.at(42)
    }

    /// The draft of the drawn screens.
    fileprivate mutating func goOnTyping() {
        type("also check that the token is not logged anywhere, and")
        press(.control("j"))
        type("list every file you touched")
    }

    /// The other chats, of which one has something new and one, when it is among them, asks.
    fileprivate mutating func list(_ items: [SessionItem]) {
        send(.chats(items))
        var news: [SessionID: SessionNews] = [
            "s-release-notes": SessionNews(isUnread: true, isWorking: false, questions: 0)
        ]
        if items.count > 2 {
            news["s-nightly-import"] = SessionNews(isUnread: true, isWorking: true, questions: 1)
        }
        send(.news(news))
    }

    /// The test has passed, the agent asks to push the branch, and the link drops.
    fileprivate mutating func askToPush() {
        seconds = Self.at(42, 25)
        arrive(
            .toolEnd("4", content: [ToolCall.textContent("18 passed\n")]),
            .agent("All login tests pass. I would like to push the branch.", "c"), plan(done: 4))
        seconds = Self.at(43, 58)
        let question = Question(
            key: "7f3a", turn: "turn", method: Method.requestPermission,
            params: [
                "toolCall": ["toolCallId": "5", "title": "git push origin fix/login-retry", "kind": "execute"],
                "options": [
                    ["optionId": "once", "name": "allow once", "kind": "allow_once"],
                    ["optionId": "always", "name": "always for \"git push\"", "kind": "allow_always"],
                    ["optionId": "no", "name": "reject", "kind": "reject_once"],
                ],
            ])
        arrive(.event(.request(question)))
        send(
            .outbox([
                OutboxItem(
                    id: "1", content: [.text("also check that the token is not logged anywhere")],
                    createdAt: wallClock)
            ]))
        seconds = Self.at(44, 12)
        send(
            .connection(
                ConnectionStatus(
                    state: .offline(since: now + .seconds(-14), attempt: 4, retryAt: now + .seconds(6)),
                    roundTrip: .milliseconds(48), resumes: model.connection.resumes,
                    lastFailure: "the network is unreachable")))
    }

    private func plan(done: Int) -> Entry.Body {
        .plan(
            done: done, of: "Reproduce the failing test", "Read the retry path", "Add an idempotency key",
            "Run the login tests", done < 4 ? "Update the docs" : "Push the branch")
    }

    /// An edit at two places of a file.
    private static var edit: JSON {
        var old = (1...60).map { "    let step\($0) = \($0)" }
        (old[29], old[30]) = ("    let key = UUID()", "    try send(request)")
        var new = old
        new.replaceSubrange(50..<53, with: (1...10).map { "    metrics.resumed(\($0))" })
        new.replaceSubrange(
            30..<31,
            with: [
                "    try await sendWithBackoff(request,", "                              idempotencyKey: key)",
            ])
        return [
            "type": "diff", "path": "/Sources/Auth/Login.swift", "oldText": .string(old.joined(separator: "\n")),
            "newText": .string(new.joined(separator: "\n")),
        ]
    }
}
