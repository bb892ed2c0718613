import GRDB
public import Ledger
import Platform
import SQLiteFiles
public import Wire

/// Leases of sessions, which are kept in memory (``LeaseTable/Sharing/oneProcess``).
extension SQLiteJournal {
    /// Loads a session and takes it for the node.
    ///
    /// - Throws: ``StoreError/damaged(_:_:)`` when anything that is read is damaged, however little.
    public func acquire(
        _ session: SessionID, of principal: Principal?, node: NodeID, ttl: Duration, by deadline: Deadline
    ) throws(StoreError) -> (session: StoredSession, lease: Lease)? {
        // The session first: one that cannot be read is left to whoever has it.
        guard let stored = try load(session, of: principal, by: deadline) else { return nil }
        let lease = try leases.withLock { table throws(StoreError) in
            try table.grant(session, to: node, ttl: ttl, at: now)
        }
        return (stored, lease)
    }

    /// Confirms the leases that are the newest of their sessions; none of them lapses.
    public func renew(_ leases: [Lease], ttl: Duration, by deadline: Deadline) throws(StoreError) -> [Lease] {
        try check(deadline)
        return self.leases.withLock { table in leases.compactMap { table.renew($0, ttl: ttl, at: now) } }
    }

    /// Forgets leases, so that the table has those of sessions in memory only.
    public func release(_ leases: [Lease], by deadline: Deadline) throws(StoreError) {
        try check(deadline)
        self.leases.withLock { table in for lease in leases { table.release(lease) } }
    }

    /// The node that has the session.
    public func owner(of session: SessionID, by deadline: Deadline) throws(StoreError) -> NodeID? {
        try check(deadline)
        return leases.withLock { $0.owner(of: session, at: now) }
    }

    /// SQL: the rows of the sessions with a turn that has not ended or with waiting prompts. Left to itself, SQLite looks
    /// at all prompts of all sessions.
    static let unfinished = "SELECT session FROM prompts INDEXED BY prompts_unfinished WHERE end_seq IS NULL"

    /// Takes the sessions with a turn that has not ended or with waiting prompts that nobody has.
    public func claimUnfinished(
        node: NodeID, limit: Int, ttl: Duration, by deadline: Deadline
    ) throws(StoreError) -> [Lease] {
        let free = try file.read(by: deadline) { database in
            let ids = try String.fetchCursor(
                database,
                sql: """
                    SELECT id FROM sessions
                    WHERE key IN (\(SQLiteJournal.unfinished)) AND deleted_at IS NULL
                    """)
            var free: [SessionID] = []
            while free.count < limit, let id = try ids.next().map({ SessionID($0) }) {
                if leases.withLock({ $0.owner(of: id, at: now) }) == nil { free.append(id) }
            }
            return free
        }
        return try leases.withLock { table throws(StoreError) in
            var claimed: [Lease] = []
            // Somebody may have taken one of them meanwhile.
            for session in free where table.owner(of: session, at: now) == nil {
                claimed.append(try table.grant(session, to: node, ttl: ttl, at: now))
            }
            return claimed
        }
    }

    /// Checks that a lease is the newest of its session, within the transaction that writes under it.
    func check(_ lease: Lease) throws(StoreError) {
        let (isNewest, owner) = leases.withLock { table in
            (table.isNewest(lease), table.owner(of: lease.session, at: now))
        }
        guard isNewest else {
            throw .notNow(
                .ownedElsewhere(lease.session, by: owner?.rawValue), retryAfter: StoreError.Obstacle.retryDefault)
        }
    }

    private func check(_ deadline: Deadline) throws(StoreError) {
        guard !deadline.hasPassed(at: now) else { throw .late }
    }
}
