import Testing
import Wire

@testable import Sync

/// Each state of ``Link`` and what each event makes of it. The link began at 0 ms, dialed at once, was open at 100 ms
/// and current at 200 ms.
@Suite struct LinkTests {
    enum Stage: CaseIterable { case stopped, waiting, dialing, greeting, replaying, settling, live }

    static func link(_ stage: Stage) -> LinkUnderTest {
        let link = LinkUnderTest()
        if stage == .stopped { link.stop("why") }
        if stage == .stopped || stage == .waiting { return link }
        _ = link.advance(to: .zero, isBusy: false)
        if stage == .dialing { return link }
        link.opened(at: .at(100))
        if stage == .greeting { return link }
        link.greeted()
        if stage == .replaying { return link }
        link.fenced()
        if stage == .settling { return link }
        let (attempt, fence) = link.caughtUp(at: .at(200))
        #expect(attempt == Self.attempt(opened: 100) && fence == LinkUnderTest.fence)
        // The first ping goes out at once: it measures the round trip.
        #expect(link.advance(to: .at(200), isBusy: false) == .ping(generation: 1))
        link.receivedPong(at: .at(250))
        return link
    }

    static func attempt(
        _ generation: Int = 1, begun: Int64 = 0, deadline: Int64 = 10_000, opened: Int64? = nil
    ) -> Link.Attempt {
        Link.Attempt(
            generation: generation, begunAt: .at(begun), deadline: .at(deadline), openedAt: opened.map { .at($0) })
    }

    /// The heartbeat of a connection that was opened at 100 ms.
    static var heartbeat: Heartbeat { Heartbeat(at: .at(100), estimate: .milliseconds(50)) }

    /// The same, of a connection that is current and was measured.
    static var liveHeartbeat: Heartbeat {
        var heartbeat = heartbeat
        heartbeat.sentPing(at: .at(200))
        heartbeat.receivedPong(at: .at(250))
        return heartbeat
    }

    static func state(_ stage: Stage) -> Link.State {
        switch stage {
        case .stopped: .stopped("why")
        case .waiting: .waiting(until: .zero)
        case .dialing: .dialing(attempt())
        case .greeting: .greeting(attempt(opened: 100), heartbeat)
        case .replaying: .replaying(attempt(opened: 100), heartbeat)
        case .settling: .settling(attempt(opened: 100), heartbeat, LinkUnderTest.fence)
        case .live: .live(generation: 1, since: .at(200), liveHeartbeat)
        }
    }

