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
    public func load(_ session: SessionID, of principal: Principal?) throws(StoreError) -> StoredSession? {
        guard let record = try record(of: session), record.principal == principal ?? record.principal else {
            return nil
        }
        var state = SessionState()
        while state.seq < record.headSeq {
            let page = try entries(
                of: session,
                EntryPage(
                    after: state.seq, through: record.headSeq, limit: 10_000, bytes: SQLiteJournal.loadBytes))
            guard page.first?.seq == state.seq + 1 else { throw .corrupt(file.path) }
            for encoded in page {
                do { state.apply(try encoded.decoded()) } catch { throw .corrupt(file.path) }
            }
        }
        let tail = try entries(
            of: session,
            EntryPage(
                after: 0, through: record.headSeq, limit: SQLiteJournal.tail.entries, bytes: SQLiteJournal.tail.bytes,
                end: .last))
        return StoredSession(record: record, state: state, tail: tail, prompts: try prompts(of: session))
    }

    private func record(of session: SessionID) throws(StoreError) -> SessionRecord? {
        try file.read { database in
            try Row.fetchOne(
                database.cachedStatement(sql: "SELECT * FROM sessions WHERE id = ? AND deleted_at IS NULL"),
                arguments: [session.rawValue]
            ).map(SessionRecord.init(row:))
        }
    }

    /// The prompts in the order of their messages; the content is read only of those whose turns have not ended.
    private func prompts(of session: SessionID) throws(StoreError) -> [PromptRecord] {
        try file.read { database in
            let rows = try Row.fetchCursor(
                database.cachedStatement(
                    sql: """
                        SELECT prompts.id, turn, message, seq, stop_reason, error, end_seq, digest,
                            CASE WHEN end_seq IS NULL OR digest IS NULL THEN content END AS content
                        FROM prompts JOIN sessions ON sessions.key = prompts.session
                        WHERE sessions.id = ? ORDER BY prompts.seq
                        """), arguments: [session.rawValue])
            var prompts: [PromptRecord] = []
            while let row = try rows.next() { prompts.append(try PromptRecord(row: row).settled) }
            return prompts
        }
    }

    /// A page of entries, in order.
    public func entries(of session: SessionID, _ page: EntryPage) throws(StoreError) -> [EncodedEntry] {
        let order = page.end == .first ? "ASC" : "DESC"
        let entries = try file.read { database in
            let rows = try Row.fetchCursor(
                database.cachedStatement(
                    sql: """
                        SELECT seq, NULL AS from_seq, ts, client_message_id, kind, payload, digest FROM entries
                        WHERE session = (SELECT key FROM sessions WHERE id = ? AND deleted_at IS NULL)
                            AND seq > ? AND seq <= ?
                        ORDER BY seq \(order) LIMIT ?
                        """), arguments: [session.rawValue, page.after, page.through, page.limit])
            var entries: [EncodedEntry] = []
            var bytes = 0
            while let row = try rows.next() {
                let entry = try EncodedEntry(row: row)
                bytes += entry.payload.readableBytes
                guard bytes <= page.bytes || entries.isEmpty else { break }
                entries.append(entry)
            }
            return entries
        }
        return page.end == .first ? entries : entries.reversed()
    }

    /// How many bytes a user's sessions take, including ``SessionRecord/overheadBytes`` for each.
    public func usage(of principal: Principal) throws(StoreError) -> Int64 {
        try file.read { database in
            try Int64.fetchOne(
                database,
                sql: """
                    SELECT coalesce(sum(bytes + ?2), 0) FROM sessions WHERE principal = ?1 AND deleted_at IS NULL
                    """, arguments: [principal.rawValue, SessionRecord.overheadBytes]) ?? 0
        }
    }
}

extension PromptRecord {
    fileprivate init(row: Row) throws {
        self.init(
            id: ClientMessageID(row["id"] as String), content: try row.bytes("content"), digest: row["digest"],
            turn: TurnID(row["turn"] as String), message: MessageID(row["message"] as String), seq: row["seq"])
        guard let seq: Seq = row["end_seq"] else { return }
        let outcome: TurnOutcome =
            if let error: String = row["error"] {
                .failed(error)
            } else {
                .stopped(StopReason(rawValue: row["stop_reason"] ?? "") ?? .endTurn)
            }
        end = End(outcome: outcome, seq: seq)
    }
}
