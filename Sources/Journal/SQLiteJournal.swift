import GRDB
public import Ledger
import NIOCore
import SQLiteFiles
public import Wire

/// The server's store: one SQLite file; every commit is synchronized to the disk before it is acknowledged.
public final class SQLiteJournal: JournalStore, Sendable {
    /// The name of the file in the data folder.
    public static let fileName = "journal.db"

    let file: DatabaseFile
    /// The identities of the opened files: writes are refused once the path leads to another file, since they would be
    /// lost.
    private let files: FilesInUse?
    private let size = JournalSize()

    /// Opens or creates the store.
    ///
    /// - Parameter folder: The data folder; created with mode 0700 if it does not exist.
    /// - Throws: ``StoreError``. A damaged file is an error: the server never renames or repairs its journal.
    public init(folder: String) throws(StoreError) {
        file = try DatabaseFile(
            path: "\(folder)/\(SQLiteJournal.fileName)", durability: .full, migrator: JournalSchema.migrator)
        files = FilesInUse(database: file.path)
    }

    /// Whether the files were moved, deleted or replaced since they were opened, so that nothing can be written.
    public var isLost: Bool { files?.isLost ?? true }

    /// Writes all commits in one synchronized transaction.
    public func commit(_ commits: [Commit]) throws(StoreError) {
        try change { database in
            for commit in commits { try write(commit, to: database) }
        }
    }

