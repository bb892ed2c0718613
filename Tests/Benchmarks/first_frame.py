"""Time from starting `belay` to its first painted frame, with a mirror of many entries, with a server and without.

    first_frame.py BINARIES [ENTRIES]

Prints milliseconds: the minimum, median and maximum of the runs.
"""
import fcntl
import os
import pty
import select
import shutil
import signal
import statistics
import struct
import sys
import tempfile
import termios
import time

from kept import Kept

BINARIES = os.path.abspath(sys.argv[1])
ENTRIES = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
RUNS = 15


def first_frame(kept):
    begin = time.monotonic()
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(kept.shop)
        os.execve(kept.program, ["belay", "--continue"], kept.environment)
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
    folder = tempfile.mkdtemp()
    kept = None
    try:
        kept = Kept(f"{BINARIES}/belay", folder)
        kept.fill(ENTRIES)
        runs = [first_frame(kept) for _ in range(RUNS)]
        times = [took for took, _ in runs]
        print(f"first frame, {ENTRIES} entries, server to start:  "
              f"min {min(times):.1f}  median {statistics.median(times):.1f}  max {max(times):.1f} ms;"
              f" {max(resident for _, resident in runs):.1f} MiB")
    finally:
        if kept:
            kept.end_servers()
        shutil.rmtree(folder, ignore_errors=True)


main()
