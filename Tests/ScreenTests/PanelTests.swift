import Sync
import Testing
import Wire

@testable import Screen

/// The panel about the agent's work, the pages of `/net` and `/memory`, and what they are made of.
@Suite struct PanelTests {
    private static let usage: Entry.Body = .update(
        .other([
            "sessionUpdate": "usage_update", "used": 76_200, "size": 200_000,
            "cost": ["amount": 0.184, "currency": "USD"],
        ]))

    /// The conversation of the design's main screen, with all that a panel can say.
    private func screen(columns: Int, rows: Int, glyphs: GlyphSet = .unicode) -> Fixture {
        var screen = Fixture(columns: columns, rows: rows, glyphs: glyphs)
        screen.send(.surroundings(branch: "fix/login-retry", token: "from the token file"))
        screen.send(.path(NetworkPath(interface: "wlan0", address: "192.168.1.7")))
        screen.converse()
        screen.arrive(Self.usage)
        screen.send(.path(NetworkPath(interface: "wwan0", address: "10.20.0.4")))
        screen.send(
            .connection(
                ConnectionStatus(
                    state: .live, roundTrip: .milliseconds(48),
                    resumes: screen.model.connection.resumes + [Self.resume],
                    agents: ["librarian"])))
        screen.seconds += 0.012
        screen.send(.painted)
        return screen
    }

    private static let resume = ConnectionStatus.Resume(
        number: 9, latency: .milliseconds(212), opening: .milliseconds(160), upgrade: .milliseconds(50),
        detection: .milliseconds(300), offline: .milliseconds(1_900), events: 3, bytes: 900,
        cause: "heartbeat time-out: no answer from the server")

    private func offline(_ screen: inout Fixture) {
        screen.seconds += 14
        screen.send(
            .connection(
                ConnectionStatus(
                    state: .offline(
                        since: screen.now + .seconds(-14), attempt: 4, retryAt: screen.now + .milliseconds(5_500)),
                    roundTrip: .milliseconds(48), resumes: screen.model.connection.resumes,
                    lastFailure: "the network is unreachable")))
    }

    @Test(arguments: [
        (140, 40, GlyphSet.unicode, false, "panel-140x40"), (140, 40, .ascii, false, "panel-140x40-ascii"),
        (140, 40, .unicode, true, "panel-offline-140x40"), (120, 16, .unicode, false, "panel-120x16"),
    ])
    func beside(columns: Int, rows: Int, glyphs: GlyphSet, isOffline: Bool, name: String) throws {
        var screen = screen(columns: columns, rows: rows, glyphs: glyphs)
        if isOffline { offline(&screen) }
        try expectGolden(screen.frame, name)
    }

    @Test(arguments: [
        (80, 24, GlyphSet.unicode, "panel-popup-80x24"), (80, 24, .ascii, "panel-popup-80x24-ascii"),
        (40, 12, .unicode, "panel-popup-40x12"),
    ])
    func popup(columns: Int, rows: Int, glyphs: GlyphSet, name: String) throws {
        var screen = screen(columns: columns, rows: rows, glyphs: glyphs)
        let closed = screen.frame
        screen.press(.control("t"))
        try expectGolden(screen.frame, name)
        #expect(screen.press(.escape) == [], "Esc closes it, and stops no turn")
        #expect(screen.frame == closed)
        screen.press(.control("t"), .control("t"))
        #expect(screen.frame == closed)
    }

    /// The line that is read stays where it is when the panel comes and goes, and no layout of another width is left.
    @Test func theTranscriptIsWrappedAnew() {
        var screen = screen(columns: 140, rows: 40)
        screen.arrive(.agent(String(repeating: "many words that are wrapped ", count: 60), "long"))
        let beside = screen.frame
        screen.press(.control("t"))
        let wide = screen.frame
        #expect(screen.text.allSatisfy { !$0.contains("Tools now") })
        #expect(beside != wide)
        screen.press(.control("t"))
        #expect(screen.frame == beside)
        screen.send(.resized(Size(columns: 140, rows: 15)))
        #expect(screen.model.transcriptColumns == 140, "without room there is no panel")
        screen.send(.resized(Size(columns: 140, rows: 40)))
        #expect(screen.frame == beside)
    }

