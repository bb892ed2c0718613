public import Wire

/// Which sessions are in memory, as a value: loaded for their owners, pinned while an attach or a prompt is prepared,
/// watched, evicted, deleted.
///
/// ```
///                 ┌───────────── failed, or there is none ─────────────┐
///                 ▼                                                    │
///  ┌─────────► absent ──pin──► loading (waiters) ──loaded──► loaded (pins, watchers)
///  │              ▲                                              │            │
///  │              └──────────── evict: no pin, nobody watches ◄──┘            │ delete
///  └───────────────────────── deleted ◄── deleting: found by nobody ◄─────────┘
/// ```
///
/// A pin is held from the first moment of an attach until the connection watches or the attach fails, so that a session
/// that was found when it began is still there when it ends.
public struct SessionRegistry<Session, Waiter> {
    /// What becomes of a request for a session.
    public enum Decision {
        /// It is in memory and pinned; ``unpin(_:)`` has to be called.
        case here(Session)
        /// It has another owner, or is being deleted.
        case absent
        /// The caller has to load it, and to call ``loaded(_:of:_:)`` or ``failed(_:of:)``; its waiter waits, too.
        case load
        /// Somebody loads it.
        case wait
    }

    /// The key of a load in progress. It includes the user, so that a request of another user does not share its result.
    private struct Loading: Hashable, Sendable {
        var session: SessionID
        var principal: Principal?
    }

    fileprivate struct Loaded {
        var session: Session
        var principal: Principal
        var pins = 0
        var watchers = 0
    }

    private var sessions: [SessionID: Loaded] = [:]
    private var loading: [Loading: [Waiter]] = [:]
    private var deleting: Set<SessionID> = []
    /// The sessions of each user that are in memory.
    private var hosted: [Principal: Set<SessionID>] = [:]

    /// Creates a registry without sessions.
    public init() {}

    /// How many sessions are in memory.
    public var count: Int { sessions.count }

    /// How many connections watch a session, over all sessions.
    public var watcherCount: Int { sessions.values.reduce(0) { $0 + $1.watchers } }

    /// How many pins are held.
    public var pinCount: Int { sessions.values.reduce(0) { $0 + $1.pins } }

    /// All sessions in memory.
    public var all: [Session] { sessions.values.map(\.session) }

    /// A session in memory, whoever owns it.
    public subscript(_ session: SessionID) -> Session? { sessions[session]?.session }

    /// How many connections watch a session.
    public func watchers(of session: SessionID) -> Int { sessions[session]?.watchers ?? 0 }

    /// Asks for a session.
    ///
    /// - Parameters:
    ///   - principal: The user whose session it has to be; `nil` for the server itself, which may have any.
    ///   - waiter: Who is told when it has to be loaded first.
    public mutating func pin(_ session: SessionID, of principal: Principal?, _ waiter: @autoclosure () -> Waiter)
        -> Decision
    {
        if let loaded = sessions[session] {
            guard loaded.principal == principal ?? loaded.principal else { return .absent }
            sessions[session]?.pins += 1
            return .here(loaded.session)
        }
        guard !deleting.contains(session) else { return .absent }
        let key = Loading(session: session, principal: principal)
        loading[key, default: []].append(waiter())
        return loading[key]?.count == 1 ? .load : .wait
    }

    /// A session was read from the store. If it is in memory by now, that one stays: a second ledger of one session
    /// would assign the same numbers again.
    ///
    /// - Parameter make: Makes the session, unless it is there or being deleted.
    /// - Returns: The session, pinned once for each waiter; `nil` when it is being deleted.
    public mutating func loaded(
        _ session: SessionID, of principal: Principal?, owner: Principal, make: () -> Session
    ) -> (session: Session?, isNew: Bool, waiters: [Waiter]) {
        let waiters = loading.removeValue(forKey: Loading(session: session, principal: principal)) ?? []
        guard !deleting.contains(session) else { return (nil, false, waiters) }
        let isNew = sessions[session] == nil
        var loaded = sessions[session] ?? Loaded(session: make(), principal: owner)
        loaded.pins += waiters.count
        sessions[session] = loaded
        hosted[owner, default: []].insert(session)
        return (loaded.session, isNew, waiters)
    }

    /// A load found nothing, or failed.
    public mutating func failed(_ session: SessionID, of principal: Principal?) -> [Waiter] {
        loading.removeValue(forKey: Loading(session: session, principal: principal)) ?? []
    }

    /// Gives a pin back.
    public mutating func unpin(_ session: SessionID) {
        // It may have been deleted or set aside meanwhile.
        guard let pins = sessions[session]?.pins, pins > 0 else { return }
        sessions[session]?.pins = pins - 1
    }

    /// Whether one more connection may watch a session; if so, it is counted until ``unwatch(_:)``.
    ///
    /// - Parameter maximum: How many sessions of one user may be watched once so many are in memory, since none of them
    ///   can be evicted.
    public mutating func watch(_ session: SessionID, maximum: Int) -> Bool {
        guard let loaded = sessions[session] else { return false }
        if loaded.watchers == 0, watchesTooMany(loaded.principal, maximum: maximum) { return false }
        sessions[session]?.watchers += 1
        return true
    }

    /// Whether no further session of a user may be watched.
    public func watchesTooMany(_ principal: Principal, maximum: Int) -> Bool {
        let sessions = hosted[principal] ?? []
        guard sessions.count >= maximum else { return false }
        return sessions.count { watchers(of: $0) > 0 } >= maximum
    }

    /// A connection watches no more.
    public mutating func unwatch(_ session: SessionID) {
        guard let watchers = sessions[session]?.watchers, watchers > 0 else { return }
        sessions[session]?.watchers = watchers - 1
    }

    /// Evicts a session that says of itself that it is idle, unless it is pinned or watched.
    ///
    /// - Returns: Whether it has left memory.
    public mutating func evict(_ session: SessionID) -> Bool {
        guard let loaded = sessions[session], loaded.pins == 0, loaded.watchers == 0 else { return false }
        remove(session)
        return true
    }

    /// The sessions that could be evicted to make room for one more of a user; none while there is room.
    public func evictable(of principal: Principal, maximum: Int) -> [Session] {
        guard let sessions = hosted[principal], sessions.count >= maximum else { return [] }
        return sessions.compactMap { self.sessions[$0] }.filter { $0.pins == 0 && $0.watchers == 0 }.map(\.session)
    }

    /// Begins to delete a session: from now on nobody finds it.
    ///
    /// - Parameter isUnused: Whether it may be deleted only when nobody uses it.
    /// - Returns: Whether it is being deleted, and the session if it was in memory.
    public mutating func delete(_ session: SessionID, isUnused: Bool) -> (isDeleting: Bool, session: Session?) {
        let loaded = sessions[session]
        if isUnused, let loaded, loaded.pins > 0 || loaded.watchers > 0 { return (false, nil) }
        deleting.insert(session)
        remove(session)
        return (true, loaded?.session)
    }

    /// The store has deleted it, or could not.
    public mutating func deleted(_ session: SessionID) { deleting.remove(session) }

    /// Takes a session out of memory, whoever uses it.
    public mutating func remove(_ session: SessionID) {
        guard let principal = sessions.removeValue(forKey: session)?.principal else { return }
        hosted[principal]?.remove(session)
        if hosted[principal]?.isEmpty == true { hosted[principal] = nil }
    }
}

extension SessionRegistry: Sendable where Session: Sendable, Waiter: Sendable {}
extension SessionRegistry.Loaded: Sendable where Session: Sendable {}
