import Agents
import DequeModule
import Ledger
import Logging
import NIOCore
import Platform
import Wire

/// One session in memory: it passes events to its ledger and performs the effects, in order, on an event loop.
///
/// It decides, and connections deliver: what a connection is to be sent goes to its actor in one post (``LoopActor``),
/// so that answers, replays and live entries arrive in the order in which they were decided.
final actor SessionActor: LoopActor {
    nonisolated let id: SessionID
    nonisolated let principal: Principal
    nonisolated let loop: any EventLoop
    nonisolated let services: Services
    /// When clients gave their last sign of life.
    nonisolated let signOfLife: SignOfLife
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

    /// What others see of the session without asking its actor.
    struct Summary: Sendable {
        /// The record with its newest durable entry.
        var record: SessionRecord
        /// The turn that runs.
        var turn: TurnID?
        /// When it began.
        var turnStartedAt: Timestamp?
        /// How many questions are open.
        var requests: Int
        /// Whether a turn runs or waits, or something is being stored.
        var isWorking: Bool
        /// Whether a client is attached.
        var isAttended: Bool
        /// What can be set, as the agent said last (``ConfigOption``).
        var options: [JSON]
    }

    private(set) var ledger: SessionLedger
    /// Whether it has left memory: then late outcomes and answers are dropped.
    private(set) var isGone = false
    /// The task of the agent whose turn runs.
    var turn: (id: TurnID, task: Task<Void, Never>)?
    /// The agent, if the session has had a turn since it was loaded.
    var agent: HostedAgent?
    /// When the agent was last given a turn, or said something.
    var agentUsedAt = Instant.zero
    /// The deadline that a timer is set for.
    var deadline: Instant?
    /// How often each connection has attached. A notice that a connection lags which is older than its newest attach is
    /// out of date.
    var attaches: [ConnectionID: UInt64] = [:]
    /// What clients do for the agent, and the agent's tasks that wait for it.
    var clientCalls = ClientCalls()
    var callers: [ClientCalls.Number: CheckedContinuation<ClientCallOutcome, Never>] = [:]
    /// Effects that wait until those before them are performed.
    private var undone: Deque<[LedgerEffect]> = []
    private var isPerforming = false
    private nonisolated let published: Locked<Summary>
    /// What clients that follow the user's sessions were told last.
    private var told: News
    /// The newest lease of the session.
    private nonisolated let held: Locked<Lease>

    /// - Parameters:
    ///   - stored: The session as it was loaded.
    ///   - lease: The lease under which it was loaded.
    ///   - lastSeen: The last sign of life, if that is not stored yet.
    init(_ stored: StoredSession, under lease: Lease, lastSeen: Instant?, _ services: Services) {
        let now = services.clock.now
        var stored = stored
        stored.record.seenAt = stored.seenAt(lastSeen: lastSeen, at: now)
        ledger = SessionLedger(stored, limits: services.configuration.limits, at: now)
        id = stored.record.id
        principal = stored.record.principal
        loop = services.loops.loop(of: stored.record.id)
        signOfLife = SignOfLife(ledger.seenAt)
        published = Locked(Summary(ledger))
        told = News(Summary(ledger))
        held = Locked(lease)
        self.services = services
    }

    /// What others see of the session.
    nonisolated var summary: Summary { published.withLock { $0 } }

    /// The lease under which commits are written.
    nonisolated var lease: Lease { held.withLock { $0 } }

    /// Goes on under a lease, unless a newer one is known.
    nonisolated func adopt(_ lease: Lease) {
        held.withLock { held in if held.token <= lease.token { held = lease } }
    }

    /// Recovers after a restart of the server; does nothing for a session that was evicted in between.
    func recover() {
        guard !isGone else { return }
        perform(ledger.recover(at: services.clock.now))
        setTimer()
    }

    /// Passes an event to the ledger and performs the effects; does nothing for a session that has left memory.
    func handle(_ event: LedgerEvent) { handle([event]) }

    /// Passes events that came together to the ledger.
    func handle(_ events: [LedgerEvent]) {
        guard !isGone else { return }
        touch()
        perform(ledger.handle(events, at: services.clock.now))
        setTimer()
    }

    /// Changes the ledger, without effects.
    func change<Value>(_ body: (inout SessionLedger) -> Value) -> Value {
        touch()
        defer { publish() }
        return body(&ledger)
    }

    /// Takes the signs of life that connections have noted.
    private func touch() {
        guard signOfLife.instant > ledger.seenAt else { return }
        ledger.touch(at: Moment(instant: signOfLife.instant, timestamp: 0))
    }

    private func publish() {
        // The end of a turn counts as a sign of life, too.
        signOfLife.note(ledger.seenAt)
        let summary = Summary(ledger)
        published.withLock { $0 = summary }
        tellOthers(summary)
    }

    /// Tells the user's connections that do not watch the session of what they cannot see: that a turn begins or ends, or
    /// the agent asks. What streams in between is told by none of these.
    private func tellOthers(_ summary: Summary) {
        let news = News(summary)
        guard news != told else { return }
        told = news
        for connection in services.connections.connections(of: principal) {
            connection.post { [id] in $0.tell(of: id) }
        }
    }

    /// What of a session is told to who does not watch it.
    private struct News: Equatable {
        var turn: TurnID?
        var requests: Int
        var title: String?

        init(_ summary: Summary) {
            (turn, requests, title) = (summary.turn, summary.requests, summary.record.title)
        }
    }

    /// Performs effects. A connection on the same event loop takes its part at once, and what it does then may have
    /// effects as well: those follow, so that each connection gets all effects in the order in which they were decided.
    func perform(_ effects: [LedgerEffect]) {
        publish()
        undone.append(effects)
        guard !isPerforming else { return }
        isPerforming = true
        while let next = undone.popFirst() { performNow(next) }
        isPerforming = false
    }

    /// Performs effects: those of the session now, and those of each connection in one post.
    private func performNow(_ effects: [LedgerEffect]) {
        var posts: [ConnectionID: [LedgerEffect]] = [:]
        for effect in effects {
            if let connection = effect.connection {
                posts[connection, default: []].append(effect)
                continue
            }
            switch effect {
            case .commit(let commit): write(commit)
            case .retryCommit: retryLater()
            case .start(let start): begin(start)
            case .stop(let turn): stop(turn)
            case .terminate(let turn): terminate(turn)
            case .release(let correlation): agent?.release(correlation)
            case .answer(let correlation, let answer): agent?.answer(correlation, answer)
            case .read, .deliver, .caughtUp, .respond, .close, .ask, .withdraw: break
            }
        }
        guard !posts.isEmpty else { return }
        for connection in services.connections.find(posts.keys) {
            let effects = posts[connection.id] ?? []
            connection.post { [id] in $0.perform(effects, of: id) }
        }
    }

    // MARK: - Leaving memory

    /// Leaves memory if nothing is going on, nothing that its agent said is on its way, and nobody uses it.
    func leaveIfIdle() {
        guard !isGone, ledger.isIdle, agent?.isQuiet ?? true, services.sessions.evict(self) else { return }
        isGone = true
        dismissAgent()
        services.release([lease])
    }

    /// How long an idle session stays in memory after the last sign of life.
    private static let idleMinimum = Duration.seconds(60)

    /// Leaves memory if it was idle for a while.
    func leaveIfLongIdle() {
        touch()
        if services.clock.now.instant - ledger.seenAt > SessionActor.idleMinimum { leaveIfIdle() }
    }

    /// The session is being deleted: answers what waits in it, stops its agent, and closes its connections. Its lease is
    /// kept until the store has deleted it, which takes the lease back: another server must not load it in between.
    ///
    /// - Parameter connection: The connection that deletes it, which is not closed.
    func abandon(by connection: ConnectionID?) {
        services.usage.count(-(ledger.record.bytes + SessionRecord.overheadBytes), of: principal)
        end(
            ledger.abandon().filter { effect in
                if case .close(let other, _, _) = effect { other != connection } else { true }
            }, keepsLease: true)
    }

    /// Leaves memory because damage was found: answers what waits, stops the agent, and closes the connections. The
    /// session is loaded again when a client asks for it, and refused if the damage is still there.
    func setAside(because damage: StoreError) {
        guard !isGone else { return }
        services.note(
            .error, "damaged session set aside", of: principal, ["session": id.rawValue, "error": "\(damage)"])
        services.sessions.remove(self)
        end(ledger.abandon(because: damage))
    }

    /// Leaves memory because another server has taken the session: answers what waits with "not now", stops the agent,
    /// and has the connections come back, here or there.
    ///
    /// - Parameter token: The lease that is not the newest; nothing happens when the session goes on under another one.
    func fence(_ token: FencingToken) {
        guard !isGone, lease.token == token else { return }
        services.note(.error, "session taken by another server", of: principal, ["session": id.rawValue])
        services.sessions.remove(self)
        var generator = SystemRandomNumberGenerator()
        let delay = AttachAdmission.restartDelay(connections: ledger.subscriberCount, using: &generator)
        end(ledger.abandon(because: .notNow(.ownedElsewhere(id, by: nil), retryAfter: .milliseconds(delay))))
    }

    private func end(_ effects: [LedgerEffect], keepsLease: Bool = false) {
        guard !isGone else { return }
        let watching = Array(attaches.keys)
        perform(effects)
        isGone = true
        dismissAgent()
        if !keepsLease { services.release([lease]) }
        for connection in services.connections.find(watching) { connection.post { [id] in $0.forget(id) } }
    }

    /// Whether its archive has ended, so that it cannot be read any more.
    var isAbandoned: Bool {
        touch()
        return ledger.isAbandoned(at: services.clock.now)
    }

    // MARK: - Connections

    /// A connection was closed.
    func detached(_ connection: ConnectionID) {
        attaches[connection] = nil
        lostClient(connection, returns: true)
        handle(.detached(connection))
    }

    /// A connection's client left without closing it.
    func left(_ connection: ConnectionID) {
        lostClient(connection, returns: false)
        handle(.left(connection))
    }

    /// The connection has dropped the entries behind `through`.
    ///
    /// - Parameter attach: The attach that these entries belonged to.
    func lagging(_ connection: ConnectionID, through: Seq, attach: UInt64) {
        guard attaches[connection] == attach else { return }
        handle(.lagging(connection, through: through))
    }

    /// The queue of a connection that was lagging is empty.
    func drained(_ connection: ConnectionID, attach: UInt64) {
        guard attaches[connection] == attach else { return }
        handle(.drained(connection))
    }

    /// The page that a replay asked for was read, or could not be.
    func read(_ page: Result<[EncodedEntry], StoreError>, for connection: ConnectionID) {
        switch page {
        case .success(let entries): handle(.loaded(connection, entries))
        case .failure(let error) where error.isDamage: setAside(because: error)
        case .failure(let error): handle(.loadFailed(connection, error))
        }
        // What the page led to is on its way; the connection may go on with its requests behind it.
        services.connections[connection]?.post { $0.hasRead() }
    }
}

