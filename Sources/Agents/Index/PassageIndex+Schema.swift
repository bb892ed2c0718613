import GRDB

extension PassageIndex {
    /// Changes whenever what is stored, or how it is cut and counted, changes: an index of another version is made anew.
    private static let version = 3

    /// "BLIX", so that no other database is taken for an index.
    private static let application = 0x424C_4958

    /// Whether the database is this folder's index already; `false` when it is empty.
    ///
    /// - Throws: ``PassageIndex/Foreign`` when it is something else.
    static func isPrepared(_ db: Database, key: IndexKey) throws -> Bool {
        let application = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        if application == self.application, version == self.version {
            guard try String.fetchOne(db, sql: "SELECT key FROM state") == key.text else { throw Foreign() }
            return true
        }
        guard application == 0, version == 0, try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0
        else {
            throw Foreign()
        }
        return false
    }

    /// Makes the tables, unless another turn was faster.
    ///
    /// `passage` is a virtual table and cannot be `STRICT`; the passages of one file have consecutive numbers, and
    /// the file's row knows the first and the last, so that they can be deleted without an index of their own.
    static func prepare(_ db: Database, key: IndexKey) throws {
        guard try !isPrepared(db, key: key) else { return }
        try db.execute(
            sql: """
                PRAGMA application_id = \(self.application);
                PRAGMA user_version = \(self.version);
                CREATE TABLE state (
                    key TEXT NOT NULL,
                    isListed INTEGER NOT NULL
                ) STRICT;
                CREATE TABLE file (
                    id INTEGER PRIMARY KEY,
                    path TEXT NOT NULL UNIQUE,
                    kind TEXT NOT NULL,
                    size INTEGER NOT NULL,
                    modified INTEGER NOT NULL,
                    inode INTEGER NOT NULL,
                    indexedSize INTEGER,
                    indexedModified INTEGER,
                    indexedInode INTEGER,
                    skip TEXT,
                    firstPassage INTEGER NOT NULL DEFAULT 1,
                    lastPassage INTEGER NOT NULL DEFAULT 0
                ) STRICT;
                CREATE VIRTUAL TABLE passage USING fts5 (
                    path, definitions, parts, text, file UNINDEXED, line UNINDEXED,
                    tokenize = 'porter unicode61'
                );
                """)
        try db.execute(sql: "INSERT INTO state VALUES (?, 0)", arguments: [key.text])
    }
}
