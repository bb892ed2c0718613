import GRDB
public import Ledger
import NIOCore
public import Wire

/// Reading journals in pages that are bounded in rows and bytes.
extension SQLiteJournal {
    /// How many bytes one page has while a session is loaded.
    private static let loadBytes = 4 << 20
    /// The bounds on the newest entries that are returned with a session; the ledger applies its own limits to them.
    private static let tail = (entries: 1_000, bytes: 1 << 20)

    /// Loads a session; its state is folded from the entries, a page at a time.
    ///
    /// - Throws: ``StoreError/damaged(_:_:)`` when anything of the session is, however little.
    public func load(_ session: SessionID, of principal: Principal?) throws(StoreError) -> StoredSession? {
        guard let record = try record(of: session), record.principal == principal ?? record.principal else {
            return nil
        }
        if let damage = record.damage { throw .damaged(session, damage) }
        var state = SessionState()
        while state.seq < record.headSeq {
            let page = try entries(
                of: session,
                EntryPage(
                    after: state.seq, through: record.headSeq, limit: 10_000, bytes: SQLiteJournal.loadBytes))
            // An empty page: the session was deleted meanwhile.
            guard !page.isEmpty else { return nil }
            for encoded in page {
                do { state.apply(try encoded.decoded()) } catch {
                    throw .damaged(session, "entry \(encoded.seq) cannot be decoded")
                }
            }
        }
        let tail = try entries(
            of: session,
            EntryPage(
                after: 0, through: .max, limit: SQLiteJournal.tail.entries, bytes: SQLiteJournal.tail.bytes,
                end: .last))
        return StoredSession(
            record: record, state: state, tail: tail.filter { $0.seq <= record.headSeq },
            prompts: try prompts(of: record))
    }

    private func record(of session: SessionID) throws(StoreError) -> SessionRecord? {
        try read(session) { database in
            let row = try Row.fetchOne(
                database.cachedStatement(
                    sql: """
                        SELECT sessions.*, \(StoredNumbers.bytes) AS bytes
                        FROM sessions WHERE id = ? AND deleted_at IS NULL
                        """), arguments: [session.rawValue])
            return try row.map { row in
                var record = try SessionRecord(row: row)
                // Behind the column of the table, which has the same name.
                if let bytes: Int64 = try row.decode(atIndex: row.count - 1) { record.bytes = bytes }
                return record
            }
        }
    }

    /// The prompts in the order of their messages; the content is read only of those whose turns have not ended.
    private func prompts(of record: SessionRecord) throws(StoreError) -> [PromptRecord] {
        try read(record.id) { database in
            let rows = try Row.fetchCursor(
                database.cachedStatement(
                    sql: """
                        SELECT prompts.id, turn, message, seq, stop_reason, error, end_seq, digest,
                            CASE WHEN end_seq IS NULL OR digest IS NULL THEN content END AS content, head_seq
                        FROM prompts JOIN sessions ON sessions.key = prompts.session
                        WHERE sessions.id = ? ORDER BY prompts.seq
                        """), arguments: [record.id.rawValue])
            var prompts: [PromptRecord] = []
            while let row = try rows.next() {
                let prompt = try PromptRecord(row: row, head: row.decode(forColumn: "head_seq")).settled
                // One that was accepted behind the record that was read belongs to the next load.
                if prompt.seq <= record.headSeq { prompts.append(prompt) }
            }
            return prompts
        }
    }

    /// A page of entries, in order.
    ///
    /// - Throws: ``StoreError/damaged(_:_:)`` when an entry is damaged, one is missing, or one lies beyond the head.
    public func entries(of session: SessionID, _ page: EntryPage) throws(StoreError) -> [EncodedEntry] {
        try read(session) { database in
            let found = try Row.fetchOne(
                database.cachedStatement(sql: "SELECT key, head_seq FROM sessions WHERE id = ? AND deleted_at IS NULL"),
                arguments: [session.rawValue])
            guard let found else { return [] }
            let (key, head): (Int64, Seq) = (
                try found.decode(forColumn: "key"), try found.decode(forColumn: "head_seq")
            )
            let order = page.end == .first ? "ASC" : "DESC"
            let rows = try Row.fetchCursor(
                database.cachedStatement(
                    sql: """
                        SELECT seq, NULL AS from_seq, ts, client_message_id, kind, payload, digest FROM entries
                        WHERE session = ? AND seq > ? AND seq <= ? ORDER BY seq \(order) LIMIT ?
                        """), arguments: [key, page.after, page.through, page.limit])
            var entries: [EncodedEntry] = []
            var bytes = 0
            // Numbers are dense up to the head, so the number of each row is known before it is read.
            let expected = max(page.after, 0)..<max(page.after, 0, min(page.through, head))
            while let row = try rows.next() {
                let entry = try EncodedEntry(row: row)
                let step = Seq(entries.count)
                let next = page.end == .first ? expected.lowerBound + 1 + step : expected.upperBound - step
                guard entry.seq <= head else { throw DamagedRow("entry \(entry.seq) lies beyond its head, \(head)") }
                guard entry.seq == next else { throw DamagedRow("entry \(next) is missing") }
                bytes += entry.payload.readableBytes
                guard bytes <= page.bytes || entries.isEmpty else {
                    return page.end == .first ? entries : entries.reversed()
                }
                entries.append(entry)
            }
            guard entries.count == min(expected.count, max(page.limit, 0)) else {
                throw DamagedRow("\(expected.count - entries.count) of its entries are missing")
            }
            return page.end == .first ? entries : entries.reversed()
        }
    }

    /// Reads from a session; what is damaged is reported as damage of that session alone.
    private func read<Value>(_ session: SessionID, _ body: (Database) throws -> Value) throws(StoreError) -> Value {
        do throws(StoreError) {
            return try file.read { database in
                do { return try body(database) } catch let error as DamagedRow {
                    throw StoreError.damaged(session, error.what)
                } catch is RowDecodingError {
                    throw StoreError.damaged(session, "a row has a value of another type")
                }
            }
        } catch {
            guard case .corrupt = error else { throw error }
            throw .damaged(session, "SQLite finds a damaged page in \(file.path)")
        }
    }

    /// How many bytes a user's sessions take, including ``SessionRecord/overheadBytes`` for each.
    public func usage(of principal: Principal) throws(StoreError) -> Int64 {
        try file.read { database in
            try Int64.fetchOne(
                database,
                sql: """
                    SELECT CAST(total(\(StoredNumbers.bytes) + ?2) AS INTEGER)
                    FROM sessions WHERE principal = ?1 AND deleted_at IS NULL
                    """, arguments: [principal.rawValue, SessionRecord.overheadBytes]) ?? 0
        }
    }
}
