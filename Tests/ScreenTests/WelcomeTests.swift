import Sync
import Testing
import Wire

@testable import Screen

/// The page of an empty chat.
@Suite struct WelcomeTests {
    private static let minute: Timestamp = 60_000

    private static let recent = [
        Welcome.Recent(title: "Why is the cart empty?", folder: "~/src/shop", usedAt: Fixture.half - 7 * minute),
        Welcome.Recent(title: "Release notes for 2.4", folder: "~/src/site", usedAt: Fixture.half - 190 * minute),
        Welcome.Recent(title: "(nothing asked yet)", folder: "~/notes", usedAt: Fixture.half - 9_000 * minute),
    ]

    private static let swiftFolder = FolderFacts(
        names: ["README.md", "Package.swift", "Sources", "Tests", ".git"], isRepository: true,
        branch: "fix/login-retry")

    private func screen(
        columns: Int = 80, rows: Int = 24, glyphs: GlyphSet = .unicode, agent: String = "librarian",
        welcome: Welcome = Welcome(folder: swiftFolder, recent: recent, installed: ["claude"])
    ) -> Fixture {
        var screen = Fixture(columns: columns, rows: rows, glyphs: glyphs)
        screen.send(.opened(title: "shop", folder: "~/src/shop", agent: agent))
        screen.send(.replaced([], hasMore: false))
        screen.send(.welcome(welcome))
        return screen
    }

    @Test(arguments: [
        (80, 24, GlyphSet.unicode, "welcome-80x24"), (140, 40, .unicode, "welcome-140x40"),
        (80, 24, .ascii, "welcome-80x24-ascii"), (40, 14, .unicode, "welcome-40x14"),
        (20, 6, .unicode, "welcome-20x6"),
    ])
    func golden(columns: Int, rows: Int, glyphs: GlyphSet, name: String) throws {
        try expectGolden(screen(columns: columns, rows: rows, glyphs: glyphs).frame, name)
    }

    /// Offline, with an agent that does things, in a folder of another machine.
    @Test func goldenOffline() throws {
        var screen = screen(agent: "claude", welcome: Welcome(recent: Array(Self.recent.prefix(1))))
        screen.send(
            .connection(
                ConnectionStatus(
                    state: .offline(since: screen.now, attempt: 1, retryAt: screen.now + .seconds(2)),
                    agents: ["claude", "codex", "librarian"])))
        screen.send(.notice("left “Release notes”; ^S lists it"))
        try expectGolden(screen.frame, "welcome-offline-80x24")
    }

    @Test func itGoesWithTheFirstMessage() {
        func isShown(_ screen: Fixture) -> Bool { screen.text.contains { $0.contains("Tab puts one") } }
        var sent = screen()
        #expect(isShown(sent))
        sent.send(.notice("a notice"))
        #expect(isShown(sent) && sent.text.contains { $0.contains("a notice") })
        let item = OutboxItem(id: "1", content: [.text("Hello?")], createdAt: sent.wallClock)
        sent.send(.outbox([item]))
        #expect(!isShown(sent), "the prompt that waits is the first message")
        var received = screen()
        received.arrive(.user("Hello?"))
        #expect(!isShown(received))
        var other = screen()
        other.send(.opened(title: "other", folder: "/other", agent: "librarian"))
        #expect(!isShown(other), "the page of one chat is not that of the next")
    }

    @Test func tabPutsOneSuggestionAfterTheOtherIntoTheInput() {
        var screen = screen()
        let texts = screen.model.suggestions.texts
        #expect(texts.count == 3)
        for text in texts + [texts[0]] {
            screen.press(.tab)
            #expect(screen.model.editor.text == text)
        }
        screen.press(.character("!"), .tab)
        #expect(screen.model.editor.text == texts[0] + "!", "what was typed stays")
    }

    @Test(arguments: [
        (FolderFacts(), true, "list the files here"),
        (FolderFacts(names: ["README.md"]), true, "What is README.md about?"),
        (FolderFacts(names: ["Cargo.toml"]), true, "Where does Cargo.toml name the dependencies?"),
        (FolderFacts(names: ["src"]), true, "list the files in src"),
        (FolderFacts(), false, "Start a project here, and ask me what it is for."),
        (FolderFacts(names: ["tests"]), false, "Run the tests and explain what fails."),
        (FolderFacts(names: ["a"], isRepository: true, branch: "main"), false, "What changed in the last ten commits?"),
        (FolderFacts(names: ["a"], isRepository: true, branch: "x"), false, "Review the branch x."),
    ])
    func whatIsThereIsSuggested(folder: FolderFacts, isLibrarian: Bool, first: String) {
        let texts = Suggestions(for: folder, isLibrarian: isLibrarian).texts
        #expect(texts.first == first && texts.count == Suggestions.maximum && Set(texts).count == texts.count)
    }

    /// What the server has is offered for use, what is only installed to be added.
    @Test func agentsAreOffered() {
        var screen = screen()
        #expect(screen.text.contains { $0.contains("belay agents add claude") })
        screen.send(.connection(ConnectionStatus(state: .live, agents: ["claude", "librarian"])))
        #expect(screen.text.contains { $0.contains("/agent NAME  starts a chat with claude") })
        #expect(!screen.text.contains { $0.contains("belay agents add") })
    }

    @Test func ages() {
        let now = Fixture.half
        func age(_ minutes: Int64) -> String { TimeText.age(of: now - minutes * Self.minute, at: now) }
        #expect([0, 1, 59, 60, 2_879].map(age) == ["just now", "1 min ago", "59 min ago", "1 h ago", "47 h ago"])
        #expect([2_880, 20_160, 100_800, 1_051_200].map(age) == ["2 days ago", "2 wk ago", "2 mo ago", "2 yr ago"])
        #expect(TimeText.age(of: now + 1_000_000, at: now) == "just now", "a clock that was wrong")
        #expect(TimeText.age(of: .min / 2, at: .max / 2).columns <= TimeText.ageColumns)
    }

    /// The age changes with the minute of the clock, which has a tick.
    @Test func noAgeIsSleptThrough() {
        var screen = screen()
        screen.seconds = 12.5
        screen.send(.tick)
        let shown = screen.frame
        let tick = screen.model.nextTick(after: screen.now)
        #expect(tick == screen.now + .milliseconds(47_500))
        screen.seconds = 59.9
        #expect(screen.frame == shown)
        screen.seconds = 60
        #expect(screen.frame != shown)
    }

    @Test func hostileTextStaysInItsCells() {
        let evil = "\u{1B}]0;x\u{7}\u{202E}evil\u{200D}\tx\r\n" + String(repeating: "e\u{301}\u{301}", count: 200)
        for (columns, rows) in [(20, 5), (33, 9), (80, 24), (140, 40), (300, 100)] {
            var screen = screen(
                columns: columns, rows: rows, agent: evil,
                welcome: Welcome(
                    folder: FolderFacts(names: [evil, "Tests"], isRepository: true, branch: evil),
                    recent: [Welcome.Recent(title: evil, folder: evil, usedAt: .min)], installed: ["claude"]))
            screen.send(.connection(ConnectionStatus(state: .live, agents: [evil])))
            for row in screen.frame.rows {
                #expect(row.reduce(0) { $0 + $1.text.columns } <= columns)
                #expect(!row.contains { $0.text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E } })
            }
        }
    }
}
