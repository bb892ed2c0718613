import GRDB

extension PassageIndex {
    /// Reads and indexes the next batch of files that changed since they were indexed.
    ///
    /// Batches are ordered by path, with the last path as the cursor: a file that stays unreadable stays in the list,
    /// and without a cursor the loop would not end.
    ///
    /// - Parameter after: The last path of the previous batch.
    /// - Returns: How many files were read, and the last path of the batch; `nil` when nothing is left.
    static func refreshBatch(
        _ db: Database, _ session: SessionFolder, after: String?, limits: LibrarianLimits
    ) throws -> (Int, String?) {
        let stale = try Row.fetchAll(
            db,
            sql: """
                SELECT id, path, firstPassage, lastPassage FROM file
                WHERE path > ? AND (indexedSize IS NOT size OR indexedModified IS NOT modified
                    OR indexedInode IS NOT inode)
                ORDER BY path LIMIT \(batch)
                """,
            arguments: [after ?? ""])
        guard let last = stale.last else { return (0, nil) }
        let folder = try Folder(session)
        var count = 0
        for row in stale {
            let path: String = row["path"]
            switch folder.contents(of: path, bytesMaximum: limits.fileBytes) {
            case .text(let text, let stamp):
                try index(text, path: path, stamp: stamp, row: row, in: db)
                count += 1
            case .skipped(let reason, let stamp):
                try skip(reason, stamp: stamp, row: row, in: db)
                count += 1
            case .gone: try delete(file: row, in: db)
            }
        }
        return (count, last["path"])
    }

    /// Deletes a file and its passages from the index.
    static func delete(file row: Row, in db: Database) throws {
        try deletePassages(of: row, in: db)
        try db.execute(sql: "DELETE FROM file WHERE id = ?", arguments: [row["id"] as Int64])
    }

    private static func index(_ text: String, path: String, stamp: FileStamp, row: Row, in db: Database) throws {
        try deletePassages(of: row, in: db)
        let file: Int64 = row["id"]
        let isMarkdown = FileKind.isMarkdown(path)
        let name = Folding.text(path)
        let words = name + " " + Words.hiddenParts(in: name)
        let first = try Int64.fetchOne(db, sql: "SELECT coalesce(max(rowid), 0) + 1 FROM passage") ?? 1
        let insert = try db.cachedStatement(
            sql: "INSERT INTO passage (rowid, path, definitions, parts, text, file, line) VALUES (?, ?, ?, ?, ?, ?, ?)")
        var next = first
        for passage in Passage.passages(of: text) {
            let folded = Folding.text(passage.text)
            try insert.execute(arguments: [
                next, words, Definitions.names(in: folded.lines, isMarkdown: isMarkdown),
                Words.hiddenParts(in: folded), folded, file, passage.line,
            ])
            next += 1
        }
        try db.execute(
            sql: """
                UPDATE file SET size = ?1, modified = ?2, inode = ?3, indexedSize = ?1, indexedModified = ?2,
                    indexedInode = ?3, skip = NULL, firstPassage = ?4, lastPassage = ?5 WHERE id = ?6
                """,
            arguments: [stamp.size, stamp.modified, stamp.inode, first, next - 1, file])
    }

    private static func skip(_ reason: SkipReason, stamp: FileStamp?, row: Row, in db: Database) throws {
        try deletePassages(of: row, in: db)
        let known = reason.isLasting ? stamp : nil
        try db.execute(
            sql: """
                UPDATE file SET indexedSize = ?, indexedModified = ?, indexedInode = ?, skip = ?, firstPassage = 1,
                    lastPassage = 0, size = coalesce(?, size), modified = coalesce(?, modified),
                    inode = coalesce(?, inode) WHERE id = ?
                """,
            arguments: [
                known?.size, known?.modified, known?.inode, reason.rawValue, stamp?.size, stamp?.modified,
                stamp?.inode, row["id"] as Int64,
            ])
    }

    private static func deletePassages(of row: Row, in db: Database) throws {
        try db.execute(
            sql: "DELETE FROM passage WHERE rowid BETWEEN ? AND ?",
            arguments: [row["firstPassage"] as Int64, row["lastPassage"] as Int64])
    }
}
