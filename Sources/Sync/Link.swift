public import Wire

/// The connection as a state machine: which attempt is being made, how far it is, and when something is due.
///
/// ```
///  stopped ◄──────────── any (user quit, or an answer that says: do not come back)
///  waiting(until, attempt) ──deadline or network changed──► dialing ──opened──► greeting ◄───────────┐
///     ▲                                                        │                  │ initialized      │
///     │◄───────────── failed / closed (retryable) ─────────────┴──┐               ▼                  │ the new one
///     └───────────────────── closed, heartbeat missed ───────── live ◄─caught up─ replaying          │ opened
///                                                                │ ▲                                 │
///                                        another way to the server │ └─the old one answered─ contested ┘
/// ```
///
/// While it is contested there are two connections: the live one, of which nobody knows whether it still is, and an
/// attempt to replace it. The first to answer stays.
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
        /// Current as far as is known, and another connection is being opened beside it.
        case contested(generation: Int, since: Instant, Heartbeat, Attempt)
    }

    /// One attempt to connect.
    public struct Attempt: Hashable, Sendable {
        /// Its number; never used twice.
        public var generation: Int
        /// When it began.
        public var begunAt: Instant
        /// When it is given up if the peer does not say anything.
        public var deadline: Instant
        /// When the peer had answered the upgrade request.
        public var openedAt: Instant?
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
        case .live(let generation, _, _), .contested(let generation, _, _, _): generation
        }
    }

    /// The number of the attempt beside the live connection; `nil` when there is none.
    ///
    /// Not inlined, like ``generation(replacedBy:)``: Swift 6.3's optimizer cannot follow it into a value that is not
    /// copied, and ends with an error of its own.
    public var challengerGeneration: Int? {
        @inline(never) get {
            if case .contested(_, _, _, let attempt) = state { attempt.generation } else { nil }
        }
    }

    /// The live connection whose place this attempt takes when it is opened.
    @inline(never)
    public func generation(replacedBy challenger: Int) -> Int? {
        if case .contested(let generation, _, _, let attempt) = state, attempt.generation == challenger {
            generation
        } else {
            nil
        }
    }

    /// Whether there is a connection that frames can be sent on.
    public var isConnected: Bool {
        switch state {
        case .stopped, .waiting, .dialing: false
        case .greeting, .replaying, .live, .contested: true
        }
    }

    /// The smoothed round-trip time of this connection, or of the last one until this one's is measured.
    public var smoothedRoundTrip: Duration? { heartbeat?.roundTrip ?? roundTrip }

    private var heartbeat: Heartbeat? {
        switch state {
        case .stopped, .waiting, .dialing: nil
        case .greeting(_, let heartbeat), .replaying(_, let heartbeat), .live(_, _, let heartbeat),
            .contested(_, _, let heartbeat, _):
            heartbeat
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
        case .contested(_, _, let heartbeat, let attempt):
            min(attempt.deadline, heartbeat.deadAt ?? attempt.deadline)
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
        /// The attempt beside the live connection has been silent for too long: give it up.
        case yield(generation: Int)
        /// The live connection is dead, and the attempt beside it goes on alone.
        case leave(generation: Int)
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
        case .contested(let generation, let since, let heartbeat, let attempt):
            if now >= attempt.deadline {
                state = .live(generation: generation, since: since, heartbeat)
                return .yield(generation: attempt.generation)
            }
            guard let deadAt = heartbeat.deadAt, now >= deadAt else { return nil }
            liveOneEnded(at: now)
            return .leave(generation: generation)
        }
    }

    private mutating func dial(at now: Instant) -> Int {
        let attempt = nextAttempt(at: now)
        state = .dialing(attempt)
        return attempt.generation
    }

    private mutating func nextAttempt(at now: Instant) -> Attempt {
        generation += 1
        return Attempt(generation: generation, begunAt: now, deadline: now + Link.attemptPatience)
    }

    /// The live connection may have lost its way: asks it, and opens another beside it when there is another way.
    ///
    /// - Returns: The number of the attempt, if one is made.
    public mutating func probe(at now: Instant, isRaced: Bool) -> Int? {
        backoff.reset()
        switch state {
        case .stopped, .waiting, .dialing, .greeting, .replaying: return nil
        case .live(let generation, let since, var heartbeat):
            heartbeat.sentProbe(at: now)
            guard isRaced else {
                state = .live(generation: generation, since: since, heartbeat)
                return nil
            }
            let attempt = nextAttempt(at: now)
            state = .contested(generation: generation, since: since, heartbeat, attempt)
            return attempt.generation
        case .contested(let generation, let since, var heartbeat, let attempt):
            heartbeat.sentProbe(at: now)
            state = .contested(generation: generation, since: since, heartbeat, attempt)
            return nil
        }
    }

    /// The attempt beside the live connection is not wanted any more.
    public mutating func challengerEnded() {
        guard case .contested(let generation, let since, let heartbeat, _) = state else { return }
        state = .live(generation: generation, since: since, heartbeat)
    }

    /// An attempt failed.
    ///
    /// - Returns: Whether it was the one beside the live connection.
    public mutating func endChallenger(_ generation: Int) -> Bool {
        guard challengerGeneration == generation else { return false }
        challengerEnded()
        return true
    }

    /// The live connection ended while another was being opened: that one goes on alone.
    public mutating func liveOneEnded(at now: Instant) {
        guard case .contested(_, let since, let heartbeat, let attempt) = state else { return }
        if now - since >= Backoff.proof { backoff.reset() }
        roundTrip = heartbeat.roundTrip ?? roundTrip
        lostAt = attempt.begunAt
        state = .dialing(attempt)
    }

    /// Nothing ran for that long, the machine or this program was asleep: nobody was late.
    public mutating func shift(by gap: Duration) {
        func later(_ attempt: Attempt) -> Attempt {
            var attempt = attempt
            attempt.deadline = attempt.deadline + gap
            return attempt
        }
        switch state {
        case .stopped, .waiting: break
        case .dialing(let attempt): state = .dialing(later(attempt))
        case .greeting(let attempt, var heartbeat):
            heartbeat.shift(by: gap)
            state = .greeting(later(attempt), heartbeat)
        case .replaying(let attempt, var heartbeat):
            heartbeat.shift(by: gap)
            state = .replaying(later(attempt), heartbeat)
        case .live(let generation, let since, var heartbeat):
            heartbeat.shift(by: gap)
            state = .live(generation: generation, since: since, heartbeat)
        case .contested(let generation, let since, var heartbeat, let attempt):
            heartbeat.shift(by: gap)
            state = .contested(generation: generation, since: since, heartbeat, later(attempt))
        }
    }

    /// The connection is open. If it was opened beside a live one, it takes that one's place.
    public mutating func opened(at now: Instant) {
        liveOneEnded(at: now)
        guard case .dialing(var attempt) = state else { preconditionFailure("opened while \(state)") }
        attempt.openedAt = now
        state = .greeting(attempt, Heartbeat(at: now, estimate: roundTrip ?? (now - attempt.begunAt) / 2))
    }

    /// The peer said who it is, and what was missed follows.
    public mutating func greeted() {
        guard case .greeting(let attempt, let heartbeat) = state else { preconditionFailure("greeted while \(state)") }
        state = .replaying(attempt, heartbeat)
    }

    /// Everything that was missed is held.
    ///
    /// - Returns: The attempt that succeeded.
    public mutating func caughtUp(at now: Instant) -> Attempt {
        guard case .replaying(let attempt, var heartbeat) = state else { preconditionFailure("current while \(state)") }
        heartbeat.ask()
        state = .live(generation: attempt.generation, since: now, heartbeat)
        lostAt = nil
        return attempt
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
        case .contested(let generation, let since, var heartbeat, let attempt):
            heartbeat.received(at: now)
            state = .contested(generation: generation, since: since, heartbeat, attempt)
        }
    }

    /// The answer to a ping came: the live connection lives.
    ///
    /// - Returns: The number of the attempt beside it, which is not wanted any more.
    @discardableResult
    public mutating func receivedPong(at now: Instant) -> Int? {
        let challenger = challengerGeneration
        challengerEnded()
        guard case .live(let generation, let since, var heartbeat) = state else { return nil }
        heartbeat.receivedPong(at: now)
        state = .live(generation: generation, since: since, heartbeat)
        return challenger
    }

    /// Something on the live connection does not fit: it is asked again soon.
    public mutating func suspect(at now: Instant) {
        guard case .live(let generation, let since, var heartbeat) = state else { return }
        heartbeat.suspect(at: now)
        state = .live(generation: generation, since: since, heartbeat)
    }

    /// The connection ended, or could not be made; another attempt follows.
    ///
    /// - Parameter serverDelay: How long the server asks to wait.
    public mutating func lost(at now: Instant, serverDelay: Duration? = nil) {
        if case .stopped = state { return }
        challengerEnded()
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