    @Test(arguments: [("/net", "net-80x24"), ("/memory", "memory-80x24")])
    func page(command: String, name: String) throws {
        var screen = screen(columns: 80, rows: 24)
        screen.send(.memory(["user.name": "Ada", "note.1": "prefers short answers", "gone": .null]))
        screen.arrive(
            .event(.memory(key: "answers", value: ["length": "short"])),
            .event(.memory(key: "note.1", value: nil)))
        screen.type(command)
        screen.press(.enter)
        try expectGolden(screen.frame, name)
    }

    @Test func anEmptyPageSaysSo() {
        for (command, words) in [("/net", "was not lost"), ("/memory", "has kept nothing")] {
            var screen = Fixture()
            screen.type(command)
            screen.press(.enter)
            #expect(screen.text.contains { $0.contains(words) })
        }
    }

    // MARK: What is folded

    @Test func stepsHaveTheirTimes() {
        var times = PlanTimes()
        func plan(_ states: (String, PlanEntry.Status)...) -> [PlanEntry] {
            states.map { PlanEntry(content: $0.0, status: $0.1) }
        }
        times.take(plan(("a", .inProgress), ("b", .pending)), at: 1_000)
        times.take(plan(("a", .completed), ("b", .inProgress)), at: 3_500)
        times.take(plan(("a", .completed), ("b", .inProgress)), at: 4_000)
        #expect(times[0, "a"]?.tookMilliseconds == 2_500 && times[1, "b"]?.startedAt == 3_500)
        times.take(plan(("new", .inProgress), ("a", .completed)), at: 5_000)
        #expect(times[1, "a"]?.tookMilliseconds == 2_500, "a step may move")
        #expect(times[0, "b"] == nil)
        times.take(plan(("done before", .completed)), at: 6_000)
        #expect(times[0, "done before"]?.tookMilliseconds == nil, "when it began is not known")
        times.take((0..<1_000).map { PlanEntry(content: "\($0)", status: .pending) }, at: 7_000)
        #expect(times.steps.count == PlanTimes.stepsMaximum)
    }

    @Test func toolsThatWereNotSeenToBeginAreNotListed() {
        var tools = RecentTools()
        tools.apply(ToolCall(id: "old", status: .completed), begins: false, at: 1)
        #expect(tools.calls.isEmpty)
        for number in 0..<20 {
            let id = ToolCallID("\(number)")
            tools.apply(ToolCall(id: id, title: "\(number)\u{1B}[2J", status: .inProgress), begins: true, at: 1)
        }
        #expect(tools.calls.map(\.title) == (12..<20).map { "\($0)" } && tools.runningCount == 8)
        tools.apply(ToolCall(id: "19", status: .failed), begins: false, at: 5)
        tools.endTurn()
        #expect(tools.calls.map(\.status) == [.failed] && tools.calls[0].endedAt == 5)
    }

    @Test(
        arguments: [
            (["sessionUpdate": "usage_update", "used": 12_400, "size": 200_000], "6% 12.4k "),
            (["sessionUpdate": "usage_update", "used": 76_000, "size": 0], "nil 76k "),
            (
                ["sessionUpdate": "usage_update", "used": 5, "size": 1, "cost": ["amount": 3, "currency": "EUR"]],
                "500% 5 3.00 EUR"
            ),
            (
                ["sessionUpdate": "usage_update", "used": 1_000_000, "size": 2_000_000, "cost": ["amount": -1]],
                "50% 1M "
            ),
            (["sessionUpdate": "usage_update", "used": -1, "size": 5], nil),
            (["sessionUpdate": "usage_update", "used": "many", "size": 5], nil),
            (["sessionUpdate": "current_mode_update", "used": 1, "size": 5], nil),
        ] as [(JSON, String?)])
    func usageIsRead(update: JSON, text: String?) {
        let usage = Usage(update)
        let shown = usage.map { usage in
            "\(usage.percent.map { "\($0)%" } ?? "nil") \(Usage.count(usage.used)) \(usage.cost ?? "")"
        }
        #expect(shown == text)
    }

