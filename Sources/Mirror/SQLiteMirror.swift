import GRDB
import NIOCore
import Platform
import SQLiteFiles
public import Sync
public import Wire

/// The client's copy of its sessions: a cache, from which the screen is painted before the network answers.
///
/// It can be fetched again, so commits survive a crash of the process but not a power cut, and a damaged file is
/// quarantined. Entries and cursor change in one transaction; a snapshot is built beside the copy that is shown.
public final class SQLiteMirror: Sendable {
    /// The name of the file in the client's folder.
    public static let fileName = "mirror.db"

    private let opened: Locked<DatabaseFile>
    var file: DatabaseFile { opened.withLock { $0 } }

    private init(folder: String) throws(StoreError) {
        opened = Locked(try SQLiteMirror.file(at: "\(folder)/\(SQLiteMirror.fileName)"))
    }

    private static func file(at path: String) throws(StoreError) -> DatabaseFile {
        try DatabaseFile(path: path, durability: .normal, migrator: MirrorSchema.migrator)
    }

    /// Opens or creates the mirror.
    ///
    /// - Parameters:
    ///   - folder: The client's folder; created with mode 0700 if it does not exist.
    ///   - now: The time for the name of a file that has to be quarantined, in milliseconds since 1970.
    ///   - firstRead: A first read; if it finds damage, the file is quarantined as well.
    /// - Returns: The mirror, and the new path of a damaged file.
    /// - Throws: ``StoreError`` when the disk is full or the folder cannot be written.
    public static func open(
        folder: String, now: Timestamp, firstRead: (SQLiteMirror) throws(StoreError) -> Void = { _ in }
    ) throws(StoreError) -> (opened: SQLiteMirror, setAside: String?) {
        try Quarantine.open(path: "\(folder)/\(fileName)", stamp: now, isCache: true) { () throws(StoreError) in
            let mirror = try SQLiteMirror(folder: folder)
            try firstRead(mirror)
            return mirror
        }
    }

    /// Opens a mirror to read it: a damaged file stays where it is.
    ///
    /// - Returns: `nil` when there is none.
    public static func reading(folder: String) throws(StoreError) -> SQLiteMirror? {
        FilesInUse(database: "\(folder)/\(fileName)") == nil ? nil : try SQLiteMirror(folder: folder)
    }

    /// Quarantines the file, because damage was found in it, and continues with an empty one. Another process that has
    /// the damaged file open keeps using it until it finds the damage itself.
    ///
    /// - Returns: The new path of the damaged file.
    public func replace(now: Timestamp) throws(StoreError) -> String {
        let damaged = file
        let name = try Quarantine.setAside(path: damaged.path, stamp: now)
        let fresh = try SQLiteMirror.file(at: damaged.path)
        opened.withLock { $0 = fresh }
        // Closing waits for reads in progress.
        try? damaged.pool.close()
        return name
    }

    /// Reads the whole file and returns whether it is undamaged; takes half a second for a hundred megabytes.
    public func isSound() -> Bool {
        let answer = try? file.read { database -> String? in
            let rows = try Row.fetchCursor(database, sql: "SELECT \(EncodedEntry.columns) FROM entries")
            while let row = try rows.next() { _ = try EncodedEntry(row: row) }
            return try String.fetchOne(database, sql: "PRAGMA quick_check(1)")
        }
        return answer == "ok"
    }

