"""Records what a release of `belayd` leaves in its data folder, for `upgrade.py` and `JournalTests/UpgradeTests`.

    record.py BELAYD >VERSION.sql

BELAYD is a debug build of that release: turns are held at a fail point. Two users have sessions whose prompts ended,
were cancelled, failed, or are not finished, with tool calls, plans and memory; one session expired and has a successor,
and one has no entry. The server is killed in the middle of a turn. No agent of 0.1.0 asks questions, so an open one and
one that was answered are added as its ledger stored them. The tokens are in comments; each was made for this file.
"""
import contextlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "Benchmarks"))

import daemon
from client import Client, check, frame, position, prompt
from journal import FNV1a

# The paths of tool calls begin with it. It is the same on every machine, and not a user's.
FOLDER = "/tmp/belay-recorded"
DIRECTORY = "/srv/shop"
CONFIGURATION = '[sessions]\nbrief = "0s"\nexpire = "{expire}"\nroots = ["{root}"]\n'
QUESTION = "How does the retry policy choose its delay?"


def expect(is_so, what):
    if not is_so:
        raise SystemExit(f"record: {what}")


class Release(daemon.Daemon):
    """A server of the release, with a folder about which there is something to say."""

    def __init__(self, program):
        super().__init__(program, FOLDER)
        self.root = f"{FOLDER}/shop"
        os.mkdir(self.root)
        for name in ("Cart", "Order"):
            with open(f"{self.root}/{name}.swift", "w") as file:
                file.write(
                    f"/// {name} keeps the retry policy of the shop: it retries with backoff and full jitter.\n"
                    f"struct {name} {{\n    /// Retries after a delay that grows with each attempt.\n"
                    "    func retry(attempt: Int) -> Int { min(8_000, 250 << attempt) }\n}\n")
        self.gate = f"{self.folder}/gate"
        self.environment["BELAY_FAILPOINT"] = f"librarian.step4=hold:{self.gate}"

    def begin(self, expire):
        with open(self.configuration, "w") as file:
            file.write(CONFIGURATION.format(expire=expire, root=self.root))
        self.start()

    def tokens(self, *words):
        return subprocess.run(
            [self.program, "token", *words, "--data", self.data], env=self.environment, check=True, capture_output=True,
            text=True).stdout

    def new(self, client, folder=None, key=None):
        params = {"cwd": folder or self.root, "mcpServers": []}
        if key:
            params["_meta"] = {"belay": {"clientSessionKey": key}}
        return client.call("session/new", params)[0]["sessionId"]

    def connect(self, token):
        client = Client(self, token)
        client.initialized()
        return client


def held(client, session):
    """Asks what is held in the middle of its turn, and returns once a tool call has begun."""
    client.number += 1
    client.send(client.number, "session/prompt", prompt(session, QUESTION))
    while b'"sessionUpdate":"tool_call"' not in client.receive():
        pass


def converse(release, tokens):
    """Everything that the release itself writes."""
    release.begin("1s")
    alice = release.connect(tokens["alice"])
    talk = release.new(alice, key="talk")
    for text in ("remember that my name is Zoë 🚲", QUESTION, "what do you remember?"):
        alice.prompt(talk, text)
    alice.close()
    time.sleep(3)  # The session expires: nobody is there for longer than a second.
    client = Client(release, tokens["alice"], position(talk, 4, epoch="unknown"))
    resumed = client.initialized()[0]["_meta"]["belay"]["resumed"][0]
    successor = resumed["error"]["data"]["belay"]["successor"]["sessionId"]
    client.prompt(successor, "hello")
    client.close()
    release.stop()

    release.begin("never")
    alice, bob = release.connect(tokens["alice"]), release.connect(tokens["bob"])
    release.new(alice)
    notes = release.new(bob)
    bob.prompt(notes, "remember that I prefer short answers")
    bob.prompt(notes, QUESTION)
    bob.close()

    lost = f"{release.root}/lost"
    os.mkdir(lost)
    failing = release.new(alice, lost)
    os.rmdir(lost)
    alice.number += 1
    alice.send(alice.number, "session/prompt", prompt(failing, QUESTION))
    expect(b'"error"' in alice.answer(), "a turn without its folder did not fail")

    open(release.gate, "w").close()
    working = release.new(alice)
    alice.prompt(working, "remember that my name is Ada")
    held(alice, working)
    alice.socket.sendall(frame(json.dumps(
        {"jsonrpc": "2.0", "method": "session/cancel", "params": {"sessionId": working}}).encode()))
    check(alice.answer())
    held(alice, working)
    # A second one waits behind it.
    alice.send(99, "session/prompt", prompt(working, "what do you remember?"))
    while b'"user_message_chunk"' not in alice.receive():
        pass
    # Its echo was committed before it was sent; nothing else is to come.
    release.process.kill()
    release.process.wait()
    release.process = None
    return working


