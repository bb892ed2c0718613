import GRDB

extension PassageIndex {
    /// The version of the schema and of the tokenization; an index of another version is rebuilt.
    private static let version = 4

    /// SQLite's application ID, "BLIX", so that no other database is mistaken for an index.
    private static let application = 0x424C_4958

    /// Whether the database is this folder's index; `false` when it is empty.
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

    /// Creates the tables, unless another turn has done so.
    ///
    /// The texts of `passage` are folded (``Folding``), like the questions. It is a virtual table and cannot be `STRICT`. The passages of a file have consecutive row IDs, and the
    /// file's row has the first and the last, so that they can be deleted without another index.
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
                    tokenize = 'porter unicode61 remove_diacritics 2'
                );
                """)
        try db.execute(sql: "INSERT INTO state VALUES (?, 0)", arguments: [key.text])
    }
}
