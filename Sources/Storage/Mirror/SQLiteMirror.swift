import GRDB
import NIOCore
public import Sync
public import Wire

/// The client's copy of its sessions: a cache that is painted from before the network answers.
///
/// It can be fetched again, so it is synchronized against the death of the process only, and a damaged file is set
/// aside. Entries and cursor move in one transaction; a snapshot is built beside the copy that is shown.
public final class SQLiteMirror: Sendable {
    /// The name of the file in the client's folder.
    public static let fileName = "mirror.db"

    private let file: DatabaseFile

    private init(folder: String) throws(StoreError) {
        file = try DatabaseFile(
            path: "\(folder)/\(SQLiteMirror.fileName)", durability: .normal, migrator: MirrorSchema.migrator)
    }

    /// Opens or makes the mirror.
    ///
    /// - Parameters:
    ///   - folder: The client's folder; it is made for this user alone.
    ///   - now: Names a file that has to be set aside.
    ///   - firstRead: What is read first; if that finds damage, the file is set aside as well.
    /// - Returns: The mirror, and the new name of a damaged one.
    /// - Throws: ``StoreError`` when there is no room or the folder cannot be written.
    public static func open(
        folder: String, now: Timestamp, firstRead: (SQLiteMirror) throws(StoreError) -> Void = { _ in }
    ) throws(StoreError) -> (opened: SQLiteMirror, setAside: String?) {
        try Quarantine.open(path: "\(folder)/\(fileName)", stamp: now) { () throws(StoreError) in
            let mirror = try SQLiteMirror(folder: folder)
            try firstRead(mirror)
            return mirror
        }
    }

    /// Sets a file aside in which damage was found; programs that have it open may go on, and the next one fetches
    /// everything anew.
    ///
    /// - Returns: The new name.
    public func setAside(now: Timestamp) throws(StoreError) -> String {
        try Quarantine.setAside(path: file.path, stamp: now)
    }

    /// Reads the whole file and says whether it is sound; half a second for a hundred megabytes.
    public func isSound() -> Bool {
        let answer = try? file.read { database in try String.fetchOne(database, sql: "PRAGMA quick_check(1)") }
        return answer == "ok"
    }

    /// What is held of a session; `nil` when nothing is.
    public func holding(of session: SessionID, at server: String) throws(StoreError) -> Holding? {
        try file.read { database in
            let copy = try Row.fetchOne(
                database,
                sql: """
                    SELECT key, epoch, cursor, coalesce(last_ts, ts) AS written_at
                    FROM copies LEFT JOIN entries ON entries.copy = copies.key AND entries.seq = copies.cursor
                    WHERE server = ? AND session = ? AND is_shown
                    """, arguments: [server, session.rawValue])
            guard let copy else { return nil }
            let holes = try Row.fetchAll(
                database, sql: "SELECT from_seq, to_seq FROM holes WHERE copy = ? ORDER BY from_seq",
                arguments: [copy["key"] as Int64]
            ).map { row -> ClosedRange<Seq> in row["from_seq"]...row["to_seq"] }
            return Holding(
                position: Position(epoch: Epoch(copy["epoch"] as String), seq: copy["cursor"]),
                timestamp: copy["written_at"], holes: holes)
        }
    }

    /// The name under which a copy is kept whose entries the server lost (`Files.md`).
    public static func orphan(of session: SessionID) -> SessionID { SessionID("\(session)~orphan") }

