import GRDB
import Ledger
import NIOCore
import Platform
import SQLiteFiles
import Wire

/// Checkpoints: the state of a session at one of its entries, so that loading it costs the same however long it is.
///
/// A checkpoint only repeats what the entries say. One that is damaged, or that this version cannot decode, is passed
/// over, and the session is folded from its first entry.
extension SQLiteJournal {
    /// Stores a checkpoint in the place of the one before.
    func write(_ checkpoint: ByteBuffer, at seq: Seq, of key: Int64, to database: Database) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO checkpoints (session, seq, state, digest) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT (session) DO UPDATE SET seq = ?2, state = ?3, digest = ?4
                """
        ).execute(arguments: [key, seq, checkpoint.data, SQLiteJournal.digest(of: checkpoint, at: seq)])
    }

    /// After how many folded entries a session that was loaded gets a checkpoint at once: those of earlier versions have
    /// none, and a journal that was damaged has lost its own.
    static let foldedMaximum: Seq = 1_000

    /// Stores the state of a session that was loaded.
    ///
    /// - Returns: Whether it was stored. When the disk is full it is not, which costs the next load time and no more.
    func keepCheckpoint(_ state: SessionState, of record: SessionRecord, by deadline: Deadline) -> Bool {
        let checkpoint = state.checkpoint
        guard checkpoint.readableBytes <= SessionState.checkpointBytesMaximum else { return false }
        let isStored = try? change(by: deadline) { database in
            let key = try Int64.fetchOne(
                database, sql: "SELECT key FROM sessions WHERE id = ? AND deleted_at IS NULL",
                arguments: [record.id.rawValue])
            guard let key else { return false }
            try write(checkpoint, at: state.seq, of: key, to: database)
            return true
        }
        return isStored ?? false
    }

    /// The state at the newest checkpoint of the session with that row and that head; the state before its first entry
    /// when there is none, or none that can be used.
    static func checkpoint(of key: Int64, head: Seq, in database: Database) throws -> SessionState {
        do {
            let row = try Row.fetchOne(
                database.cachedStatement(sql: "SELECT seq, state, digest FROM checkpoints WHERE session = ?"),
                arguments: [key])
            guard let row else { return SessionState() }
            let (seq, stored): (Seq, ByteBuffer) = (try row.decode(atIndex: 0), try row.bytes(atIndex: 1))
            guard try row.decode(atIndex: 2) == digest(of: stored, at: seq),
                let state = try? SessionState(checkpoint: stored), state.seq == seq, seq <= head
            else { return SessionState() }
            return state
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
            return SessionState()
        } catch is RowDecodingError {
            return SessionState()
        }
    }

    private static func digest(of checkpoint: ByteBuffer, at seq: Seq) -> Int64 {
        var sum = FNV1a()
        checkpoint.withUnsafeReadableBytes { sum.add($0) }
        sum.add(seq)
        return sum.signed
    }
}
