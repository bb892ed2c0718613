public import Agents
public import Ledger
public import Logging
public import NIOCore
import NIOPosix
import Synchronization
import Transport
import Wire

/// A server of sessions: its actors, what they share, and its periodic tasks.
///
/// ```
///  listener ──► ConnectionActor ──post──► SessionActor ──► GroupCommitter (a thread of its own)
///               on the loop that          SessionLedger ──► Readers (threads for replay, history, load)
///               accepted it  ◄──post──    on its loop   ──► an agent's task
/// ```
///
/// A ``SessionActor`` decides, and a ``ConnectionActor`` delivers. What is global is small and counted: ``Admission``,
/// ``Sessions``, ``ConnectionRegistry``, ``TurnScheduler``, ``Usage`` (``Services``).
public final class SessionServer: Sendable {
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
        /// Calls of agents that wait for a commit or for an answer of their users.
        public var agentsWaiting = 0
        /// How many sessions are in memory, watched or not.
        public var sessions = 0
        /// Attaches that are being prepared, before their 101.
        public var attaching = 0
        /// Attaches that wait for a place, beyond `limits.attaching`.
        public var attachesWaiting = 0
    }

    let services: Services
    let upkeep: Upkeep
    /// Whether the server accepts work; read by `/readyz` on other threads.
    private let readiness = Atomic<Bool>(false)
    /// To what other processes and servers change in the store.
    private let subscription: StoreSubscription

    private init(_ services: Services, served: Instant) {
        self.services = services
        let upkeep = Upkeep(services, served: served)
        self.upkeep = upkeep
        subscription = services.store.subscribe(as: Services.node) { [weak upkeep] in upkeep?.heard($0) }
    }

    /// Resumes the turns that the end of the last server interrupted, and starts the periodic tasks.
    ///
    /// - Parameters:
    ///   - configuration: The limits and times.
    ///   - roots: Which folders sessions may use.
    ///   - store: The store of sessions and tokens.
    ///   - agents: The back ends; the first answers when `session/new` names none.
    ///   - clock: The source of time.
    ///   - loops: The event loops, at least one.
    /// - Throws: ``StoreError`` when the store cannot be read.
    public static func start(
        _ configuration: ServerConfiguration, roots: SessionRoots, store: any JournalStore & TokenStore,
        agents: [any Agent], clock: Clock, loops: [any EventLoop], logger: Logger
    ) async throws -> SessionServer {
        let deadline = store.deadline(in: Readers.timeout)
        let served = try store.served(by: deadline)
        // The first one is reserved on the disk: here, and not while a client waits.
        do { _ = try store.nextGeneration(by: deadline) } catch {
            logger.warning("connections cannot be numbered just now", metadata: ["error": "\(error)"])
        }
        let services = Services(
            configuration, roots: roots, store: store, agents: agents, clock: clock.goingOn(from: served),
            loops: EventLoops(loops), logger: logger)
        let server = SessionServer(services, served: served)
        try await server.recoverUnfinished()
        server.upkeep.begin()
        server.readiness.store(true, ordering: .relaxed)
        return server
    }

    /// How many interrupted sessions are claimed at once.
    private static let claimMaximum = 1_000

    private func recoverUnfinished() async throws {
        var unread: [Lease] = []
        while true {
            let deadline = services.store.deadline(in: Readers.timeout)
            let claimed = try services.store.claimUnfinished(
                node: Services.node, limit: SessionServer.claimMaximum, ttl: Services.leaseTTL, by: deadline)
            for lease in claimed {
                do {
                    try await services.sessions.pin(lease.session, of: nil)?.release()
                } catch {
                    // A damaged session must not stop the server: its clients get the error when they ask for it.
                    services.logger.error(
                        "session cannot be recovered", metadata: ["session": "\(lease.session)", "error": "\(error)"])
                    unread.append(lease)
                }
            }
            guard claimed.count == SessionServer.claimMaximum else { break }
        }
        // Only now, since they would be claimed once more; another server may be able to read them.
        try? await services.release(unread).get()
    }

    /// Whether the server accepts work: `/readyz` answers 200.
    public var isReady: Bool { readiness.load(ordering: .relaxed) }

    /// The number of live objects of each kind, for tests.
    public var counters: Counters {
        get async {
            let (turns, admission) = (services.turns.counts, services.admission.counts)
            var agentsWaiting = 0
            for session in services.sessions.all { agentsWaiting += await session.agentCallsWaiting }
            return Counters(
                connections: services.connections.count, subscribers: services.sessions.watcherCount,
                turns: turns.running, turnsWaiting: turns.waiting,
                agentsWaiting: agentsWaiting, sessions: services.sessions.count,
                attaching: admission.attaching, attachesWaiting: admission.waiting)
        }
    }

    /// Accepts or refuses an upgrade request; called on the connection's event loop.
    func accept(_ request: UpgradeRequest, on loop: any EventLoop) -> EventLoopFuture<Result<Acceptance, Refusal>> {
        Arrival(request: request, services: services, loop: loop).decide()
    }

    /// Applies the limits and times of a changed configuration to what begins from now on.
    func reload(_ changed: ServerConfiguration) { services.reload(changed) }

    /// Shuts down in order: closes connections with 1012 and a retry delay, stops agents, which resume at the next
    /// start, and waits for the commits in flight.
    public func stop() async {
        services.isStopping.store(true, ordering: .relaxed)
        readiness.store(false, ordering: .relaxed)
        upkeep.end()
        services.admission.dismiss()
        var closing: [EventLoopFuture<Void>] = []
        for connection in services.connections.all {
            if let closed = await connection.closeForRestart() { closing.append(closed) }
        }
        let sessions = services.sessions.all
        await withTaskGroup(of: Void.self) { group in
            for session in sessions { group.addTask { await session.stopAgent() } }
        }
        await services.awaitClosings()
        // Before the threads are shut down, which drops their queues.
        try? await upkeep.persistSeen(isLast: true).get()
        subscription.cancel()
        for closed in closing { try? await closed.get() }
        let ended = services.sessions.removeAll()
        await services.readers.stop()
        await services.committer.stop()
        // Behind the last commit, which needs them, and may have led to newer ones.
        try? await services.release(ended.map(\.lease)).get()
        try? await services.lookups.shutdownGracefully()
    }
}
