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

    private var pingSentAt: Instant?
    private var probeEndsAt: Instant?
    private var lastPingAt: Instant
    private var lastFrameAt: Instant

    /// A heartbeat that begins with a sign of life.
    ///
    /// - Parameter roundTrip: What an earlier connection to the same peer measured.
    public init(at now: Instant, roundTrip: Duration?) {
        self.roundTrip = roundTrip
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
    }

    /// A ping goes out because the network changed: its answer is due soon (`failure-cases.md`, "Seeing a network
    /// switch", 2).
    public mutating func sentProbe(at now: Instant) {
        sentPing(at: now)
        probeEndsAt = now + max(Heartbeat.probePatienceMinimum, (roundTrip ?? .zero) * 2)
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
    public mutating func measured(_ sample: Duration) {
        roundTrip = roundTrip.map { $0 * 7 / 8 + sample / 8 } ?? sample
    }

    /// When the next ping is due.
    public func pingDue(isBusy: Bool) -> Instant {
        isBusy
            ? max(lastPingAt, lastFrameAt) + Heartbeat.intervalBusy
            // Silence is usual while nothing happens; the round trip is measured all the same.
            : lastPingAt + Heartbeat.intervalIdle
    }

    /// When the connection is dead if nothing comes; `nil` while nothing is outstanding.
    public var deadAt: Instant? {
        if let probeEndsAt { return probeEndsAt }
        return pingSentAt.map { max($0, lastFrameAt) + max(Heartbeat.patienceMinimum, (roundTrip ?? .zero) * 4) }
    }
}
