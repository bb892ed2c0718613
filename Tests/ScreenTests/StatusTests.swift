import Sync
import Testing
import Wire

@testable import Screen

/// The row that must be true, and when it changes by itself.
@Suite struct StatusTests {
    private func status(
        _ state: ConnectionStatus.State, columns: Int = 80, roundTrip: Duration? = nil, resumes: [Int] = [],
        failure: String? = nil, isLate: Bool = false, glyphs: GlyphSet = .unicode
    ) -> String {
        var screen = Fixture(columns: columns, glyphs: glyphs)
        var status = ConnectionStatus(
            state: state, roundTrip: roundTrip,
            resumes: resumes.map { .init(latency: .milliseconds($0), offline: .zero, events: 0, bytes: 0) },
            lastFailure: failure)
        status.isAnswerLate = isLate
        screen.send(.connection(status))
        return screen.text[22]
    }

    private let now = Fixture().now

    /// Every state at every width: what is lost, and in which order.
    @Test(arguments: [(GlyphSet.unicode, "status-140x32"), (.ascii, "status-140x32-ascii")])
    func golden(glyphs: GlyphSet, name: String) throws {
        let resumes = [80, 150, 300, 7000, 212].map {
            ConnectionStatus.Resume(latency: .milliseconds($0), offline: .zero, events: 0, bytes: 0)
        }
        var login = ConnectionStatus(state: .stopped("the token was revoked"))
        login.needsLogin = true
        let away = ConnectionStatus.State.offline(since: now + .seconds(-14), attempt: 4, retryAt: now + .seconds(6))
        let states = [
            ConnectionStatus(state: .connecting), ConnectionStatus(state: .resuming),
            ConnectionStatus(state: .live, roundTrip: .milliseconds(48), resumes: resumes),
            ConnectionStatus(state: .live, roundTrip: .milliseconds(1_200), resumes: resumes, entriesLacking: 812),
            ConnectionStatus(state: away, resumes: resumes),
            ConnectionStatus(state: away, resumes: resumes, lastFailure: "connection refused by 192.0.2.7"), login,
            ConnectionStatus(state: .stopped("the server is older than this program")),
        ]
        let rows = [140, 80, 40, 24].flatMap { columns in
            states.map { state in
                var screen = Fixture(columns: columns, glyphs: glyphs)
                screen.arrive(.user("a"), .plan(done: 1, of: "a", "b"))
                screen.send(.connection(state))
                return screen.frame.rows[22]
            }
        }
        try expectGolden(Frame(size: Size(columns: 140, rows: rows.count), rows: rows, cursor: nil), name)
    }

