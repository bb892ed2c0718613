import Testing
import Wire

@testable import Sync

/// Which times the client was live count as resumes, and how they are measured.
@Suite struct ResumeLogTests {
    private static let attempt = Link.Attempt(
        generation: 2, begunAt: .at(500), deadline: .at(10_500), openedAt: .at(530), upgrade: .milliseconds(20))
    private static let loss = ResumeLog.Loss(at: .at(200), detection: .milliseconds(150), cause: "the cable")

    private static func fence(_ events: Int64) -> CaughtUp {
        CaughtUp(session: Client.session, position: at(4), events: events, bytes: 100)
    }

    @Test func theFirstTimeIsNoResume() {
        var log = ResumeLog.beforeFirst
        #expect(!log.hasBeenLive && log.kept == [])
        log.caughtUp(Self.attempt, Self.fence(1), loss: Self.loss, at: .at(600))
        #expect(log == .since([]))
        #expect(log.hasBeenLive && log.kept == [])
    }

    @Test func aResumeIsMeasuredFromItsAttemptAndFromTheLoss() {
        var log = ResumeLog.since([])
        log.caughtUp(Self.attempt, Self.fence(3), loss: Self.loss, at: .at(600))
        #expect(
            log.kept == [
                .init(
                    number: 1, latency: .milliseconds(100), opening: .milliseconds(30), upgrade: .milliseconds(20),
                    detection: .milliseconds(150), offline: .milliseconds(400), events: 3, bytes: 100,
                    cause: "the cable")
            ])
        log = .since([])
        log.caughtUp(Self.attempt, Self.fence(3), loss: nil, at: .at(600))
        #expect(log.kept.map(\.offline) == [.zero], "the connection before was not lost")
    }

    @Test func theOldestLeaveFirst() {
        var log = ResumeLog.since([])
        let kept = Int64(ConnectionStatus.Resume.kept)
        for number in 1...kept + 3 { log.caughtUp(Self.attempt, Self.fence(number), loss: nil, at: .at(600)) }
        #expect(log.kept.map(\.events) == Array(4...kept + 3))
        #expect(log.kept.map(\.number) == (4...Int(kept) + 3).map { $0 }, "the numbers go on")
    }
}