    @Test func percentilesAreThoseOfTheResumes() {
        var log = NetworkLog()
        #expect(log.percentile(0.5) == nil)
        var last = ConnectionStatus(state: .live)
        for (number, latency) in [300, 100, 200, 400].enumerated() {
            var next = last
            next.resumes.append(
                .init(number: number + 1, latency: .milliseconds(latency), offline: .zero, events: 0, bytes: 0))
            log.take(next, after: last, now: .zero, wallClock: 0)
            last = next
        }
        log.take(last, after: last, now: .zero, wallClock: 0)
        #expect(log.resumes.count == 4, "each resume counts once")
        #expect(log.percentile(0.5) == .milliseconds(200) && log.percentile(0.95) == .milliseconds(400))
    }

    @Test func thePartsAreTheWhole() {
        let parts = Self.resume.parts(paint: .milliseconds(12))
        #expect(parts.map(\.name) == ["detect", "wait", "dial", "upgrade", "replay", "paint"])
        #expect(
            parts.map(\.took.milliseconds) == [300, 1_688, 110, 50, 52, 12])
    }

    // MARK: The status

    @Test func theStatusSaysTheContext() {
        var screen = Fixture()
        screen.arrive(Self.usage)
        #expect(screen.text[22].hasSuffix("outbox 0  ctx 38%  76k tok  $0.18"))
        screen.send(.resized(Size(columns: 44, rows: 24)))
        #expect(screen.text[22].hasSuffix("outbox 0  ctx 38%"), "the tokens are lost before the context")
    }

    @Test func aLoginIsSaidToBeNeeded() {
        var screen = Fixture()
        var status = ConnectionStatus(state: .stopped("the token was revoked"))
        status.needsLogin = true
        screen.send(.connection(status))
        #expect(screen.text[22].hasPrefix(" ✕ login needed (F5 now)  "))
        #expect(screen.text[22].contains("the token was revoked"))
    }

    /// Whatever peers say, and whatever the size, rows keep their width.
    @Test func hostileTextStaysInItsCells() {
        let evil = "\u{1B}]0;x\u{7}\u{202E}evil\u{200D}\tx\r\n" + String(repeating: "e\u{301}\u{301}", count: 200)
        for (columns, rows) in [(20, 5), (40, 12), (80, 24), (120, 16), (140, 40), (300, 100)] {
            for isToggled in [false, true] {
                var screen = Fixture(columns: columns, rows: rows)
                screen.send(.surroundings(branch: evil, token: evil))
                screen.send(.path(NetworkPath(interface: evil, address: evil)))
                screen.arrive(
                    .event(.turnStart("t", prompt: "u")), .plan(done: 1, of: evil, evil, evil),
                    .tool("1", .execute, evil),
                    .update(
                        .other([
                            "sessionUpdate": "usage_update", "used": .integer(.max), "size": 1,
                            "cost": ["amount": 1e300, "currency": .string(evil)],
                        ])))
                var resume = Self.resume
                resume.cause = evil
                screen.send(.connection(ConnectionStatus(state: .live, resumes: [resume])))
                if isToggled { screen.press(.control("t")) }
                for command in ["", "/net", "/memory"] {
                    screen.send(.memory([evil: .string(evil)]))
                    screen.type(command)
                    screen.press(.enter)
                    for row in screen.frame.rows {
                        #expect(row.reduce(0) { $0 + $1.text.columns } <= columns)
                        #expect(
                            !row.contains { $0.text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E } })
                    }
                }
            }
        }
    }
}
