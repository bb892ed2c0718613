import Testing
import Wire

@testable import Sync

/// Which times the client was live count as resumes, and how they are measured.
@Suite struct ResumeLogTests {
    private static let attempt = Link.Attempt(
        generation: 2, begunAt: .at(500), deadline: .at(10_500), openedAt: .at(530))

    private static func fence(_ events: Int64) -> CaughtUp {
        CaughtUp(session: Client.session, position: at(4), events: events, bytes: 100)
    }

    @Test func theFirstTimeIsNoResume() {
        var log = ResumeLog.beforeFirst
        #expect(!log.hasBeenLive && log.kept == [])
        log.caughtUp(Self.attempt, Self.fence(1), lostAt: .zero, at: .at(600))
        #expect(log == .since([]))
        #expect(log.hasBeenLive && log.kept == [])
    }

    @Test func aResumeIsMeasuredFromItsAttemptAndFromTheLoss() {
        var log = ResumeLog.since([])
        log.caughtUp(Self.attempt, Self.fence(3), lostAt: .at(200), at: .at(600))
        #expect(
            log.kept == [
                .init(
                    latency: .milliseconds(100), opening: .milliseconds(30), offline: .milliseconds(400), events: 3,
                    bytes: 100)
            ])
        log = .since([])
        log.caughtUp(Self.attempt, Self.fence(3), lostAt: nil, at: .at(600))
        #expect(log.kept.map(\.offline) == [.zero], "the connection before was not lost")
    }

    @Test func theOldestLeaveFirst() {
        var log = ResumeLog.since([])
        let kept = Int64(ConnectionStatus.Resume.kept)
        for number in 1...kept + 3 { log.caughtUp(Self.attempt, Self.fence(number), lostAt: nil, at: .at(600)) }
        #expect(log.kept.map(\.events) == Array(4...kept + 3))
    }
}
