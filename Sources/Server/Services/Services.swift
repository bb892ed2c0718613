import Agents
import Ledger
import Logging
import NIOCore
import NIOPosix
import Platform
import Synchronization
import Transport
import Wire

/// What the actors of a server share. Each part is safe to use from any thread, and small: whatever belongs to one
/// session or one connection is in its actor.
final class Services: Sendable {
    let store: any JournalStore & TokenStore
    /// Which folders the sessions of a user may use.
    let roots: SessionRoots
    let agents: [String: any Agent]
    let defaultAgent: String
    /// The clock; its instant is how long the data have been served.
    let clock: Clock
    let logger: Logger
    let loops: EventLoops
    let committer: GroupCommitter
    let readers: Readers
    /// The threads for token look-ups and small writes, so that a new connection does not wait for reads of histories.
    let lookups = NIOThreadPool(numberOfThreads: 2)
    let connections = ConnectionRegistry()
    let admission: Admission
    let turns: TurnScheduler
    let usage = Usage()
    /// Whether the server ends: nothing new begins.
    let isStopping = Atomic<Bool>(false)

    /// Whether deleted sessions are being purged.
    let isPurging = Atomic<Bool>(false)

    /// Sides of agents that are being closed.
    private let closings = Locked<[UInt64: Task<Void, Never>]>([:])
    private let settings: Locked<ServerConfiguration>
    private let diary: Locked<Diary>
    private let lastNumber = Atomic<UInt64>(0)
    private let allSessions = Locked<Sessions?>(nil)

    init(
        _ configuration: ServerConfiguration, roots: SessionRoots, store: any JournalStore & TokenStore,
        agents: [any Agent], clock: Clock, loops: EventLoops, logger: Logger
    ) {
        self.roots = roots
        self.store = store
        self.agents = Dictionary(uniqueKeysWithValues: agents.map { ($0.name, $0) })
        defaultAgent = agents.first?.name ?? ""
        self.clock = clock
        self.loops = loops
        self.logger = logger
        committer = GroupCommitter(store: store)
        readers = Readers(clock: store)
        // A waiting client is not authenticated yet. Beyond the lobby's bound the oldest stranger is closed, who would
        // be served next: so half of the lobby is left to those whose requests have not arrived.
        admission = Admission(
            AttachAdmission(
                attachingMaximum: configuration.attachingMaximum,
                waitingMaximum: max(1, configuration.lobby.strangers / 2)), clock: clock)
        turns = TurnScheduler(share: configuration.turnsPerPrincipal)
        settings = Locked(configuration)
        diary = Locked(Diary(logger))
        lookups.start()
        allSessions.withLock { $0 = Sessions(self) }
    }

    /// The sessions in memory.
    var sessions: Sessions {
        guard let sessions = allSessions.withLock({ $0 }) else { preconditionFailure("made with the services") }
        return sessions
    }

    /// The limits and times as they are now.
    var configuration: ServerConfiguration { settings.withLock { $0 } }

    /// Applies the limits and times of a changed configuration to what begins from now on.
    func reload(_ changed: ServerConfiguration) {
        settings.withLock { settings in
            var changed = changed
            (changed.addresses, changed.dataDirectory) = (settings.addresses, settings.dataDirectory)
            (changed.tls, changed.folders) = (settings.tls, settings.folders)
            settings = changed
        }
    }

    /// A number that is never used twice in one run of the server; a later one is greater.
    func number() -> UInt64 { lastNumber.add(1, ordering: .relaxed).newValue }

    /// A new identifier.
    func mint() -> String {
        var generator = SystemRandomNumberGenerator()
        return UUIDv7.make(now: clock.now.timestamp, using: &generator)
    }

    /// The retry delay for a client whose connection ends with the server, in milliseconds.
    func restartDelay() -> Int64 {
        var generator = SystemRandomNumberGenerator()
        return AttachAdmission.restartDelay(connections: connections.count, using: &generator)
    }

    /// Logs an event that a peer caused, within its user's rate limit (``Diary``).
    func note(
        _ level: Logger.Level, _ message: Logger.Message, of user: Principal?,
        _ metadata: KeyValuePairs<String, String>
    ) {
        let now = clock.now.instant
        diary.withLock { $0.note(level, message, of: user, at: now, metadata) }
    }

    /// Forgets the rate limits of users that have not reached them for a while.
    func tidyDiary() {
        let now = clock.now.instant
        diary.withLock { $0.tidy(at: now) }
    }

    /// Runs a short blocking operation of the store, such as a token look-up, on the `lookups` threads.
    ///
    /// - Parameter body: The operation; it is given the deadline for what it asks the store.
    func lookup<Value: Sendable>(
        on loop: any EventLoop, _ body: @escaping @Sendable (Deadline) throws -> Value
    ) -> EventLoopFuture<Value> {
        let deadline = store.deadline(in: Readers.timeout)
        return lookups.runIfActive(eventLoop: loop) { try body(deadline) }
    }

    /// How many bytes a user's sessions take.
    nonisolated(nonsending) func usage(of principal: Principal) async throws -> Int64 {
        try await usage.of(principal) {
            try await readers.run(for: principal) { [store] in try store.usage(of: principal, by: $0) }
        }
    }

    /// Closes an agent's side of a session, in its own time; the server awaits that when it stops.
    func close(_ open: any AgentSession) {
        let number = number()
        closings.withLock { closings in
            closings[number] = Task {
                await open.close()
                self.closings.withLock { $0[number] = nil }
            }
        }
    }

    /// Waits for the agents that are being closed.
    func awaitClosings() async {
        for closing in closings.withLock({ Array($0.values) }) { await closing.value }
    }

    /// How many sessions have a turn that runs or waits; only told to programs of the server's own user, which check it
    /// before they replace a private server of another version.
    func sessionsWorking(of principal: Principal) -> Int64? {
        guard principal == SessionRoots.local else { return nil }
        return Int64(sessions.all.count { $0.summary.isWorking })
    }
}
