public import Wire

/// Detects a half-open connection, and measures the round-trip time.
///
/// Any frame is a sign of life. A ping is sent after a time without frames; the connection is dead when an answer has
/// been outstanding for longer than the measured round trips explain (`protocol.md` §10).
public struct Heartbeat: Hashable, Sendable {
    /// The time without frames after which a ping is sent while a turn runs: with ``timeoutMinimum``, a silent loss of
    /// the network is detected within four seconds.
    public static let intervalBusy = Duration.seconds(1)
    /// The time between pings while no turn runs.
    public static let intervalIdle = Duration.seconds(20)
    /// An answer that is outstanding for longer is late: whoever looks at the screen learns it before the time-out.
    public static let late = Duration.seconds(1)
    /// The shortest time-out for an answer.
    public static let timeoutMinimum = Duration.seconds(3)

    /// The smoothed round-trip time (RFC 6298 §2, α = 1/8).
    public private(set) var roundTrip: Duration?
    /// The shortest time-out for the answer to a probe: after a change of the network a new connection costs little.
    public static let probeTimeoutMinimum = Duration.milliseconds(300)

    /// An estimate of the round-trip time until one was measured; used for time-outs, never shown.
    private var estimate: Duration
    /// Whether the next ping is due at once.
    private var isDue = false
    /// Since when the answer to a ping is outstanding; `nil` when none is.
    public private(set) var pingSentAt: Instant?
    /// Whether the answer to the ping is late.
    public private(set) var isLate = false
    private var probeEndsAt: Instant?
    private var lastPingAt: Instant
    private var lastFrameAt: Instant

    /// Creates a heartbeat for a connection that has just been opened.
    ///
    /// - Parameter estimate: An estimate of the round-trip time: how long the connection took to open.
    public init(at now: Instant, estimate: Duration = .zero) {
        self.estimate = estimate
        lastPingAt = now
        lastFrameAt = now
    }

    /// A frame arrived at this time, which proves that the peer is alive.
    public mutating func received(at now: Instant) {
        lastFrameAt = max(lastFrameAt, now)
        probeEndsAt = nil
    }

    /// A ping was sent at this time.
    public mutating func sentPing(at now: Instant) {
        pingSentAt = pingSentAt ?? now
        lastPingAt = now
        isDue = false
    }

    /// Makes the next ping due at once: the time to open the connection is more than a round trip, so one is measured.
    public mutating func ask() { isDue = true }

    /// A ping was sent because the network changed: its answer is due soon (`failure-cases.md`, "Seeing a network
    /// switch", 2).
    public mutating func sentProbe(at now: Instant) {
        sentPing(at: now)
        probeEndsAt = now + max(Heartbeat.probeTimeoutMinimum, (roundTrip ?? estimate) * 2)
    }

    /// Something is inconsistent: the next ping is due in a second.
    public mutating func suspect(at now: Instant) {
        lastPingAt = min(lastPingAt, now + (.seconds(1) - Heartbeat.intervalIdle))
    }

    /// Moves all deadlines by the time that the machine or the process was suspended.
    public mutating func shift(by gap: Duration) {
        pingSentAt = pingSentAt.map { $0 + gap }
        probeEndsAt = probeEndsAt.map { $0 + gap }
        lastPingAt = lastPingAt + gap
        lastFrameAt = lastFrameAt + gap
    }

    /// The answer to the ping arrived at this time; it is a sample of the round-trip time.
    public mutating func receivedPong(at now: Instant) {
        guard let sent = pingSentAt else { return }
        pingSentAt = nil
        isLate = false
        measured(now - sent)
    }

    /// Advances the clock: the answer may be late by now.
    public mutating func advance(to now: Instant) {
        if let lateAt, now >= lateAt { isLate = true }
    }

    /// When the answer to the ping will be late; `nil` when none is outstanding, or it is late already.
    public var lateAt: Instant? { isLate ? nil : pingSentAt.map { $0 + Heartbeat.late } }

    /// Adds a sample to the smoothed round-trip time.
    private mutating func measured(_ sample: Duration) {
        roundTrip = roundTrip.map { $0 * 7 / 8 + sample / 8 } ?? sample
    }

    /// When the next ping is due; sooner while something is expected (`isBusy`).
    public func pingDue(isBusy: Bool) -> Instant {
        if isDue { return lastPingAt }
        return isBusy
            ? max(lastPingAt, lastFrameAt) + Heartbeat.intervalBusy
            // Without a turn silence is normal; the interval then only keeps the round-trip time current.
            : lastPingAt + Heartbeat.intervalIdle
    }

    /// When the clock changes something next: a ping is due, or its answer is late or will not come any more.
    public func deadline(isBusy: Bool) -> Instant {
        let due = pingDue(isBusy: isBusy)
        return min(due, lateAt ?? due, deadAt ?? due)
    }

    /// When the connection counts as dead unless a frame arrives; `nil` while no answer is outstanding.
    public var deadAt: Instant? {
        if let probeEndsAt { return probeEndsAt }
        return pingSentAt.map { max($0, lastFrameAt) + max(Heartbeat.timeoutMinimum, (roundTrip ?? estimate) * 4) }
    }
}
