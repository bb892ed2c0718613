"""A program on a pseudo-terminal that the benchmark watches: what it writes, and what the kernel counts of it."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

# The end of a frame (DEC mode 2026).
END = b"\x1b[?2026l"
ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])")


class Watched:
    """The program, for as long as the block lasts. It may stand behind others, such as strace, that it ends with."""

    def __init__(self, words, environment, folder, columns=80, rows=24):
        self.written, self.frames, self.shown = 0, 0, b""
        self.began = time.monotonic()
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.chdir(folder)
            os.execvpe(words[0], words, environment)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self.terminal)

    def read(self, seconds):
        """Reads what comes within that time, and returns its text without escape sequences."""
        until, text = time.monotonic() + seconds, b""
        while (left := until - time.monotonic()) > 0:
            if not select.select([self.terminal], [], [], left)[0]:
                break
            try:
                some = os.read(self.terminal, 65_536)
            except OSError:
                break
            self.written += len(some)
            self.frames += some.count(b"\x1b[?2026h")
            text += ESCAPES.sub(b"", some)
            self.shown = (self.shown + text)[-100_000:]
            if seconds < 0.01:
                break
        return text

    def until(self, wanted, seconds=20):
        """Reads until the text has come, and returns how long that took."""
        begin, seen = time.monotonic(), b""
        while wanted not in seen:
            left = seconds - (time.monotonic() - begin)
            if left <= 0 or not select.select([self.terminal], [], [], left)[0]:
                raise SystemExit(f"{wanted!r} was not shown: {seen[-300:]!r}")
            seen += self.read(0.001)
        return time.monotonic() - begin

    def type(self, text):
        os.write(self.terminal, text.encode())

    def press(self, key, seconds=20):
        """Presses a key. Returns the milliseconds until the last byte of the frame that answers it, and the frame."""
        begin, frame = time.monotonic(), b""
        os.write(self.terminal, key)
        while END not in frame:
            left = seconds - (time.monotonic() - begin)
            if left <= 0 or not select.select([self.terminal], [], [], left)[0]:
                raise SystemExit(f"nothing changed after {key!r}: {self.shown[-300:]!r}")
            frame += os.read(self.terminal, 65_536)
        took = (time.monotonic() - begin) * 1_000
        self.shown = (self.shown + ESCAPES.sub(b"", frame))[-100_000:]
        return took, frame

    @property
    def processor_ms(self):
        return time.clock_gettime_ns((~self.process << 3) | 2) / 1e6

    def status(self, name):
        """A number of /proc/PID/status."""
        with open(f"/proc/{self.process}/status") as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith(name + ":"))

    @property
    def wakeups(self):
        """How often its threads have slept so far."""
        count = 0
        for thread in os.listdir(f"/proc/{self.process}/task"):
            with open(f"/proc/{self.process}/task/{thread}/status") as lines:
                count += next(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches:"))
        return count
