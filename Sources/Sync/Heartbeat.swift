public import Wire

/// Whether the peer is alive, and how far away it is.
///
/// Any frame is a sign of life. A ping goes out when nothing else has told for a while; the connection is dead when
/// something has been outstanding for longer than the link's own round trips explain (`protocol.md` §10).
public struct Heartbeat: Hashable, Sendable {
    /// How long a connection may be silent while a turn runs before it is asked: with the patience, four seconds until a
    /// network that is silently gone is noticed.
    public static let intervalBusy = Duration.seconds(1)
    /// Between pings otherwise.
    public static let intervalIdle = Duration.seconds(20)
    /// The shortest patience.
    public static let patienceMinimum = Duration.seconds(3)

    /// The smoothed round-trip time (RFC 6298 §2, α = 1/8).
    public private(set) var roundTrip: Duration?
    /// The shortest patience with a probe: something has happened to the network, and a new connection costs little.
    public static let probePatienceMinimum = Duration.milliseconds(300)

    /// About how far the peer is, until a round trip was measured: for patience, never shown.
    private var estimate: Duration
    /// Whether a ping is to go out at once.
    private var isDue = false
    private var pingSentAt: Instant?
    private var probeEndsAt: Instant?
    private var lastPingAt: Instant
    private var lastFrameAt: Instant

    /// A heartbeat that begins with a sign of life.
    ///
    /// - Parameter estimate: About how far the peer is, by how long the connection took to open.
    public init(at now: Instant, estimate: Duration = .zero) {
        self.estimate = estimate
        lastPingAt = now
        lastFrameAt = now
    }

    /// A frame came.
    public mutating func received(at now: Instant) {
        lastFrameAt = max(lastFrameAt, now)
        probeEndsAt = nil
    }

    /// A ping goes out.
    public mutating func sentPing(at now: Instant) {
        pingSentAt = pingSentAt ?? now
        lastPingAt = now
        isDue = false
    }

    /// The next ping is due at once: only the way there and back is a round trip, and what came before held more.
    public mutating func ask() { isDue = true }

    /// A ping goes out because the network changed: its answer is due soon (`failure-cases.md`, "Seeing a network
    /// switch", 2).
    public mutating func sentProbe(at now: Instant) {
        sentPing(at: now)
        probeEndsAt = now + max(Heartbeat.probePatienceMinimum, (roundTrip ?? estimate) * 2)
    }

    /// Something does not fit: the next ping is due in a second.
    public mutating func suspect(at now: Instant) {
        lastPingAt = min(lastPingAt, now + (.seconds(1) - Heartbeat.intervalIdle))
    }

    /// Nothing ran for that long, so nothing was late.
    public mutating func shift(by gap: Duration) {
        pingSentAt = pingSentAt.map { $0 + gap }
        probeEndsAt = probeEndsAt.map { $0 + gap }
        lastPingAt = lastPingAt + gap
        lastFrameAt = lastFrameAt + gap
    }

    /// The answer came.
    public mutating func receivedPong(at now: Instant) {
        guard let sent = pingSentAt else { return }
        pingSentAt = nil
        measured(now - sent)
    }

    /// A round trip was seen.
    private mutating func measured(_ sample: Duration) {
        roundTrip = roundTrip.map { $0 * 7 / 8 + sample / 8 } ?? sample
    }

    /// When the next ping is due.
    public func pingDue(isBusy: Bool) -> Instant {
        if isDue { return lastPingAt }
        return isBusy
            ? max(lastPingAt, lastFrameAt) + Heartbeat.intervalBusy
            // Silence is usual while nothing happens; the round trip is measured all the same.
            : lastPingAt + Heartbeat.intervalIdle
    }

    /// When the connection is dead if nothing comes; `nil` while nothing is outstanding.
    public var deadAt: Instant? {
        if let probeEndsAt { return probeEndsAt }
        return pingSentAt.map { max($0, lastFrameAt) + max(Heartbeat.patienceMinimum, (roundTrip ?? estimate) * 4) }
    }
}
