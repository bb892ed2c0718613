public import Wire

/// The connection as a state machine: which attempt is being made, how far it is, and when something is due.
///
/// ```
///  stopped ◄──────────── any (user quit, or an answer that says: do not come back)
///  waiting(until, attempt) ──deadline or network changed──► dialing ──opened──► greeting
///     ▲                                                        │                  │ initialized
///     │◄───────────── failed / closed (retryable) ─────────────┴──┐               ▼
///     └───────────────────── closed, heartbeat missed ───────── live ◄─caught up─ replaying
/// ```
///
/// Each attempt has a generation; whatever an older one still says is ignored.
public struct Link: ~Copyable, Sendable {
    /// How far the link is.
    public enum State: Hashable, Sendable {
        /// Not connected and not going to be, and why.
        case stopped(String)
        /// Not connected; the next attempt begins at `until`.
        case waiting(until: Instant)
        /// A connection is being opened.
        case dialing(Attempt)
        /// Connected; the peer has not said who it is.
        case greeting(Attempt, Heartbeat)
        /// What was missed is coming in.
        case replaying(Attempt, Heartbeat)
        /// Current since `since`.
        case live(generation: Int, since: Instant, Heartbeat)
    }

    /// One attempt to connect.
    public struct Attempt: Hashable, Sendable {
        /// Its number; never used twice.
        public var generation: Int
        /// When it began.
        public var begunAt: Instant
        /// When it is given up if the peer does not say anything.
        public var deadline: Instant
    }

    /// How long an attempt waits for the peer's next word.
    public static let attemptPatience = Duration.seconds(10)

    /// How far the link is.
    public private(set) var state: State
    /// When the connection was lost, or when the first attempt began; `nil` while current.
    public private(set) var lostAt: Instant?
    /// Attempts since the connection last proved itself.
    public var attempt: Int { backoff.attempt }

    private var generation = 0
    private var roundTrip: Duration?
    private var backoff: Backoff

    /// A link that makes its first attempt as soon as its deadline is looked at.
    public init(at now: Instant, seed: UInt64) {
        backoff = Backoff(seed: seed)
        state = .waiting(until: now)
        lostAt = now
    }

    /// The number of the present connection or attempt; `nil` when there is none.
    public var currentGeneration: Int? {
        switch state {
        case .stopped, .waiting: nil
        case .dialing(let attempt), .greeting(let attempt, _), .replaying(let attempt, _): attempt.generation
        case .live(let generation, _, _): generation
        }
    }

    /// Whether there is a connection that frames can be sent on.
    public var isConnected: Bool {
        switch state {
        case .stopped, .waiting, .dialing: false
        case .greeting, .replaying, .live: true
        }
    }

    /// The smoothed round-trip time of this or the last connection.
    public var smoothedRoundTrip: Duration? { heartbeat?.roundTrip ?? roundTrip }

    private var heartbeat: Heartbeat? {
        switch state {
        case .stopped, .waiting, .dialing: nil
        case .greeting(_, let heartbeat), .replaying(_, let heartbeat), .live(_, _, let heartbeat): heartbeat
        }
    }

    /// When something is due; `nil` when only the world can change anything.
    public func deadline(isBusy: Bool) -> Instant? {
        switch state {
        case .stopped: nil
        case .waiting(let until): until
        case .dialing(let attempt), .greeting(let attempt, _), .replaying(let attempt, _): attempt.deadline
        case .live(_, _, let heartbeat):
            min(heartbeat.pingDue(isBusy: isBusy), heartbeat.deadAt ?? heartbeat.pingDue(isBusy: isBusy))
        }
    }

    /// What time has made due.
    public enum Due: Hashable, Sendable {
        /// Begin this attempt.
        case dial(generation: Int)
        /// Send a ping.
        case ping(generation: Int)
        /// The peer has been silent for too long: abandon the connection.
        case abandon(generation: Int)
    }

