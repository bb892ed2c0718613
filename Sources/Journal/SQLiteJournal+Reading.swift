import GRDB
public import Ledger
import NIOCore
import SQLiteFiles
public import Wire

/// Reading journals in pages that are bounded in rows and bytes.
extension SQLiteJournal {
    /// SQL: only chunks of messages.
    private static let areMessages =
        "AND kind IN (" + EncodedEntry.messageKinds.map { "'\($0)'" }.joined(separator: ", ") + ")"

    /// A page of entries, in order.
    ///
    /// - Throws: ``StoreError/damaged(_:_:)`` when an entry is damaged, one is missing, or one lies beyond the head.
    public func entries(
        of session: SessionID, _ page: EntryPage, by deadline: Deadline
    ) throws(StoreError) -> [EncodedEntry] {
        try read(session, by: deadline) { database in
            let found = try Row.fetchOne(
                database.cachedStatement(sql: "SELECT key, head_seq FROM sessions WHERE id = ? AND deleted_at IS NULL"),
                arguments: [session.rawValue])
            guard let found else { return [] }
            return try SQLiteJournal.entries(
                of: found.decode(atIndex: 0), head: found.decode(atIndex: 1), page, in: database)
        }
    }

    /// A page of the entries of the session with that row and that head.
    static func entries(
        of key: Int64, head: Seq, _ page: EntryPage, in database: Database
    ) throws -> [EncodedEntry] {
        let order = page.end == .first ? "ASC" : "DESC"
        let kinds = page.kinds == .all ? "" : areMessages
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

    /// Reads from a session; what is damaged is reported as damage of that session alone.
    func read<Value>(
        _ session: SessionID, by deadline: Deadline, _ body: (Database) throws -> Value
    ) throws(StoreError) -> Value {
        do throws(StoreError) {
            return try file.read(by: deadline) { database in
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
    public func usage(of principal: Principal, by deadline: Deadline) throws(StoreError) -> Int64 {
        try file.read(by: deadline) { database in
            try Int64.fetchOne(
                database,
                sql: """
                    SELECT CAST(total(\(StoredNumbers.bytes) + ?2) AS INTEGER)
                    FROM sessions WHERE principal = ?1 AND deleted_at IS NULL
                    """, arguments: [principal.rawValue, SessionRecord.overheadBytes]) ?? 0
        }
    }
}
