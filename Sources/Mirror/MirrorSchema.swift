import GRDB

/// The tables of the client's mirror. A released migration never changes.
enum MirrorSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: copies and their entries") { database in
            try database.execute(
                sql: """
                    CREATE TABLE copies (
                        key INTEGER PRIMARY KEY,
                        server TEXT NOT NULL,
                        session TEXT NOT NULL,
                        epoch TEXT NOT NULL,
                        cursor INTEGER NOT NULL CHECK (cursor >= 0),
                        is_shown INTEGER NOT NULL CHECK (is_shown IN (0, 1)),
                        UNIQUE (server, session, is_shown)
                    ) STRICT;

                    CREATE TABLE entries (
                        copy INTEGER NOT NULL REFERENCES copies (key) ON DELETE CASCADE,
                        seq INTEGER NOT NULL CHECK (seq > 0),
                        from_seq INTEGER NOT NULL CHECK (from_seq BETWEEN 1 AND seq),
                        ts INTEGER NOT NULL,
                        client_message_id TEXT,
                        kind TEXT NOT NULL,
                        payload BLOB NOT NULL,
                        PRIMARY KEY (copy, seq)
                    ) STRICT, WITHOUT ROWID;
                    CREATE INDEX entries_of_kind ON entries (copy, kind, seq)
                        WHERE kind IN ('acp.plan', 'turn_start', 'turn_end');
                    CREATE INDEX entries_of_prompt ON entries (client_message_id) WHERE client_message_id IS NOT NULL;
                    """)
        }
        migrator.registerMigration("2: times of merged entries, sums, holes, what they add up to") { database in
            try database.execute(
                sql: """
                    ALTER TABLE entries ADD COLUMN last_ts INTEGER;
                    ALTER TABLE entries ADD COLUMN digest INTEGER;

                    CREATE TABLE holes (
                        copy INTEGER NOT NULL REFERENCES copies (key) ON DELETE CASCADE,
                        from_seq INTEGER NOT NULL CHECK (from_seq > 0),
                        to_seq INTEGER NOT NULL CHECK (to_seq >= from_seq),
                        PRIMARY KEY (copy, from_seq)
                    ) STRICT, WITHOUT ROWID;

                    CREATE TABLE bases (
                        copy INTEGER PRIMARY KEY REFERENCES copies (key) ON DELETE CASCADE,
                        seq INTEGER NOT NULL,
                        state BLOB NOT NULL
                    ) STRICT;
                    """)
        }
        migrator.registerMigration("3: the private server has one name") { database in
            try database.execute(sql: PrivateName.renaming("copies"))
        }
        migrator.registerMigration("4: what agents offer") { database in
            try database.execute(
                sql: """
                    DROP INDEX entries_of_kind;
                    CREATE INDEX entries_of_kind ON entries (copy, kind, seq)
                        WHERE kind IN ('acp.plan', 'turn_start', 'turn_end', 'acp.config_option_update',
                            'acp.available_commands_update', 'acp.usage_update');
                    """)
        }
        return migrator
    }
}

