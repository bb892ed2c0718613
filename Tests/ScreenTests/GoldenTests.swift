import Screen
import Sync
import Testing
import Wire

/// Whole screens, as users see them.
@Suite struct GoldenTests {
    @Test(arguments: [
        (80, 24, GlyphSet.unicode, "live-80x24"), (140, 40, .unicode, "live-140x40"),
        (300, 100, .unicode, "live-300x100"), (20, 5, .unicode, "live-20x5"), (40, 12, .unicode, "live-40x12"),
        (80, 24, .ascii, "live-80x24-ascii"),
    ])
    func live(columns: Int, rows: Int, glyphs: GlyphSet, name: String) throws {
        var screen = Fixture(columns: columns, rows: rows, glyphs: glyphs)
        screen.converse()
        screen.type("also check that the token is not logged anywhere, and")
        screen.press(.control("j"))
        screen.type("list every file you touched")
        try expectGolden(screen.frame, name)
    }

    @Test(arguments: [(80, 24, GlyphSet.unicode, "offline-80x24"), (80, 24, .ascii, "offline-80x24-ascii")])
    func offlineWithOutbox(columns: Int, rows: Int, glyphs: GlyphSet, name: String) throws {
        var screen = Fixture(columns: columns, rows: rows, glyphs: glyphs)
        screen.converse()
        screen.seconds += 30
        let lost = screen.now
        screen.seconds += 14
        screen.send(
            .connection(
                ConnectionStatus(
                    state: .offline(since: lost, attempt: 4, retryAt: screen.now + .seconds(6)),
                    lastFailure: "the network is unreachable")))
        screen.send(
            .outbox([
                OutboxItem(
                    id: "1", content: [.text("Also check that the token is not logged anywhere.")],
                    createdAt: screen.wallClock),
                OutboxItem(
                    id: "2", content: [.text("And push.")], createdAt: screen.wallClock,
                    state: .refused("the session was archived")),
            ]))
        try expectGolden(screen.frame, name)
    }

    @Test func readingHistory() throws {
        var screen = Fixture()
        screen.converse()
        screen.arrive(.agent((1...30).map { "Paragraph \($0)." }.joined(separator: "\n"), "c"))
        screen.press(.pageUp)
        screen.arrive(.agent("Something new.", "d"), .agent("And more.", "e"))
        try expectGolden(screen.frame, "reading-80x24")
    }

    @Test func empty() throws {
        try expectGolden(Fixture().frame, "empty-80x24")
    }

    @Test func help() throws {
        var screen = Fixture()
        screen.press(.function(1))
        screen.type("/nonsense")
        screen.press(.enter)
        try expectGolden(screen.frame, "help-80x24")
    }

    @Test(arguments: [
        (80, 24, GlyphSet.unicode, "commands-80x24"), (80, 24, .ascii, "commands-80x24-ascii"),
        (40, 12, .unicode, "commands-40x12"), (20, 5, .unicode, "commands-20x5"),
    ])
    func commands(columns: Int, rows: Int, glyphs: GlyphSet, name: String) throws {
        var screen = Fixture(columns: columns, rows: rows, glyphs: glyphs)
        screen.converse()
        screen.arrive(
            .update(
                .other([
                    "sessionUpdate": "available_commands_update",
                    "availableCommands": [
                        ["name": "review", "description": "Review the changes", "input": ["hint": "[what]"]],
                        ["name": "new", "description": "Forget what was said"],
                    ],
                ])))
        screen.type("/")
        screen.press(.down, .down)
        try expectGolden(screen.frame, name)
    }

    @Test func tooSmall() throws {
        try expectGolden(Fixture(columns: 19, rows: 4).frame, "small-19x4")
    }

    @Test func wideText() throws {
        var screen = Fixture(columns: 60, rows: 18)
        screen.arrive(
            .user("ログインのテストが失敗します。ネットワークが切れたときに、直してください。お願いします。"),
            .agent("✅ Done ⚠️  1️⃣ 👍🏽 👨‍👩‍👧 🇫🇷 e\u{301}té — \u{1B}[31mred\u{1B}[0m\tafter\ta tab \u{202E}evil"),
            .tool("1", .execute, "swift test --filter 長い名前のテストが続くとどうなるか", .failed),
            .toolEnd("1", .failed, content: [ToolCall.textContent("error: it broke\n  at line 3\u{7}")]))
        try expectGolden(screen.frame, "wide-60x18")
    }
}

extension Fixture {
    /// The conversation of the design's main screen.
    mutating func converse() {
        seconds = 60
        arrive(
            .user("The login test fails when the network drops. Please fix it."),
            .event(.turnStart("turn", prompt: "u")),
            .agent("I will reproduce it first, then fix the retry path."))
        arrive(.tool("1", .read, "Sources/Auth/Login.swift"))
        seconds += 0.1
        arrive(.toolEnd("1"), .tool("2", .search, "\"retry\" in Sources/ (14 matches)"))
        seconds += 0.3
        arrive(.toolEnd("2"), .tool("3", .edit, "Sources/Auth/Login.swift"))
        seconds += 0.2
        let old = (1...20).map { "line \($0)" }
        let new = old[..<8] + (1...12).map { "new line \($0)" } + old[12...]
        let diff: JSON = [
            "type": "diff", "path": "/Sources/Auth/Login.swift", "oldText": .string(old.joined(separator: "\n")),
            "newText": .string(new.joined(separator: "\n")),
        ]
        arrive(
            .toolEnd("3", content: [diff]),
            .plan(
                done: 3, of: "Reproduce the failing test", "Read the retry path", "Add an idempotency key",
                "Run the login tests", "Update the docs"),
            .tool("4", .execute, "swift test --filter LoginTests"),
            .update(
                .toolCallUpdate(
                    ToolCall(
                        id: "4",
                        content: [
                            ToolCall.textContent(
                                "Building for debugging...\nTest Case LoginTests.testReconnect started\n")
                        ]))))
        seconds += 42
        send(.notice("connection lost 17:38:07 · resumed 17:38:09 · 0 events missed"))
        let latencies = [120, 80, 300, 60, 90, 1700, 100, 212]
        send(
            .connection(
                ConnectionStatus(
                    state: .live, roundTrip: .milliseconds(48),
                    resumes: latencies.enumerated().map {
                        ConnectionStatus.Resume(
                            number: $0 + 1, latency: .milliseconds($1), offline: .seconds(2), events: 3, bytes: 900)
                    })))
        arrive(.agent("The retry now carries an idempotency key, so a prompt that was", "b"))
    }
}
