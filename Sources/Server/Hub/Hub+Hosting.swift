import Agents
import Ledger
import NIOCore
import Wire

/// Sessions in memory: found for whom they belong to, hosted once, and let go.
extension Hub {
    /// Loading a session for somebody: whoever it does not belong to learns nothing of whoever it does.
    struct Loading: Hashable {
        var session: SessionID
        var principal: Principal?
    }

    /// Sees to it that a session's ledger is in memory.
    ///
    /// - Parameter principal: Whose the session has to be; anybody's when `nil`, for the server itself.
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

    /// Whose turn it is when the server reads for itself.
    private static let server = Principal("")

    /// The session, if it is this user's, and can still be read.
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
        // Whoever is there stays: a second ledger of one session would number its entries anew.
        guard ledgers[stored.record.id] == nil, !deleting.contains(stored.record.id) else { return }
        let now = clock.now
        let principal = stored.record.principal
        makeRoom(for: principal)
        var stored = stored
        // While a turn runs nobody's time runs out. The end of one may not be written down as a sign of life; by the wall
        // clock it is no later than this.
        let sinceTurn = stored.state.turn?.end.map { Duration.milliseconds(max(0, now.timestamp - $0.timestamp)) }
        let turnEnd = sinceTurn.map { Instant(nanoseconds: now.instant.nanoseconds - $0.nanoseconds) }
        stored.record.seenAt = max(
            stored.record.seenAt, turnEnd ?? .zero, seen[stored.record.id] ?? .zero)
        var ledger = SessionLedger(stored, limits: configuration.limits, at: now)
        let effects = ledger.recover(resumesTurns: agents[stored.record.agent]?.resumesTurns ?? false, at: now)
        ledgers[stored.record.id] = ledger
        incarnations[stored.record.id] = number()
        hosted[principal, default: []].insert(stored.record.id)
        perform(effects, in: stored.record.id)
    }

    /// Takes a session out of memory.
    func unhost(_ session: SessionID) {
        guard let principal = ledgers.removeValue(forKey: session)?.record.principal else { return }
        incarnations[session] = nil
        hosted[principal]?.remove(session)
        if hosted[principal]?.isEmpty == true { hosted[principal] = nil }
    }

    /// A user's sessions that nobody watches leave memory when there are too many of them.
    private func makeRoom(for principal: Principal) {
        guard let sessions = hosted[principal], sessions.count >= configuration.sessionsInMemoryPerPrincipal else {
            return
        }
        for session in sessions where isEvictable(session) { unhost(session) }
    }

    /// Whether a session may leave memory: nothing goes on in it, and nobody is about to attach to it.
    func isEvictable(_ session: SessionID) -> Bool { pins[session] == nil && ledgers[session]?.isIdle ?? false }

    /// Keeps sessions in memory while something in them is prepared that waits for the disk: what was found at its
    /// beginning is there at its end.
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
