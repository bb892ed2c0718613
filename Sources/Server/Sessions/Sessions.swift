import FailPoints
import Ledger
import Logging
import NIOCore
import NIOPosix
import Platform
import Wire

/// The sessions in memory: loaded from the store for who asks, made, evicted, deleted.
final class Sessions: Sendable {
    /// A session that stays in memory until the pin is given back.
    struct Pin: Sendable {
        /// The session.
        let session: SessionActor
        fileprivate let sessions: Sessions

        /// Gives the pin back.
        func release() { sessions.registry.withLock { $0.unpin(session.id) } }
    }

    /// Takes what was found, on any thread.
    private typealias Waiter = @Sendable (Result<SessionActor?, any Error>) -> Void
    private typealias Registry = SessionRegistry<SessionActor, Waiter>

    private let registry = Locked(Registry())
    /// Owns this object: a strong reference would keep both, and the store's files open, for ever.
    private unowned let services: Services
    /// The last signs of life of sessions that have left memory, until they are stored.
    private let departed = Locked<[SessionID: Instant]>([:])
    /// What sessions leave behind that were loaded or evicted.
    private let freed = Locked(FreedMemory())

    init(_ services: Services) { self.services = services }

    /// How many sessions are in memory.
    var count: Int { registry.withLock { $0.count } }

    /// How many connections watch a session, over all sessions.
    var watcherCount: Int { registry.withLock { $0.watcherCount } }

    /// How many pins are held.
    var pinCount: Int { registry.withLock { $0.pinCount } }

    /// When freed memory was last given back to the system; `nil` when it was not yet.
    var memoryReturnedAt: Instant? { freed.withLock { $0.returnedAt } }

    /// All sessions in memory.
    var all: [SessionActor] { registry.withLock { $0.all } }

    /// A session in memory, whoever owns it.
    subscript(_ session: SessionID) -> SessionActor? { registry.withLock { $0[session] } }

    // MARK: - Loading

    /// Finds a session, loads it unless it is in memory, and pins it there.
    ///
    /// - Parameter principal: The user whose session it has to be; `nil` for the server itself, which may have any.
    /// - Returns: `nil` when there is no such session.
    /// - Throws: ``StoreError`` when it cannot be read.
    nonisolated(nonsending) func pin(_ session: SessionID, of principal: Principal?) async throws -> Pin? {
        let found = try await withCheckedThrowingContinuation { continuation in
            pin(session, of: principal) { continuation.resume(with: $0) }
        }
        return found.map { Pin(session: $0, sessions: self) }
    }

    private func pin(_ session: SessionID, of principal: Principal?, _ waiter: @escaping Waiter) {
        switch registry.withLock({ $0.pin(session, of: principal, waiter) }) {
        case .here(let session): waiter(.success(session))
        case .absent: waiter(.success(nil))
        case .wait: break
        case .load: load(session, of: principal)
        }
    }

    /// As ``pin(_:of:)``, but not a session whose archive has ended.
    nonisolated(nonsending) func find(_ session: SessionID, for principal: Principal) async throws -> Pin? {
        guard let pin = try await pin(session, of: principal) else { return nil }
        if await pin.session.isAbandoned {
            pin.release()
            return nil
        }
        return pin
    }

    /// The pins of several sessions that are being loaded. An object, because closures on several threads share it.
    private final class Gathered: Sendable {
        let found: Locked<(left: Int, pins: [Pin])>
        init(_ count: Int) { found = Locked((left: count, pins: [])) }
    }

    /// Loads several sessions at once, and pins them; those that cannot be loaded are left out.
    nonisolated(nonsending) func preload(_ sessions: [SessionID], of principal: Principal) async -> [Pin] {
        guard sessions.count > 1 else { return [] }
        let gathered = Gathered(sessions.count)
        return await withCheckedContinuation { continuation in
            for session in sessions {
                pin(session, of: principal) { result in
                    let pins = gathered.found.withLock { found -> [Pin]? in
                        found.left -= 1
                        if let session = try? result.get() { found.pins.append(Pin(session: session, sessions: self)) }
                        return found.left == 0 ? found.pins : nil
                    }
                    if let pins { continuation.resume(returning: pins) }
                }
            }
        }
    }

