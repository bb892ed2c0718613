import GRDB
import SQLiteFiles
import Sync
public import Wire

extension SearchIndex {
    /// How many numbers of entries are read at a time, and about how many bytes: neither reading nor writing holds
    /// others up for long, and however long entries are, little memory is taken.
    private static let window: Seq = 5_000
    private static let windowBytes = 256 << 10

    /// Reads what came into the mirror since the last time, and forgets what is in it no more.
    ///
    /// - Parameters:
    ///   - mirror: What is indexed.
    ///   - session: The session that is read first.
    ///   - isOver: Asked between two pieces: whether that is enough for now.
    /// - Returns: Whether everything is indexed.
    public func catchUp(
        with mirror: SQLiteMirror, first session: SessionID? = nil, until isOver: () -> Bool
    ) throws(StoreError) -> Bool {
        let copies = try mirror.copies()
        try forgetAll(but: copies)
        for copy in copies.filter({ $0.session == session }) + copies.filter({ $0.session != session }) {
            var source = try source(of: copy)
            while source.cursor < copy.cursor {
                if isOver() { return false }
                let window = source.cursor + 1...min(copy.cursor, source.cursor + SearchIndex.window)
                let (entries, end) = try mirror.messages(of: copy, window, bytes: SearchIndex.windowBytes)
                guard try add(SearchPassage.passages(of: entries), to: source, upTo: end) else { break }
                source.cursor = end
            }
        }
        return true
    }

    /// A copy of the mirror as far as it is indexed.
    private struct Source {
        var key: Int64
        var cursor: Seq
    }

    /// The row of a copy. A copy of which a gap was filled, or that began anew, is indexed from its beginning.
    private func source(of copy: MirrorCopy) throws(StoreError) -> Source {
        let gaps = copy.gaps.map { "\($0.lowerBound)-\($0.upperBound)" }
        return try file.write { database in
            let arguments: StatementArguments = [copy.server, copy.session.rawValue]
            let row = try Row.fetchOne(
                database, sql: "SELECT key, epoch, cursor, gaps FROM sources WHERE server = ? AND session = ?",
                arguments: arguments)
            if let row {
                let source = Source(key: row["key"], cursor: row["cursor"])
                let known = (row["gaps"] as String).split(separator: ",").map { String($0) }
                if row["epoch"] == copy.epoch.rawValue, source.cursor <= copy.cursor,
                    Set(known).isSubset(of: gaps)
                {
                    if known != gaps {
                        try database.execute(
                            sql: "UPDATE sources SET gaps = ? WHERE key = ?",
                            arguments: [gaps.joined(separator: ","), source.key])
                    }
                    return source
                }
                try SearchIndex.forget(source.key, in: database)
            }
            try database.execute(
                sql: "INSERT INTO sources (server, session, epoch, cursor, gaps) VALUES (?, ?, ?, 0, ?)",
                arguments: [
                    copy.server, copy.session.rawValue, copy.epoch.rawValue, gaps.joined(separator: ","),
                ])
            return Source(key: database.lastInsertedRowID, cursor: 0)
        }
    }

    /// - Returns: Whether they were added: not when another process has done so meanwhile.
    private func add(_ passages: [SearchPassage], to source: Source, upTo end: Seq) throws(StoreError) -> Bool {
        try file.write { database in
            try database.execute(
                sql: "UPDATE sources SET cursor = ? WHERE key = ? AND cursor = ?",
                arguments: [end, source.key, source.cursor])
            guard database.changesCount == 1 else { return false }
            let insert = try database.cachedStatement(
                sql: """
                    INSERT INTO passages (text, scope, shown, source, seq, ts, speaker) VALUES (?, ?, ?, ?, ?, ?, ?)
                    """)
            for passage in passages {
                let text = SearchText.spaced(passage.text)
                try insert.execute(arguments: [
                    text, "s\(source.key)", text == passage.text ? nil : passage.text, source.key, passage.seq,
                    passage.timestamp, passage.speaker,
                ])
            }
            guard !passages.isEmpty else { return true }
            let last = try Int64.fetchOne(database, sql: "SELECT max(rowid) FROM passages") ?? 0
            try database.execute(
                sql: "DELETE FROM passages WHERE rowid <= ?", arguments: [last - Int64(SearchIndex.passagesMaximum)])
            return true
        }
    }

    /// Forgets sessions that the mirror has no more.
    private func forgetAll(but copies: [MirrorCopy]) throws(StoreError) {
        let present = Set(copies.map { [$0.server, $0.session.rawValue] })
        let gone = try file.read { database in
            try Row.fetchAll(database, sql: "SELECT key, server, session FROM sources")
                .filter { !present.contains([$0["server"], $0["session"]]) }.map { $0["key"] as Int64 }
        }
        guard !gone.isEmpty else { return }
        try file.write { database in
            for key in gone { try SearchIndex.forget(key, in: database) }
        }
    }

    private static func forget(_ source: Int64, in database: Database) throws {
        try database.execute(
            sql: """
                DELETE FROM passages
                WHERE rowid IN (SELECT rowid FROM passages WHERE passages MATCH ?)
                """, arguments: ["scope : \"s\(source)\""])
        try database.execute(sql: "DELETE FROM sources WHERE key = ?", arguments: [source])
    }
}