    /// Lets time pass.
    public mutating func advance(to now: Instant, isBusy: Bool) -> Due? {
        switch state {
        case .stopped: return nil
        case .waiting(let until):
            guard now >= until else { return nil }
            return .dial(generation: dial(at: now))
        case .dialing(let attempt), .greeting(let attempt, _), .replaying(let attempt, _):
            guard now >= attempt.deadline else { return nil }
            return .abandon(generation: attempt.generation)
        case .live(let generation, let since, var heartbeat):
            if now - since >= Backoff.proof { backoff.reset() }
            if let deadAt = heartbeat.deadAt, now >= deadAt { return .abandon(generation: generation) }
            guard now >= heartbeat.pingDue(isBusy: isBusy) else { return nil }
            heartbeat.sentPing(at: now)
            state = .live(generation: generation, since: since, heartbeat)
            return .ping(generation: generation)
        }
    }

    private mutating func dial(at now: Instant) -> Int {
        generation += 1
        state = .dialing(
            Attempt(generation: generation, begunAt: now, deadline: now + Link.attemptPatience))
        return generation
    }

    /// The connection is open.
    public mutating func opened(at now: Instant) {
        guard case .dialing(let attempt) = state else { preconditionFailure("opened while \(state)") }
        var heartbeat = Heartbeat(at: now, roundTrip: roundTrip)
        if roundTrip == nil { heartbeat.measured((now - attempt.begunAt) / 2) }
        state = .greeting(attempt, heartbeat)
    }

    /// The peer said who it is, and what was missed follows.
    public mutating func greeted() {
        guard case .greeting(let attempt, let heartbeat) = state else { preconditionFailure("greeted while \(state)") }
        state = .replaying(attempt, heartbeat)
    }

    /// Everything that was missed is held.
    ///
    /// - Returns: When the attempt that succeeded began.
    public mutating func caughtUp(at now: Instant) -> Instant {
        guard case .replaying(let attempt, let heartbeat) = state else { preconditionFailure("current while \(state)") }
        state = .live(generation: attempt.generation, since: now, heartbeat)
        lostAt = nil
        return attempt.begunAt
    }

    /// Frames came: a sign of life, whatever they say.
    public mutating func received(at now: Instant) {
        switch state {
        case .stopped, .waiting, .dialing: break
        case .greeting(var attempt, let heartbeat):
            attempt.deadline = now + Link.attemptPatience
            state = .greeting(attempt, heartbeat)
        case .replaying(var attempt, let heartbeat):
            attempt.deadline = now + Link.attemptPatience
            state = .replaying(attempt, heartbeat)
        case .live(let generation, let since, var heartbeat):
            heartbeat.received(at: now)
            state = .live(generation: generation, since: since, heartbeat)
        }
    }

    /// The answer to a ping came.
    public mutating func receivedPong(at now: Instant) {
        guard case .live(let generation, let since, var heartbeat) = state else { return }
        heartbeat.receivedPong(at: now)
        state = .live(generation: generation, since: since, heartbeat)
    }

    /// The connection ended, or could not be made; another attempt follows.
    ///
    /// - Parameter serverDelay: How long the server asks to wait.
    public mutating func lost(at now: Instant, serverDelay: Duration? = nil) {
        if case .stopped = state { return }
        if case .live(_, let since, _) = state, now - since >= Backoff.proof { backoff.reset() }
        roundTrip = smoothedRoundTrip
        let lost = lostAt ?? now
        lostAt = lost
        state = .waiting(until: now + backoff.next(outage: now - lost, serverDelay: serverDelay))
    }

    /// Something makes an attempt worth while at once: the network changed, the machine woke, the user said so.
    public mutating func hurry(at now: Instant) {
        guard case .waiting = state else { return }
        backoff.reset()
        state = .waiting(until: now)
    }

    /// Attempts follow again after a stop, the first at once. Their numbers go on: whatever a connection from before
    /// the stop still says stays old.
    public mutating func beginAnew(at now: Instant) {
        guard case .stopped = state else { preconditionFailure("begun anew while \(state)") }
        backoff.reset()
        lostAt = now
        state = .waiting(until: now)
    }

    /// No attempt follows.
    public mutating func stop(_ reason: String) {
        roundTrip = smoothedRoundTrip
        state = .stopped(reason)
    }
}