    /// The user under which the server's own reads are queued.
    private static let server = Principal("")

    private func load(_ session: SessionID, of principal: Principal?) {
        services.readers.run(for: principal ?? Sessions.server) { [services] deadline in
            try services.store.acquire(
                session, of: principal, node: Services.node, ttl: Services.leaseTTL, by: deadline)
        } completion: { [services] result in
            defer { withExtendedLifetime(services) {} }
            switch result {
            case .success(let (stored, lease)?): self.host(stored, under: lease, of: principal)
            case .success(nil): self.failed(session, of: principal, .success(nil))
            case .failure(let error): self.failed(session, of: principal, .failure(error))
            }
        }
    }

    private func failed(_ session: SessionID, of principal: Principal?, _ result: Result<SessionActor?, any Error>) {
        for waiter in registry.withLock({ $0.failed(session, of: principal) }) { waiter(result) }
    }

    private func host(_ stored: StoredSession, under lease: Lease, of principal: Principal?) {
        let owner = stored.record.principal
        makeRoom(for: owner)
        let seen = departed.withLock { $0[stored.record.id] }
        let (session, isNew, waiters) = registry.withLock { registry in
            registry.loaded(stored.record.id, of: principal, owner: owner) {
                SessionActor(stored, under: lease, lastSeen: seen, services)
            }
        }
        // A session that is in memory goes on under this lease, which has fenced its own.
        if let session { session.adopt(lease) } else { services.release([lease]) }
        // Before anybody else can reach it on its event loop.
        if isNew { session?.post { $0.recover() } }
        freed.withLock { $0.add() }
        for waiter in waiters { waiter(.success(session)) }
    }

    // MARK: - Making

    /// Makes a session, or finds the one that the key made before, and pins it in memory.
    ///
    /// - Parameter maximum: How many sessions the user may have; `nil` for the successor of an expired one.
    nonisolated(nonsending) func make(
        for principal: Principal, _ directory: String, agent: String, key: String?, mcpServers: [JSON],
        atMost maximum: Int? = nil
    ) async throws -> Pin {
        let record = newRecord(for: principal, directory, agent: agent, key: key, mcpServers: mcpServers)
        let room = maximum.map { self.room(atMost: $0) }
        let creation = try await services.readers.run(for: principal) { [services] deadline in
            FailPoint.hit("server.create.begin")
            // A successor takes over its predecessor's folder; whether it may still be read is checked at each turn.
            if room != nil { _ = try services.roots.folder(directory, for: principal) }
            return try services.store.create(record, within: room, by: deadline)
        }
        return try await pinned(creation, for: principal)
    }

    /// A session without entries, with a new name.
    func newRecord(
        for principal: Principal, _ directory: String, agent: String, key: String?, mcpServers: [JSON],
        title: String? = nil
    ) -> SessionRecord {
        let now = services.clock.now
        return SessionRecord(
            id: SessionID(services.mint()),
            epoch: Epoch(String(UInt64.random(in: .min ... .max), radix: 36)), principal: principal,
            directory: directory, agent: agent, title: title, clientSessionKey: key, mcpServers: mcpServers,
            createdAt: now.timestamp, seenAt: now.instant)
    }

    /// How many sessions a user may have.
    func room(atMost maximum: Int) -> SessionRoom {
        // Sessions past `sessions.expire` do not count, even if nothing has marked them yet.
        let expire = services.configuration.limits.expire
        let seenSince = expire.map { services.clock.now.instant - $0 } ?? Instant(nanoseconds: .min)
        return SessionRoom(maximum: maximum, seenSince: seenSince)
    }

    /// Pins the session that was created or found.
    nonisolated(nonsending) func pinned(_ creation: Creation, for principal: Principal) async throws -> Pin {
        FailPoint.hit("server.created")
        let stored: SessionRecord
        switch creation {
        case .created(let created):
            services.usage.count(SessionRecord.overheadBytes.adding(created.bytes), of: principal)
            stored = created
        case .found(let found): stored = found
        case .tooMany(let maximum): throw RPCError.tooManySessions(maximum: maximum)
        }
        guard let pin = try await pin(stored.id, of: principal) else { throw services.notHere(stored.id) }
        return pin
    }

    // MARK: - Watching

