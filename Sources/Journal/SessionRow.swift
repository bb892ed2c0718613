import GRDB
import Ledger
import SQLiteFiles
import Wire

/// A row of the table of sessions. Everything that another layer computes with or sends is checked here.
extension SessionRecord {
    /// An epoch that no client has, for a list that has to say something of a damaged one.
    private static let epochUnknown: Epoch = "damaged"

    /// Decodes a row as it is; times and the last sign of life are brought into their ranges.
    ///
    /// - Throws: An error of GRDB when a column has another type than the schema says.
    init(row: Row) throws {
        let seenAt: Int64 = try row.decode(forColumn: "seen_at")
        // The ledger takes a sign of life of the future for one given now.
        let isPlausible = (0...StoredNumbers.servedMaximum).contains(seenAt)
        let (created, updated): (Timestamp, Timestamp) = (
            try row.decode(forColumn: "created_at"), try row.decode(forColumn: "updated_at")
        )
        self.init(
            id: SessionID(try row.decode(String.self, forColumn: "id")),
            epoch: Epoch(try row.decode(String.self, forColumn: "epoch")),
            principal: Principal(try row.decode(String.self, forColumn: "principal")),
            directory: try row.decode(forColumn: "directory"), agent: try row.decode(forColumn: "agent"),
            title: try row.decode(forColumn: "title"),
            clientSessionKey: try row.decode(forColumn: "client_session_key"),
            mcpServers: try row.decode(String?.self, forColumn: "mcp_servers").flatMap {
                try? JSON(parsing: $0).array
            } ?? [],
            createdAt: created.clamped(to: .time), updatedAt: updated.clamped(to: .time),
            seenAt: Instant(nanoseconds: isPlausible ? seenAt : .max), headSeq: try row.decode(forColumn: "head_seq"),
            bytes: try row.decode(forColumn: "bytes"))
        if let at: Timestamp = try row.decode(forColumn: "expired_at"),
            let successor: String = try row.decode(forColumn: "successor")
        {
            expiry = Expired(at: at.clamped(to: .time), successor: SessionID(successor))
        }
    }

    /// What of it is damaged, so that the session cannot be served; `nil` when nothing is.
    var damage: String? {
        if !Name.isValid(id.rawValue) { return "its identifier is no name" }
        if !Name.isValid(epoch.rawValue) { return "its epoch is no name" }
        if let expiry, !Name.isValid(expiry.successor.rawValue) { return "its successor is no name" }
        if !NumberRange.position.bounds.contains(headSeq) { return "its head is entry \(headSeq)" }
        if !directory.hasPrefix("/") { return "its folder is no absolute path" }
        return nil
    }

    /// The record as a list shows it, which has to be valid for its clients even if the session is damaged.
    var listed: SessionRecord {
        var record = self
        if !Name.isValid(epoch.rawValue) { record.epoch = SessionRecord.epochUnknown }
        record.headSeq = headSeq.clamped(to: .position)
        if !directory.hasPrefix("/") { record.directory = "/" }
        return record
    }
}

extension PromptRecord {
    /// Decodes a row.
    ///
    /// - Parameter head: The last entry of the session.
    /// - Throws: ``DamagedRow``, or an error of GRDB.
    init(row: Row, head: Seq) throws {
        let what = "the prompt of entry \(try row.decode(Seq.self, forColumn: "seq"))"
        self.init(
            id: try row.name("id", of: what), content: try row.bytes("content"),
            digest: try row.decode(forColumn: "digest"), turn: try row.name("turn", of: what),
            message: try row.name("message", of: what), seq: try row.decode(forColumn: "seq"))
        guard (0...head).contains(seq) else { throw DamagedRow("there is no entry of \(what)") }
        guard let seq: Seq = try row.decode(forColumn: "end_seq") else {
            guard digest == PromptRecord.digest(of: content) else { throw DamagedRow("\(what) fails its digest") }
            return
        }
        guard (self.seq...head).contains(seq) else { throw DamagedRow("the end of \(what) is entry \(seq)") }
        let outcome: TurnOutcome =
            if let error: String = try row.decode(forColumn: "error") {
                .failed(error)
            } else {
                .stopped(
                    StopReason(rawValue: try row.decode(String?.self, forColumn: "stop_reason") ?? "") ?? .endTurn)
            }
        end = End(outcome: outcome, seq: seq)
    }
}
