public import Wire

/// The connection as a state machine: which attempt is in progress, how far it is, and which deadline is next.
///
/// ```
///  stopped ◄──────────── any (user quit, or an answer that says: do not come back)
///  waiting(until, attempt) ──deadline or network changed──► dialing ──opened──► greeting ◄───────────┐
///     ▲                                                        │                  │ initialized      │
///     │◄───────────── failed / closed (retryable) ─────────────┤                  ▼                  │
///     │                                                        │              replaying              │ the new one
///     │                                                        │                  │ fence            │ opened
///     │                                                        │                  ▼                  │
///     └───────────────────── closed, heartbeat missed ───────── live ◄─stored─ settling              │
///                                                                │ ▲                                 │
///                                        another way to the server │ └─the old one answered─ contested ┘
/// ```
///
/// While contested there are two connections: the live one, which may be half-open, and an attempt to replace it. The
/// first to answer stays.
///
/// Each attempt has a generation; events of older generations are ignored.
public struct Link: ~Copyable, Sendable {
    /// The states of the link.
    public enum State: Hashable, Sendable {
        /// Not connected, with the reason; no attempt follows by itself.
        case stopped(String)
        /// Disconnected; the next attempt begins at `until`.
        case waiting(until: Instant)
        /// A connection is being opened.
        case dialing(Attempt)
        /// Connected; the peer has not answered `initialize` yet.
        case greeting(Attempt, Heartbeat)
        /// Attached; the replay of missed entries is in progress.
        case replaying(Attempt, Heartbeat)
        /// Everything before this fence was received, and the mirror has not stored all of it yet.
        case settling(Attempt, Heartbeat, CaughtUp)
        /// Current since `since`: the point from which ``Backoff/proof`` counts.
        case live(generation: Int, since: Instant, Heartbeat)
        /// The present connection may be half-open, and an attempt beside it is in progress.
        case contested(generation: Int, since: Instant, Heartbeat, Attempt)
    }

    /// One attempt to connect.
    public struct Attempt: Hashable, Sendable {
        /// The generation; never used twice.
        public var generation: Int
        /// When the attempt began, for the latency of a resume.
        public var begunAt: Instant
        /// When the attempt is abandoned unless the peer answers.
        public var deadline: Instant
        /// When the peer answered the upgrade request; `nil` before.
        public var openedAt: Instant?
        /// How long that answer took; zero when it is not known.
        public var upgrade = Duration.zero
    }

    /// The time-out for the peer's next answer during an attempt.
    public static let attemptTimeout = Duration.seconds(10)

    /// The present state; only the methods below change it.
    public private(set) var state: State
    /// When the connection was lost, or the first attempt began; `nil` while live.
    public private(set) var lostAt: Instant?
    /// Since when the connection that was lost had not answered a ping; `nil` when it had, and was closed.
    public private(set) var silentSince: Instant?
    /// The number of attempts since the connection last proved itself.
    public var attempt: Int { backoff.attempt }

    private var generation = 0
    private var roundTrip: Duration?
    private var backoff: Backoff

    /// Creates a link whose first attempt is due at once.
    public init(at now: Instant, seed: UInt64) {
        backoff = Backoff(seed: seed)
        state = .waiting(until: now)
        lostAt = now
    }

    /// The generation of the present connection or attempt; `nil` when there is none.
    public var currentGeneration: Int? {
        switch state {
        case .stopped, .waiting: nil
        case .dialing(let attempt), .greeting(let attempt, _), .replaying(let attempt, _),
            .settling(let attempt, _, _):
            attempt.generation
        case .live(let generation, _, _), .contested(let generation, _, _, _): generation
        }
    }

    /// The generation of the attempt beside the live connection; `nil` when there is none.
    ///
    /// Not inlined, like ``generation(replacedBy:)``: Swift 6.3's optimizer crashes when it inlines this for a
    /// non-copyable value.
    public var candidateGeneration: Int? {
        @inline(never) get {
            if case .contested(_, _, _, let attempt) = state { attempt.generation } else { nil }
        }
    }

    /// The generation of the live connection that this attempt replaces when it opens.
    @inline(never)
    public func generation(replacedBy candidate: Int) -> Int? {
        if case .contested(let generation, _, _, let attempt) = state, attempt.generation == candidate {
            generation
        } else {
            nil
        }
    }

    /// Whether there is a connection on which frames can be sent.
    public var isConnected: Bool {
        switch state {
        case .stopped, .waiting, .dialing: false
        case .greeting, .replaying, .settling, .live, .contested: true
        }
    }

    /// The smoothed round-trip time of this connection, or of the last one until one was measured on this.
    public var smoothedRoundTrip: Duration? { heartbeat?.roundTrip ?? roundTrip }

    /// Whether the answer to this connection's last ping is late.
    public var isAnswerLate: Bool { heartbeat?.isLate ?? false }