extension SessionActor.Summary {
    fileprivate init(_ ledger: SessionLedger) {
        self.init(
            record: ledger.record, turn: ledger.state.runningTurn?.id,
            turnStartedAt: ledger.state.runningTurn?.startedAt, requests: ledger.state.requests.count,
            isWorking: ledger.isWorking, isAttended: ledger.subscriberCount > 0,
            options: ledger.state.agent.options)
    }
}

extension LedgerEffect {
    /// The connection that performs the effect; `nil` for those of the session.
    fileprivate var connection: ConnectionID? {
        switch self {
        case .read(let connection, _), .deliver(let connection, _, _), .caughtUp(let connection, _),
            .respond(let connection, _, _), .close(let connection, _, _), .ask(let connection, _, _, _),
            .withdraw(let connection, _):
            connection
        case .commit, .retryCommit, .start, .stop, .terminate, .release, .answer: nil
        }
    }
}

extension SessionActor {
    /// Answers `_belay/state`; called on the actor, so that the answer follows what it has posted before.
    func state(_ parts: [String], answer: @Sendable (JSON) -> Void) {
        let head: [JSON.Member] = [
            JSON.Member("sessionId", .string(id.rawValue)),
            JSON.Member("epoch", .string(ledger.record.epoch.rawValue)),
        ]
        answer(.object(head + (ledger.state.json(parts: parts).members ?? [])))
    }

    /// Cancels the turn that runs and all that wait.
    func cancelAll() {
        for turn in ledger.turnsPending { handle(.cancelled(turn)) }
    }
}
