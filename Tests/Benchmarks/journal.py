"""Journals of any length, as belayd 0.1.0 leaves them: real turns, copied.

A server answers two prompts, and the entries of the second are read over the wire. A journal is then written with as
many copies of them as are wanted, each with numbers, times, names and digests of its own, in the tables of migration 4
of `Sources/Journal/JournalSchema.swift`. A released migration never changes, so every later version brings such
a journal up to date as it does its users'. STRICT tables need SQLite 3.37.
"""
import contextlib
import json
import os
import sqlite3

from client import Client, attach, position

# What is asked: 300 bytes with the beginning, without a file to read and always for the same memory variable.
STATEMENT = "remember that the note is "
PROMPT_BYTES = 300

MIGRATIONS = (
    "1: sessions, entries, prompts, tokens", "2: sums of entries", "3: sizes, sums of prompts, deletion in parts",
    "4: absence by the time served")
SCHEMA = """
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
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
    head_seq INTEGER NOT NULL,
    expired_at INTEGER,
    successor TEXT,
    bytes INTEGER NOT NULL DEFAULT 0,
    deleted_at INTEGER,
    seen_at INTEGER NOT NULL DEFAULT 0,
    UNIQUE (principal, client_session_key),
    CHECK ((expired_at IS NULL) = (successor IS NULL))
) STRICT;
CREATE INDEX sessions_of_principal ON sessions (principal, updated_at);
CREATE INDEX sessions_deleted ON sessions (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX sessions_seen ON sessions (seen_at) WHERE deleted_at IS NULL;
CREATE TABLE entries (
    session INTEGER NOT NULL REFERENCES sessions (key) ON DELETE CASCADE,
    seq INTEGER NOT NULL CHECK (seq > 0),
    ts INTEGER NOT NULL,
    client_message_id TEXT,
    kind TEXT NOT NULL,
    payload BLOB NOT NULL,
    digest INTEGER,
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
    digest INTEGER,
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
CREATE TABLE served (
    key INTEGER PRIMARY KEY CHECK (key = 1),
    nanoseconds INTEGER NOT NULL CHECK (nanoseconds >= 0)
) STRICT;
INSERT INTO served VALUES (1, 0);
"""
# When the first entry was written; a turn a second.
BEGIN = 1_790_000_000_000


def text(ordinal):
    """The text of a prompt."""
    words = f"number {ordinal}: " + "a window seat in the quiet coach of the early train to the coast, " * 6
    return (STATEMENT + words)[:PROMPT_BYTES]


class FNV1a:
    """The digest of `Sources/Wire/Journal/FNV1a.swift`."""

    def __init__(self):
        self.value = 0xCBF29CE484222325

    def add(self, data):
        value = self.value
        for byte in data:
            value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
        self.value = value
        return self

    def number(self, number):
        return self.add(number.to_bytes(8, "little", signed=True))

    @property
    def signed(self):
        return self.value - (1 << 64) if self.value >> 63 else self.value


