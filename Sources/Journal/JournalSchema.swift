import GRDB

/// The tables of the server's journal. A released migration never changes; changes are new migrations at the end.
enum JournalSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: sessions, entries, prompts, tokens") { database in
            try database.execute(
                sql: """
                    CREATE TABLE sessions (
                        key INTEGER PRIMARY KEY,
                        id TEXT NOT NULL UNIQUE,
                        epoch TEXT NOT NULL,
                        principal TEXT NOT NULL,
                        directory TEXT NOT NULL,
                        agent TEXT NOT NULL,
                        title TEXT,
                        client_session_key TEXT,
                        created_at INTEGER NOT NULL,
                        updated_at INTEGER NOT NULL,
                        seen_at INTEGER NOT NULL,
                        head_seq INTEGER NOT NULL,
                        expired_at INTEGER,
                        successor TEXT,
                        UNIQUE (principal, client_session_key),
                        CHECK ((expired_at IS NULL) = (successor IS NULL))
                    ) STRICT;
                    CREATE INDEX sessions_of_principal ON sessions (principal, updated_at);

                    CREATE TABLE entries (
                        session INTEGER NOT NULL REFERENCES sessions (key) ON DELETE CASCADE,
                        seq INTEGER NOT NULL CHECK (seq > 0),
                        ts INTEGER NOT NULL,
                        client_message_id TEXT,
                        kind TEXT NOT NULL,
                        payload BLOB NOT NULL,
                        PRIMARY KEY (session, seq)
                    ) STRICT, WITHOUT ROWID;

                    CREATE TABLE prompts (
                        session INTEGER NOT NULL REFERENCES sessions (key) ON DELETE CASCADE,
                        id TEXT NOT NULL,
                        content BLOB NOT NULL,
                        turn TEXT NOT NULL,
                        message TEXT NOT NULL,
                        seq INTEGER NOT NULL,
                        stop_reason TEXT,
                        error TEXT,
                        end_seq INTEGER,
                        PRIMARY KEY (session, id)
                    ) STRICT, WITHOUT ROWID;
                    CREATE INDEX prompts_unfinished ON prompts (session) WHERE end_seq IS NULL;

                    CREATE TABLE tokens (
                        id TEXT PRIMARY KEY NOT NULL,
                        hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
                        principal TEXT NOT NULL,
                        created_at INTEGER NOT NULL,
                        expires_at INTEGER,
                        revoked_at INTEGER
                    ) STRICT;
                    """)
        }
        migrator.registerMigration("2: sums of entries") { database in
            try database.execute(sql: "ALTER TABLE entries ADD COLUMN digest INTEGER")
        }
        migrator.registerMigration("3: sizes, sums of prompts, deletion in parts") { database in
            try database.execute(
                sql: """
                    ALTER TABLE sessions ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
                    ALTER TABLE sessions ADD COLUMN deleted_at INTEGER;
                    ALTER TABLE prompts ADD COLUMN digest INTEGER;
                    UPDATE sessions SET bytes =
                        (SELECT coalesce(sum(length(payload)), 0) FROM entries WHERE session = sessions.key)
                        + (SELECT coalesce(sum(length(content)), 0) FROM prompts WHERE session = sessions.key);
                    CREATE INDEX sessions_deleted ON sessions (deleted_at) WHERE deleted_at IS NOT NULL;
                    """)
        }
        migrator.registerMigration("4: absence by the time served") { database in
            // Times of the wall clock cannot be converted into served time: every client's absence starts again at 0.
            try database.execute(
                sql: """
                    ALTER TABLE sessions DROP COLUMN seen_at;
                    ALTER TABLE sessions ADD COLUMN seen_at INTEGER NOT NULL DEFAULT 0;
                    CREATE INDEX sessions_seen ON sessions (seen_at) WHERE deleted_at IS NULL;
                    CREATE TABLE served (
                        key INTEGER PRIMARY KEY CHECK (key = 1),
                        nanoseconds INTEGER NOT NULL CHECK (nanoseconds >= 0)
                    ) STRICT;
                    INSERT INTO served VALUES (1, 0);
                    """)
        }
        migrator.registerMigration("5: checkpoints") { database in
            // Sessions without one are folded from their first entry, and get one at the end of a turn.
            try database.execute(
                sql: """
                    CREATE TABLE checkpoints (
                        session INTEGER PRIMARY KEY REFERENCES sessions (key) ON DELETE CASCADE,
                        seq INTEGER NOT NULL CHECK (seq > 0),
                        state BLOB NOT NULL,
                        digest INTEGER NOT NULL
                    ) STRICT;
                    """)
        }
        migrator.registerMigration("6: generations of connections") { database in
            try database.execute(
                sql: """
                    CREATE TABLE generations (
                        key INTEGER PRIMARY KEY CHECK (key = 1),
                        next INTEGER NOT NULL CHECK (next > 0)
                    ) STRICT;
                    """)
        }
        migrator.registerMigration("7: servers of tools") { database in
            try database.execute(sql: "ALTER TABLE sessions ADD COLUMN mcp_servers TEXT")
        }
        return migrator
    }
}
