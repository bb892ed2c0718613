import Wire

@testable import Sync

/// A link that began at 0 ms. A class, since `#expect` cannot look into values that are not copied.
final class LinkUnderTest {
    /// The end of a replay through entry 4.
    static let fence = CaughtUp(
        session: Client.session, position: Position(epoch: Client.epoch, seq: 4), events: 3, bytes: 100)

    private var link = Link(at: .zero, seed: 1)

    var state: Link.State { link.state }
    var lostAt: Instant? { link.lostAt }
    var attempt: Int { link.attempt }
    var currentGeneration: Int? { link.currentGeneration }
    var isConnected: Bool { link.isConnected }
    var smoothedRoundTrip: Duration? { link.smoothedRoundTrip }
    var isAnswerLate: Bool { link.isAnswerLate }

    func deadline(isBusy: Bool) -> Instant? { link.deadline(isBusy: isBusy) }
    func advance(to now: Instant, isBusy: Bool) -> Link.Due? { link.advance(to: now, isBusy: isBusy) }
    func opened(at now: Instant) { link.opened(at: now) }
    func greeted() { link.greeted() }
    func fenced(by fence: CaughtUp = LinkUnderTest.fence) { link.fenced(by: fence) }
    func caughtUp(at now: Instant) -> (attempt: Link.Attempt, fence: CaughtUp) { link.caughtUp(at: now) }
    func received(at now: Instant) { link.received(at: now) }
    @discardableResult
    func receivedPong(at now: Instant) -> Int? { link.receivedPong(at: now) }
    func probe(at now: Instant, isRaced: Bool) -> Int? { link.probe(at: now, isRaced: isRaced) }
    func candidateEnded() { link.candidateEnded() }
    func liveOneEnded(at now: Instant) { link.liveOneEnded(at: now) }
    func shift(by gap: Duration) { link.shift(by: gap) }
    func lost(at now: Instant, serverDelay: Duration? = nil) { link.lost(at: now, serverDelay: serverDelay) }
    func hurry(at now: Instant) { link.hurry(at: now) }
    func beginAnew(at now: Instant) { link.beginAnew(at: now) }
    func stop(_ reason: String) { link.stop(reason) }
}