    /// The newest entries before a place, in order.
    ///
    /// A page stops where entries are lacking: one that is empty although there are older ones has stopped there at once.
    ///
    /// - Parameter limit: How many at most.
    /// - Returns: The entries, without a hole between them, and whether there are older ones.
    public func page(
        of session: SessionID, at server: String, before: Seq? = nil, limit: Int
    ) throws(StoreError) -> (entries: [Entry], hasMore: Bool) {
        let encoded = try file.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM entries
                    WHERE copy = (SELECT key FROM copies WHERE server = ? AND session = ? AND is_shown) AND seq < ?
                    ORDER BY seq DESC LIMIT ?
                    """, arguments: [server, session.rawValue, before ?? Seq.max, limit + 1]
            ).map(EncodedEntry.init(row:))
        }
        var page: [EncodedEntry] = []
        let edge = before == .max ? nil : before
        var next = edge
        for entry in encoded.prefix(limit) {
            if let next, entry.seq != next - 1 { break }
            page.append(entry)
            next = entry.from
        }
        // What comes before the page is older rows, or a hole: numbers begin at 1.
        let hasMore = page.last.map { $0.from > 1 } ?? (!encoded.isEmpty || (edge ?? 1) > 1)
        return (try decoded(page.reversed()), hasMore)
    }

    /// The oldest entries behind a place, in order, at most `limit` of them.
    public func page(
        of session: SessionID, at server: String, after: Seq, limit: Int
    ) throws(StoreError) -> [Entry] {
        let encoded = try file.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM entries
                    WHERE copy = (SELECT key FROM copies WHERE server = ? AND session = ? AND is_shown) AND seq > ?
                    ORDER BY seq LIMIT ?
                    """, arguments: [server, session.rawValue, after, limit]
            ).map(EncodedEntry.init(row:))
        }
        return try decoded(encoded)
    }

    /// The newest plan and the newest turn, wherever in the history they are.
    public func facts(
        of session: SessionID, at server: String
    ) throws(StoreError) -> (plan: [PlanEntry], turn: SessionState.Turn?) {
        let encoded = try file.read { database in
            // The kinds stand in the statement itself: only then does SQLite use the index that holds these alone.
            try ["acp.plan", "turn_start", "turn_end"].compactMap { kind in
                try Row.fetchOne(
                    database,
                    sql: """
                        SELECT * FROM entries INDEXED BY entries_of_kind
                        WHERE copy = (SELECT key FROM copies WHERE server = ? AND session = ? AND is_shown)
                            AND kind = '\(kind)' AND kind IN ('acp.plan', 'turn_start', 'turn_end')
                        ORDER BY seq DESC LIMIT 1
                        """, arguments: [server, session.rawValue]
                ).map(EncodedEntry.init(row:))
            }
        }
        // Where a hole is, what it adds up to was told; only what is newer than that is read off the entries.
        var state = try base(of: session, at: server) ?? SessionState()
        for entry in try decoded(encoded).sorted(by: { $0.seq < $1.seq }) { state.apply(entry) }
        return (state.plan, state.turn)
    }

    /// What the server said that the journal adds up to, while the copy has holes.
    public func base(of session: SessionID, at server: String) throws(StoreError) -> SessionState? {
        let bytes = try file.read { database in
            try Row.fetchOne(
                database,
                sql: """
                    SELECT state FROM bases
                    WHERE copy = (SELECT key FROM copies WHERE server = ? AND session = ? AND is_shown)
                    """, arguments: [server, session.rawValue]
            ).map { try $0.bytes("state") }
        }
        guard let bytes else { return nil }
        guard let json = try? JSON(parsing: bytes), let state = try? SessionState(json: json) else {
            throw .corrupt(file.path)
        }
        return state
    }

    /// Which of these prompts have their entry in the mirror: they have no business in the outbox any more.
    public func echoed(
        _ ids: [ClientMessageID], of session: SessionID, at server: String
    ) throws(StoreError) -> [ClientMessageID] {
        try file.read { database in
            try ids.filter { id in
                try Bool.fetchOne(
                    database,
                    sql: """
                        SELECT EXISTS (SELECT 1 FROM entries JOIN copies ON copies.key = entries.copy
                        WHERE copies.server = ? AND copies.session = ? AND copies.is_shown
                            AND entries.client_message_id = ?)
                        """, arguments: [server, session.rawValue, id.rawValue]) ?? false
            }
        }
    }

    /// Makes the changes, all in one transaction. What is held already changes nothing, so two clients may share one
    /// mirror.
    public func apply(_ changes: [MirrorChange], at server: String) throws(StoreError) {
        try file.write { database in
            for change in changes { try Writer(database: database, server: server).apply(change) }
        }
    }

    private func decoded(_ encoded: some Sequence<EncodedEntry>) throws(StoreError) -> [Entry] {
        var entries: [Entry] = []
        for entry in encoded {
            do { entries.append(try entry.decoded()) } catch { throw .corrupt(file.path) }
        }
        return entries
    }
}
