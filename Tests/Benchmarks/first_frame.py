"""Time from starting `belay` to its first painted frame, with a mirror of many entries, with a server and without.

    first_frame.py BINARIES [ENTRIES]

Prints milliseconds: the minimum, median and maximum of the runs.
"""
import fcntl
import json
import os
import pty
import select
import shutil
import signal
import sqlite3
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time

BINARIES = os.path.abspath(sys.argv[1])
ENTRIES = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
RUNS = 15


def fill(mirror):
    """Replaces the newest copy's entries by a long history."""
    database = sqlite3.connect(mirror)
    copy, = database.execute("SELECT key FROM copies WHERE is_shown ORDER BY key DESC").fetchone()
    database.execute("DELETE FROM entries WHERE copy = ?", (copy,))
    rows = []
    for seq in range(1, ENTRIES + 1):
        user = seq % 10 == 1
        kind = "user_message_chunk" if user else "agent_message_chunk"
        text = f"What about {seq}?" if user else f"Sentence {seq} of an answer that goes on for a while. "
        payload = {
            "sessionUpdate": kind, "messageId": f"m{(seq - 1) // 10}-{user}", "content": {"type": "text", "text": text}}
        rows.append((copy, seq, seq, 1_790_000_000_000 + seq, None, "acp." + kind, json.dumps(payload).encode()))
    database.executemany(
        "INSERT INTO entries (copy, seq, from_seq, ts, client_message_id, kind, payload) VALUES (?,?,?,?,?,?,?)", rows)
    database.execute("UPDATE copies SET cursor = ? WHERE key = ?", (ENTRIES, copy))
    database.commit()
    database.close()


def end_servers(home):
    """Ends the private servers that this run started: those whose arguments name its folder."""
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            arguments = open(f"/proc/{process}/cmdline", "rb").read().split(b"\0")
        except OSError:
            continue
        if b"serve" in arguments and any(argument.startswith(home.encode()) for argument in arguments):
            os.kill(int(process), signal.SIGKILL)


def first_frame(environment, folder, arguments):
    begin = time.monotonic()
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(folder)
        os.execve(f"{BINARIES}/belay", ["belay", "--continue", *arguments], environment)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    seen = b""
    wanted = str(ENTRIES).encode()
    while wanted not in seen:
        if not select.select([terminal], [], [], 10)[0]:
            raise SystemExit(f"no frame: {seen[-300:]!r}")
        seen += os.read(terminal, 65_536)
    took = (time.monotonic() - begin) * 1_000
    with open(f"/proc/{process}/status") as lines:
        resident = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    os.close(terminal)
    return took, resident / 1_024


def main():
    home = tempfile.mkdtemp()
    folder = os.path.join(home, "shop")
    os.mkdir(folder)
    environment = {
        "HOME": home, "PATH": os.environ["PATH"], "TERM": "xterm-256color", "LANG": "C.UTF-8",
        "XDG_STATE_HOME": home, "XDG_RUNTIME_DIR": home, "XDG_CONFIG_HOME": home}
    try:
        subprocess.run(
            [f"{BINARIES}/belay", "--batch", "hello"], cwd=folder, env=environment, check=True, capture_output=True)
        end_servers(home)
        mirror = os.path.join(home, "belay", "mirror.db")
        fill(mirror)
        runs = [first_frame(environment, folder, []) for _ in range(RUNS)]
        times = [took for took, _ in runs]
        print(f"first frame, {ENTRIES} entries, server to start:  "
              f"min {min(times):.1f}  median {statistics.median(times):.1f}  max {max(times):.1f} ms;"
              f" {max(resident for _, resident in runs):.1f} MiB")
    finally:
        end_servers(home)
        shutil.rmtree(home, ignore_errors=True)


main()
