"""What a prompt, an attach, a connection and a session cost `belayd`: times, processor, system calls, bytes, memory.

    server_costs.py BELAYD [--rows prompts,attach,…] [--short]

Starts the server as a process of its own, on a free port and a temporary data folder, and prints for each row the
command that makes it and its lines; then a table of what `goals.py` demands. `--short` leaves out sessions of 100,000
entries, 1,000 missed turns and 5,000 connections.

No goal fails anything: the lines that begin with `figure:` are to be compared with those of another build on the same
idle machine. Processor time is that of the server alone. Times include the client's, a few microseconds for each
message. The rows:

    prompts      one prompt, by the length of the session
    rate         prompts a second in one session and over 100, and how many processors those keep busy
    disk         the bytes that a prompt writes, as the kernel counts them (needs root)
    calls        synchronizations, system calls and bytes written to files of a prompt (needs strace)
    attach       the first attach to a session that is not in memory, by its length
    window       the bytes of an attach with the interactive client's window, by the length of the history
    return       time, processor and bytes of an attach that missed nothing, and of one that missed 20 turns
    resume       20 missed turns on a link with a round-trip time, over ws and wss (needs root)
    windowed     an attach with the interactive client's window on such a link (needs root)
    missed       1,000 missed turns on such a link: the newest screenful, and everything (needs root)
    herd         1,000 clients that missed 20 turns, all at once: with their sessions on disk, and then in memory
    connections  connections that are opened one after another and stay, alone and with a session
    memory       the memory of a session that is attached and idle, by its length, and what is given back when its
                 client has left; takes four minutes for each length
    start        the start with 10,000 sessions on disk
    history      the newest page of a long conversation
    open         a long session opened by a client without a copy: its newest screenful, and everything
    streaming    an agent that streams 200 chunks a second: commits, and when a client far away sees each (needs root)
    agents       100 idle sessions with an agent of their own: the server's memory, their end, and their return
    idle         an idle screen: system calls, wake-ups and memory (needs belay beside belayd, and strace)
    stream       a screen that an agent streams 200 chunks a second to: frames, bytes, and how soon a key is shown
    scroll       pages of 1,000,000 entries, at the end, the beginning and the middle: times, bytes, memory
    find         the search in them, while they are indexed and afterwards: the first hits, and how soon a key is shown
    chats        the list of 5,000 chats: until it is there, and how soon a key is shown
    screens      the memory of a screen after pages up and back, and after chats in turn
    clients      what WeeChat, irssi and profanity cost while they are idle, as far as they are installed
    questions    what the librarian finds for the questions of Tests/Questions (needs belay beside belayd)
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
from rows_agents import idle_agents, questions, streaming
from rows_clients import come_back, connections, first_attach, herd, history, open_all, window
from rows_history import chats, find, screens, scroll
from rows_link import missed, resume, windowed
from rows_screen import clients, idle, stream
from rows_sessions import memory, start
from rows_turns import calls, disk, prompts, rate
from table import print_table

ROWS = {
    "prompts": prompts, "rate": rate, "disk": disk, "calls": calls, "attach": first_attach, "window": window,
    "return": come_back, "resume": resume, "windowed": windowed, "missed": missed, "herd": herd,
    "connections": connections, "memory": memory, "start": start, "history": history, "open": open_all,
    "streaming": streaming, "agents": idle_agents, "questions": questions, "idle": idle,
    "stream": stream, "scroll": scroll, "find": find, "chats": chats, "screens": screens, "clients": clients}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("belayd")
    parser.add_argument("--rows", default=",".join(ROWS))
    parser.add_argument("--short", action="store_true")
    options = parser.parse_args()
    rows = options.rows.split(",")
    if unknown := [row for row in rows if row not in ROWS]:
        parser.error(f"there is no row {unknown[0]}: {', '.join(ROWS)}")
    # The server ends with the program, also when that is told to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    folder = tempfile.mkdtemp(prefix="belay-costs-")
    try:
        bench = Bench(os.path.abspath(options.belayd), folder, not options.short)
        for row in rows:
            command = ["python3", sys.argv[0], options.belayd, "--rows", row] + ["--short"] * options.short
            print(f"# {shlex.join(command)}", flush=True)
            try:
                ROWS[row](bench)
            except Missing as missing:
                print(f"skipped: the row {row} ({missing})", flush=True)
        print_table(rows, bench.measured)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


main()
