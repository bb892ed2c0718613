import Testing

@testable import FaultProxy

/// A plan file: what it says, when it says so, and what is wrong with it.
@Suite struct FaultScheduleTests {
    @Test func aPlanIsReadLineByLine() throws {
        var schedule = try FaultSchedule(
            parsing: """
                # A bad day.
                at 4096 bytes cut
                2s cut            # and no more
                +1s heal
                +500ms blackhole toClient

                1.5s delay 200ms\r
                every 3s reset
                1m portal
                """)
        #expect(schedule.due(at: .zero) == [.cutAfter(bytesToClient: 4_096)])
        #expect(schedule.next == .milliseconds(1_500))
        #expect(schedule.due(at: .milliseconds(1_499)) == [])
        #expect(schedule.due(at: .seconds(3)) == [.delay(.milliseconds(200)), .cut, .heal, .reset])
        #expect(schedule.due(at: .milliseconds(3_500)) == [.blackhole(.toClient)], "half a second behind the heal")
        #expect(schedule.next == .seconds(6))
        #expect(schedule.due(at: .seconds(59)) == [.reset], "what repeats is not made up for")
        #expect(schedule.due(at: .seconds(60)) == [.captivePortal, .reset])
        #expect(schedule.next == .seconds(63))
    }

    @Test(arguments: [
        ("cut", Fault.cut), ("reset", .reset), ("heal", .heal), ("refuse", .refuse), ("portal", .captivePortal),
        ("blackhole", .blackhole(.both)), ("blackhole toServer", .blackhole(.toServer)),
        ("throttle 1000", .throttle(bytesPerSecond: 1_000)), ("delay 0ms", .delay(.zero)),
        ("switch", .switchAddress(nil)), ("switch 127.0.0.9", .switchAddress("127.0.0.9")),
        ("  switch\t::1  ", .switchAddress("::1")),
    ])
    func anActionIsRead(text: String, fault: Fault) throws {
        #expect(try FaultSchedule.fault(parsing: text) == fault)
        #expect(try FaultSchedule(parsing: "2s " + text).steps.map(\.fault) == [fault])
    }

    @Test(arguments: [
        ("soon cut", "'soon' is not the time"), ("2 cut", "'2' is not the time"), ("2h cut", "'2h' is not the time"),
        ("-1s cut", "'-1s' is not the time"), ("2s", "the action is missing"),
        ("2s explode", "'explode' is not an action"),
        ("2s cut now", "'now' is not allowed"), ("2s blackhole up", "'up' is not a direction"),
        ("2s delay", "'delay' needs a time"), ("2s throttle fast", "'throttle' needs bytes"),
        ("2s throttle 0", "'throttle' needs bytes"), ("2s switch elsewhere", "is not an IP address"),
        ("2s delay 1s 2s", "'2s' is not allowed"), ("every cut", "'every' needs a time"),
        ("every 1ms cut", "at least 10 ms"), ("at 10 cut", "'at' needs a number"),
        ("at 10 bytes heal", "'at' needs a number"), ("1e9s cut", "is not the time"), ("1.2.3s cut", "is not the time"),
        ("99999999999999999999s cut", "is not the time"),
    ])
    func aMistakeNamesItsLineAndWhatIsAllowed(text: String, words: String) {
        #expect {
            try FaultSchedule(parsing: "# first\n1s heal\n\(text)\n2s cut")
        } throws: { error in
            guard let error = error as? FaultScheduleError else { return false }
            return error.line == 3 && error.description.hasPrefix("line 3: ") && error.problem.contains(words)
        }
    }

    @Test func aPlanHasABound() throws {
        let most = String(repeating: "\n", count: FaultSchedule.linesMaximum - 1)
        #expect(try FaultSchedule(parsing: most).next == nil)
        #expect(throws: FaultScheduleError.self) { try FaultSchedule(parsing: most + "\n") }
    }
}