    @Test func saysTheState() {
        #expect(status(.connecting).hasPrefix(" ◔ connecting  "))
        #expect(status(.resuming).hasPrefix(" ◔ resuming  "))
        #expect(status(.live, roundTrip: .milliseconds(48)).hasPrefix(" ● live  rtt 48ms  "))
        #expect(status(.live, roundTrip: .milliseconds(1_200)).hasPrefix(" ◐ slow  rtt 1.2s  "))
        #expect(status(.live, roundTrip: .milliseconds(48), isLate: true).hasPrefix(" ◐ slow  rtt 48ms  "))
        #expect(
            status(.offline(since: now + .seconds(-14), attempt: 4, retryAt: now + .milliseconds(5_500)))
                .hasPrefix(" ◌ offline 00:14  retry 4 in 6s (F5 now)  "))
        #expect(
            status(.offline(since: now + .seconds(-3_700), attempt: 9, retryAt: now))
                .hasPrefix(" ◌ offline 1:01:40  retry 9 now (F5 now)  "))
        #expect(status(.stopped("the token was revoked\u{1B}[2J")).hasPrefix(" ✕ the token was revoked (F5 now)"))
        #expect(status(.live, glyphs: .ascii).hasPrefix(" [live]  "))
        #expect(status(.stopped("why"), glyphs: .ascii).hasPrefix(" [stopped] why"))
    }

    @Test func losesItsPartsInOrder() {
        func parts(_ columns: Int) -> [String] {
            let row = status(
                .live, columns: columns, roundTrip: .milliseconds(48), resumes: [80, 150, 300, 7000, 212])
            return ["live", "↻ 212ms", "outbox 0", "rtt", "▁▂▃█▃"].filter { row.contains($0) }
        }
        #expect(parts(80) == ["live", "↻ 212ms", "outbox 0", "rtt", "▁▂▃█▃"])
        #expect(parts(40) == ["live", "↻ 212ms", "outbox 0", "rtt"])
        #expect(parts(30) == ["live", "↻ 212ms", "outbox 0"])
        #expect(parts(22) == ["live", "↻ 212ms"])
    }

    @Test func aLongReasonIsCutAndNotLeftOut() {
        let reason = "no room is left on the disk that holds /a/folder/with/a/long/name/mirror.db: free some"
        func row(_ columns: Int) -> String {
            status(
                .offline(since: now + .seconds(-14), attempt: 4, retryAt: now + .milliseconds(5_500)),
                columns: columns, failure: reason)
        }
        #expect(row(160).contains("  \(reason)  outbox 0  theme: "))
        #expect(row(100).contains("  no room is left on the disk that holds /a/fold…  outbox 0"))
        #expect(row(69).contains("  no room is left…  outbox 0"))
        #expect(!row(68).contains("no room"))
        #expect(row(68).contains("(F5 now)") && row(68).contains("outbox 0"))
    }

    @Test func aBarAlwaysMeansTheSame() {
        let steps = [0, 100, 101, 200, 400, 800, 1600, 1601, 6400, 6401].map {
            Sparkline.step(of: .milliseconds($0))
        }
        #expect(steps == [0, 0, 1, 1, 2, 3, 4, 5, 6, 7])
    }

    // MARK: Ticks

    @Test func nothingButTheMinuteMovesWhenIdle() {
        var screen = Fixture()
        screen.seconds = 12.5
        screen.send(.tick)
        #expect(screen.model.nextTick(after: screen.now) == screen.now + .milliseconds(47_500))
        screen.send(.resized(Size(columns: 80, rows: 6)))
        #expect(screen.model.nextTick(after: screen.now) == nil, "no clock on so small a screen")
    }

    @Test func theSpinnerTurnsOnlyWhileATurnIsWatched() {
        var screen = Fixture()
        screen.arrive(.event(.turnStart("t", prompt: "u")))
        #expect(screen.model.nextTick(after: screen.now) == screen.now + .milliseconds(250))
        screen.press(.focus(false))
        #expect(screen.model.nextTick(after: screen.now) == screen.now + .seconds(1))
        screen.send(.connection(ConnectionStatus(state: .resuming)))
        #expect(screen.model.nextTick(after: screen.now) == screen.now + .seconds(60))
        screen.send(.connection(ConnectionStatus(state: .live)))
        screen.arrive(.event(.turnEnd("t", .stopped(.endTurn))))
        #expect(screen.model.nextTick(after: screen.now) == screen.now + .seconds(60))
    }

    @Test func offlineBothCountersTick() {
        var screen = Fixture()
        let since = screen.now + .milliseconds(-400)
        let retryAt = screen.now + .milliseconds(2_300)
        screen.send(.connection(ConnectionStatus(state: .offline(since: since, attempt: 1, retryAt: retryAt))))
        #expect(screen.model.nextTick(after: screen.now) == screen.now + .milliseconds(300), "the countdown")
        screen.seconds += 0.3
        #expect(screen.model.nextTick(after: screen.now) == screen.now + .milliseconds(300), "the time offline")
    }

    /// Whenever the screen would look different, a tick comes first.
    @Test func noChangeIsSleptThrough() {
        var screen = Fixture()
        screen.converse()
        let since = screen.now
        for state in [
            ConnectionStatus.State.live, .resuming,
            .offline(since: since, attempt: 2, retryAt: since + .milliseconds(7_770)),
        ] {
            screen.send(.connection(ConnectionStatus(state: state)))
            var shown = screen.frame
            var tick = screen.model.nextTick(after: screen.now)
            for _ in 0..<2_000 {
                screen.seconds += 0.05
                if let due = tick, due <= screen.now {
                    screen.send(.tick)
                    shown = screen.frame
                    tick = screen.model.nextTick(after: screen.now)
                }
                #expect(screen.frame == shown, "\(state) at \(screen.seconds)")
            }
        }
    }
}
