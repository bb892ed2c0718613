public import Wire

/// The client as it decides: a value that takes what happened and says what to do.
///
/// It holds one chat. Its invariants: the position it resumes from is what the mirror has confirmed; a prompt leaves
/// the outbox only when its numbered entry is in the mirror; entries are applied in order without a hole; whatever an
/// older connection still says is ignored.
public struct SyncEngine: ~Copyable, Sendable {
    /// What an engine is made with.
    public struct Configuration: Hashable, Sendable {
        /// Which installation this is.
        public var clientID: ClientID
        /// The program.
        public var client: Implementation
        /// The folder of the chat, an absolute path.
        public var directory: String
        /// The key a session is made with, so that making it twice makes one.
        public var clientSessionKey: String
        /// Decides the jitter.
        public var seed: UInt64

        /// What an engine is made with.
        public init(
            clientID: ClientID, client: Implementation, directory: String, clientSessionKey: String, seed: UInt64
        ) {
            self.clientID = clientID
            self.client = client
            self.directory = directory
            self.clientSessionKey = clientSessionKey
            self.seed = seed
        }
    }

    let configuration: Configuration
    var link: Link
    /// What is held of the chat; `nil` until the server has made it.
    var replica: Replica?
    var outbox: Outbox
    var requests: [RequestID: Request] = [:]
    var nextRequestNumber: Int64 = 1
    /// Changes that wait for the store.
    var unstored: [MirrorChange] = []
    /// Changes that the store is writing.
    var storing: [MirrorChange]?
    /// Whether the last thing the mirror was given did not fit: the next connection tries again, not the next event.
    var storeHasFailed = false
    /// When prompts that the server could not store go out again.
    var promptRetryAt: Instant?
    /// The fence that was received; the client is current when the mirror holds everything before it.
    var fence: CaughtUp?
    var hasBeenLive = false
    /// The turn that the user wants stopped, until it has ended: a cancel can be lost with its connection.
    var cancelWanted: TurnID?
    /// Whether the present connection carried that cancel.
    var cancelIsSent = false
    var resumes: [ConnectionStatus.Resume] = []
    var lastFailure: String?
    var lastStatus: ConnectionStatus?

    /// A request that waits for its answer.
    enum Request: Hashable, Sendable {
        case initialize, newSession, ping
    }

    /// An engine for a chat.
    ///
    /// - Parameters:
    ///   - configuration: What it is made with.
    ///   - session: The chat, when there is one, and what the mirror holds of it.
    ///   - position: What the mirror holds of it.
    ///   - outbox: What is on disk of the outbox.
    public init(
        _ configuration: Configuration, session: SessionID?, position: Position?, outbox: [OutboxItem], at now: Instant
    ) {
        self.configuration = configuration
        link = Link(at: now, seed: configuration.seed)
        replica = session.map { Replica(session: $0, confirmed: position) }
        self.outbox = Outbox(outbox)
    }

    /// The chat's session, once there is one.
    public var session: SessionID? { replica?.session }

    /// The position that a resume would claim.
    public var position: Position? { replica?.confirmed }

    /// The prompts that wait.
    public var outboxItems: [OutboxItem] { outbox.items }

    /// The turn that runs.
    public var runningTurn: TurnID? { replica?.runningTurn }

    /// Whether the client is current.
    public var isLive: Bool {
        if case .live = link.state { true } else { false }
    }

    /// Whether this attempt is the present one and waits for its connection.
    public func isDialing(_ generation: Int) -> Bool {
        if case .dialing(let attempt) = link.state { attempt.generation == generation } else { false }
    }

    /// When ``SyncEvent/tick`` is due.
    public var nextDeadline: Instant? {
        if waitsForMirror { return nil }
        return [link.deadline(isBusy: runningTurn != nil), isLive ? promptRetryAt : nil].compactMap { $0 }.min()
    }

    /// Whether the next attempt has to wait for the mirror. The attempt claims a position, and what the mirror is
    /// writing would move it: a merged frame that answers the old claim could then begin inside what is held.
    private var waitsForMirror: Bool { storing != nil && link.currentGeneration == nil }