/// Keys, and the texts that people give and get.
@Suite struct LiveKeyTests {
    @Test func eachKeyDoesWhatItSays() {
        let plan = FaultPlan()
        #expect(LiveKey.allCases.map { String($0.rawValue) }.joined() == "crbdtsph?q")
        #expect(LiveKey.cut.fault(under: plan) == .cut)
        #expect(LiveKey.reset.fault(under: plan) == .reset)
        #expect(LiveKey.blackhole.fault(under: plan) == .blackhole(.both))
        #expect(LiveKey.throttle.fault(under: plan) == .throttle(bytesPerSecond: 1_000))
        #expect(LiveKey.switchAddress.fault(under: plan) == .switchAddress(nil))
        #expect(LiveKey.captivePortal.fault(under: plan) == .captivePortal)
        #expect(LiveKey.heal.fault(under: plan) == .heal)
        #expect(LiveKey.help.fault(under: plan) == nil)
        #expect(LiveKey.quit.fault(under: plan) == nil)
    }

    @Test func theDelayGoesRound() {
        var plan = FaultPlan()
        var seen: [Duration] = []
        for _ in 0..<5 {
            guard case .delay(let latency)? = LiveKey.delay.fault(under: plan) else { break }
            seen.append(latency)
            plan.latency = latency
        }
        #expect(seen == [.milliseconds(50), .milliseconds(200), .seconds(1), .zero, .milliseconds(50)])
    }

    @Test func theNextAddressIsOneFurther() {
        #expect(FaultProxy.address(after: nil) == "127.0.0.2")
        #expect(FaultProxy.address(after: "127.0.0.2") == "127.0.0.3")
        #expect(FaultProxy.address(after: "127.0.0.254") == "127.0.0.1")
        #expect(FaultProxy.address(after: "192.0.2.1") == "127.0.0.2")
    }

    @Test(arguments: [
        ("127.0.0.1:80", Upstream.tcp(host: "127.0.0.1", port: 80)), ("[::1]:80", .tcp(host: "::1", port: 80)),
        ("agents.example:65535", .tcp(host: "agents.example", port: 65_535)), ("unix:/run/s", .unix(path: "/run/s")),
        ("agents.example", nil), ("agents.example:", nil), (":80", nil), ("a:65536", nil), ("a:+1", nil),
        ("unix:", nil), ("ws://a:80", nil), ("", nil),
    ])
    func anUpstreamIsRead(text: String, upstream: Upstream?) {
        #expect(Upstream(text) == upstream)
        if let upstream { #expect(upstream.description == text) }
    }

    @Test func whatIsOnThisMachineIsKnown() {
        #expect(Upstream.tcp(host: "127.1.2.3", port: 1).isOnLoopback)
        #expect(Upstream.tcp(host: "localhost", port: 1).isOnLoopback)
        for host in ["127.example.org", "127.999.1", "127.", "128.0.0.1"] {
            #expect(!Upstream.tcp(host: host, port: 1).isOnLoopback, "\(host)")
        }
        #expect(!Upstream.unix(path: "/s").isOnLoopback)
    }

    @Test func theStateIsSaidInAFewWords() {
        #expect(FaultPlan().summary == "nothing is wrong")
        let plan = FaultPlan {
            $0.admission = .captivePortal
            $0.blackhole = .toClient
            $0.latency = .milliseconds(200)
            $0.bytesPerSecond = 1_000
            $0.bytesToClientMaximum = 7
        }
        #expect(
            plan.summary
                == "captive portal, blackhole towards the client, 200 ms delay, 1.0 kB/s, cut after 7 bytes")
        #expect(ByteCount.text(999) == "999 bytes")
        #expect(ByteCount.text(1_999_999) == "1.9 MB")
    }

    /// Only LF and CRLF end a line: after any other character that some programs take for a line end, a comment goes on.
    @Test(arguments: ["\u{2028}", "\u{2029}", "\u{85}", "\r", "\u{B}", "\u{C}"])
    func onlyLFAndCRLFEndALine(end: String) throws {
        #expect(
            try FaultSchedule(parsing: "1s cut # then\(end)2s nonsense\r\n3s heal\n").steps.map(\.fault) == [
                .cut, .heal,
            ])
    }
}
