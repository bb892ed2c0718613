import GRDB
public import Ledger
import SQLiteFiles
public import Wire

/// Creating sessions, if there is room for them.
extension SQLiteJournal {
    /// Inserts a session, or returns the one with its identifier or key.
    ///
    /// A user's sessions are counted before the transaction, since to count ten thousand takes milliseconds in which no
    /// commit could be written, and counted again in it when another session was created meanwhile.
    public func create(
        _ session: SessionRecord, within room: SessionRoom?, by deadline: Deadline
    ) throws(StoreError) -> Creation {
        let (newest, ended) = try file.read(by: deadline) { database in
            (try newestID(in: database), try answer(session, within: room, in: database))
        }
        if let ended { return ended }
        return try change(by: deadline) { database in
            let isCounted = try newestID(in: database) == newest
            if let ended = try answer(session, within: isCounted ? nil : room, in: database) { return ended }
            try database.execute(
                sql: """
                    INSERT INTO sessions (id, epoch, principal, directory, agent, title, client_session_key, created_at,
                        updated_at, seen_at, head_seq, mcp_servers)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?) ON CONFLICT DO NOTHING
                    """,
                arguments: [
                    session.id.rawValue, session.epoch.rawValue, session.principal.rawValue, session.directory,
                    session.agent, session.title, session.clientSessionKey, session.createdAt, session.updatedAt,
                    session.seenAt.nanoseconds,
                    session.mcpServers.isEmpty ? nil : JSON.array(session.mcpServers).text,
                ])
            // The identifier belongs to a session that was deleted and is not off the disk yet.
            guard database.changesCount == 1 else {
                throw StoreError.failed("session \(session.id) was not stored")
            }
            // Otherwise a server that was killed now would continue before the session's only sign of life.
            try StoredNumbers.advanceServed(in: database, to: session.seenAt)
            guard let stored = try stored(session, in: database) else {
                throw StoreError.failed("session \(session.id) was not stored")
            }
            return .created(stored)
        }
    }

    /// The session that was inserted last, of those that are left: it is the same as long as none was inserted.
    private func newestID(in database: Database) throws -> String? {
        try String.fetchOne(
            database.cachedStatement(sql: "SELECT id FROM sessions WHERE key = (SELECT max(key) FROM sessions)"))
    }

    /// What there is to say without storing anything: the session was there before, or there is no room for it.
    func answer(
        _ session: SessionRecord, within room: SessionRoom?, in database: Database
    ) throws -> Creation? {
        if let found = try stored(session, in: database) { return .found(found) }
        guard let room, try count(of: session.principal, in: room, in: database) >= room.maximum else { return nil }
        return .tooMany(maximum: room.maximum)
    }

    /// The session that is stored under the identifier or the key of another.
    private func stored(_ session: SessionRecord, in database: Database) throws -> SessionRecord? {
        let row = try Row.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT * FROM sessions
                    WHERE (id = ? OR (principal = ? AND client_session_key = ?)) AND deleted_at IS NULL
                    """),
            arguments: [session.id.rawValue, session.principal.rawValue, session.clientSessionKey])
        guard let row else { return nil }
        let stored = try SessionRecord(row: row)
        if let damage = stored.damage { throw StoreError.damaged(stored.id, damage) }
        return stored
    }

    /// How many sessions of a user count. Counts up to the maximum, those used last first: the expired and abandoned
    /// ones, which do not count, are mostly older.
    private func count(of principal: Principal, in room: SessionRoom, in database: Database) throws -> Int {
        try Int.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT count(*) FROM (
                        SELECT 1 FROM sessions
                        WHERE principal = ? AND expired_at IS NULL AND seen_at >= ? AND deleted_at IS NULL
                        ORDER BY updated_at DESC LIMIT ?)
                    """), arguments: [principal.rawValue, room.seenSince.nanoseconds, room.maximum]) ?? 0
    }
}