    @Test(arguments: Stage.allCases) func isWhatItIsBuiltTo(_ stage: Stage) {
        let link = Self.link(stage)
        #expect(link.state == Self.state(stage))
        let hasConnection = [.greeting, .replaying, .settling, .live].contains(stage)
        #expect(link.isConnected == hasConnection)
        #expect(link.currentGeneration == (hasConnection || stage == .dialing ? 1 : nil))
        #expect(
            link.smoothedRoundTrip == (stage == .live ? .milliseconds(50) : nil), "what took how long to open is none")
        #expect(link.lostAt == (stage == .live ? nil : .zero))
        #expect(link.attempt == 0)
    }

    @Test(arguments: [
        (Stage.stopped, Int64?.none, Int64?.none), (.waiting, 0, 0), (.dialing, 10_000, 10_000),
        (.greeting, 10_000, 10_000), (.replaying, 10_000, 10_000), (.settling, 10_000, 10_000), (.live, 20_200, 1_200),
    ])
    func hasADeadline(_ stage: Stage, idle: Int64?, busy: Int64?) {
        let link = Self.link(stage)
        #expect(link.deadline(isBusy: false) == idle.map { Instant.at($0) })
        #expect(link.deadline(isBusy: true) == busy.map { Instant.at($0) })
    }

    @Test(arguments: Stage.allCases) func timeBeforeTheDeadlineChangesNothing(_ stage: Stage) {
        let link = Self.link(stage)
        guard let deadline = link.deadline(isBusy: false) else {
            #expect(stage == .stopped)
            #expect(link.advance(to: .at(1_000_000), isBusy: false) == nil)
            #expect(link.state == Self.state(stage))
            return
        }
        #expect(link.advance(to: Instant(nanoseconds: deadline.nanoseconds - 1), isBusy: false) == nil)
        #expect(link.state == Self.state(stage))
    }

    @Test func timeAtTheDeadline() {
        let waiting = Self.link(.waiting)
        #expect(waiting.advance(to: .at(5), isBusy: false) == .dial(generation: 1))
        #expect(waiting.state == .dialing(Self.attempt(begun: 5, deadline: 10_005)))
        for stage in [Stage.dialing, .greeting, .replaying, .settling] {
            // The shell is told to let go; what becomes of the link it says itself, by `lost`.
            let link = Self.link(stage)
            #expect(link.advance(to: .at(10_000), isBusy: false) == .abandon(generation: 1))
            #expect(link.state == Self.state(stage))
        }
        let live = Self.link(.live)
        #expect(live.advance(to: .at(20_200), isBusy: false) == .ping(generation: 1))
        var pinged = Self.liveHeartbeat
        pinged.sentPing(at: .at(20_200))
        #expect(live.state == .live(generation: 1, since: .at(200), pinged))
        #expect(live.deadline(isBusy: false) == .at(21_200))
        #expect(live.advance(to: .at(21_200), isBusy: false) == nil && live.isAnswerLate)
        #expect(live.deadline(isBusy: false) == .at(23_200))
        #expect(live.advance(to: .at(23_199), isBusy: false) == nil)
        #expect(live.advance(to: .at(23_200), isBusy: false) == .abandon(generation: 1))
    }

    @Test(arguments: Stage.allCases) func framesAreASignOfLife(_ stage: Stage) {
        let link = Self.link(stage)
        link.received(at: .at(1_000))
        switch stage {
        case .stopped, .waiting, .dialing: #expect(link.state == Self.state(stage))
        case .greeting: #expect(link.state == .greeting(Self.attempt(deadline: 11_000, opened: 100), Self.heartbeat))
        case .replaying: #expect(link.state == .replaying(Self.attempt(deadline: 11_000, opened: 100), Self.heartbeat))
        case .settling:
            let attempt = Self.attempt(deadline: 11_000, opened: 100)
            #expect(link.state == .settling(attempt, Self.heartbeat, LinkUnderTest.fence))
        case .live:
            var heartbeat = Self.liveHeartbeat
            heartbeat.received(at: .at(1_000))
            #expect(link.state == .live(generation: 1, since: .at(200), heartbeat))
        }
    }

    @Test(arguments: Stage.allCases) func aFenceEndsAReplayAndNothingElse(_ stage: Stage) {
        let link = Self.link(stage)
        var later = LinkUnderTest.fence
        later.position.seq = 9
        link.fenced(by: later)
        switch stage {
        case .replaying, .settling:
            #expect(link.state == .settling(Self.attempt(opened: 100), Self.heartbeat, later))
            #expect(link.caughtUp(at: .at(300)).fence == later)
        case .stopped, .waiting, .dialing, .greeting, .live: #expect(link.state == Self.state(stage))
        }
    }

    @Test(arguments: Stage.allCases) func asleepNobodyIsLate(_ stage: Stage) {
        let link = Self.link(stage)
        let deadline = link.deadline(isBusy: false)
        link.shift(by: .seconds(60))
        #expect(link.deadline(isBusy: false) == deadline.map { stage == .waiting ? $0 : $0 + .seconds(60) })
    }

    @Test(arguments: Stage.allCases) func aPongMeansSomethingOnlyWhenLive(_ stage: Stage) {
        let link = Self.link(stage)
        if stage == .live { _ = link.advance(to: .at(20_200), isBusy: false) }
        link.receivedPong(at: .at(20_280))
        if stage == .live {
            #expect(link.smoothedRoundTrip == .milliseconds(50) * 7 / 8 + .milliseconds(10))
            #expect(link.deadline(isBusy: false) == .at(40_200))
        } else {
            #expect(link.state == Self.state(stage))
        }
    }

    @Test(arguments: Stage.allCases) func aLostConnectionIsFollowedByAnAttempt(_ stage: Stage) {
        let link = Self.link(stage)
        link.lost(at: .at(900))
        guard stage != .stopped else {
            #expect(link.state == .stopped("why"))
            return
        }
        #expect(link.state == .waiting(until: .at(900)))
        #expect(link.attempt == 1)
        #expect(link.lostAt == (stage == .live ? .at(900) : .zero))
        #expect(link.smoothedRoundTrip == (stage == .live ? .milliseconds(50) : nil))
        link.lost(at: .at(1_000), serverDelay: .seconds(2))
        guard case .waiting(let until) = link.state else { return #expect(Bool(false), "\(link.state)") }
        #expect(until >= .at(3_000) && until <= .at(4_000))
    }

    @Test(arguments: Stage.allCases) func hurryShortensWaitingAndNothingElse(_ stage: Stage) {
        let link = Self.link(stage)
        if stage == .waiting { link.lost(at: .at(100), serverDelay: .seconds(60)) }
        link.hurry(at: .at(200))
        #expect(link.state == (stage == .waiting ? .waiting(until: .at(200)) : Self.state(stage)))
        #expect(link.attempt == 0)
    }

    @Test(arguments: Stage.allCases) func stopIsFinalUntilBegunAnew(_ stage: Stage) {
        let link = Self.link(stage)
        link.stop("enough")
        #expect(link.state == .stopped("enough"))
        #expect(link.currentGeneration == nil)
        link.lost(at: .at(900))
        link.hurry(at: .at(900))
        link.received(at: .at(900))
        link.receivedPong(at: .at(900))
        #expect(link.advance(to: .at(100_000), isBusy: true) == nil)
        #expect(link.state == .stopped("enough"))

        link.beginAnew(at: .at(200_000))
        #expect(link.state == .waiting(until: .at(200_000)))
        #expect(link.lostAt == .at(200_000))
        // The number of an attempt is never used twice, or a late word of the old one would count.
        let next = [.stopped, .waiting].contains(stage) ? 1 : 2
        #expect(link.advance(to: .at(200_000), isBusy: false) == .dial(generation: next))
    }

    @Test func aConnectionThatDoesNotProveItselfCountsOn() {
        let link = Self.link(.live)
        link.lost(at: .at(10_199))
        #expect(link.attempt == 1)
        for generation in 2...5 {
            guard let now = link.deadline(isBusy: false) else { return #expect(Bool(false), "\(link.state)") }
            #expect(link.advance(to: now, isBusy: false) == .dial(generation: generation))
            link.opened(at: now)
            link.greeted()
            link.fenced()
            #expect(link.caughtUp(at: now).attempt.begunAt == now)
            link.lost(at: now + .seconds(1))
            #expect(link.attempt == generation)
        }
    }

    @Test func tenSecondsAreProof() {
        let link = Self.link(.replaying)
        link.lost(at: .at(150))
        link.lost(at: .at(150))
        #expect(link.attempt == 2)
        _ = link.advance(to: .at(9_000), isBusy: false)
        link.opened(at: .at(9_000))
        link.greeted()
        link.fenced()
        _ = link.caughtUp(at: .at(10_000))
        link.lost(at: .at(20_000))
        #expect(link.attempt == 1)
        #expect(link.state == .waiting(until: .at(20_000)))
    }

    @Test func theRoundTripOutlivesItsConnection() {
        let link = Self.link(.live)
        link.lost(at: .at(900))
        _ = link.advance(to: .at(900), isBusy: false)
        link.opened(at: .at(5_000))
        // The handshake of the second attempt is no sample: there is a measured one.
        #expect(link.smoothedRoundTrip == .milliseconds(50))
    }
}
