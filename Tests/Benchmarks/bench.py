"""What the rows of `server_costs.py` share: servers with sessions, what is spent in a block, and lines of figures."""
import time

from client import attach, position
from daemon import Daemon
from journal import Turn, write

# The window of the interactive client (`Sources/Sync/Holding.swift`).
WINDOW = 64 << 10
USER = "bench"


class Bench:
    def __init__(self, program, folder, is_long):
        self.program, self.folder, self.is_long = program, folder, is_long
        self.count = 0
        # The measures of each line of the table, by its name in `goals.py`.
        self.measured = {}
        # What several rows use, by its name.
        self.shared = {}
        with self.server() as server:
            self.turn = Turn(server.daemon, server.token)

    def server(self, sessions=(), **options):
        """A server with these sessions, each a name and its number of turns."""
        self.count += 1
        return Server(self, f"{self.folder}/{self.count}", sessions, **options)

    def lengths(self, short, long):
        return short + (long if self.is_long else [])

    def measure(self, name, **measures):
        """Keeps what was measured for a line of the table."""
        self.measured[name] = measures


class Server:
    """A server with its sessions and a token of their user, for as long as the block lasts."""

    def __init__(self, bench, folder, sessions, users=1, before=(), **options):
        self.bench, self.sessions, self.before = bench, sessions, before
        self.daemon = Daemon(bench.program, folder, **options)
        self.users = [USER] if users == 1 else [f"{USER}{number}" for number in range(users)]

    def __enter__(self):
        if self.sessions:
            rows = [
                (name, self.users[at % len(self.users)], self.daemon.root, turns)
                for at, (name, turns) in enumerate(self.sessions)]
            write(self.daemon.data, self.bench.turn, rows)
        self.tokens = [self.daemon.token(user) for user in self.users]
        self.token = self.tokens[0]
        try:
            self.daemon.start(self.before)
        except BaseException:
            self.daemon.remove()
            raise
        return self

    def __exit__(self, *_):
        self.daemon.remove()

    def attach(self, session, seq=None, window=None, compress=False):
        return attach(self.daemon, self.token, position(session, seq, window), compress=compress)


class Spent:
    """The time and the server's processor time of what happens in the block, in milliseconds."""

    def __init__(self, daemon):
        self.daemon = daemon

    def __enter__(self):
        self.processor, self.wall = self.daemon.processor_ms, time.monotonic()
        return self

    def __exit__(self, *_):
        self.wall = (time.monotonic() - self.wall) * 1_000
        self.processor = self.daemon.processor_ms - self.processor


def figure(what, said):
    print(f"figure: {what}: {said}", flush=True)


def ratio(value, base):
    return f"{value / base:.2f}×" if base else "–"