class Turn:
    """The entries of one turn of a server, and copies of them."""

    def __init__(self, daemon, token):
        client = Client(daemon, token)
        client.initialized()
        made, _ = client.call("session/new", {"cwd": os.path.realpath(daemon.root), "mcpServers": []})
        # The first turn of a session may also give it its title.
        for ordinal in (1, 0):
            client.prompt(made["sessionId"], text(ordinal))
        listed, _ = client.call("session/list", {})
        client.close()
        self.agent = listed["sessions"][0]["_meta"]["belay"]["agent"]
        reader, _, _, frames = attach(daemon, token, position(made["sessionId"]), coalesce=False)
        reader.close()
        entries = [self.entry(json.loads(frame)) for frame in frames]
        first_end = next(at for at, (kind, _, _) in enumerate(entries) if kind == "turn_end")
        self.entries = entries[first_end + 1:]
        self.names = self.find_names()
        # The entries and the prompts of the turns that were copied so far.
        self.rows, self.prompts = [], []

    @property
    def length(self):
        """How many entries a turn has."""
        return len(self.entries)

    def turns(self, entries):
        """How many turns have about so many entries."""
        return max(1, round(entries / self.length))

    @staticmethod
    def entry(message):
        params = message["params"]
        if message["method"] == "session/update":
            update, stamp = params["update"], params["_meta"]["belay"]
            return "acp." + update["sessionUpdate"], stamp.get("clientMessageId"), update
        return params["kind"], params.get("clientMessageId"), params["data"]

    def find_names(self):
        """The names that are another one's in each turn."""
        names = []
        for _, client_message, body in self.entries:
            names += [client_message, *(body.get(key) for key in ("turnId", "messageId", "toolCallId"))]
        return list(dict.fromkeys(name for name in names if name))

    def copy(self, turns):
        """Makes sure that there are so many copies."""
        bodies = [json.dumps(body, ensure_ascii=False, separators=(",", ":")) for _, _, body in self.entries]
        for ordinal in range(len(self.prompts), turns):
            renamed = {name: f"{at:02x}{ordinal:08x}{name[10:]}" for at, name in enumerate(self.names)}
            for at, ((kind, client_message, _), body) in enumerate(zip(self.entries, bodies)):
                for name, new in renamed.items():
                    body = body.replace(f'"{name}"', f'"{new}"')
                payload = body.encode()
                seq, written = ordinal * self.length + at + 1, BEGIN + ordinal * 1_000 + at
                key = renamed.get(client_message)
                digest = FNV1a()
                for number in (seq, seq, written, written):
                    digest.number(number)
                digest.add(kind.encode()).add((key or "").encode()).add(payload)
                self.rows.append((seq, written, key, kind, payload, digest.signed))
            self.prompts.append(self.prompt(ordinal, renamed))

    def prompt(self, ordinal, renamed):
        content = json.dumps([{"type": "text", "text": text(0)}], separators=(",", ":")).encode()
        seq, key, body = max(
            (at, key, body) for at, (_, key, body) in enumerate(self.entries) if key is not None)
        turn = next(body["turnId"] for kind, _, body in self.entries if kind == "turn_start")
        end = max(at for at, (kind, _, _) in enumerate(self.entries) if kind == "turn_end")
        first = ordinal * self.length + 1
        return (
            renamed[key], content, renamed[turn], renamed[body["messageId"]], first + seq,
            self.entries[end][2].get("stopReason"), first + end, FNV1a().add(content).number(len(content)).signed)


def write(data, turn, sessions):
    """Writes the journal of a data folder.

    `sessions` are the sessions: name, user, folder and number of turns of each. Their epoch is "e".
    """
    most = max((turns for _, _, _, turns in sessions), default=0)
    turn.copy(most)
    path = f"{data}/journal.db"
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = OFF")
        database.executescript(SCHEMA)
        database.execute("BEGIN")
        database.executemany("INSERT INTO grdb_migrations VALUES (?)", [(name,) for name in MIGRATIONS])
        database.execute("CREATE TEMP TABLE copied (seq INTEGER PRIMARY KEY, ts, client, kind, payload, digest)")
        database.execute("CREATE TEMP TABLE asked (id, content, turn, message, seq, stop_reason, end_seq, digest)")
        database.executemany("INSERT INTO copied VALUES (?, ?, ?, ?, ?, ?)", turn.rows[:most * turn.length])
        database.executemany("INSERT INTO asked VALUES (?, ?, ?, ?, ?, ?, ?, ?)", turn.prompts[:most])
        for key, (name, user, folder, turns) in enumerate(sessions, 1):
            head = turns * turn.length
            database.execute(
                "INSERT INTO sessions (key, id, epoch, principal, directory, agent, created_at, updated_at, head_seq)"
                " VALUES (?, ?, 'e', ?, ?, ?, ?, ?, ?)",
                (key, name, user, os.path.realpath(folder), turn.agent, BEGIN, BEGIN + turns * 1_000, head))
            database.execute(
                "INSERT INTO entries (session, seq, ts, client_message_id, kind, payload, digest)"
                " SELECT ?, * FROM copied WHERE seq <= ?", (key, head))
            database.execute(
                "INSERT INTO prompts (session, id, content, turn, message, seq, stop_reason, end_seq, digest)"
                " SELECT ?, * FROM asked WHERE end_seq <= ?", (key, head))
        database.execute(
            "UPDATE sessions SET bytes = (SELECT coalesce(sum(length(payload)), 0) FROM entries WHERE session = key)"
            " + (SELECT coalesce(sum(length(content)), 0) FROM prompts WHERE session = key)")
        database.execute("COMMIT")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
