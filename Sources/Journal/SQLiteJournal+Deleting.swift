import GRDB
public import Ledger
import Platform
import SQLiteFiles
public import Wire

/// Deleting sessions: hidden at once by a mark, and purged from the disk in parts.
extension SQLiteJournal {
    /// How many rows of each table one purge deletes.
    private static let purgeRows = 1_000

    /// Marks sessions as deleted. A row, and so its identifier, stays until the last entry is purged, so that no entry
    /// can end up in a new session of the same name.
    public func delete(_ sessions: [SessionID], node: NodeID, by deadline: Deadline) throws(StoreError) {
        try change(by: deadline) { database in
            let update = try database.cachedStatement(
                sql: "UPDATE sessions SET deleted_at = updated_at, client_session_key = NULL WHERE id = ?")
            for session in sessions { try update.execute(arguments: [session.rawValue]) }
        }
        leases.withLock { table in for session in sessions { table.revoke(session) } }
    }

    /// Idle sessions whose last sign of life is older than `seenBefore`, by the index over `seen_at`. A negative one is damaged.
    /// The only node serves them all.
    public func abandonedSessions(
        seenBefore: Instant, isExpired: Bool, node: NodeID, limit: Int, by deadline: Deadline
    ) throws(StoreError) -> [SessionID] {
        try file.read(by: deadline) { database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT id FROM sessions
                    WHERE deleted_at IS NULL AND seen_at >= 0 AND seen_at < ?1 AND (NOT ?2 OR expired_at IS NOT NULL)
                        AND key NOT IN (\(SQLiteJournal.unfinished))
                    ORDER BY seen_at LIMIT ?3
                    """, arguments: [seenBefore.nanoseconds, isExpired, limit]
            ).map { SessionID($0) }
        }
    }

    /// Deletes a bounded number of rows of the session that was deleted first.
    public func purge(by deadline: Deadline) throws(StoreError) -> Bool {
        try change(by: deadline) { database in
            let kept = forking.withLock { $0.map(String.init).joined(separator: ", ") }
            let key = try Int64.fetchOne(
                database,
                sql: """
                    SELECT key FROM sessions WHERE deleted_at IS NOT NULL AND key NOT IN (\(kept))
                    ORDER BY deleted_at LIMIT 1
                    """)
            guard let key else { return false }
            for table in ["entries", "prompts"] {
                // Tables WITHOUT ROWID: select the rows by the last column of the primary key.
                let column = table == "entries" ? "seq" : "id"
                try database.execute(
                    sql: """
                        DELETE FROM \(table) WHERE session = ?1 AND \(column) IN
                            (SELECT \(column) FROM \(table) WHERE session = ?1 ORDER BY \(column) LIMIT ?2)
                        """, arguments: [key, SQLiteJournal.purgeRows])
                if database.changesCount == SQLiteJournal.purgeRows { return true }
            }
            try database.execute(sql: "DELETE FROM sessions WHERE key = ?", arguments: [key])
            return true
        }
    }
}
