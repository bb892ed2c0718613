"""A client's folder with as long a history, and as many chats, as are wanted: what a batch run leaves, made longer.

The tables are those of `Sources/Mirror/MirrorSchema.swift`.
"""
import contextlib
import json
import os
import signal
import sqlite3
import subprocess

# When the first entry was written; one comes each millisecond.
BEGIN = 1_790_000_000_000


def entry(seq):
    """An entry of the history: a question of one chunk, then an answer of nine."""
    user = seq % 10 == 1
    kind = "user_message_chunk" if user else "agent_message_chunk"
    text = f"What about {seq}?" if user else f"Sentence {seq} of an answer that goes on for a while. "
    payload = {
        "sessionUpdate": kind, "messageId": f"m{(seq - 1) // 10}-{user}", "content": {"type": "text", "text": text}}
    return seq, seq, BEGIN + seq, None, "acp." + kind, json.dumps(payload).encode()


class Kept:
    """The folder of a client that has asked its private server one thing, and whose chat is then replaced."""

    def __init__(self, program, folder):
        self.program, self.folder, self.shop = program, folder, os.path.join(folder, "shop")
        os.makedirs(self.shop)
        self.environment = {
            "HOME": folder, "PATH": os.environ["PATH"], "TERM": "xterm-256color", "LANG": "C.UTF-8",
            "XDG_STATE_HOME": folder, "XDG_RUNTIME_DIR": folder, "XDG_CONFIG_HOME": folder}
        subprocess.run(
            [program, "--batch", "hello"], cwd=self.shop, env=self.environment, check=True, capture_output=True)
        self.end_servers()

    def end_servers(self):
        """Ends the private servers that were started here: those whose arguments name the folder."""
        for process in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{process}/cmdline", "rb") as line:
                    arguments = line.read().split(b"\0")
            except OSError:
                continue
            if b"serve" in arguments and any(argument.startswith(self.folder.encode()) for argument in arguments):
                os.kill(int(process), signal.SIGKILL)

    def database(self, name):
        """A database of the client, which is closed behind the block."""
        return contextlib.closing(sqlite3.connect(os.path.join(self.folder, "belay", name)))

    def fill(self, entries):
        """Replaces the entries of the chat by a history of this length."""
        with self.database("mirror.db") as database:
            copy, = database.execute("SELECT key FROM copies WHERE is_shown ORDER BY key DESC").fetchone()
            database.execute("DELETE FROM entries WHERE copy = ?", (copy,))
            self.add(database, copy, entries)
            database.execute("UPDATE copies SET cursor = ? WHERE key = ?", (entries, copy))
            database.commit()

    def add_chats(self, number, entries):
        """Adds chats of so many entries, each used a second before the one that is added next."""
        with self.database("desk.db") as desk, self.database("mirror.db") as mirror:
            server, directory, used = desk.execute("SELECT server, directory, max(used_at) FROM chats").fetchone()
            for at in range(number):
                key, session = f"018f0000-0000-7000-8000-{at:012}", f"kept-{at:05}"
                desk.execute(
                    "INSERT INTO chats (key, server, directory, session, used_at, title) VALUES (?, ?, ?, ?, ?, ?)",
                    (key, server, directory, session, used - (number - at) * 1_000, f"Question {at} about the shop"))
                copy = mirror.execute(
                    "INSERT INTO copies (server, session, epoch, cursor, is_shown) VALUES (?, ?, 'e', ?, 1)",
                    (server, session, entries)).lastrowid
                self.add(mirror, copy, entries)
            desk.commit()
            mirror.commit()

    @staticmethod
    def add(database, copy, entries):
        database.executemany(
            "INSERT INTO entries (copy, seq, from_seq, ts, client_message_id, kind, payload) VALUES (?,?,?,?,?,?,?)",
            ((copy, *entry(seq)) for seq in range(1, entries + 1)))

    def expire(self):
        """The chats are only read from now on: nothing is connected, and nothing is drawn that nobody asked for."""
        with self.database("desk.db") as desk:
            desk.execute("UPDATE chats SET is_expired = 1")
            desk.commit()

    @property
    def last(self):
        """The key of the chat that was used last."""
        with self.database("desk.db") as desk:
            return desk.execute("SELECT key FROM chats ORDER BY used_at DESC").fetchone()[0]

    def forget_index(self):
        """Removes the index of what was said, which is made again by the next search."""
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.remove(os.path.join(self.folder, "belay", "search.db" + suffix))
