"""What a prompt, an attach, a connection and a session cost `belayd`: times, processor, system calls, bytes, memory.

    server_costs.py BELAYD [--rows prompts,attach,…] [--long]

Starts the server as a process of its own, on a free port of 127.0.0.1 and a temporary data folder, and prints for each
row the command that makes it and its lines. `--long` adds sessions of 100,000 entries, 1,000 missed turns, 5,000
connections, and the two minutes until idle sessions leave memory; without it all rows take less than three minutes.

Nothing is demanded here: the lines that begin with `figure:` are to be compared with those of another build on the same
idle machine. Processor time is that of the server alone. Times include the client's, a few microseconds for each
message. The rows:

    prompts      one prompt, by the length of the session
    rate         prompts a second in one session and over 100, and how many processors those keep busy
    disk         the bytes that a prompt writes, as the kernel counts them (needs root)
    calls        synchronizations, system calls and bytes written to files of a prompt (needs strace)
    attach       the first attach to a session that is not in memory, by its length
    window       the bytes of an attach with the interactive client's window, by the length of the history
    return       time, processor and bytes of an attach that missed nothing, and of one that missed 20 turns
    herd         1,000 clients that missed 20 turns, all at once: with their sessions on disk, and then in memory
    connections  connections that are opened one after another and stay, alone and with a session
    memory       the memory of a session that is attached and idle, by its length, and what is given back
    start        the start with 10,000 sessions on disk
    history      the newest page of a long conversation
    open         a long session opened by a client without a copy: its newest screenful, and everything
"""
import argparse
import os
import shlex
import shutil
import signal
import sys
import tempfile

from bench import Bench
from daemon import Missing
from rows_clients import come_back, connections, first_attach, herd, history, open_all, window
from rows_sessions import memory, start
from rows_turns import calls, disk, prompts, rate

ROWS = {
    "prompts": prompts, "rate": rate, "disk": disk, "calls": calls, "attach": first_attach, "window": window,
    "return": come_back, "herd": herd, "connections": connections, "memory": memory, "start": start,
    "history": history, "open": open_all}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("belayd")
    parser.add_argument("--rows", default=",".join(ROWS))
    parser.add_argument("--long", action="store_true")
    options = parser.parse_args()
    rows = options.rows.split(",")
    if unknown := [row for row in rows if row not in ROWS]:
        parser.error(f"there is no row {unknown[0]}: {', '.join(ROWS)}")
    # The server ends with the program, also when that is told to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    folder = tempfile.mkdtemp(prefix="belay-costs-")
    try:
        bench = Bench(os.path.abspath(options.belayd), folder, options.long)
        for row in rows:
            command = ["python3", sys.argv[0], options.belayd, "--rows", row] + ["--long"] * options.long
            print(f"# {shlex.join(command)}", flush=True)
            try:
                ROWS[row](bench)
            except Missing as missing:
                print(f"skipped: the row {row} ({missing})", flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


main()
