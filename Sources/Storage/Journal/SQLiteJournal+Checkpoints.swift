import GRDB
import Ledger
import NIOCore
import Platform
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
    func keepCheckpoint(_ state: SessionState, of record: SessionRecord) -> Bool {
        let checkpoint = state.checkpoint
        guard checkpoint.readableBytes <= SessionState.checkpointBytesMaximum else { return false }
        let isStored = try? change { database in
            let key = try Int64.fetchOne(
                database, sql: "SELECT key FROM sessions WHERE id = ? AND deleted_at IS NULL",
                arguments: [record.id.rawValue])
            guard let key else { return false }
            try write(checkpoint, at: state.seq, of: key, to: database)
            return true
        }
        return isStored ?? false
    }

    /// The state at the newest checkpoint of a session; the state before its first entry when there is none, or none that
    /// can be used.
    func checkpoint(of record: SessionRecord) throws(StoreError) -> SessionState {
        do throws(StoreError) {
            let found = try file.read { database in
                try Row.fetchOne(
                    database.cachedStatement(
                        sql: """
                            SELECT checkpoints.seq, state, checkpoints.digest
                            FROM checkpoints JOIN sessions ON sessions.key = checkpoints.session WHERE sessions.id = ?
                            """), arguments: [record.id.rawValue]
                ).flatMap { row -> SessionState? in
                    let seq: Seq = try row.decode(forColumn: "seq")
                    let stored = try row.bytes("state")
                    guard try row.decode(forColumn: "digest") == SQLiteJournal.digest(of: stored, at: seq),
                        let state = try? SessionState(checkpoint: stored), state.seq == seq, seq <= record.headSeq
                    else { return nil }
                    return state
                }
            }
            return found ?? SessionState()
        } catch {
            guard case .corrupt = error else { throw error }
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
