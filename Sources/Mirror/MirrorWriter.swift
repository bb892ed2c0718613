import GRDB
import NIOCore
import SQLiteFiles
import Sync
import Wire

extension SQLiteMirror {
    /// Applies changes inside a transaction.
    struct Writer {
        let database: Database
        let server: String

        func apply(_ change: MirrorChange) throws {
            switch change {
            case .adopt(let session, let epoch):
                guard try copy(session, epoch, isShown: true) == nil else { return }
                try drop(session, isShown: true)
                try begin(session, epoch, isShown: true)
            case .append(let session, let epoch, let entries):
                try append(entries, to: session, epoch, isShown: true)
            case .skip(let session, let epoch, let missing):
                try skip(missing, in: session, epoch, isShown: true)
            case .fill(let session, let epoch, let entries):
                try fill(entries, in: session, epoch)
            case .beginSnapshot(let session, let epoch, let missing):
                try drop(session, isShown: false)
                try begin(session, epoch, isShown: false)
                if let missing { try skip(missing, in: session, epoch, isShown: false) }
            case .stage(let session, let epoch, let entries):
                try append(entries, to: session, epoch, isShown: false)
            case .swap(let session, let epoch):
                guard let staged = try copy(session, epoch, isShown: false) else { return }
                try keepOrphan(of: session, behind: staged.cursor, epoch)
                try drop(session, isShown: true)
                try database.execute(sql: "UPDATE copies SET is_shown = 1 WHERE key = ?", arguments: [staged.key])
            }
        }

        func copy(
            _ session: SessionID, _ epoch: Epoch, isShown: Bool
        ) throws -> (key: Int64, cursor: Seq)? {
            try Row.fetchOne(
                database.cachedStatement(
                    sql: """
                        SELECT key, cursor FROM copies
                        WHERE server = ? AND session = ? AND epoch = ? AND is_shown = ?
                        """), arguments: [server, session.rawValue, epoch.rawValue, isShown]
            ).map { ($0["key"], $0["cursor"]) }
        }

        func begin(_ session: SessionID, _ epoch: Epoch, isShown: Bool) throws {
            try database.execute(
                sql: "INSERT INTO copies (server, session, epoch, cursor, is_shown) VALUES (?, ?, ?, 0, ?)",
                arguments: [server, session.rawValue, epoch.rawValue, isShown])
        }

        private func drop(_ session: SessionID, isShown: Bool) throws {
            try database.execute(
                sql: "DELETE FROM copies WHERE server = ? AND session = ? AND is_shown = ?",
                arguments: [server, session.rawValue, isShown])
        }

        private func append(_ entries: [Entry], to session: SessionID, _ epoch: Epoch, isShown: Bool) throws {
            var held = try copy(session, epoch, isShown: isShown)
            if held == nil, isShown, entries.first?.from == 1 {
                // The first entries of a session without a copy. Later ones belong to a copy that another client has
                // replaced meanwhile, and must not replace the new one.
                try drop(session, isShown: true)
                try begin(session, epoch, isShown: true)
                held = try copy(session, epoch, isShown: true)
            }
            guard let held else { return }
            var cursor = held.cursor
            for entry in entries {
                switch Admission(cursor: cursor, from: entry.from, seq: entry.seq) {
                case .apply: break
                case .duplicate: continue
                case .gap:
                    guard try makeRoom(for: entry, in: held.key, cursor: cursor) else {
                        throw StoreError.failed(
                            "the mirror has this chat's entries merged differently by another belay; fetching again")
                    }
                }
                try insert(entry, into: held.key)
                cursor = entry.seq
            }
            try database.cachedStatement(sql: "UPDATE copies SET cursor = ? WHERE key = ?")
                .execute(arguments: [cursor, held.key])
        }

        func insert(_ entry: Entry, into copy: Int64) throws {
            let encoded = EncodedEntry(entry)
            try database.cachedStatement(
                sql: """
                    INSERT INTO entries (copy, seq, from_seq, ts, last_ts, client_message_id, kind, payload, digest)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                copy, encoded.seq, encoded.from, encoded.timestamp,
                encoded.lastTimestamp == encoded.timestamp ? nil : encoded.lastTimestamp,
                encoded.clientMessageID?.rawValue, encoded.kind, encoded.payload.data, encoded.digest,
            ])
        }

        /// A merged frame may begin within entries that another client has stored. It covers all of `from…seq`, so it
        /// replaces the rows that it repeats.
        ///
        /// - Returns: Whether the frame follows the cursor now; `false` when it begins inside a row, whose text cannot
        ///   be cut.
        private func makeRoom(for entry: Entry, in copy: Int64, cursor: Seq) throws -> Bool {
            let fits = try Bool.fetchOne(
                database.cachedStatement(
                    sql: "SELECT EXISTS (SELECT 1 FROM entries WHERE copy = ? AND from_seq = ?)"),
                arguments: [copy, entry.from])
            guard entry.from <= cursor, fits == true else { return false }
            try database.cachedStatement(sql: "DELETE FROM entries WHERE copy = ? AND from_seq >= ?")
                .execute(arguments: [copy, entry.from])
            return true
        }
    }
}
