public import Wire

/// The client's decisions: a value that takes events and returns effects, without any I/O.
///
/// It holds one chat. Its invariants: the position that a resume claims is confirmed by the mirror; a prompt leaves the
/// outbox only when its numbered entry is in the mirror; entries are applied in order and without a gap, except for the
/// recorded ones; events of older connections are ignored.
public struct SyncEngine: ~Copyable, Sendable {
    let configuration: Configuration
    var link: Link
    /// The client's view of the session; `nil` until the server has created it.
    var replica: Replica?
    var outbox: Outbox
    var requests = PendingRequests()
    /// The changes on their way to the mirror.
    var mirror = MirrorQueue()
    /// The cancel that the user wants.
    var cancellation = Cancellation()
    /// Whether the private server is to be replaced.
    var replacement: ServerReplacement
    /// What the user has set.
    var settings = Settings()
    /// The open questions of agents.
    var questions: Questions
    /// What agents have this client do.
    var calls = ClientCalls()
    /// The request for entries of a gap.
    var gapFill = GapFill()
    /// Whether the stream of entries is stuck.
    var stream = StreamWatch()
    /// The latencies of the last resumes.
    var resumes = ResumeLog.beforeFirst
    /// Why the client is not connected, or something did not work, in one sentence; `nil` when all is well.
    var lastFailure: String?
    /// Whether the engine stopped because the server does not accept the token.
    var needsLogin = false
    /// Why the last live connection was lost; `nil` when nothing was said, or none was.
    var lossCause: String?
    /// The agents of the server, by name.
    var agents: [String] = []
    /// The status that was reported last.
    var lastStatus: ConnectionStatus?

    /// Creates an engine for a chat; the first attempt to connect is due at once.
    ///
    /// - Parameters:
    ///   - configuration: The parameters.
    ///   - session: The chat's session; `nil` when the server has not created it yet.
    ///   - holding: What the mirror holds of the session.
    ///   - outbox: The prompts of the outbox on disk.
    ///   - answers: The stored answers to questions.
    public init(
        _ configuration: Configuration, session: SessionID?, holding: Holding?, outbox: [OutboxItem],
        answers: [RequestKey: JSON] = [:], at now: Instant
    ) {
        self.configuration = configuration
        replacement = ServerReplacement(isAllowed: configuration.replacesServer)
        link = Link(at: now, seed: configuration.seed)
        replica = session.map { Replica(session: $0, holding: holding) }
        self.outbox = Outbox(outbox)
        questions = Questions(answers: answers)
    }

    /// The chat's session; `nil` until the server has created it.
    public var session: SessionID? { replica?.session }

    /// The position that a resume would claim; `nil` when nothing is held.
    public var position: Position? { replica?.confirmed }

    /// The prompts of the outbox, in order.
    public var outboxItems: [OutboxItem] { outbox.items }

    /// Whether something of the user's is still to reach the server, and can: prompts that were not refused, answers, and
    /// settings.
    public var hasUnsent: Bool {
        if case .stopped = link.state { return false }
        return outbox.isWaiting || questions.hasAnswers || !settings.isSettled
    }

    /// The running turn, by the entries received so far; `nil` when none runs.
    public var runningTurn: TurnID? { replica?.runningTurn }

    /// The gaps of the mirror, in order.
    public var gaps: [ClosedRange<Seq>] { replica?.gaps ?? [] }

    /// Whether the client is current: the state `live` of ``ConnectionStatus``.
    public var isLive: Bool {
        switch link.state {
        case .live, .contested: true
        case .stopped, .waiting, .dialing, .greeting, .replaying, .settling: false
        }
    }

    /// Whether this generation is an attempt that still waits for its connection.
    public func isDialing(_ generation: Int) -> Bool {
        switch link.state {
        case .dialing(let attempt), .contested(_, _, _, let attempt): attempt.generation == generation
        case .stopped, .waiting, .greeting, .replaying, .settling, .live: false
        }
    }

    /// When ``SyncEvent/tick`` is due; `nil` when no deadline is pending.
    public var nextDeadline: Instant? {
        if waitsForMirror { return nil }
        return [link.deadline(isBusy: isBusy), isLive ? outbox.retryAt : nil, isLive ? gapFill.retryAt : nil]
            .compactMap { $0 }.min()
    }

    /// Whether entries are expected: the rest of a turn, or an echo. Then the heartbeat is faster.
    private var isBusy: Bool { runningTurn != nil || outbox.isUnconfirmed }

    /// Whether the next attempt must wait for the mirror: the write in progress would move the position that the
    /// attempt claims, and a merged frame in answer to the old claim could overlap what is held.
    private var waitsForMirror: Bool { mirror.isWriting && link.currentGeneration == nil }

