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
        /// How many bytes come before the client is current; everything when `nil`.
        public var window: Int64?
        /// Whether a server of another version than the client's is this user's own, and may be replaced.
        public var replacesServer = false

        /// What an engine is made with.
        public init(
            clientID: ClientID, client: Implementation, directory: String, clientSessionKey: String, seed: UInt64,
            window: Int64? = Holding.windowBytes
        ) {
            self.clientID = clientID
            self.client = client
            self.directory = directory
            self.clientSessionKey = clientSessionKey
            self.seed = seed
            self.window = window
        }
    }

    let configuration: Configuration
    var link: Link
    /// What is held of the chat; `nil` until the server has made it.
    var replica: Replica?
    var outbox: Outbox
    var requests: [RequestID: Request] = [:]
    var nextRequestNumber: Int64 = 1
    private var nextPingNumber: Int64 = 1
    /// Changes that wait for the store.
    var unstored: [MirrorChange] = []
    /// Changes that the store is writing.
    var storing: [MirrorChange]?
    /// Whether what is being written goes to a mirror that is no more.
    var storesIntoNothing = false
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
    /// Whether the user wants the next turn stopped: that of a prompt which went out before its turn began.
    var cancelsNextTurn = false
    /// Whether the server may still be replaced: once is enough, or two programs could do it to each other for ever.
    var replacesServer: Bool
    /// The version of a server that is to be replaced when nothing goes on in it.
    var oldServer: String?
    /// The longest message that the server takes, in bytes, as it last said.
    var messageBytesMaximum: Int64?
    /// Answers that are on disk and whose entries are not in the mirror yet.
    var answers: [RequestKey: JSON]
    /// The questions that the present connection was asked, and the requests that ask them.
    var asked: [RequestKey: RequestID] = [:]
    /// What the present connection was asked to send out of a hole.
    var filling: FillRequest?
    /// Whether the present connection answers no such requests.
    var fillIsRefused = false
    /// When the server, which could not read them just now, is asked again.
    var fillRetryAt: Instant?
    /// The entry before which the user wants to read on.
    var wanted: Seq?
    /// Where the stream stood when a pong said that there is more.
    var stuckAt: Seq?
    var resumes: [ConnectionStatus.Resume] = []
    var lastFailure: String?
    var lastStatus: ConnectionStatus?

    /// A request that waits for its answer.
    enum Request: Hashable, Sendable {
        case initialize, newSession, ping, fill
    }

    /// An engine for a chat.
    ///
    /// - Parameters:
    ///   - configuration: What it is made with.
    ///   - session: The chat, when there is one, and what the mirror holds of it.
    ///   - holding: What the mirror holds of it.
    ///   - outbox: What is on disk of the outbox.
    ///   - answers: What is on disk of answers to questions.
    public init(
        _ configuration: Configuration, session: SessionID?, holding: Holding?, outbox: [OutboxItem],
        answers: [RequestKey: JSON] = [:], at now: Instant
    ) {
        self.configuration = configuration
        replacesServer = configuration.replacesServer
        link = Link(at: now, seed: configuration.seed)
        replica = session.map { Replica(session: $0, holding: holding) }
        self.outbox = Outbox(outbox)
        self.answers = answers
    }

    /// The chat's session, once there is one.
    public var session: SessionID? { replica?.session }

    /// The position that a resume would claim.
    public var position: Position? { replica?.confirmed }

    /// The prompts that wait.
    public var outboxItems: [OutboxItem] { outbox.items }

    /// The turn that runs.
    public var runningTurn: TurnID? { replica?.runningTurn }

    /// The entries that the mirror lacks.
    public var holes: [ClosedRange<Seq>] { replica?.holes ?? [] }

    /// Whether the client is current.
    public var isLive: Bool {
        switch link.state {
        case .live, .contested: true
        case .stopped, .waiting, .dialing, .greeting, .replaying: false
        }
    }

    /// Whether this attempt is the present one, or one beside it, and waits for its connection.
    public func isDialing(_ generation: Int) -> Bool {
        switch link.state {
        case .dialing(let attempt), .contested(_, _, _, let attempt): attempt.generation == generation
        case .stopped, .waiting, .greeting, .replaying, .live: false
        }
    }

    /// When ``SyncEvent/tick`` is due.
    public var nextDeadline: Instant? {
        if waitsForMirror { return nil }
        return [link.deadline(isBusy: isBusy), isLive ? promptRetryAt : nil, isLive ? fillRetryAt : nil]
            .compactMap { $0 }.min()
    }

    /// Whether a prompt has gone out whose turn has not begun.
    private var awaitsTurn: Bool { outbox.isUnconfirmed || replica?.promptWaiting != nil }

    /// Whether something is to come: the rest of a turn, or the echo of what was sent. Then silence is soon asked about.
    private var isBusy: Bool { runningTurn != nil || outbox.isUnconfirmed }

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
            guard isDialing(generation) else { return [] }
            effects += opened(generation, greeted: greeted, at: now)
        case .received(let generation, let messages):
            guard generation == link.currentGeneration else { return [] }
            link.received(at: now)
            for message in messages where link.currentGeneration == generation { effects += receive(message, at: now) }
        case .closed(let generation, let closure):
            guard generation == link.currentGeneration else { return [] }
            effects += closed(closure, at: now)
        case .failed(let generation, let failure): effects += failed(generation, failure, at: now)
        case .stored: stored(at: now)
        case .storeFailed(let reason): effects += storeFailed(reason, at: now)
        case .mirrorReplaced: effects += mirrorReplaced(at: now)
        case .queued(let item):
            // What the user sends now is not what was to be stopped.
            cancelsNextTurn = false
            outbox.add(item)
            effects.append(.outbox(outbox.items))
        case .takenBack(let id):
            outbox.remove(id)
            effects.append(.outbox(outbox.items))
        case .cancelTurn:
            (cancelWanted, cancelIsSent) = (runningTurn, false)
            cancelsNextTurn = runningTurn == nil && awaitsTurn
        case .answered(let key, let text): effects += answer(key, text)
        case .wanted(let seq): wanted = seq
        case .networkChanged(let route): effects += networkChanged(route, at: now)
        case .woke(let gap): link.shift(by: gap)
        case .hurry: hurry(at: now)
        case .tick: effects += tick(at: now)
        case .quit: effects += stop(.quit, code: .normal)
        }
        effects += sendWhatWaits(at: now)
        effects += fillWhatLacks()
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
        if let due = fillRetryAt, now >= due { fillRetryAt = nil }
        if waitsForMirror { return [] }
        switch link.advance(to: now, isBusy: isBusy) {
        case .dial(let generation): return [.dial(generation: generation, initializeRequest)]
        case .ping(let generation):
            return [ping(on: generation, at: now)]
        case .abandon(let generation):
            lastFailure = "no sign of life from the server"
            return [.abandon(generation: generation, .heartbeatMissed)] + lose(at: now)
        case .yield(let generation): return [.abandon(generation: generation, .normal)]
        case .leave(let generation):
            lastFailure = "no sign of life from the server"
            return [.abandon(generation: generation, .heartbeatMissed)] + dropConnection()
        case nil: return []
        }
    }

    func pingParameters(at now: Instant) -> JSON {
        let ack = replica.flatMap { replica in
            replica.confirmed.map { Ack(session: replica.session, position: $0).json }
        }
        return ["t": .integer(now.nanoseconds / 1_000_000), "acks": .array([ack].compactMap(\.self))]
    }

    mutating func ping(on generation: Int, at now: Instant) -> SyncEffect {
        defer { nextPingNumber += 1 }
        // A number of its own: it comes in between whatever else is asked.
        let id = RequestID.string("ping-\(nextPingNumber)")
        return request(.ping, Method.ping, pingParameters(at: now), on: generation, as: id)
    }

    /// The connection is gone; another attempt follows.
    mutating func lose(at now: Instant, serverDelay: Duration? = nil) -> [SyncEffect] {
        let challenger = link.challengerGeneration
        link.lost(at: now, serverDelay: serverDelay)
        return dropConnection() + (challenger.map { [.abandon(generation: $0, .normal)] } ?? [])
    }

    /// Leaves the present connection, if there is one; another attempt follows.
    mutating func leave(at now: Instant, serverDelay: Duration? = nil) -> [SyncEffect] {
        let left = link.currentGeneration.map { [SyncEffect.abandon(generation: $0, .normal)] } ?? []
        return left + lose(at: now, serverDelay: serverDelay)
    }

    /// The mirror cannot take what came. The server has it: leave, and ask for it again when there may be room.
    private mutating func storeFailed(_ reason: String, at now: Instant) -> [SyncEffect] {
        unstored = (storing ?? []) + unstored
        storing = nil
        storeHasFailed = true
        lastFailure = reason
        guard link.currentGeneration != nil else {
            dropUnstored()
            return []
        }
        return leave(at: now, serverDelay: .seconds(2))
    }

    /// Nothing is held any more: everything is asked for again, at once.
    private mutating func mirrorReplaced(at now: Instant) -> [SyncEffect] {
        storesIntoNothing = storing != nil
        replica = replica.map { Replica(session: $0.session, holding: nil) }
        lastFailure = "the local copy was damaged; everything is fetched again"
        if case .stopped = link.state { return [] }
        let effects = leave(at: now)
        link.hurry(at: now)
        return effects
    }

    mutating func dropConnection() -> [SyncEffect] {
        requests = [:]
        fence = nil
        asked = [:]
        (filling, fillIsRefused, fillRetryAt) = (nil, false, nil)
        stuckAt = nil
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
        let generations = [link.currentGeneration, link.challengerGeneration].compactMap(\.self)
        let dropped = dropConnection()
        link.stop(cause.message)
        return dropped + generations.map { .abandon(generation: $0, code) } + [.stopped(cause)]
    }

    mutating func request(
        _ kind: Request, _ method: String, _ params: JSON, on generation: Int, as given: RequestID? = nil
    ) -> SyncEffect {
        let id = given ?? nextRequest()
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
        case .live, .contested: state = .live
        }
        let status = ConnectionStatus(
            state: state, roundTrip: link.smoothedRoundTrip, resumes: resumes, lastFailure: lastFailure,
            entriesLacking: replica?.entriesLacking ?? 0)
        guard status != lastStatus else { return [] }
        lastStatus = status
        return [.status(status)]
    }
}