    /// Whether a user may watch one more session that is not in memory yet.
    func mayWatchAnother(_ principal: Principal) -> Bool {
        let maximum = services.configuration.sessionsInMemoryPerPrincipal
        return registry.withLock { !$0.watchesTooMany(principal, maximum: maximum) }
    }

    /// Counts one more connection that watches a session, unless the user watches too many.
    func watch(_ session: SessionID) -> Bool {
        let maximum = services.configuration.sessionsInMemoryPerPrincipal
        return registry.withLock { $0.watch(session, maximum: maximum) }
    }

    /// A connection watches no more.
    func unwatch(_ session: SessionID) { registry.withLock { $0.unwatch(session) } }

    /// How many connections watch a session.
    func watchers(of session: SessionID) -> Int { registry.withLock { $0.watchers(of: session) } }

    // MARK: - Leaving memory

    /// Evicts a user's idle sessions when `limits.sessions_in_memory_per_user` is reached.
    private func makeRoom(for principal: Principal) {
        let maximum = services.configuration.sessionsInMemoryPerPrincipal
        for session in registry.withLock({ $0.evictable(of: principal, maximum: maximum) }) {
            session.post { $0.leaveIfIdle() }
        }
    }

    /// Evicts a session that says of itself that it is idle.
    ///
    /// - Returns: Whether it has left memory; then it must not be used again.
    func evict(_ session: SessionActor) -> Bool {
        guard registry.withLock({ $0.evict(session.id) }) else { return false }
        left(session)
        return true
    }

    /// Takes a session out of memory, whoever uses it.
    func remove(_ session: SessionActor) {
        registry.withLock { $0.remove(session.id) }
        left(session)
    }

    private func left(_ session: SessionActor) {
        if let seen = session.signOfLife.takeUnstored() {
            departed.withLock { $0[session.id] = max($0[session.id] ?? .zero, seen) }
        }
        freed.withLock { $0.add() }
    }

    /// Gives memory that sessions have freed back to the system, when that is due.
    func giveBackMemory() {
        let now = services.clock.now.instant
        guard freed.withLock({ $0.takeIfDue(at: now) }) else { return }
        services.lookups.submit { _ in FreedMemory.giveBack() }
    }

    /// The server has ended: no session is in memory any more.
    ///
    /// - Returns: Those that were.
    func removeAll() -> [SessionActor] {
        registry.withLock { registry in
            defer { for session in registry.all { registry.remove(session.id) } }
            return registry.all
        }
    }

    // MARK: - Deleting

    /// Begins to delete a session: from now on nobody finds it, and what waits in it is answered.
    ///
    /// - Parameters:
    ///   - connection: The connection that deletes it, which is not closed.
    ///   - isUnused: Whether it may be deleted only when nobody uses it.
    /// - Returns: Whether it is to be deleted from the store; then ``deleted(_:)`` has to be called.
    func beginDeleting(_ session: SessionID, by connection: ConnectionID? = nil, isUnused: Bool = false) -> Bool {
        let (isDeleting, loaded) = registry.withLock { $0.delete(session, isUnused: isUnused) }
        departed.withLock { $0[session] = nil }
        loaded?.post { $0.abandon(by: connection) }
        return isDeleting
    }

    /// The store has deleted a session, or could not.
    func deleted(_ session: SessionID) { registry.withLock { $0.deleted(session) } }

    // MARK: - Signs of life

    /// The signs of life that are not stored yet; they count as stored from now on.
    func takeSeen() -> [SessionID: Instant] {
        var seen = departed.withLock { departed in
            defer { departed = [:] }
            return departed
        }
        for session in all {
            if let instant = session.signOfLife.takeUnstored() {
                seen[session.id] = max(seen[session.id] ?? .zero, instant)
            }
        }
        return seen
    }

    /// The last sign of life of a session that has left memory, if it is not stored yet.
    func unstoredSeen(_ session: SessionID) -> Instant? { departed.withLock { $0[session] } }

    /// What was taken could not be stored: it is taken again.
    func putBack(_ seen: [SessionID: Instant]) {
        for (id, instant) in seen {
            if let session = self[id] {
                session.signOfLife.putBack()
            } else {
                departed.withLock { $0[id] = max($0[id] ?? .zero, instant) }
            }
        }
    }
}
