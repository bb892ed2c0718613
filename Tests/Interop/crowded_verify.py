"""`belay verify --quick` against a server that keeps 10,000 sessions of other users.

    crowded_verify.py BINARIES [--sessions 10000]

The sessions are written into the journal as 0.1.0 left them, so that the server also brings them up to date. Every case
of the plan has to hold; the exit code is 1 when one does not, and the sessions of the others have to be as they were.
"""
import argparse
import contextlib
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "Benchmarks"))

from bench import Bench, Server

OTHERS = 20
CONFIGURATION = """
[sessions]
brief = "2s"
expire = "5s"
roots = ["{root}"]
[limits]
sessions_per_user = 100000
"""


def others(data):
    """The entries of the other users: how many, and a sum over what does not change."""
    with contextlib.closing(sqlite3.connect(f"{data}/journal.db")) as database:
        return database.execute(
            "SELECT count(*), sum(length(payload)), sum(digest / 1000000) FROM entries JOIN sessions"
            " ON sessions.key = entries.session WHERE principal LIKE 'bench%'").fetchone()


def verify(binaries, server, home):
    """Runs the plan as its user does, and returns the exit code and the report."""
    environment = {
        "HOME": home, "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "XDG_STATE_HOME": home, "XDG_RUNTIME_DIR": home,
        "XDG_CONFIG_HOME": home, "BELAY_TOKEN": server.daemon.token("verify")}
    run = subprocess.run(
        [f"{binaries}/belay", "verify", "--server", f"ws://127.0.0.1:{server.daemon.port}", "--quick", "--json",
         "--directory", server.daemon.root],
        env=environment, cwd=home, capture_output=True, text=True, timeout=300)
    if run.returncode != 0:
        print(f"{run.stdout}{run.stderr}", file=sys.stderr)
        raise SystemExit(f"crowded_verify: belay verify ended with {run.returncode}")
    return json.loads(run.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binaries", type=os.path.abspath)
    parser.add_argument("--sessions", type=int, default=10_000)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    folder = tempfile.mkdtemp(prefix="belay-crowded-")
    try:
        bench = Bench(f"{options.binaries}/belayd", folder, False)
        begin = time.monotonic()
        server = Server(bench, f"{folder}/server", [(f"s{number}", 1) for number in range(options.sessions)], OTHERS)
        with open(server.daemon.configuration, "w") as file:
            file.write(CONFIGURATION.format(root=os.path.realpath(server.daemon.root)))
        with server:
            before = others(server.daemon.data)
            started = time.monotonic()
            report = verify(options.binaries, server, folder)
            ended = time.monotonic()
            server.daemon.stop()
            after = others(server.daemon.data)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if before[0] != options.sessions * bench.turn.length or before != after:
        raise SystemExit(f"crowded_verify: the entries of the others changed: {before} {after}")
    if not report["passed"] or len(report["cases"]) != 5 or report["counts"]["notMeasurable"]:
        raise SystemExit(f"crowded_verify: not all of the plan held: {report['counts']}")
    print(
        f"figure: belay verify beside {options.sessions} sessions: {report['counts']['passed']} criteria hold; ready"
        f" after {started - begin:.1f} s, verified after {ended - started:.1f} s more")


main()