    private var heartbeat: Heartbeat? {
        switch state {
        case .stopped, .waiting, .dialing: nil
        case .greeting(_, let heartbeat), .replaying(_, let heartbeat), .settling(_, let heartbeat, _),
            .live(_, _, let heartbeat), .contested(_, _, let heartbeat, _):
            heartbeat
        }
    }

    /// The next deadline; `nil` when only an event can change the state.
    public func deadline(isBusy: Bool) -> Instant? {
        switch state {
        case .stopped: nil
        case .waiting(let until): until
        case .dialing(let attempt), .greeting(let attempt, _), .replaying(let attempt, _),
            .settling(let attempt, _, _):
            attempt.deadline
        case .live(_, _, let heartbeat): heartbeat.deadline(isBusy: isBusy)
        case .contested(_, _, let heartbeat, let attempt):
            min(attempt.deadline, heartbeat.deadAt ?? attempt.deadline)
        }
    }

    /// What a deadline has made due.
    public enum Due: Hashable, Sendable {
        /// Begin an attempt with this generation.
        case dial(generation: Int)
        /// Send a ping on this connection.
        case ping(generation: Int)
        /// The heartbeat timed out: abandon the connection.
        case abandon(generation: Int)
        /// The attempt beside the live connection timed out: abandon the attempt.
        case yield(generation: Int)
        /// The live connection's heartbeat timed out, and the attempt beside it continues alone.
        case leave(generation: Int)
    }

