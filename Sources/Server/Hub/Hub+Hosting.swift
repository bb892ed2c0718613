import Agents
import Ledger
import NIOCore
import Wire

/// Sessions in memory: loaded for their owner, hosted once, and evicted.
extension Hub {
    /// The key of a load in progress. It includes the user, so that a request of another user does not share its
    /// result.
    struct Loading: Hashable {
        var session: SessionID
        var principal: Principal?
    }

    /// Loads a session's ledger into memory, unless it is there.
    ///
    /// - Parameter principal: The user whose session it has to be; `nil` for the server itself, which may load any.
    /// - Returns: Whether there is such a session.
    func load(_ session: SessionID, of principal: Principal?) -> EventLoopFuture<Bool> {
        if let record = ledgers[session]?.record {
            return loop.makeSucceededFuture(record.principal == principal ?? record.principal)
        }
        guard !deleting.contains(session) else { return loop.makeSucceededFuture(false) }
        let key = Loading(session: session, principal: principal)
        let promise = loop.makePromise(of: Bool.self)
        loading[key, default: []].append(promise)
        guard loading[key]?.count == 1 else { return promise.futureResult }
        readers.run(for: principal ?? Hub.server) { [store] in
            try store.load(session, of: principal)
        }.whenComplete { result in
            self.assumeIsolated { hub in
                if case .success(let stored?) = result { hub.host(stored) }
                let found = result.map { $0 != nil && hub.ledgers[session] != nil }
                for waiting in hub.loading.removeValue(forKey: key) ?? [] { waiting.completeWith(found) }
            }
        }
        return promise.futureResult
    }

    /// The user under which the server's own reads are queued.
    private static let server = Principal("")

    /// Loads a session if it is this user's and its archive has not ended.
    func find(_ session: SessionID, for principal: Principal) -> EventLoopFuture<Bool> {
        load(session, of: principal).map { found in
            found
                && self.assumeIsolated { hub in
                    guard let ledger = hub.ledgers[session], !ledger.isWorking else { return true }
                    return !ledger.record.isAbandoned(hub.configuration.limits, at: hub.clock.now)
                }
        }
    }

    func host(_ stored: StoredSession) {
        // Keep a ledger that is there: a second one of the same session would assign the same numbers again.
        guard ledgers[stored.record.id] == nil, !deleting.contains(stored.record.id) else { return }
        let now = clock.now
        let principal = stored.record.principal
        makeRoom(for: principal)
        var stored = stored
        // A session does not expire while a turn runs, so the end of its last turn counts as a sign of life. That may
        // not have been stored; the entry's wall-clock time bounds it.
        let sinceTurn = stored.state.turn?.end.map { Duration.milliseconds(max(0, now.timestamp - $0.timestamp)) }
        let turnEnd = sinceTurn.map { now.instant - $0 }
        stored.record.seenAt = max(
            stored.record.seenAt, turnEnd ?? .zero, seen[stored.record.id] ?? .zero)
        var ledger = SessionLedger(stored, limits: configuration.limits, at: now)
        let effects = ledger.recover(resumesTurns: agents[stored.record.agent]?.resumesTurns ?? false, at: now)
        ledgers[stored.record.id] = ledger
        incarnations[stored.record.id] = number()
        hosted[principal, default: []].insert(stored.record.id)
        perform(effects, in: stored.record.id)
    }

    /// Evicts a session from memory.
    func unhost(_ session: SessionID) {
        guard let principal = ledgers.removeValue(forKey: session)?.record.principal else { return }
        freed.add()
        incarnations[session] = nil
        hosted[principal]?.remove(session)
        if hosted[principal]?.isEmpty == true { hosted[principal] = nil }
    }

    /// Evicts a user's idle sessions when `limits.sessions_in_memory_per_user` is reached.
    private func makeRoom(for principal: Principal) {
        guard let sessions = hosted[principal], sessions.count >= configuration.sessionsInMemoryPerPrincipal else {
            return
        }
        for session in sessions where isEvictable(session) { unhost(session) }
    }

    /// Whether a session may be evicted: it is idle, and no request pins it.
    func isEvictable(_ session: SessionID) -> Bool { pins[session] == nil && ledgers[session]?.isIdle ?? false }

    /// Pins sessions in memory while an attach or a prompt waits for the disk, so that a session that was found when it
    /// began is still there when it ends.
    func pinning<Value>(
        _ sessions: [SessionID], _ prepare: () -> EventLoopFuture<Value>
    ) -> EventLoopFuture<Value> {
        for session in sessions { pins[session, default: 0] += 1 }
        return prepare().always { _ in
            self.assumeIsolated { hub in
                for session in sessions {
                    let count = (hub.pins[session] ?? 1) - 1
                    hub.pins[session] = count == 0 ? nil : count
                }
            }
        }
    }
}
