"""Opens the data folder of a release with today's `belayd`, and compares what is there and what clients get.

    upgrade.py BELAYD

The folder is that of `0.1.0.sql`, which `record.py` made with the release itself. Every entry, token, prompt and
session has to be as it was; turns that were not finished go on behind what they had. A second start changes nothing.
"""
import contextlib
import json
import os
import pathlib
import re
import sqlite3
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "Benchmarks"))

import daemon
from client import Client, Refused, attach, position, prompt

RECORDED = HERE / "0.1.0.sql"
# Nothing expires, and archives end later than anybody runs this.
CONFIGURATION = '[sessions]\nexpire = "never"\narchive = "36500d"\nroots = ["{root}"]\n'
DIRECTORY = "/srv/shop"
# What the release stored of a session and what no later version may change.
IDENTITY = ("key", "id", "epoch", "principal", "directory", "agent", "title", "client_session_key", "created_at",
            "expired_at", "successor", "deleted_at")

# What moves on with every server: how long it was there, and the numbers of its connections.
COUNTERS = {"served", "generations"}


def expect(is_so, what):
    if not is_so:
        raise SystemExit(f"upgrade: {what}")


class Folder:
    """The data folder, as its tables have it."""

    def __init__(self, data, root):
        self.path = f"{data}/journal.db"
        os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with self.database() as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.executescript(RECORDED.read_text())
            database.execute("UPDATE sessions SET directory = replace(directory, ?, ?)", (DIRECTORY, root))
            database.commit()

    def database(self):
        return contextlib.closing(sqlite3.connect(self.path))

    def rows(self):
        """All rows of all tables, by table; each row by the names of its columns."""
        with self.database() as database:
            database.row_factory = sqlite3.Row
            names = [row[0] for row in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
            return {name: [dict(row) for row in database.execute(f'SELECT * FROM "{name}"')] for name in names}


def only(row, names):
    return {name: row[name] for name in names}


def compare(before, after):
    """Everything that was there is there, as it was."""
    for table, names in (("tokens", None), ("grdb_migrations", None), ("sessions", IDENTITY), ("entries", None)):
        now = [only(row, names or row) for row in after[table]]
        for row in before[table]:
            wanted = only(row, names or row)
            expect(wanted in now, f"of the table {table} this is missing or changed: {wanted}")
    expect(len(after["tokens"]) == len(before["tokens"]), "there are other tokens")
    expect(len(after["sessions"]) == len(before["sessions"]), "there are other sessions")
    ended = {(row["session"], row["id"]): row for row in after["prompts"]}
    expect(len(ended) == len(before["prompts"]), "there are other prompts")
    for row in before["prompts"]:
        now = ended[row["session"], row["id"]]
        # Of a turn that was not finished all but its end is as it was.
        open_names = () if row["end_seq"] is not None else ("end_seq", "stop_reason", "error", "seq")
        names = [name for name in row if name not in open_names]
        expect(only(now, names) == only(row, names), f"a prompt changed: {row} {now}")
        expect(now["end_seq"] is not None, f"a turn did not go on to its end: {now}")


def entry(row):
    """An entry as a client gets it: number, time, kind, key and body."""
    return (row["seq"], row["ts"], row["kind"], row["client_message_id"], json.loads(row["payload"]))


def received(frames):
    """The entries of frames that were not merged."""
    entries = []
    for message in map(json.loads, frames):
        params = message["params"]
        if message["method"] == "session/update":
            stamp = params["_meta"]["belay"]
            kind, body = "acp." + params["update"]["sessionUpdate"], params["update"]
        elif message["method"] == "_belay/event":
            stamp, kind, body = params, params["kind"], params["data"]
        else:
            continue
        entries.append((stamp["seq"], stamp["ts"], kind, stamp.get("clientMessageId"), body))
    return entries


def check_session(server, token, session, entries):
    """A client without a copy gets everything; one with its old position what it lacks, and nothing else."""
    head = session["head_seq"]
    for seq in (None, *sorted({0, min(1, head), head // 2, head})):
        where = position(session["id"], seq, epoch=session["epoch"])
        client, resumed, _, frames = attach(server, token, where, coalesce=False)
        client.close()
        expect(resumed["mode"] == ("snapshot" if seq is None else "delta"), f"{session['id']}: attached by {resumed}")
        expect(resumed["epoch"] == session["epoch"], f"{session['id']}: another epoch")
        got, wanted = received(frames), [row for row in entries if row[0] > (seq or 0)]
        expect(got[:len(wanted)] == wanted, f"{session['id']} behind {seq}: other entries than were stored")
        expect([row[0] for row in got] == list(range((seq or 0) + 1, (seq or 0) + len(got) + 1)),
               f"{session['id']} behind {seq}: what follows has a gap")
    return got[-1][0] if got else head


def check_projections(client, session, entries):
    """Memory and plan are what the entries add up to, which for these turns the rest of a turn does not change."""
    memory = {}
    for _, _, kind, _, body in entries:
        if kind == "memory":
            memory[body["key"]] = body["value"]
    memory = {key: value for key, value in memory.items() if value is not None}
    plans = [[step["content"] for step in body["entries"]] for _, _, kind, _, body in entries if kind == "acp.plan"]
    calls = sum(kind == "acp.tool_call" for _, _, kind, _, _ in entries)
    state, _ = client.call("_belay/state", {"sessionId": session["id"], "parts": ["memory", "plan", "toolCalls"]})
    expect(state["memory"] == memory, f"{session['id']}: another memory: {state['memory']}")
    if state["seq"] == session["head_seq"]:
        plan = [step["content"] for step in state["plan"]]
        expect(plan == (plans[-1] if plans else []), f"{session['id']}: another plan: {plan}")
        expect(state["toolCallCount"] == calls, f"{session['id']}: {state['toolCallCount']} tool calls of {calls}")


def check_prompts(client, session, prompts):
    """A prompt that is sent again under its key is answered as it was, and runs no second time."""
    for row in prompts:
        client.number += 1
        message = prompt(session["id"], "")
        message["prompt"] = json.loads(row["content"])
        message["_meta"]["belay"]["clientMessageId"] = row["id"]
        client.send(client.number, "session/prompt", message)
        answer = json.loads(client.answer())
        if row["end_seq"] is None:
            expect(answer["result"]["stopReason"] == "end_turn", f"an unfinished turn went on to {answer}")
        elif row["error"] is not None:
            expect(answer["error"]["message"].endswith(row["error"]), f"a failed turn is answered by {answer}")
        else:
            expect(answer["result"]["stopReason"] == row["stop_reason"], f"{row['id']} is answered by {answer}")


def check_expired(server, token, session):
    """The old client is told of its successor, and can still load the transcript."""
    client = Client(server, token, position(session["id"], 1, epoch=session["epoch"]))
    told = client.initialized()[0]["_meta"]["belay"]["resumed"][0]["error"]["data"]["belay"]
    expect(told["reason"] == "expired" and told["successor"]["sessionId"] == session["successor"],
           f"an expired session is refused by {told}")
    expect(told["lastSeq"] == session["head_seq"], f"the last entry of the expired session is {told['lastSeq']}")
    page, _ = client.call("_belay/history", {"sessionId": session["id"], "limit": 50})
    client.close()
    return page["messages"]


def refused(server, token):
    try:
        Client(server, token).close()
    except Refused as refusal:
        return refusal.status == 401
    return False


def clients(server, tokens, before):
    """What every client of the release gets, once the server has gone on with what was not finished."""
    for name in ("revoked", "expired"):
        expect(refused(server, tokens[name]), f"the {name} token is good")
    for user in ("alice", "bob"):
        mine = [row for row in before["sessions"] if row["principal"] == user]
        client = Client(server, tokens[user])
        client.initialized()
        listed = client.call("session/list", {})[0]["sessions"]
        wanted = {row["id"]: row["title"] for row in mine}
        expect({one["sessionId"]: one.get("title") for one in listed} == wanted, f"{user} has other sessions: {listed}")
        for session in mine:
            entries = [entry(row) for row in before["entries"] if row["session"] == session["key"]]
            prompts = [row for row in before["prompts"] if row["session"] == session["key"]]
            expect(len(entries) == session["head_seq"], "the recorded entries have no gap")
            if session["successor"] is not None:
                messages = check_expired(server, tokens[user], session)
                # Of each turn the prompt and its answer.
                expect(len(messages) == 2 * len(prompts), f"{len(messages)} messages of {len(prompts)} turns")
                continue
            client.call("session/resume", {"sessionId": session["id"], "cwd": session["directory"], "mcpServers": []})
            check_prompts(client, session, prompts)
            last = check_session(server, tokens[user], session, entries)
            check_projections(client, session, entries)
            is_finished = all(row["end_seq"] is not None for row in prompts)
            expect(not is_finished or last == session["head_seq"], f"{session['id']} has more entries than before")
        client.close()


def main():
    program = os.path.abspath(sys.argv[1])
    tokens = dict(re.findall(r"^-- token (\S+) (\S+)$", RECORDED.read_text(), re.M))
    with tempfile.TemporaryDirectory(prefix="belay-upgrade-") as folder:
        server = daemon.Daemon(program, folder)
        root = os.path.realpath(server.root)
        with open(server.configuration, "w") as file:
            file.write(CONFIGURATION.format(root=root))
        data = Folder(server.data, root)
        before = data.rows()
        try:
            server.start()
            clients(server, tokens, before)
            server.stop()
            upgraded = data.rows()
            compare(before, upgraded)
            server.start()
            server.stop()
            again = data.rows()
        finally:
            server.stop()
    for table in sorted(upgraded | again):
        if table not in COUNTERS:
            expect(upgraded.get(table) == again.get(table), f"the second start changed the table {table}")
    print(f"upgrade: {len(before['sessions'])} sessions, {len(before['entries'])} entries, {len(before['prompts'])}"
          f" prompts and {len(before['tokens'])} tokens of 0.1.0 are there and good")


main()