    /// Runs a write transaction, provided that the path still leads to the opened file.
    func change<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
        guard files?.isIntact ?? false else {
            throw .failed("\(file.path) was moved or replaced while the server ran: put it back, or restart the server")
        }
        return try file.write(body)
    }

    private func write(_ commit: Commit, to database: Database) throws {
        let found = try Row.fetchOne(
            database.cachedStatement(sql: "SELECT key, bytes FROM sessions WHERE id = ? AND deleted_at IS NULL"),
            arguments: [commit.session.rawValue])
        guard let found else { throw StoreError.failed("session \(commit.session) was deleted meanwhile") }
        let (key, bytes): (Int64, Int64?) = (try found.decode(atIndex: 0), try found.decode(atIndex: 1))
        let insert = try database.cachedStatement(
            sql: """
                INSERT INTO entries (session, seq, ts, client_message_id, kind, payload, digest)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """)
        for entry in commit.entries {
            try insert.execute(arguments: [
                key, entry.seq, entry.timestamp, entry.clientMessageID?.rawValue, entry.kind, entry.payload.data,
                entry.digest,
            ])
        }
        for prompt in commit.prompts { try write(prompt, of: key, to: database) }
        guard let first = commit.entries.first, let last = commit.entries.last else { return }
        if let checkpoint = commit.checkpoint { try write(checkpoint, at: last.seq, of: key, to: database) }
        let isPlausible = try size.canHold(bytes ?? -1, in: database)
        try database.cachedStatement(
            sql: """
                UPDATE sessions SET head_seq = ?, updated_at = ?, title = coalesce(title, ?),
                    bytes = CASE WHEN ? THEN bytes + ? ELSE \(StoredNumbers.countedBytes) END
                WHERE key = ? AND head_seq = ?
                """
        ).execute(arguments: [
            last.seq, last.timestamp, commit.title, isPlausible, commit.bytes, key, first.seq - 1,
        ])
        guard database.changesCount == 1 else {
            throw StoreError.damaged(commit.session, "its head is not entry \(first.seq - 1), which is its last one")
        }
    }

    private func write(_ prompt: PromptRecord, of key: Int64, to database: Database) throws {
        var (reason, error): (String?, String?)
        switch prompt.end?.outcome {
        case .stopped(let stopped): reason = stopped.rawValue
        case .failed(let failed): error = failed
        case nil: break
        }
        try database.cachedStatement(
            sql: """
                INSERT INTO prompts (session, id, content, turn, message, seq, stop_reason, error, end_seq, digest)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (session, id) DO UPDATE
                SET stop_reason = excluded.stop_reason, error = excluded.error, end_seq = excluded.end_seq
                """
        ).execute(arguments: [
            key, prompt.id.rawValue, prompt.content.data, prompt.turn.rawValue, prompt.message.rawValue, prompt.seq,
            reason, error, prompt.end?.seq, prompt.digest,
        ])
    }

    /// The sessions of a user, the one used last first.
    public func sessions(
        of principal: Principal, directory: String?, offset: Int, limit: Int
    ) throws(StoreError) -> [SessionRecord] {
        try file.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM sessions WHERE principal = ? AND deleted_at IS NULL AND (?2 IS NULL OR directory = ?2)
                        AND length(id) BETWEEN 1 AND \(Name.bytesMaximum) AND id NOT GLOB '*[^!-~]*'
                    ORDER BY updated_at DESC, key DESC LIMIT ?4 OFFSET ?3
                    """, arguments: [principal.rawValue, directory, offset, limit]
            ).map { try SessionRecord(row: $0).listed }
        }
    }

    /// The sessions with a turn that has not ended or with waiting prompts.
    public func unfinishedSessions() throws(StoreError) -> [SessionID] {
        try file.read { database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT DISTINCT sessions.id FROM prompts JOIN sessions ON sessions.key = prompts.session
                    WHERE prompts.end_seq IS NULL AND sessions.deleted_at IS NULL
                    """
            ).map { SessionID($0) }
        }
    }

    /// Whether the user may create a session. Counts up to `maximum`, those used last first: the expired and abandoned
    /// ones, which do not count, are mostly older.
    public func hasRoom(
        for session: SessionRecord, maximum: Int, seenSince: Instant
    ) throws(StoreError) -> Bool {
        try file.read { database in
            let count = try Int.fetchOne(
                database,
                sql: """
                    SELECT count(*) FROM (
                        SELECT 1 FROM sessions
                        WHERE principal = ? AND expired_at IS NULL AND seen_at >= ? AND deleted_at IS NULL
                        ORDER BY updated_at DESC LIMIT ?)
                    """,
                arguments: [session.principal.rawValue, seenSince.nanoseconds, maximum])
            if count ?? 0 < maximum { return true }
            return try Bool.fetchOne(
                database,
                sql: "SELECT EXISTS (SELECT 1 FROM sessions WHERE principal = ? AND client_session_key = ?)",
                arguments: [session.principal.rawValue, session.clientSessionKey]) ?? false
        }
    }

    /// Inserts a session, or returns the existing one with its identifier or key.
    public func create(_ session: SessionRecord) throws(StoreError) -> SessionRecord {
        try change { database in
            try database.execute(
                sql: """
                    INSERT INTO sessions (id, epoch, principal, directory, agent, title, client_session_key, created_at,
                        updated_at, seen_at, head_seq)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0) ON CONFLICT DO NOTHING
                    """,
                arguments: [
                    session.id.rawValue, session.epoch.rawValue, session.principal.rawValue, session.directory,
                    session.agent, session.title, session.clientSessionKey, session.createdAt, session.updatedAt,
                    session.seenAt.nanoseconds,
                ])
            // Otherwise a server that was killed now would continue before the session's only sign of life.
            try StoredNumbers.advanceServed(in: database, to: session.seenAt)
            let row = try Row.fetchOne(
                database,
                sql: """
                    SELECT * FROM sessions
                    WHERE (id = ? OR (principal = ? AND client_session_key = ?)) AND deleted_at IS NULL
                    """,
                arguments: [session.id.rawValue, session.principal.rawValue, session.clientSessionKey])
            guard let row else { throw StoreError.failed("session \(session.id) was not stored") }
            let stored = try SessionRecord(row: row)
            if let damage = stored.damage { throw StoreError.damaged(stored.id, damage) }
            return stored
        }
    }

    /// Marks a session as expired; an earlier mark stays.
    public func expire(_ session: SessionID, at: Timestamp, successor: SessionID) throws(StoreError) {
        try change { database in
            try database.execute(
                sql: "UPDATE sessions SET expired_at = ?, successor = ? WHERE id = ? AND expired_at IS NULL",
                arguments: [at, successor.rawValue, session.rawValue])
        }
    }

    /// The served time that was last stored; when that is out of its range, the newest sign of life that is not.
    public func served() throws(StoreError) -> Instant {
        try file.read { database in
            let stored = try Int64.fetchOne(
                database,
                sql: """
                    SELECT nanoseconds FROM served WHERE nanoseconds BETWEEN 0 AND ?1
                    UNION ALL SELECT max(seen_at) FROM sessions WHERE seen_at BETWEEN 0 AND ?1 LIMIT 1
                    """, arguments: [StoredNumbers.servedMaximum])
            return Instant(nanoseconds: stored ?? 0)
        }
    }

    /// Stores last signs of life and the served time; neither ever moves back, unless what is stored is damaged.
    public func touch(_ sessions: [SessionID: Instant], served: Instant) throws(StoreError) {
        try change { database in
            try StoredNumbers.advanceServed(in: database, to: served)
            try StoredNumbers.repairSeen(in: database, served: served)
            let update = try database.cachedStatement(
                sql: "UPDATE sessions SET seen_at = max(seen_at, ?) WHERE id = ? AND expired_at IS NULL")
            for (session, seenAt) in sessions {
                try update.execute(arguments: [seenAt.nanoseconds, session.rawValue])
            }
        }
    }
}
