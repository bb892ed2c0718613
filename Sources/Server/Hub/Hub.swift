public import Agents
public import Ledger
public import Logging
public import NIOCore
public import NIOPosix
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
        /// Agents that wait for the disk, or for their users.
        public var tickets = 0
        /// Sessions in memory.
        public var sessions = 0
        /// Attaches that are being prepared, before their 101.
        public var attaching = 0
    }

    let configuration: ServerConfiguration
    let store: any JournalStore & TokenStore
    let agents: [String: any Agent]
    let defaultAgent: String
    let clock: Clock
    let logger: Logger
    let threads: NIOThreadPool
    let committer: Committer
    var generator = SystemRandomNumberGenerator()

    var ledgers: [SessionID: SessionLedger] = [:]
    var loading: [SessionID: [EventLoopPromise<Bool>]] = [:]
    var peers: [ConnectionID: Peer] = [:]
    /// The connections of each user, so that a crowd of one does not slow another's down.
    var connections: [Principal: Set<ConnectionID>] = [:]
    var turns: [TurnID: Task<Void, Never>] = [:]
    var tickets: [Ticket: CheckedContinuation<Void, Never>] = [:]
    /// Agents that wait for their users; `nil` means that the server ends.
    var questions: [Ticket: CheckedContinuation<JSON?, Never>] = [:]
    var seen: [SessionID: Timestamp] = [:]
    var lastNumber: UInt64 = 0
    var isFlushScheduled = false
    var isStopping = false
    var timers: [RepeatedTask] = []
    var doorway: Doorway

    /// A hub.
    ///
    /// - Parameters:
    ///   - configuration: What the server is run with.
    ///   - store: Where sessions and tokens are kept.
    ///   - agents: The back ends; the first answers when `session/new` names none.
    ///   - clock: What time it is.
    ///   - loop: The loop that everything happens on.
    ///   - threads: Threads for the disk; at least two, so that a long read does not hold up commits.
    public init(
        configuration: ServerConfiguration, store: any JournalStore & TokenStore, agents: [any Agent], clock: Clock,
        loop: any EventLoop, threads: NIOThreadPool, logger: Logger
    ) {
        self.configuration = configuration
        self.store = store
        self.agents = Dictionary(uniqueKeysWithValues: agents.map { ($0.name, $0) })
        defaultAgent = agents.first?.name ?? ""
        self.clock = clock
        self.loop = loop
        self.threads = threads
        self.logger = logger
        doorway = Doorway(attachingMaximum: configuration.attachingMaximum)
        committer = Committer(store: store, thread: threads, loop: loop)
    }

    /// How many of everything that lives are there.
    public var counters: Counters {
        Counters(
            connections: peers.count, subscribers: ledgers.values.reduce(0) { $0 + $1.subscriberCount },
            turns: turns.count, tickets: tickets.count + questions.count, sessions: ledgers.count,
            attaching: doorway.attaching)
    }

    /// Goes on with what was interrupted when the last server ended, and begins the upkeep.
    public func start() async throws {
        let unfinished = try await blocking { [store] in try store.unfinishedSessions() }.get()
        for session in unfinished { _ = try await load(session).get() }
        beginUpkeep()
    }

    /// Ends everything in order: clients are told when to come back, agents are stopped where they are and go on at
    /// the next start, and what is being written is written.
    public func stop() async {
        isStopping = true
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
        try? await persistSeen().get()
        try? await EventLoopFuture.andAllComplete(closing, on: loop).get()
        try? await threads.shutdownGracefully()
    }

    func number() -> UInt64 {
        lastNumber += 1
        return lastNumber
    }

    func mint() -> String { UUIDv7.make(now: clock.now.timestamp, using: &generator) }

    /// Runs something that waits for the disk, on a thread that may.
    nonisolated func blocking<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) -> EventLoopFuture<Value> {
        threads.runIfActive(eventLoop: loop, body)
    }
}
