public import Agents
public import Ledger
public import Logging
public import NIOCore
import NIOPosix
import Synchronization
import Transport
import Wire

/// The server's actor for all sessions and connections, on one event loop; its methods run to completion.
///
/// Messages of connections and effects of ledgers are handled here, in order. The store has threads of its own and
/// agents have tasks of their own; both come back as events.
public actor Hub {
    /// The loop that everything happens on.
    public nonisolated let loop: any EventLoop
    /// The loop as the actor's executor.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

    /// The number of live objects of each kind. Tests check that they return to their old values when clients are gone.
    public struct Counters: Hashable, Sendable {
        /// How many connections are open.
        public var connections = 0
        /// Connections that watch a session.
        public var subscribers = 0
        /// How many turns run.
        public var turns = 0
        /// Turns that wait for `limits.turns_per_user` or `limits.turns`.
        public var turnsWaiting = 0
        /// Agents that wait for a commit or for an answer of their users (``Ticket``).
        public var tickets = 0
        /// How many sessions are in memory, watched or not.
        public var sessions = 0
        /// Attaches that are being prepared, before their 101.
        public var attaching = 0
        /// Attaches that wait for a place, beyond `limits.attaching`.
        public var attachesWaiting = 0
    }

    /// The configuration; ``reload(_:)`` changes a part of it.
    private(set) var configuration: ServerConfiguration
    /// Which folders the sessions of a user may use.
    let roots: SessionRoots
    let store: any JournalStore & TokenStore
    let agents: [String: any Agent]
    let defaultAgent: String
    /// The clock; from ``start()`` on its instant is how long the data have been served.
    private(set) var clock: Clock
    let logger: Logger
    /// The rate-limited log of what peers cause.
    var diary: Diary
    let committer: Committer
    let readers: Readers
    /// The thread for token look-ups and small writes, so that a new connection does not wait for reads of histories.
    let desk: NIOThreadPool
    var generator = SystemRandomNumberGenerator()

    var ledgers: [SessionID: SessionLedger] = [:]
    /// A number for each time that a session was loaded: the outcome of a commit is dropped when its ledger was
    /// replaced.
    var incarnations: [SessionID: UInt64] = [:]
    var loading: [Loading: [EventLoopPromise<Bool>]] = [:]
    /// How many attaches and prompts are being prepared in each session; while there are any it is not evicted.
    var pins: [SessionID: Int] = [:]
    /// What evicted sessions leave behind.
    var freed = FreedMemory()
    /// The sessions of each user that are in memory.
    var hosted: [Principal: Set<SessionID>] = [:]
    /// Sessions that are being deleted: requests find them no more.
    var deleting: Set<SessionID> = []
    /// How many bytes the sessions of each user take; missing until it was read from the store.
    var usage: [Principal: Int64] = [:]
    var peers: [ConnectionID: Peer] = [:]
    /// The connections of each user, so that work per user does not grow with everybody's connections.
    var connections: [Principal: Set<ConnectionID>] = [:]
    var turns: [TurnID: Task<Void, Never>] = [:]
    /// The tokens of open connections.
    var tokenWatch = TokenWatch()
    /// Turns that wait for a free place, round-robin over users.
    var turnsWaiting: FairQueue<Principal, WaitingTurn>
    var tickets: [Ticket: CheckedContinuation<Void, Never>] = [:]
    /// Agents that wait for their users' answers; resumed with `nil` when the turn or the server ends.
    var questions: [Ticket: CheckedContinuation<JSON?, Never>] = [:]
    var seen: [SessionID: Instant] = [:]
    /// The served time that was last stored.
    var servedWritten = Instant.zero
    var lastNumber: UInt64 = 0
    var isFlushScheduled = false
    var isPurging = false
    var isStopping = false
    /// Whether the server accepts work; read by `/readyz` on other threads.
    nonisolated let readiness = Atomic<Bool>(false)
    var timers: [RepeatedTask] = []
    var admission: AttachAdmission
    /// Attaches that wait for a place; every one is resumed: when it has one, when its connection or the server ends.
    var attachesWaiting: [AttachAdmission.Waiter: EventLoopPromise<Place>] = [:]
    /// Whether places are being given, so that a nested call returns at once.
    var isGivingPlaces = false

    /// Creates a hub that accepts nothing until ``start()``.
    ///
    /// - Parameters:
    ///   - configuration: The limits and times.
    ///   - roots: Which folders sessions may use.
    ///   - store: The store of sessions and tokens.
    ///   - agents: The back ends; the first answers when `session/new` names none.
    ///   - clock: The source of time.
    ///   - loop: The loop that everything happens on.
    public init(
        configuration: ServerConfiguration, roots: SessionRoots, store: any JournalStore & TokenStore,
        agents: [any Agent], clock: Clock,
        loop: any EventLoop, logger: Logger
    ) {
        self.configuration = configuration
        self.roots = roots
        self.store = store
        self.agents = Dictionary(uniqueKeysWithValues: agents.map { ($0.name, $0) })
        defaultAgent = agents.first?.name ?? ""
        self.clock = clock
        self.loop = loop
        self.logger = logger
        diary = Diary(logger)
        // A waiting client is not authenticated yet. Beyond the lobby's bound the oldest stranger is closed, who would
        // be served next: so half of the lobby is left to those whose requests have not arrived.
        admission = AttachAdmission(
            attachingMaximum: configuration.attachingMaximum,
            waitingMaximum: max(1, configuration.lobby.strangers / 2))
        turnsWaiting = FairQueue(share: configuration.turnsPerPrincipal)
        committer = Committer(store: store, loop: loop)
        readers = Readers(loop: loop)
        desk = NIOThreadPool(numberOfThreads: 2)
        desk.start()
    }

    /// Whether the server accepts work: `/readyz` answers 200.
    public nonisolated var isReady: Bool { readiness.load(ordering: .relaxed) }

    /// The number of live objects of each kind, for tests.
    public var counters: Counters {
        Counters(
            connections: peers.count, subscribers: ledgers.values.reduce(0) { $0 + $1.subscriberCount },
            turns: turns.count, turnsWaiting: turnsWaiting.waitingCount, tickets: tickets.count + questions.count,
            sessions: ledgers.count,
            attaching: admission.attaching, attachesWaiting: admission.waitingCount)
    }

    /// Resumes the turns that the end of the last server interrupted, and starts the periodic tasks.
    public func start() async throws {
        let (served, unfinished) = try await blocking { [store] in
            (try store.served(), try store.unfinishedSessions())
        }.get()
        clock = clock.goingOn(from: served)
        servedWritten = served
        for session in unfinished {
            do { _ = try await load(session, of: nil).get() } catch {
                // A damaged session must not stop the server: its clients get the error when they ask for it.
                logger.error(
                    "session cannot be recovered", metadata: ["session": "\(session)", "error": "\(error)"])
            }
        }
        beginUpkeep()
        readiness.store(true, ordering: .relaxed)
    }

    /// Applies the limits and times of a changed configuration to what begins from now on.
    func reload(_ changed: ServerConfiguration) {
        let old = configuration
        configuration = changed
        (configuration.addresses, configuration.dataDirectory) = (old.addresses, old.dataDirectory)
        (configuration.tls, configuration.folders) = (old.tls, old.folders)
    }

    /// Shuts down in order: closes connections with 1012 and a retry delay, stops agents, which resume at the next
    /// start, and waits for the commits in flight.
    public func stop() async {
        isStopping = true
        readiness.store(false, ordering: .relaxed)
        for timer in timers { timer.cancel() }
        dismissWaiting()
        var closing: [EventLoopFuture<Void>] = []
        let connections = peers.count
        for peer in peers.values {
            let delay = AttachAdmission.restartDelay(connections: connections, using: &generator)
            guard let connection = peer.connection else { continue }
            closing.append(connection.socketClosed)
            connection.close(.serviceRestart, "the server restarts; retry_after_ms=\(delay)")
        }
        let running = Array(turns.values)
        for turn in running { turn.cancel() }
        for ticket in tickets.values { ticket.resume() }
        tickets = [:]
        for question in questions.values { question.resume(returning: nil) }
        questions = [:]
        for turn in running { await turn.value }
        // Before the threads are shut down, which drops their queues.
        try? await persistSeen(isLast: true).get()
        try? await EventLoopFuture.andAllComplete(closing, on: loop).get()
        readers.drop()
        for pool in [readers.threads, committer.thread, desk] { try? await pool.shutdownGracefully() }
    }

    func number() -> UInt64 {
        lastNumber += 1
        return lastNumber
    }

    func mint() -> String { UUIDv7.make(now: clock.now.timestamp, using: &generator) }

    /// Runs a short blocking operation of the store, such as a token look-up, on the `desk` thread.
    nonisolated func blocking<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) -> EventLoopFuture<Value> {
        desk.runIfActive(eventLoop: loop, body)
    }
}
