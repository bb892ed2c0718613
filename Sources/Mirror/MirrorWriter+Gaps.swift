import GRDB
import NIOCore
import SQLiteFiles
import Sync
import Wire

/// Gaps (the table `holes`): ranges of entries that the server has and the mirror does not have yet. They are stored as
/// rows, so that missing entries are never mistaken for the end of the history.
extension SQLiteMirror.Writer {
    /// Records a gap and moves the cursor to its end. Another client of this mirror may have fetched a part of it
    /// already.
    func skip(_ missing: Missing, in session: SessionID, _ epoch: Epoch, isShown: Bool) throws {
        guard let held = try copy(session, epoch, isShown: isShown) else {
            // The session has no copy yet.
            guard isShown else { return }
            try begin(session, epoch, isShown: true)
            return try skip(missing, in: session, epoch, isShown: true)
        }
        let first = max(missing.range.lowerBound, held.cursor + 1)
        guard first <= missing.range.upperBound else { return }
        try database.execute(
            sql: "INSERT INTO holes (copy, from_seq, to_seq) VALUES (?, ?, ?)",
            arguments: [held.key, first, missing.range.upperBound])
        try database.execute(
            sql: "UPDATE copies SET cursor = ? WHERE key = ?", arguments: [missing.range.upperBound, held.key])
        try database.execute(
            sql: "INSERT OR REPLACE INTO bases (copy, seq, state) VALUES (?, ?, ?)",
            arguments: [held.key, missing.state.seq, missing.state.json.encoded.data])
    }

    /// Adds entries to a gap, from its end. Entries that another client has stored there already are kept.
    func fill(_ entries: [Entry], in session: SessionID, _ epoch: Epoch) throws {
        guard let held = try copy(session, epoch, isShown: true), let last = entries.last?.seq else { return }
        let gap = try Row.fetchOne(
            database, sql: "SELECT from_seq, to_seq FROM holes WHERE copy = ? AND from_seq <= ? AND to_seq >= ?",
            arguments: [held.key, last, last])
        guard let gap else { return }
        let (lower, upper): (Seq, Seq) = (gap["from_seq"], gap["to_seq"])
        let fitting = entries.filter { $0.from >= lower && $0.seq <= upper }
        guard let first = fitting.first, fitting.last?.seq == upper else { return }
        for entry in fitting { try insert(entry, into: held.key) }
        try database.execute(sql: "DELETE FROM holes WHERE copy = ? AND from_seq = ?", arguments: [held.key, lower])
        if first.from > lower {
            try database.execute(
                sql: "INSERT INTO holes (copy, from_seq, to_seq) VALUES (?, ?, ?)",
                arguments: [held.key, lower, first.from - 1])
        }
        // Without gaps the state is folded from the entries, and the base is no longer needed.
        try database.execute(
            sql: "DELETE FROM bases WHERE copy = ?1 AND NOT EXISTS (SELECT 1 FROM holes WHERE copy = ?1)",
            arguments: [held.key])
    }

    /// Keeps a copy with entries that the server has lost, under the name of ``SQLiteMirror/orphan(of:)``, until the
    /// next such copy replaces it.
    func keepOrphan(of session: SessionID, behind cursor: Seq, _ epoch: Epoch) throws {
        let shown = try Row.fetchOne(
            database, sql: "SELECT key, epoch, cursor FROM copies WHERE server = ? AND session = ? AND is_shown",
            arguments: [server, session.rawValue])
        guard let shown, shown["epoch"] as String != epoch.rawValue || shown["cursor"] as Seq > cursor else { return }
        let name = SQLiteMirror.orphan(of: session).rawValue
        try database.execute(
            sql: "DELETE FROM copies WHERE server = ? AND session = ?", arguments: [server, name])
        try database.execute(
            sql: "UPDATE copies SET session = ? WHERE key = ?", arguments: [name, shown["key"] as Int64])
    }
}
