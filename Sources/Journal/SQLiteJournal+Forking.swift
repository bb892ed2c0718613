import GRDB
public import Ledger
import NIOCore
import Platform
import SQLiteFiles
public import Wire

/// Copying sessions: into a row that counts as deleted, a part at a time, which the last transaction makes a session.
extension SQLiteJournal {
    /// How many entries and bytes one transaction copies, so that commits wait for some ten milliseconds at most.
    static let forkPart = (entries: 4_000, bytes: 2 << 20)

    /// Adds a session that begins with a copy of another one.
    public func fork(
        _ session: SessionRecord, _ plan: ForkPlan, within room: SessionRoom?, by deadline: Deadline
    ) throws(StoreError) -> Creation? {
        let (ended, source) = try file.read(by: deadline) { database in
            (
                try answer(session, within: room, in: database),
                try SQLiteJournal.source(of: plan, session.principal, in: database)
            )
        }
        if let ended { return ended }
        guard source != nil else { return nil }
        guard let key = try beginFork(session, by: deadline) else { return nil }
        defer { forking.withLock { _ = $0.remove(key) } }
        var (copied, bytes): (Seq, Int64) = (0, 0)
        while copied < plan.through {
            guard let part = try copyPart(of: plan, after: copied, to: key, session.principal, by: deadline) else {
                return nil
            }
            (copied, bytes) = (part.through, bytes.adding(part.bytes))
        }
        return try endFork(session, plan, within: room, key: key, bytes: bytes, by: deadline)
    }

    /// Adds the row of a session that nobody finds.
    func beginFork(_ session: SessionRecord, by deadline: Deadline) throws(StoreError) -> Int64? {
        try change(by: deadline) { database in
            try database.execute(
                sql: """
                    INSERT INTO sessions (id, epoch, principal, directory, agent, title, created_at, updated_at, seen_at,
                        head_seq, mcp_servers, deleted_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?) ON CONFLICT DO NOTHING
                    """,
                arguments: [
                    session.id.rawValue, session.epoch.rawValue, session.principal.rawValue, session.directory,
                    session.agent, session.title, session.createdAt, session.updatedAt, session.seenAt.nanoseconds,
                    session.mcpServers.isEmpty ? nil : JSON.array(session.mcpServers).text, session.createdAt,
                ])
            guard database.changesCount == 1 else {
                throw StoreError.failed("session \(session.id) was not stored")
            }
            let key = database.lastInsertedRowID
            // Before the row can be seen by a purge.
            forking.withLock { _ = $0.insert(key) }
            return key
        }
    }

    /// The row of the session that is copied, as long as it is there.
    private static func source(of plan: ForkPlan, _ principal: Principal, in database: Database) throws -> Int64? {
        try Int64.fetchOne(
            database, sql: "SELECT key FROM sessions WHERE id = ? AND principal = ? AND deleted_at IS NULL",
            arguments: [plan.source.rawValue, principal.rawValue])
    }

    /// Copies the next entries.
    ///
    /// - Returns: The last one, and how many bytes they have; `nil` when their session was deleted meanwhile.
    private func copyPart(
        of plan: ForkPlan, after seq: Seq, to key: Int64, _ principal: Principal, by deadline: Deadline
    ) throws(StoreError) -> (through: Seq, bytes: Int64)? {
        try change(by: deadline) { database in
            guard let source = try SQLiteJournal.source(of: plan, principal, in: database) else { return nil }
            let last =
                try Seq.fetchOne(
                    database,
                    sql: """
                        SELECT max(seq) FROM (
                            SELECT seq, sum(size) OVER (ORDER BY seq) AS size FROM (
                                SELECT seq, length(payload) AS size FROM entries
                                WHERE session = ?1 AND seq > ?2 AND seq <= ?3 ORDER BY seq LIMIT ?4))
                        WHERE size <= ?5
                        """,
                    arguments: [
                        source, seq, plan.through, SQLiteJournal.forkPart.entries, SQLiteJournal.forkPart.bytes,
                    ]) ?? seq + 1
            try database.execute(
                sql: """
                    INSERT INTO entries (session, seq, ts, client_message_id, kind, payload, digest)
                    SELECT ?1, seq, ts, client_message_id, kind, payload, digest FROM entries
                    WHERE session = ?2 AND seq > ?3 AND seq <= ?4
                    """, arguments: [key, source, seq, last])
            guard Seq(database.changesCount) == last - seq else {
                throw StoreError.damaged(plan.source, "an entry between \(seq) and \(last) is missing")
            }
            let bytes = try Int64.fetchOne(
                database,
                sql: "SELECT total(length(payload)) FROM entries WHERE session = ? AND seq > ? AND seq <= ?",
                arguments: [key, seq, last])
            return (last, bytes ?? 0)
        }
    }

    /// Makes the copy a session: what is left out of it is blank, and its origin stands behind the copied entries.
    private func endFork(
        _ session: SessionRecord, _ plan: ForkPlan, within room: SessionRoom?, key: Int64, bytes: Int64,
        by deadline: Deadline
    ) throws(StoreError) -> Creation? {
        try change(by: deadline) { database in
            if let ended = try answer(session, within: room, in: database) { return ended }
            var bytes = bytes
            for range in plan.omitted {
                let page = EntryPage(after: range.lowerBound - 1, through: range.upperBound, limit: .max, bytes: .max)
                for entry in try SQLiteJournal.entries(of: key, head: plan.through, page, in: database) {
                    let blank = ForkPlan.blank(for: entry)
                    try database.execute(
                        sql: """
                            UPDATE entries SET client_message_id = NULL, kind = ?, payload = ?, digest = ?
                            WHERE session = ? AND seq = ?
                            """, arguments: [blank.kind, blank.payload.data, blank.digest, key, entry.seq])
                    bytes += Int64(blank.payload.readableBytes - entry.payload.readableBytes)
                }
            }
            let origin = plan.entry(at: session.createdAt)
            try database.execute(
                sql: """
                    INSERT INTO entries (session, seq, ts, kind, payload, digest) VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [key, origin.seq, origin.timestamp, origin.kind, origin.payload.data, origin.digest])
            // The state at its end, if it is known; otherwise the first load folds the entries.
            try database.execute(
                sql: """
                    INSERT INTO checkpoints (session, seq, state, digest)
                    SELECT ?1, checkpoints.seq, state, digest FROM checkpoints JOIN sessions ON sessions.key = session
                    WHERE sessions.id = ?2 AND sessions.deleted_at IS NULL AND checkpoints.seq <= ?3
                    """,
                arguments: [key, plan.source.rawValue, (plan.omitted.first?.lowerBound).map { $0 - 1 } ?? plan.through])
            try database.execute(
                sql: """
                    UPDATE sessions SET deleted_at = NULL, client_session_key = ?, head_seq = ?, bytes = ? WHERE key = ?
                    """,
                arguments: [
                    session.clientSessionKey, origin.seq, bytes.adding(Int64(origin.payload.readableBytes)), key,
                ])
            try StoredNumbers.advanceServed(in: database, to: session.seenAt)
            var stored = session
            (stored.headSeq, stored.bytes) = (origin.seq, bytes.adding(Int64(origin.payload.readableBytes)))
            return .created(stored)
        }
    }
}