    /// Advances the clock, and returns one thing that has become due; `nil` when nothing has.
    public mutating func advance(to now: Instant, isBusy: Bool) -> Due? {
        switch state {
        case .stopped: return nil
        case .waiting(let until):
            guard now >= until else { return nil }
            return .dial(generation: dial(at: now))
        case .dialing(let attempt), .greeting(let attempt, _), .replaying(let attempt, _),
            .settling(let attempt, _, _):
            guard now >= attempt.deadline else { return nil }
            return .abandon(generation: attempt.generation)
        case .live(let generation, let since, var heartbeat):
            if now - since >= Backoff.proof { backoff.reset() }
            if let deadAt = heartbeat.deadAt, now >= deadAt { return .abandon(generation: generation) }
            heartbeat.advance(to: now)
            let isPingDue = now >= heartbeat.pingDue(isBusy: isBusy)
            if isPingDue { heartbeat.sentPing(at: now) }
            state = .live(generation: generation, since: since, heartbeat)
            return isPingDue ? .ping(generation: generation) : nil
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
        return Attempt(generation: generation, begunAt: now, deadline: now + Link.attemptTimeout)
    }

    /// The live connection may have lost its route: probes it, and begins a second attempt when the route has changed.
    ///
    /// - Returns: The generation of the attempt, if one begins.
    public mutating func probe(at now: Instant, isRaced: Bool) -> Int? {
        backoff.reset()
        switch state {
        case .stopped, .waiting, .dialing, .greeting, .replaying, .settling: return nil
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

    /// The live connection answered: the attempt beside it is not needed any more.
    public mutating func candidateEnded() {
        guard case .contested(let generation, let since, let heartbeat, _) = state else { return }
        state = .live(generation: generation, since: since, heartbeat)
    }

    /// An attempt failed; only one beside the live connection is handled here.
    ///
    /// - Returns: Whether it was that attempt.
    public mutating func endCandidate(_ generation: Int) -> Bool {
        guard candidateGeneration == generation else { return false }
        candidateEnded()
        return true
    }

    /// The live connection ended while another was being opened: that attempt continues alone.
    public mutating func liveOneEnded(at now: Instant) {
        guard case .contested(_, let since, let heartbeat, let attempt) = state else { return }
        if now - since >= Backoff.proof { backoff.reset() }
        roundTrip = heartbeat.roundTrip ?? roundTrip
        (lostAt, silentSince) = (attempt.begunAt, heartbeat.pingSentAt)
        state = .dialing(attempt)
    }

    /// Moves all deadlines by the time that the machine or the process was suspended.
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
        case .settling(let attempt, var heartbeat, let fence):
            heartbeat.shift(by: gap)
            state = .settling(later(attempt), heartbeat, fence)
        case .live(let generation, let since, var heartbeat):
            heartbeat.shift(by: gap)
            state = .live(generation: generation, since: since, heartbeat)
        case .contested(let generation, let since, var heartbeat, let attempt):
            heartbeat.shift(by: gap)
            state = .contested(generation: generation, since: since, heartbeat, later(attempt))
        }
    }

    /// The connection is open. An attempt beside a live connection now replaces it.
    ///
    /// - Parameter upgrade: How long the answer to the upgrade request took.
    public mutating func opened(at now: Instant, upgrade: Duration = .zero) {
        liveOneEnded(at: now)
        guard case .dialing(var attempt) = state else { preconditionFailure("opened while \(state)") }
        (attempt.openedAt, attempt.upgrade) = (now, upgrade)
        state = .greeting(attempt, Heartbeat(at: now, estimate: roundTrip ?? (now - attempt.begunAt) / 2))
    }

    /// The peer answered `initialize`; the replay follows.
    public mutating func greeted() {
        guard case .greeting(let attempt, let heartbeat) = state else { preconditionFailure("greeted while \(state)") }
        state = .replaying(attempt, heartbeat)
    }

    /// Everything before the fence was received. Without a replay a fence changes nothing, such as the one that ends a
    /// snapshot on a live connection.
    public mutating func fenced(by fence: CaughtUp) {
        switch state {
        case .replaying(let attempt, let heartbeat), .settling(let attempt, let heartbeat, _):
            state = .settling(attempt, heartbeat, fence)
        case .stopped, .waiting, .dialing, .greeting, .live, .contested: break
        }
    }

    /// The mirror holds everything before the fence.
    ///
    /// - Returns: The attempt that succeeded and the fence, for the latency of the resume.
    public mutating func caughtUp(at now: Instant) -> (attempt: Attempt, fence: CaughtUp) {
        guard case .settling(let attempt, var heartbeat, let fence) = state else {
            preconditionFailure("current while \(state)")
        }
        heartbeat.ask()
        state = .live(generation: attempt.generation, since: now, heartbeat)
        lostAt = nil
        return (attempt, fence)
    }

    /// A frame arrived, which proves that the peer is alive.
    public mutating func received(at now: Instant) {
        switch state {
        case .stopped, .waiting, .dialing: break
        case .greeting(var attempt, let heartbeat):
            attempt.deadline = now + Link.attemptTimeout
            state = .greeting(attempt, heartbeat)
        case .replaying(var attempt, let heartbeat):
            attempt.deadline = now + Link.attemptTimeout
            state = .replaying(attempt, heartbeat)
        case .settling(var attempt, let heartbeat, let fence):
            attempt.deadline = now + Link.attemptTimeout
            state = .settling(attempt, heartbeat, fence)
        case .live(let generation, let since, var heartbeat):
            heartbeat.received(at: now)
            state = .live(generation: generation, since: since, heartbeat)
        case .contested(let generation, let since, var heartbeat, let attempt):
            heartbeat.received(at: now)
            state = .contested(generation: generation, since: since, heartbeat, attempt)
        }
    }

    /// The answer to a ping arrived: the live connection is not half-open.
    ///
    /// - Returns: The generation of the attempt beside it, which is not needed any more; `nil` when there is none.
    @discardableResult
    public mutating func receivedPong(at now: Instant) -> Int? {
        let candidate = candidateGeneration
        candidateEnded()
        guard case .live(let generation, let since, var heartbeat) = state else { return nil }
        heartbeat.receivedPong(at: now)
        state = .live(generation: generation, since: since, heartbeat)
        return candidate
    }

    /// Something on the live connection is inconsistent: the next ping is due soon.
    public mutating func suspect(at now: Instant) {
        guard case .live(let generation, let since, var heartbeat) = state else { return }
        heartbeat.suspect(at: now)
        state = .live(generation: generation, since: since, heartbeat)
    }

    /// The connection ended or could not be opened; another attempt follows after the backoff.
    ///
    /// - Parameter serverDelay: The delay that the server asked for.
    public mutating func lost(at now: Instant, serverDelay: Duration? = nil) {
        if case .stopped = state { return }
        candidateEnded()
        if case .live(_, let since, _) = state, now - since >= Backoff.proof { backoff.reset() }
        roundTrip = smoothedRoundTrip
        let lost = lostAt ?? now
        if lostAt == nil { silentSince = heartbeat?.pingSentAt }
        lostAt = lost
        state = .waiting(until: now + backoff.next(outage: now - lost, serverDelay: serverDelay))
    }

    /// Makes the next attempt due at once: the network changed, the machine woke up, or the user asked for it.
    public mutating func hurry(at now: Instant) {
        guard case .waiting = state else { return }
        backoff.reset()
        state = .waiting(until: now)
    }

    /// Restarts after ``stop(_:)``, with an immediate attempt. Generations continue, so that events of connections from
    /// before the stop are still recognised as old.
    public mutating func beginAnew(at now: Instant) {
        guard case .stopped = state else { preconditionFailure("begun anew while \(state)") }
        backoff.reset()
        lostAt = now
        state = .waiting(until: now)
    }

    /// Stops the link: no attempt follows until ``beginAnew(at:)``.
    public mutating func stop(_ reason: String) {
        roundTrip = smoothedRoundTrip
        state = .stopped(reason)
    }
}