def ask(database, session):
    """Adds a question that was answered, and one that is open, to the turn that is not finished."""
    key, head, at = database.execute(
        "SELECT key, head_seq, updated_at FROM sessions WHERE id = ?", (session,)).fetchone()
    turn, = database.execute(
        "SELECT turn FROM prompts WHERE session = ? AND end_seq IS NULL ORDER BY seq", (key,)).fetchone()
    keys = [str(uuid.uuid4()) for _ in range(2)]
    options = [
        {"optionId": "yes", "name": "Yes", "kind": "allow_once"},
        {"optionId": "no", "name": "No", "kind": "reject_once"}]
    events = [("request", {
        "requestKey": one, "turnId": turn, "method": "session/request_permission",
        "params": {"toolCall": {"toolCallId": f"call-{number}", "title": "Read a file"}, "options": options}})
        for number, one in enumerate(keys)]
    events.insert(1, ("request_resolved", {
        "requestKey": keys[0], "answer": {"outcome": {"outcome": "selected", "optionId": "yes"}}}))
    for seq, (kind, data) in enumerate(events, head + 1):
        payload = json.dumps(data, separators=(",", ":")).encode()
        digest = FNV1a()
        for number in (seq, seq, at, at):
            digest.number(number)
        digest.add(kind.encode()).add(b"").add(payload)
        database.execute(
            "INSERT INTO entries VALUES (?, ?, ?, NULL, ?, ?, ?)", (key, seq, at, kind, payload, digest.signed))
        database.execute("UPDATE sessions SET head_seq = ?, bytes = bytes + ? WHERE key = ?", (seq, len(payload), key))


def literal(value):
    if isinstance(value, bytes):
        try:
            return f"CAST({literal(value.decode())} AS BLOB)" if b"\0" not in value else f"X'{value.hex()}'"
        except UnicodeDecodeError:
            return f"X'{value.hex()}'"
    return "NULL" if value is None else str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def dump(database, tokens):
    """Prints the tables as SQL: the schema as it is stored, then the rows."""
    print("-- What belayd leaves in its data folder, recorded by Tests/Upgrade/record.py.")
    for name, token in tokens.items():
        print(f"-- token {name} {token}")
    # What open connections see revocations by.
    print(f"PRAGMA user_version = {database.execute('PRAGMA user_version').fetchone()[0]};")
    print("BEGIN;")
    objects = database.execute(
        "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type = 'index', rowid").fetchall()
    for _, _, sql in objects:
        print(sql + ";")
    for kind, name, _ in objects:
        if kind == "table":
            for row in database.execute(f'SELECT * FROM "{name}"'):
                print(f'INSERT INTO "{name}" VALUES({",".join(map(literal, row))});')
    print("COMMIT;")


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    release = Release(os.path.abspath(sys.argv[1]))
    try:
        tokens = {name: release.token(name) for name in ("alice", "bob")}
        tokens["revoked"] = release.token("alice")
        # The list begins with the oldest.
        release.tokens("revoke", release.tokens("list").splitlines()[-1].split("\t")[0])
        tokens["expired"] = release.tokens("create", "--user", "alice", "--expires", "1s").strip()
        working = converse(release, tokens)
        with contextlib.closing(sqlite3.connect(f"{release.data}/journal.db", isolation_level=None)) as database:
            ask(database, working)
            database.execute("UPDATE sessions SET directory = replace(directory, ?, ?)", (release.root, DIRECTORY))
            dump(database, tokens)
    finally:
        release.remove()


main()
