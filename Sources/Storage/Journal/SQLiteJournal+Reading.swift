import GRDB
public import Ledger
import NIOCore
public import Wire

/// Reading journals in pages that are bounded in rows and bytes.
extension SQLiteJournal {
    /// How many bytes one page has while a session is loaded.
    private static let loadBytes = 4 << 20
    /// The bounds on the newest entries that are returned with a session; the ledger applies its own limits to them.
    private static let tail = (entries: 64, bytes: 32 << 10)

    /// SQL: only chunks of messages.
    private static let areMessages =
        "AND kind IN (" + EncodedEntry.messageKinds.map { "'\($0)'" }.joined(separator: ", ") + ")"

    /// Loads a session; its state is that of its newest checkpoint, into which the entries behind it are folded, a page
    /// at a time.
    ///
    /// - Throws: ``StoreError/damaged(_:_:)`` when anything that is read is damaged, however little.
    public func load(_ session: SessionID, of principal: Principal?) throws(StoreError) -> StoredSession? {
        guard let record = try record(of: session), record.principal == principal ?? record.principal else {
            return nil
        }
        if let damage = record.damage { throw .damaged(session, damage) }
        var state = try checkpoint(of: record)
        var checkpoint = state.seq
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
        if state.seq - checkpoint >= SQLiteJournal.foldedMaximum, keepCheckpoint(state, of: record) {
            checkpoint = state.seq
        }
        let tail = try entries(
            of: session,
            EntryPage(
                after: 0, through: .max, limit: SQLiteJournal.tail.entries, bytes: SQLiteJournal.tail.bytes,
                end: .last))
        return StoredSession(
            record: record, state: state, tail: tail.filter { $0.seq <= record.headSeq },
            prompts: try unendedPrompts(of: record), hasEndedPrompts: try hasEndedPrompts(record),
            checkpoint: checkpoint)
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

    /// The prompts whose turns have not ended, in the order of their messages.
    private func unendedPrompts(of record: SessionRecord) throws(StoreError) -> [PromptRecord] {
        try prompts(of: record.id, "prompts.end_seq IS NULL ORDER BY prompts.seq", [])
            // One that was accepted behind the record that was read belongs to the next load.
            .filter { $0.seq <= record.headSeq }
    }

    private func hasEndedPrompts(_ record: SessionRecord) throws(StoreError) -> Bool {
        try read(record.id) { database in
            try Bool.fetchOne(
                database.cachedStatement(
                    sql: """
                        SELECT EXISTS (SELECT 1 FROM prompts JOIN sessions ON sessions.key = prompts.session
                            WHERE sessions.id = ? AND prompts.end_seq IS NOT NULL)
                        """), arguments: [record.id.rawValue]) ?? false
        }
    }

    /// The prompt with that key; without its content once its turn has ended.
    public func prompt(_ id: ClientMessageID, of session: SessionID) throws(StoreError) -> PromptRecord? {
        try prompts(of: session, "prompts.id = ?", [id.rawValue]).first
    }

    /// The content is read only of those whose turns have not ended, and of those without a digest.
    private func prompts(
        of session: SessionID, _ condition: String, _ arguments: StatementArguments
    ) throws(StoreError) -> [PromptRecord] {
        try read(session) { database in
            let rows = try Row.fetchCursor(
                database.cachedStatement(
                    sql: """
                        SELECT prompts.id, turn, message, seq, stop_reason, error, end_seq, digest,
                            CASE WHEN end_seq IS NULL OR digest IS NULL THEN content END AS content, head_seq
                        FROM prompts JOIN sessions ON sessions.key = prompts.session
                        WHERE sessions.id = ? AND sessions.deleted_at IS NULL AND \(condition)
                        """), arguments: [session.rawValue] + arguments)
            var prompts: [PromptRecord] = []
            while let row = try rows.next() {
                prompts.append(try PromptRecord(row: row, head: row.decode(forColumn: "head_seq")).settled)
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
            let kinds = page.kinds == .all ? "" : SQLiteJournal.areMessages
            let rows = try Row.fetchCursor(
                database.cachedStatement(
                    sql: """
                        SELECT \(EncodedEntry.columnsOfJournal) FROM entries
                        WHERE session = ? AND seq > ? AND seq <= ? \(kinds) ORDER BY seq \(order) LIMIT ?
                        """), arguments: [key, page.after, page.through, page.limit])
            var entries: [EncodedEntry] = []
            var bytes = 0
            // Numbers are dense up to the head, so without a choice of kinds the number of each row is known before it is
            // read.
            let expected = max(page.after, 0)..<max(page.after, 0, min(page.through, head))
            while let row = try rows.next() {
                let entry = try EncodedEntry(row: row)
                let step = Seq(entries.count)
                let next = page.end == .first ? expected.lowerBound + 1 + step : expected.upperBound - step
                guard entry.seq <= head else { throw DamagedRow("entry \(entry.seq) lies beyond its head, \(head)") }
                guard entry.seq == next || page.kinds != .all else { throw DamagedRow("entry \(next) is missing") }
                bytes += entry.payload.readableBytes
                guard bytes <= page.bytes || entries.isEmpty else {
                    return page.end == .first ? entries : entries.reversed()
                }
                entries.append(entry)
            }
            guard page.kinds != .all || entries.count == min(expected.count, max(page.limit, 0)) else {
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
