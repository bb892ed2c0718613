public import Agents
public import Ledger
public import Logging
public import NIOCore
import NIOPosix
import Synchronization
import Transport
import Wire

/// The server's one owner of sessions and connections: an actor on one event loop, whose methods run to their ends.
///
/// What connections say and what ledgers decide happens here, in order. The disk has threads of its own, agents have
/// tasks of their own; both come back as events.
public actor Hub {
    /// The loop that everything happens on.
    public nonisolated let loop: any EventLoop
    /// The loop as the actor's executor.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

    /// How many of everything that lives are there: what must be back at its old value when clients are gone.
    public struct Counters: Hashable, Sendable {
        /// Open connections.
        public var connections = 0
        /// Connections that watch a session.
        public var subscribers = 0
        /// Turns that run.
        public var turns = 0
        /// Turns that wait for their user's share.
        public var turnsWaiting = 0
        /// Agents that wait for the disk, or for their users.
        public var tickets = 0
        /// Sessions in memory.
        public var sessions = 0
        /// Attaches that are being prepared, before their 101.
        public var attaching = 0
    }

    /// What the server is run with; ``reload(_:)`` changes some of it.
    private(set) var configuration: ServerConfiguration
    /// Which folders the sessions of a user may have.
    let roots: SessionRoots
    let store: any JournalStore & TokenStore
    let agents: [String: any Agent]
    let defaultAgent: String
    /// What time it is; from ``start()`` on, how long the data have been served.
    private(set) var clock: Clock
    let logger: Logger
    /// What peers cause to be logged, within their shares.
    var diary: Diary
    let committer: Committer
    let readers: Readers
    /// Threads for tokens and small writes: who comes in waits for nobody's history.
    let desk: NIOThreadPool
    var generator = SystemRandomNumberGenerator()

    var ledgers: [SessionID: SessionLedger] = [:]
    /// Which hosting of a session a ledger is: what a commit of an earlier one comes to is nothing to a later one.
    var incarnations: [SessionID: UInt64] = [:]
    var loading: [Loading: [EventLoopPromise<Bool>]] = [:]
    /// How many attaches and prompts are being prepared in each session: it stays in memory until they are decided.
    var pins: [SessionID: Int] = [:]
    /// The sessions of each user that are in memory.
    var hosted: [Principal: Set<SessionID>] = [:]
    /// Sessions that are being forgotten: they are there for nobody.
    var deleting: Set<SessionID> = []
    /// How many bytes the sessions of each user take, as far as it was asked.
    var usage: [Principal: Int64] = [:]
    var peers: [ConnectionID: Peer] = [:]
    /// The connections of each user, so that a crowd of one does not slow another's down.
    var connections: [Principal: Set<ConnectionID>] = [:]
    var turns: [TurnID: Task<Void, Never>] = [:]
    /// Turns that wait until another one of their user ends.
    var turnsWaiting: FairQueue<Principal, WaitingTurn>
    var tickets: [Ticket: CheckedContinuation<Void, Never>] = [:]
    /// Agents that wait for their users; `nil` means that the server ends.
    var questions: [Ticket: CheckedContinuation<JSON?, Never>] = [:]
    var seen: [SessionID: Instant] = [:]
    /// What was last written down of how long the data have been served.
    var servedWritten = Instant.zero
    var lastNumber: UInt64 = 0
    var isFlushScheduled = false
    var isPurging = false
    var isStopping = false
    /// Whether the server takes work, for whoever asks from another thread.
    nonisolated let readiness = Atomic<Bool>(false)
    var timers: [RepeatedTask] = []
    var doorway: Doorway

    /// A hub.
    ///
    /// - Parameters:
    ///   - configuration: What the server is run with.
    ///   - roots: Which folders sessions may have.
    ///   - store: Where sessions and tokens are kept.
    ///   - agents: The back ends; the first answers when `session/new` names none.
    ///   - clock: What time it is.
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
        doorway = Doorway(attachingMaximum: configuration.attachingMaximum)
        turnsWaiting = FairQueue(share: configuration.turnsPerPrincipal)
        committer = Committer(store: store, loop: loop)
        readers = Readers(loop: loop)
        desk = NIOThreadPool(numberOfThreads: 2)
        desk.start()
    }

    /// Whether the server takes work.
    public nonisolated var isReady: Bool { readiness.load(ordering: .relaxed) }

    /// How many of everything that lives are there.
    public var counters: Counters {
        Counters(
            connections: peers.count, subscribers: ledgers.values.reduce(0) { $0 + $1.subscriberCount },
            turns: turns.count, turnsWaiting: turnsWaiting.waitingCount, tickets: tickets.count + questions.count,
            sessions: ledgers.count,
            attaching: doorway.attaching)
    }

    /// Goes on with what was interrupted when the last server ended, and begins the upkeep.
    public func start() async throws {
        let (served, unfinished) = try await blocking { [store] in
            (try store.served(), try store.unfinishedSessions())
        }.get()
        clock = clock.goingOn(from: served)
        servedWritten = served
        for session in unfinished {
            do { _ = try await load(session, of: nil).get() } catch {
                // One session's damage is its own: it is told to whoever asks for it, and the others are served.
                logger.error(
                    "session cannot be gone on with", metadata: ["session": "\(session)", "error": "\(error)"])
            }
        }
        beginUpkeep()
        readiness.store(true, ordering: .relaxed)
    }

    /// Takes the limits and the times of sessions of a configuration that was changed, for what begins from now on.
    func reload(_ changed: ServerConfiguration) {
        let old = configuration
        configuration = changed
        (configuration.addresses, configuration.dataDirectory) = (old.addresses, old.dataDirectory)
        (configuration.tls, configuration.folders) = (old.tls, old.folders)
    }

    /// Ends everything in order: clients are told when to come back, agents are stopped where they are and go on at
    /// the next start, and what is being written is written.
    public func stop() async {
        isStopping = true
        readiness.store(false, ordering: .relaxed)
        for timer in timers { timer.cancel() }
        var closing: [EventLoopFuture<Void>] = []
        let connections = peers.count
        for peer in peers.values {
            let delay = Doorway.restartDelay(connections: connections, using: &generator)
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
        // The threads drop what waits for them when they end.
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

    /// Runs something short that waits for the disk: a token, a mark.
    nonisolated func blocking<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) -> EventLoopFuture<Value> {
        desk.runIfActive(eventLoop: loop, body)
    }
}
