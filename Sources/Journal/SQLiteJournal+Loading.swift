import GRDB
public import Ledger
import NIOCore
import SQLiteFiles
public import Wire

/// Loading a session: what its ledger goes on with, read in one transaction.
extension SQLiteJournal {
    /// How many bytes one page has while entries are folded.
    private static let foldedBytes = 4 << 20
    /// The bounds on the newest entries that are returned with a session; the ledger applies its own limits to them.
    private static let tail = (entries: 64, bytes: 32 << 10)

    /// Loads a session; its state is that of its newest checkpoint, into which the entries behind it are folded, a page
    /// at a time.
    ///
    /// - Throws: ``StoreError/damaged(_:_:)`` when anything that is read is damaged, however little.
    func load(
        _ session: SessionID, of principal: Principal?, by deadline: Deadline
    ) throws(StoreError) -> StoredSession? {
        var stored = try read(session, by: deadline) { database in
            try SQLiteJournal.load(session, of: principal, in: database)
        }
        if let loaded = stored, loaded.state.seq - loaded.checkpoint >= SQLiteJournal.foldedMaximum,
            keepCheckpoint(loaded.state, of: loaded.record, by: deadline)
        {
            stored?.checkpoint = loaded.state.seq
        }
        return stored
    }

    private static func load(
        _ session: SessionID, of principal: Principal?, in database: Database
    ) throws -> StoredSession? {
        guard let (key, record) = try record(of: session, in: database),
            record.principal == principal ?? record.principal
        else { return nil }
        if let damage = record.damage { throw StoreError.damaged(session, damage) }
        let newest = EntryPage(
            after: 0, through: .max, limit: SQLiteJournal.tail.entries, bytes: SQLiteJournal.tail.bytes,
            end: .last)
        let tail = try entries(of: key, head: record.headSeq, newest, in: database)
        var state = try checkpoint(of: key, head: record.headSeq, in: database)
        let checkpoint = state.seq
        // What is in the tail is read once.
        let older = (tail.first?.from ?? 1) - 1
        while state.seq < older {
            let page = EntryPage(after: state.seq, through: older, limit: 10_000, bytes: foldedBytes)
            try fold(entries(of: key, head: record.headSeq, page, in: database), into: &state)
        }
        try fold(tail.drop { $0.seq <= state.seq }, into: &state)
        return StoredSession(
            record: record, state: state, tail: tail,
            prompts: try prompts(
                of: session, index: "INDEXED BY prompts_unfinished",
                "prompts.end_seq IS NULL ORDER BY prompts.seq", [], in: database),
            hasEndedPrompts: try hasEndedPrompts(key, in: database), checkpoint: checkpoint)
    }

    private static func fold(_ entries: some Sequence<EncodedEntry>, into state: inout SessionState) throws {
        for entry in entries {
            do { state.apply(try entry.decoded()) } catch {
                throw DamagedRow("entry \(entry.seq) cannot be decoded")
            }
        }
    }

    private static func record(
        of session: SessionID, in database: Database
    ) throws -> (key: Int64, record: SessionRecord)? {
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
            return (try row.decode(forColumn: "key"), record)
        }
    }

    private static func hasEndedPrompts(_ key: Int64, in database: Database) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(
                sql: "SELECT EXISTS (SELECT 1 FROM prompts WHERE session = ? AND end_seq IS NOT NULL)"),
            arguments: [key]) ?? false
    }

    /// The prompt with that key; without its content once its turn has ended.
    public func prompt(
        _ id: ClientMessageID, of session: SessionID, by deadline: Deadline
    ) throws(StoreError) -> PromptRecord? {
        try read(session, by: deadline) { database in
            try SQLiteJournal.prompts(of: session, "prompts.id = ?", [id.rawValue], in: database).first
        }
    }

    /// The content is read only of those whose turns have not ended, and of those without a digest.
    ///
    /// - Parameter index: Which index is used. Left to itself, SQLite looks at all prompts of a session for those that
    ///   have not ended.
    private static func prompts(
        of session: SessionID, index: String = "", _ condition: String, _ arguments: StatementArguments,
        in database: Database
    ) throws -> [PromptRecord] {
        let rows = try Row.fetchCursor(
            database.cachedStatement(
                sql: """
                    SELECT prompts.id, turn, message, seq, stop_reason, error, end_seq, digest,
                        CASE WHEN end_seq IS NULL OR digest IS NULL THEN content END AS content, head_seq
                    FROM prompts \(index) JOIN sessions ON sessions.key = prompts.session
                    WHERE sessions.id = ? AND sessions.deleted_at IS NULL AND \(condition)
                    """), arguments: [session.rawValue] + arguments)
        var prompts: [PromptRecord] = []
        while let row = try rows.next() {
            prompts.append(try PromptRecord(row: row, head: row.decode(forColumn: "head_seq")).settled)
        }
        return prompts
    }
}
