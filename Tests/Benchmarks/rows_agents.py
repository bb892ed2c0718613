"""The rows of `server_costs.py` about agents: one that streams, many that are idle, and what the librarian finds."""
import json
import os
import re
import select
import sqlite3
import statistics
import subprocess
import time

import client
from bench import figure
from daemon import Missing, raise_descriptors
from rows_link import ROUND_TRIP, far

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RATE = 200  # Chunks a second.
WATCHED = 50  # Sessions of one connection.
PEER = f"""
[agents]
idle = "5s"
[agents.peer]
kind = "acp"
command = "python3"
args = ["-B", "{REPOSITORY}/Tests/Peers/agent.py"]
users = "all"
"""


def new(connection, root):
    """A session with the agent."""
    params = {"cwd": root, "mcpServers": [], "_meta": {"belay": {"agent": "peer"}}}
    return connection.call("session/new", params)[0]["sessionId"]


def streaming(bench):
    seconds = 60 if bench.is_long else 10
    with far(bench, ROUND_TRIP, [], more=PEER) as (server, line):
        root = os.path.realpath(server.daemon.root)

        def watch():
            """The delays of all chunks, from the agent's clock to the client's, and how long the turn took."""
            watching = client.Client(server.daemon, server.token)
            watching.initialized()
            session = new(watching, root)
            watching.prompt(session, "repeat warm")
            # Beside it one that never reads.
            deaf = client.attach(server.daemon, server.token, client.position(session, 0))[0]
            begin = time.monotonic()
            watching.send(9, "session/prompt", client.prompt(session, f"stream {RATE} {seconds}"))
            delays, frames = [], 0
            while not client.is_response(message := watching.receive()):
                now = time.monotonic_ns()
                update = json.loads(message).get("params", {}).get("update", {})
                if update.get("sessionUpdate") == "agent_message_chunk":
                    frames += 1
                    delays += [(now - int(sent)) / 1e6 for sent in update["content"]["text"].split()]
            took = time.monotonic() - begin
            deaf.close()
            return session, delays, frames, took, watching.bytes

        before = server.daemon.resident_kib
        session, delays, frames, took, size = line.at_client(watch)
        grown = server.daemon.resident_kib - before
        database = sqlite3.connect(f"file:{server.daemon.data}/journal.db?mode=ro", uri=True)
        rows = database.execute(
            "SELECT count(DISTINCT ts) FROM entries JOIN sessions ON sessions.key = session WHERE sessions.id = ?",
            (session,)).fetchone()[0]
        database.close()
    minute = rows * 60 / seconds
    delays.sort()
    figure(
        f"{RATE} chunks a second for {seconds} s, RTT {ROUND_TRIP} ms, beside a client that never reads",
        f"{minute:.0f} commits a minute at most; a chunk is seen after {statistics.median(delays):.0f} ms (median),"
        f" {delays[len(delays) * 99 // 100]:.0f} (p99), {delays[-1]:.0f} (longest); {frames} frames,"
        f" {size / 1_000:.0f} kB; the turn took {took / seconds:.3f} of its time; the server grew by {grown} KiB")
    bench.measure("streaming", commits=minute, p99=delays[len(delays) * 99 // 100], chunks=len(delays) / (RATE * seconds))


def idle_agents(bench):
    count = 100 if bench.is_long else 20
    raise_descriptors(4 * count + 64)
    with bench.server(more=PEER) as server:
        root = os.path.realpath(server.daemon.root)
        sessions = []
        for number in range(count):
            if number % WATCHED == 0:
                connection = client.Client(server.daemon, server.token)
                connection.initialized()
            sessions.append((connection, new(connection, root)))
        before = server.daemon.resident_kib
        for connection, session in sessions:
            connection.prompt(session, "repeat hello")
        during, running = server.daemon.resident_kib, processes(server)
        # Each session looks once a minute whether its agent is idle.
        until = time.monotonic() + 150
        connections = {connection for connection, _ in sessions}
        while processes(server) and time.monotonic() < until:
            answer_pings(connections, 1)
        ended = processes(server)
        begin = time.monotonic()
        connection.prompt(session, "repeat again")
        back = (time.monotonic() - begin) * 1_000
        for connection in connections:
            connection.close()
    figure(
        f"{count} idle sessions with an agent of their own",
        f"{(during - before) / count:.0f} KiB of the server for each; {running} processes of agents and guards, {ended}"
        f" after agents.idle; the next prompt is answered by a new one in {back:.0f} ms")
    bench.measure("idle agents", kib=(during - before) / count, left=ended)


def answer_pings(connections, seconds):
    """Reads what comes, so that the server does not take its clients for dead."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        sockets = {connection.socket: connection for connection in connections}
        for ready in select.select(list(sockets), [], [], left)[0]:
            sockets[ready].read()
            while sockets[ready].next() is not None:
                pass


def processes(server):
    """How many processes the server has, with all that those began."""
    children = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as file:
                children.setdefault(int(file.read().rsplit(")", 1)[1].split()[1]), []).append(int(name))
        except (FileNotFoundError, ProcessLookupError):
            pass
    found, left = 0, [server.daemon.process.pid]
    while left:
        own = children.get(left.pop(), [])
        found += len(own)
        left += own
    return found


def questions(bench):
    """The forty questions of Tests/Questions, asked as a user does."""
    belay = os.path.join(os.path.dirname(bench.program), "belay")
    if not os.path.exists(belay):
        raise Missing(f"there is no {belay}")
    home = f"{bench.folder}/home"
    environment = {"HOME": home, "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    for variable in ("XDG_STATE_HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"):
        environment[variable] = f"{home}/{variable}"
        os.makedirs(environment[variable], mode=0o700, exist_ok=True)
    with open(f"{REPOSITORY}/Tests/Questions/questions.json") as file:
        sets = json.load(file)
    answers = {}
    with bench.server(options=["--root", REPOSITORY]) as server:
        environment["BELAY_TOKEN"] = server.token
        for folder, entries in sets.items():
            for text, *_ in entries:
                words = ["--server", f"ws://127.0.0.1:{server.daemon.port}", "--directory",
                         os.path.normpath(os.path.join(REPOSITORY, folder)), "--", text]
                run = subprocess.run(
                    [belay, "--batch", *words], env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                    text=True, timeout=120)
                if run.returncode:
                    raise Missing(f"belay failed: {run.stderr.strip()[:200]}")
                answers[text] = run.stdout
    recalls, ranks = [], []
    for folder, entries in sets.items():
        own = []
        for text, *wanted in entries:
            found = []
            for path in re.findall(r"^- `(.+?):[0-9]+`", answers[text].partition("Sources:\n")[2], re.MULTILINE):
                if path not in found:
                    found.append(path)
            rank = next((1 / (place + 1) for place, path in enumerate(found) if path in wanted), 0)
            own.append((sum(path in wanted for path in found[:3]) / len(wanted), rank))
        recalls += [recall for recall, _ in own]
        ranks += [rank for _, rank in own]
        figure(
            f"{len(own)} questions about {folder}",
            f"recall@3 {statistics.mean(recall for recall, _ in own):.2f}, mean reciprocal rank"
            f" {statistics.mean(rank for _, rank in own):.2f}")
    bench.measure("questions", recall=statistics.mean(recalls), rank=statistics.mean(ranks))
