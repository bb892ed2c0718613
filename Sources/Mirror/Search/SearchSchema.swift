import GRDB

/// The tables of the search index. It is made of the mirror, so a file that does not fit any more is simply made again.
enum SearchSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: passages of messages") { database in
            try database.execute(
                sql: """
                    CREATE TABLE sources (
                        key INTEGER PRIMARY KEY,
                        server TEXT NOT NULL,
                        session TEXT NOT NULL,
                        epoch TEXT NOT NULL,
                        cursor INTEGER NOT NULL,
                        gaps TEXT NOT NULL,
                        UNIQUE (server, session)
                    ) STRICT;

                    -- `scope` is the source once more, as a word: a search in one chat then reads no passage of another.
                    -- `shown` is the text as it was written where `text` has spaces that were put into it.
                    CREATE VIRTUAL TABLE passages USING fts5 (
                        text, scope, shown UNINDEXED, source UNINDEXED, seq UNINDEXED, ts UNINDEXED, speaker UNINDEXED,
                        tokenize = "unicode61 remove_diacritics 2"
                    );
                    """)
        }
        return migrator
    }
}
