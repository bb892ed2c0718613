import GRDB

/// The full-text index (SQLite FTS5) of one user's folder, updated incrementally.
///
/// It is a cache that can be rebuilt from the folder, so it is neither synchronized nor repaired; a damaged one is
/// quarantined (``IndexShelf``). Several turns may use it at once, each with a connection of its own.
struct PassageIndex: Sendable {
    /// How many files are indexed in one transaction, which is the most work that a crash loses, and the interval at
    /// which a cancel is noticed.
    static let batch = 32

    let database: DatabaseQueue

    /// Opens or creates the index at the path; in memory when it is nil.
    ///
    /// - Throws: `DatabaseError`, or ``PassageIndex/Foreign`` when the file is the index of another folder or user,
    ///   or of another version of the program.
    init(path: String?, key: IndexKey) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.label = "index"
        if let path {
            configuration.journalMode = .wal
            database = try DatabaseQueue(path: path, configuration: configuration)
        } else {
            database = try DatabaseQueue(configuration: configuration)
        }
        // Check with a read first, which never waits for another turn's write.
        if try !database.read({ try PassageIndex.isPrepared($0, key: key) }) {
            try database.write { try PassageIndex.prepare($0, key: key) }
        }
    }

    /// The error for a file that is not this folder's index.
    struct Foreign: Error {}

    /// Closes the database connection.
    func close() throws { try database.close() }

    /// Stores the list of files. Nothing is read yet: ``refresh(_:limits:)`` finds what changed.
    ///
    /// - Returns: How many files have disappeared since the last list.
    func take(_ listing: Listing) async throws -> Int {
        try await database.write { db in
            try db.execute(sql: "CREATE TEMP TABLE IF NOT EXISTS listed (path TEXT PRIMARY KEY) WITHOUT ROWID")
            try db.execute(sql: "DELETE FROM listed")
            let note = try db.makeStatement(sql: "INSERT INTO listed VALUES (?)")
            let upsert = try db.makeStatement(
                sql: """
                    INSERT INTO file (path, kind, size, modified, inode) VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT (path) DO UPDATE
                    SET size = excluded.size, modified = excluded.modified, inode = excluded.inode
                    """)
            for file in listing.files {
                try note.execute(arguments: [file.path])
                try upsert.execute(arguments: [
                    file.path, FileKind(path: file.path).rawValue, file.stamp.size, file.stamp.modified,
                    file.stamp.inode,
                ])
            }
            let gone = try Row.fetchAll(
                db,
                sql: """
                    SELECT id, firstPassage, lastPassage FROM file WHERE path NOT IN (SELECT path FROM listed)
                    """)
            for row in gone { try PassageIndex.delete(file: row, in: db) }
            try db.execute(sql: "UPDATE state SET isListed = 1")
            return gone.count
        }
    }

    /// Whether it has a list of files; an index that was quarantined and rebuilt has none until ``take(_:)``.
    func isListed() async throws -> Bool {
        try await database.read { try Bool.fetchOne($0, sql: "SELECT isListed FROM state") ?? false }
    }

    /// The result of ``refresh(_:limits:)``.
    struct Report: Hashable, Sendable {
        /// How many files are indexed.
        var files = 0
        /// How many files were read and indexed now.
        var indexed = 0
        /// How many files were unchanged.
        var unchanged = 0
        /// How many passages are indexed.
        var passages = 0
        /// The files that were skipped, by path.
        var skipped: [Listing.Skipped] = []
    }

    /// Reads the files that are new or changed.
    func refresh(_ folder: SessionFolder, limits: LibrarianLimits) async throws -> Report {
        var report = Report()
        var last: String?
        repeat {
            try Task.checkCancellation()
            let after = last
            let (count, path) = try await database.write { db in
                try PassageIndex.refreshBatch(db, folder, after: after, limits: limits)
            }
            report.indexed += count
            last = path
        } while last != nil
        let indexed = report.indexed
        return try await database.read { db in
            var report = Report(indexed: indexed)
            for row in try Row.fetchAll(db, sql: "SELECT path, skip FROM file WHERE skip IS NOT NULL ORDER BY path") {
                report.skipped.append(
                    Listing.Skipped(path: row["path"], reason: SkipReason(rawValue: row["skip"]) ?? .unreadable))
            }
            let sums = try Row.fetchOne(
                db,
                sql: """
                    SELECT count(*) AS files, coalesce(sum(lastPassage - firstPassage + 1), 0) AS passages
                    FROM file WHERE skip IS NULL
                    """)
            report.files = sums?["files"] ?? 0
            report.passages = sums?["passages"] ?? 0
            report.unchanged = max(0, report.files + report.skipped.count - indexed)
            return report
        }
    }

    /// A passage that contains a word of the question.
    struct Candidate: Hashable, Sendable {
        var path: String
        var kind: FileKind
        var line: Int
        /// Folded, with as many lines as the passage has.
        var text: String
    }

    /// The passages that match an FTS5 expression, best first.
    ///
    /// - Parameter kind: Only files of this kind.
    func candidates(_ expression: String, kind: FileKind? = nil, limit: Int) async throws -> [Candidate] {
        try await database.read { db in
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT file.path, file.kind, passage.line, passage.text
                    FROM passage JOIN file ON file.id = passage.file
                    WHERE passage MATCH ? AND (? IS NULL OR file.kind = ?)
                    ORDER BY bm25(passage, 3.0, 6.0, 1.5, 1.0), file.path, passage.line LIMIT ?
                    """,
                arguments: [expression, kind?.rawValue, kind?.rawValue, limit])
            var candidates: [Candidate] = []
            while let row = try rows.next() {
                candidates.append(
                    Candidate(
                        path: row["path"], kind: FileKind(rawValue: row["kind"]) ?? .source, line: row["line"],
                        text: row["text"]))
            }
            return candidates
        }
    }
}