/// The tables of the client's state store, which cannot be fetched again. A released migration never changes.
enum StateSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: seats, chats, outbox, drafts") { database in
            try database.execute(
                sql: """
                    CREATE TABLE seats (
                        number INTEGER PRIMARY KEY,
                        client_id TEXT NOT NULL UNIQUE
                    ) STRICT;

                    CREATE TABLE chats (
                        key TEXT PRIMARY KEY NOT NULL,
                        server TEXT NOT NULL,
                        directory TEXT NOT NULL,
                        session TEXT,
                        used_at INTEGER NOT NULL,
                        draft TEXT NOT NULL DEFAULT ''
                    ) STRICT;
                    CREATE INDEX chats_of_folder ON chats (server, directory, used_at);
                    CREATE INDEX chats_of_session ON chats (server, session);

                    CREATE TABLE outbox (
                        key INTEGER PRIMARY KEY,
                        chat TEXT NOT NULL REFERENCES chats (key),
                        id TEXT NOT NULL UNIQUE,
                        content BLOB NOT NULL,
                        created_at INTEGER NOT NULL,
                        was_sent INTEGER NOT NULL CHECK (was_sent IN (0, 1))
                    ) STRICT;
                    CREATE INDEX outbox_of_chat ON outbox (chat, key);
                    """)
        }
        migrator.registerMigration("2: answers to questions") { database in
            try database.execute(
                sql: """
                    CREATE TABLE answers (
                        chat TEXT NOT NULL REFERENCES chats (key),
                        request TEXT NOT NULL,
                        answer BLOB NOT NULL,
                        PRIMARY KEY (chat, request)
                    ) STRICT, WITHOUT ROWID;
                    """)
        }
        migrator.registerMigration("3: the private server has one name") { database in
            try database.execute(sql: PrivateName.renaming("chats"))
        }
        migrator.registerMigration("4: titles, kinds, and folders by what they are") { database in
            try database.execute(
                sql: """
                    ALTER TABLE chats ADD COLUMN kind TEXT NOT NULL DEFAULT 'screen' CHECK (kind IN ('screen', 'batch'));
                    ALTER TABLE chats ADD COLUMN title TEXT;
                    ALTER TABLE chats ADD COLUMN folder TEXT;
                    CREATE INDEX chats_by_use ON chats (used_at);
                    """)
        }
        migrator.registerMigration("5: expired chats, and folders by their inode and birth time") { database in
            // An inode number that was stored without the birth time identifies no folder.
            try database.execute(
                sql: """
                    ALTER TABLE chats ADD COLUMN is_expired INTEGER NOT NULL DEFAULT 0 CHECK (is_expired IN (0, 1));
                    ALTER TABLE chats ADD COLUMN is_found INTEGER NOT NULL DEFAULT 0 CHECK (is_found IN (0, 1));
                    UPDATE chats SET folder = NULL;
                    """)
        }
        migrator.registerMigration("6: damaged rows, set aside") { database in
            try database.execute(
                sql: """
                    CREATE TABLE damaged (
                        key INTEGER PRIMARY KEY,
                        source TEXT NOT NULL CHECK (source IN ('outbox', 'answers')),
                        chat TEXT NOT NULL,
                        id TEXT NOT NULL,
                        content BLOB NOT NULL
                    ) STRICT;
                    """)
        }
        migrator.registerMigration("7: agents") { database in
            try database.execute(sql: "ALTER TABLE chats ADD COLUMN agent TEXT")
        }
        migrator.registerMigration("8: what was sent, for the search in it") { database in
            try database.execute(
                sql: """
                    CREATE TABLE prompts (
                        key INTEGER PRIMARY KEY,
                        chat TEXT NOT NULL REFERENCES chats (key) ON DELETE CASCADE,
                        text TEXT NOT NULL
                    ) STRICT;
                    CREATE INDEX prompts_of_chat ON prompts (chat, key);
                    """)
        }
        migrator.registerMigration("9: forks") { database in
            try database.execute(sql: "ALTER TABLE chats ADD COLUMN fork_of TEXT")
        }
        migrator.registerMigration("10: where expired chats continue") { database in
            try database.execute(sql: "ALTER TABLE chats ADD COLUMN successor TEXT")
        }
        migrator.registerMigration("11: titles that agents give") { database in
            // Which of the titles are the users' own is not known, so all stay.
            try database.execute(
                sql: """
                    ALTER TABLE chats ADD COLUMN is_named INTEGER NOT NULL DEFAULT 0 CHECK (is_named IN (0, 1));
                    UPDATE chats SET is_named = 1 WHERE title IS NOT NULL;
                    """)
        }
        return migrator
    }
}

/// Up to version 0.1.0 the private server's chats were stored under the path of its socket. That depends on the
/// environment, so chats were not found when it changed; now the server is stored as `private`.
private enum PrivateName {
    static func renaming(_ table: String) -> String {
        """
        UPDATE OR IGNORE \(table) SET server = 'private'
        WHERE server LIKE 'unix:/%/belay/belayd.sock' OR server LIKE 'unix:/%/belay/run/belayd.sock'
        """
    }
}