    /// Takes what happened.
    ///
    /// - Returns: What to do, in this order.
    public mutating func handle(_ event: SyncEvent, at now: Instant) -> [SyncEffect] {
        var effects: [SyncEffect] = []
        switch event {
        case .opened(let generation, let greeted):
            guard generation == link.currentGeneration else { return [] }
            effects += opened(greeted: greeted, at: now)
        case .received(let generation, let messages):
            guard generation == link.currentGeneration else { return [] }
            link.received(at: now)
            for message in messages where link.currentGeneration == generation { effects += receive(message, at: now) }
        case .closed(let generation, let closure):
            guard generation == link.currentGeneration else { return [] }
            effects += closed(closure, at: now)
        case .failed(let generation, let failure):
            guard generation == link.currentGeneration else { return [] }
            effects += dialFailed(failure, at: now)
        case .stored: stored(at: now)
        case .storeFailed(let reason): effects += storeFailed(reason, at: now)
        case .queued(let item):
            outbox.add(item)
            effects.append(.outbox(outbox.items))
        case .takenBack(let id):
            outbox.remove(id)
            effects.append(.outbox(outbox.items))
        case .cancelTurn: (cancelWanted, cancelIsSent) = (runningTurn, false)
        case .hurry: hurry(at: now)
        case .tick: effects += tick(at: now)
        case .quit: effects += stop(.quit, code: .normal)
        }
        effects += sendWhatWaits(at: now)
        effects += storeWhatWaits(at: now)
        return effects + reportStatus(at: now)
    }

    private mutating func hurry(at now: Instant) {
        if case .stopped = link.state {
            // Only the user says "hurry" to a stopped client: begin anew.
            link.beginAnew(at: now)
        }
        link.hurry(at: now)
    }

    private mutating func tick(at now: Instant) -> [SyncEffect] {
        if let due = promptRetryAt, now >= due { promptRetryAt = nil }
        if waitsForMirror { return [] }
        switch link.advance(to: now, isBusy: runningTurn != nil) {
        case .dial(let generation): return [.dial(generation: generation, initializeRequest)]
        case .ping(let generation):
            let acks = replica.flatMap { replica in
                replica.confirmed.map { [Ack(session: replica.session, position: $0)] }
            }
            let params: JSON = [
                "t": .integer(now.nanoseconds / 1_000_000), "acks": .array((acks ?? []).map(\.json)),
            ]
            return [request(.ping, Method.ping, params, on: generation)]
        case .abandon(let generation):
            lastFailure = "no sign of life from the server"
            return [.abandon(generation: generation, .heartbeatMissed)] + lose(at: now)
        case nil: return []
        }
    }

    /// The connection is gone; another attempt follows.
    mutating func lose(at now: Instant, serverDelay: Duration? = nil) -> [SyncEffect] {
        link.lost(at: now, serverDelay: serverDelay)
        return dropConnection()
    }

    /// The mirror cannot take what came. The server has it: leave, and ask for it again when there may be room.
    private mutating func storeFailed(_ reason: String, at now: Instant) -> [SyncEffect] {
        unstored = (storing ?? []) + unstored
        storing = nil
        storeHasFailed = true
        lastFailure = reason
        guard let generation = link.currentGeneration else {
            dropUnstored()
            return []
        }
        return [.abandon(generation: generation, .normal)] + lose(at: now, serverDelay: .seconds(2))
    }

    private mutating func dropConnection() -> [SyncEffect] {
        requests = [:]
        fence = nil
        replica?.connectionLost()
        cancelIsSent = false
        dropUnstored()
        outbox.connectionLost()
        return [.outbox(outbox.items)]
    }

    /// What was received and not yet handed to the mirror is asked for again; what the mirror is writing counts.
    private mutating func dropUnstored() {
        unstored = unstored.filter { if case .adopt = $0 { true } else { false } }
    }

    mutating func stop(_ cause: StopCause, code: CloseCode) -> [SyncEffect] {
        let generation = link.currentGeneration
        let dropped = dropConnection()
        link.stop(cause.message)
        return dropped + (generation.map { [.abandon(generation: $0, code)] } ?? []) + [.stopped(cause)]
    }

    mutating func request(_ kind: Request, _ method: String, _ params: JSON, on generation: Int) -> SyncEffect {
        let id = nextRequest()
        requests[id] = kind
        return .send(generation: generation, .request(id, method: method, params: params))
    }

    mutating func nextRequest() -> RequestID {
        defer { nextRequestNumber += 1 }
        return .number(nextRequestNumber)
    }

    private mutating func reportStatus(at now: Instant) -> [SyncEffect] {
        let state: ConnectionStatus.State
        switch link.state {
        case .stopped(let reason): state = .stopped(reason)
        case .waiting(let until):
            state = .offline(since: link.lostAt ?? now, attempt: link.attempt, retryAt: until)
        case .dialing(let attempt) where hasBeenLive || link.attempt > 1:
            // The word "resuming" is earned by an open connection, not by an attempt to open one.
            state = .offline(since: link.lostAt ?? now, attempt: link.attempt, retryAt: attempt.begunAt)
        case .dialing, .greeting, .replaying: state = hasBeenLive ? .resuming : .connecting
        case .live: state = .live
        }
        let status = ConnectionStatus(
            state: state, roundTrip: link.smoothedRoundTrip, resumes: resumes, lastFailure: lastFailure)
        guard status != lastStatus else { return [] }
        lastStatus = status
        return [.status(status)]
    }
}