    /// Handles an event.
    ///
    /// - Returns: The effects, to be carried out in this order.
    public mutating func handle(_ event: SyncEvent, at now: Instant) -> [SyncEffect] {
        var effects: [SyncEffect] = []
        switch event {
        case .opened(let generation, let greeted, let upgrade):
            guard isDialing(generation) else { return [] }
            effects += opened(generation, greeted: greeted, upgrade: upgrade, at: now)
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
        case .mirrorFailed(let reason): effects += mirrorFailed(reason, at: now)
        case .mirrorReplaced: effects += mirrorReplaced(at: now)
        case .queued(let item):
            // A prompt that is sent after a cancel is not the one that was to be cancelled.
            cancellation.endNextTurn()
            outbox.add(item)
            effects.append(.outbox(outbox.items))
        case .takenBack(let id):
            outbox.remove(id)
            effects.append(.outbox(outbox.items))
        case .cancelTurn:
            cancellation.want(
                running: runningTurn, isAwaited: outbox.isUnconfirmed || replica?.promptWaiting != nil)
        case .set(let setting):
            if !settings.want(setting) {
                let error = RPCError(.internalError, "\(Settings.waitingMaximum) settings wait already")
                effects.append(.settled(setting, .failure(error)))
            }
        case .answered(let key, let text): effects += answer(key, text)
        case .calledBack(let key, let result): effects += answerCall(key, result)
        case .asked(let question): effects += ask(question)
        case .wanted(let seq): effects += want(before: seq)
        case .networkChanged(let route): effects += networkChanged(route, at: now)
        case .woke(let gap): link.shift(by: gap)
        case .hurry: hurry(at: now)
        case .tick: effects += tick(at: now)
        case .quit: effects += stop(.quit, code: .normal)
        }
        effects += sendWhatWaits(at: now)
        effects += fillWhatLacks()
        if let changes = mirror.next() { effects.append(.store(changes)) }
        return effects + reportStatus(at: now)
    }

    private mutating func hurry(at now: Instant) {
        if case .stopped = link.state {
            // Only the user can restart a stopped client.
            link.beginAnew(at: now)
        }
        link.hurry(at: now)
    }

    private mutating func tick(at now: Instant) -> [SyncEffect] {
        outbox.advance(to: now)
        gapFill.advance(to: now)
        if waitsForMirror { return [] }
        switch link.advance(to: now, isBusy: isBusy) {
        case .dial(let generation): return [.dial(generation: generation, initializeRequest)]
        case .ping(let generation):
            return [ping(on: generation, at: now)]
        case .abandon(let generation):
            lastFailure = silence
            return [.abandon(generation: generation, .heartbeatMissed)] + lose(at: now)
        case .yield(let generation): return [.abandon(generation: generation, .normal)]
        case .leave(let generation):
            lastFailure = "heartbeat time-out: no answer from the server"
            lossCause = lastFailure
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
        request(.ping, Method.ping, pingParameters(at: now), on: generation)
    }

    /// The connection ended; another attempt follows after the backoff.
    mutating func lose(at now: Instant, serverDelay: Duration? = nil) -> [SyncEffect] {
        let candidate = link.candidateGeneration
        if isLive { lossCause = lastFailure }
        link.lost(at: now, serverDelay: serverDelay)
        return dropConnection() + (candidate.map { [.abandon(generation: $0, .normal)] } ?? [])
    }

    /// Leaves the present connection, if there is one; another attempt follows.
    mutating func leave(at now: Instant, serverDelay: Duration? = nil, code: CloseCode = .normal) -> [SyncEffect] {
        let left = link.currentGeneration.map { [SyncEffect.abandon(generation: $0, code)] } ?? []
        return left + lose(at: now, serverDelay: serverDelay)
    }

    /// The mirror cannot take what came. The server has it: leave, and ask for it again when there may be room.
    private mutating func storeFailed(_ reason: String, at now: Instant) -> [SyncEffect] {
        mirror.failed()
        return mirrorFailed(reason, at: now)
    }

    /// The mirror cannot take anything, until the next connection.
    private mutating func mirrorFailed(_ reason: String, at now: Instant) -> [SyncEffect] {
        mirror.block()
        lastFailure = reason
        return link.currentGeneration == nil ? [] : leave(at: now, serverDelay: .seconds(2))
    }

    /// The mirror is empty again: everything is requested again, at once.
    private mutating func mirrorReplaced(at now: Instant) -> [SyncEffect] {
        mirror.mirrorReplaced()
        replica = replica.map { Replica(session: $0.session, holding: nil) }
        lastFailure = "the local copy was damaged: belay fetches it again"
        if case .stopped = link.state { return [] }
        let effects = leave(at: now)
        link.hurry(at: now)
        return effects
    }

    /// What ends with the connection; another one may follow, or be open already.
    mutating func dropConnection() -> [SyncEffect] {
        requests.connectionLost()
        questions.connectionLost()
        calls.connectionLost()
        settings.connectionLost()
        gapFill.connectionLost()
        stream.connectionLost()
        replica?.connectionLost()
        cancellation.connectionLost()
        mirror.connectionLost()
        outbox.connectionLost()
        return [.outbox(outbox.items)]
    }

    mutating func stop(_ cause: StopCause, code: CloseCode) -> [SyncEffect] {
        let generations = [link.currentGeneration, link.candidateGeneration].compactMap(\.self)
        let dropped = dropConnection()
        link.stop(cause.message)
        needsLogin = false
        return dropped + generations.map { .abandon(generation: $0, code) } + [.stopped(cause)]
    }

    /// Stops because the server wants a token, or another one.
    mutating func stopForLogin(_ message: String) -> [SyncEffect] {
        defer { needsLogin = true }
        return stop(.notAllowed(message), code: .normal)
    }

    mutating func request(
        _ kind: PendingRequests.Kind, _ method: String, _ params: JSON, on generation: Int
    ) -> SyncEffect {
        .send(generation: generation, .request(requests.add(kind), method: method, params: params))
    }
}