    /// The cursor and the gaps of a session's copy; `nil` without a copy.
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
            let gaps = try Row.fetchAll(
                database, sql: "SELECT from_seq, to_seq FROM holes WHERE copy = ? ORDER BY from_seq",
                arguments: [copy["key"] as Int64]
            ).map(SQLiteMirror.gap)
            for (gap, next) in zip(gaps, gaps.dropFirst()) where gap.upperBound >= next.lowerBound {
                throw DamagedRow("gaps overlap")
            }
            let position = Position(
                epoch: try copy.name("epoch", of: "a copy"), seq: try copy.decode(forColumn: "cursor"))
            try DamagedRow.check(position.seq, in: .position, "the cursor")
            let writtenAt: Timestamp? = try copy.decode(forColumn: "written_at")
            if let writtenAt { try DamagedRow.check(writtenAt, in: .time, "the time of the cursor") }
            // The cursor has to be the newest entry or the end of a gap; otherwise the file is damaged.
            let newest = try Seq.fetchOne(
                database, sql: "SELECT max(seq) FROM entries WHERE copy = ?", arguments: [copy["key"] as Int64])
            guard position.seq == max(newest ?? 0, gaps.last?.upperBound ?? 0) else {
                throw DamagedRow("the cursor")
            }
            return Holding(position: position, timestamp: writtenAt, gaps: gaps)
        }
    }

    /// A gap as it is stored; a range that ends before it begins is damage.
    static func gap(_ row: Row) throws -> ClosedRange<Seq> {
        let (from, to): (Seq, Seq) = (try row.decode(forColumn: "from_seq"), try row.decode(forColumn: "to_seq"))
        guard 1 <= from, from <= to, to <= NumberRange.safeMaximum else {
            throw DamagedRow("the gap from \(from) to \(to)")
        }
        return from...to
    }

    /// The name under which a copy is kept whose entries the server has lost (`Restored.md` of the Ledger).
    public static func orphan(of session: SessionID) -> SessionID { SessionID("\(session)~orphan") }

    /// The newest entries before a number, in order.
    ///
    /// A page stops at a gap: an empty page with older entries means that the gap begins right there.
    ///
    /// - Parameters:
    ///   - limit: How many at most.
    ///   - bytes: Once the entries have so many, none is added.
    /// - Returns: The entries, without a gap between them, and whether there are older ones.
    public func page(
        of session: SessionID, at server: String, before: Seq? = nil, limit: Int, bytes: Int = .max
    ) throws(StoreError) -> (entries: [Entry], hasMore: Bool) {
        let edge = before == .max ? nil : before
        let (page, hasRows) = try file.read { database in
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT \(EncodedEntry.columns) FROM entries
                    WHERE copy = (SELECT key FROM copies WHERE server = ? AND session = ? AND is_shown) AND seq < ?
                    ORDER BY seq DESC LIMIT ?
                    """, arguments: [server, session.rawValue, before ?? Seq.max, limit])
            var (page, next, left, hasRows) = ([EncodedEntry](), edge, bytes, false)
            while left > 0, let row = try rows.next() {
                hasRows = true
                let entry = try EncodedEntry(row: row)
                if let next, entry.seq != next - 1 { break }
                page.append(entry)
                (next, left) = (entry.from, left - entry.payload.readableBytes)
            }
            return (page, hasRows)
        }
        // Numbers begin at 1, so before a page that begins later there are older rows or a gap.
        let hasMore = page.last.map { $0.from > 1 } ?? (hasRows || (edge ?? 1) > 1)
        return (try decoded(page.reversed()), hasMore)
    }

    /// The oldest entries behind a number, in order, at most `limit` of them; once they have so many bytes, none is added.
    public func page(
        of session: SessionID, at server: String, after: Seq, limit: Int, bytes: Int = .max
    ) throws(StoreError) -> [Entry] {
        try decoded(try entries(of: session, at: server, after: after, "ORDER BY seq", limit: limit, bytes: bytes))
    }

    /// The entries behind a number that a condition and an order choose.
    private func entries(
        of session: SessionID, at server: String, after: Seq, _ rest: String, limit: Int, bytes: Int = .max
    ) throws(StoreError) -> [EncodedEntry] {
        try file.read { database in
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT \(EncodedEntry.columns) FROM entries
                    WHERE copy = (SELECT key FROM copies WHERE server = ? AND session = ? AND is_shown) AND seq > ?
                    \(rest) LIMIT ?
                    """, arguments: [server, session.rawValue, after, limit])
            return try SQLiteMirror.entries(rows, bytes: bytes).entries
        }
    }

    /// Reads entries; once they have so many bytes, none is added.
    ///
    /// - Returns: The entries, and whether rows may be left.
    static func entries(_ rows: RowCursor, bytes: Int) throws -> (entries: [EncodedEntry], isCut: Bool) {
        var (entries, left) = ([EncodedEntry](), bytes)
        while left > 0, let row = try rows.next() {
            let entry = try EncodedEntry(row: row)
            entries.append(entry)
            left -= entry.payload.readableBytes
        }
        return (entries, left <= 0)
    }

    /// The most questions and answers that are looked at for questions that are open, the newest.
    private static let questionsMaximum = 1_024

    /// The kinds of entries of which the newest makes a part of the state; those of the index `entries_of_kind`.
    private static let factKinds = [
        "acp.plan", "turn_start", "turn_end", "acp.config_option_update", "acp.available_commands_update",
        "acp.usage_update",
    ]

    /// The state that the screen shows at once: the newest plan and the newest turn, wherever in the history they are, what
    /// the agent offered and used last, and the questions of that turn that are open.
    public func facts(of session: SessionID, at server: String) throws(StoreError) -> SessionState {
        let encoded = try file.read { database in
            // Literal kinds instead of arguments: only then can SQLite use the partial index.
            try Self.factKinds.compactMap { kind in
                try Row.fetchOne(
                    database,
                    sql: """
                        SELECT \(EncodedEntry.columns) FROM entries INDEXED BY entries_of_kind
                        WHERE copy = (SELECT key FROM copies WHERE server = ? AND session = ? AND is_shown)
                            AND kind = '\(kind)' AND kind IN (\(Self.factKinds.map { "'\($0)'" }.joined(separator: ", ")))
                        ORDER BY seq DESC LIMIT 1
                        """, arguments: [server, session.rawValue]
                ).map(EncodedEntry.init(row:))
            }
        }
        // With a gap, the base is the state that the server sent; only newer entries are folded into it.
        let base = try base(of: session, at: server)
        var state = base ?? SessionState()
        var entries = try decoded(encoded).sorted { $0.seq < $1.seq }
        let last = entries.last { if case .event = $0.body { true } else { false } }
        var begin = base?.seq
        if begin == nil, let last, case .event(.turnStart) = last.body { begin = last.seq }
        if let begin {
            entries += try questions(of: session, at: server, after: begin)
            entries.sort { $0.seq < $1.seq }
        }
        for entry in entries { state.apply(entry) }
        return state
    }

    /// The questions that were asked and answered behind an entry, in order.
    private func questions(of session: SessionID, at server: String, after seq: Seq) throws(StoreError) -> [Entry] {
        let newest = try entries(
            of: session, at: server, after: seq, "AND kind IN ('request', 'request_resolved') ORDER BY seq DESC",
            limit: Self.questionsMaximum)
        return try decoded(newest.reversed())
    }

    /// The state that the server sent for a copy with gaps; `nil` without gaps.
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

    /// Which of these prompts have their entry in the mirror, and so can leave the outbox.
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

    /// Applies the changes in one transaction. Entries that are stored already change nothing, so two clients may share
    /// one mirror.
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
