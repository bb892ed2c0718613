"""A `belayd` of the benchmark: a process with a data folder of its own, and what the kernel counts of it."""
import os
import re
import resource
import select
import shutil
import signal
import subprocess
import time

# Bounds that no row is about, so that the server under them does its work and refuses nothing.
CONFIGURATION = """
[sessions]
expire = "never"
roots = ["{root}"]
[server]
compression = "on"
[limits]
connections = 100000
connections_per_user = 100000
sessions_per_user = 1000000
sessions_in_memory_per_user = {in_memory}
session_bytes = 1099511627776
bytes_per_user = 1099511627776
turns = 100000
turns_per_user = 10000
"""


class Missing(Exception):
    """What this machine does not have or does not allow, in a sentence."""


class Daemon:
    def __init__(self, program, folder, in_memory=100_000, address="127.0.0.1", options=(), tls=None, more=""):
        self.program, self.folder, self.address, self.options = program, folder, address, options
        # What clients speak TLS with; none speaks it without.
        self.tls = tls
        self.data, self.root = f"{folder}/data", f"{folder}/root"
        os.makedirs(self.data, mode=0o700, exist_ok=True)
        os.makedirs(self.root, exist_ok=True)
        with open(f"{self.root}/notes.md", "w") as notes:
            notes.write("# Notes\n\nThe bridge is raised at six.\n")
        self.configuration = f"{folder}/belayd.toml"
        with open(self.configuration, "w") as configuration:
            configuration.write(CONFIGURATION.format(root=os.path.realpath(self.root), in_memory=in_memory) + more)
        self.environment = {"HOME": folder, "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        self.process = self.port = None

    def token(self, user):
        """A new token of the user. Brings the journal of an earlier version up to date, too."""
        return subprocess.run(
            [self.program, "token", "create", "--user", user, "--data", self.data], env=self.environment, check=True,
            capture_output=True, text=True).stdout.strip()

    def start(self, before=()):
        """Starts the server, behind the words of `before`, and returns once it has said where it listens."""
        with open(f"{self.folder}/log", "ab") as log:
            self.process = subprocess.Popen(
                [*before, self.program, "serve", "--listen", f"{self.address}:0", "--data", self.data, "--config",
                 self.configuration, *self.options], env=self.environment, stdout=subprocess.PIPE, stderr=log)
        said, until = "", time.monotonic() + 120
        while "\n" not in said:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise SystemExit(f"server_costs: the server does not say where it listens: {self.last_words}")
            some = os.read(self.process.stdout.fileno(), 4_096).decode()
            if not some:
                raise SystemExit(f"server_costs: the server ended: {self.last_words}")
            said += some
        self.port = int(re.match(r"listening on wss?://[0-9.]+:([0-9]+)\n", said)[1])
        return self

    def stop(self):
        """Ends the server as an administrator would."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.process = None

    def restart(self):
        self.stop()
        return self.start()

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def last_words(self):
        with open(f"{self.folder}/log", errors="replace") as log:
            lines = log.read().splitlines()
        return lines[-1][:300] if lines else "nothing"

    @property
    def processor_ms(self):
        """What the processors have worked for all threads of the server, also those that have ended."""
        # CPUCLOCK_SCHED of another process, as clock_getcpuclockid makes it: nanoseconds instead of ticks.
        return time.clock_gettime_ns((~self.process.pid << 3) | 2) / 1e6

    def proc(self, file, name):
        """A number of a file of /proc/PID, such as VmRSS of status, in the file's own unit."""
        try:
            with open(f"/proc/{self.process.pid}/{file}") as lines:
                for line in lines:
                    if line.startswith(name + ":"):
                        return int(line.split()[1])
        except PermissionError as error:
            raise Missing(f"/proc/PID/{file} of a server that may not be traced is for root") from error
        raise Missing(f"/proc/PID/{file} has no {name}")

    @property
    def resident_kib(self):
        return self.proc("status", "VmRSS")


def raise_descriptors(wanted):
    """As many descriptors as a crowd of clients needs."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise Missing(f"only {hard} files may be open, and {wanted} are needed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class SystemCalls:
    """The system calls of a server between two looks, from the log of the strace under which it was started."""

    CALL = re.compile(r"^[0-9]+ +([a-z_0-9]+)\(")
    WRITTEN = re.compile(r"^[0-9]+ +(?:pwrite64\(|pwritev\(|<\.\.\. pwritev? ?(?:64)? resumed>).* = ([0-9]+)$")

    def __init__(self, log):
        if not shutil.which("strace"):
            raise Missing("there is no strace")
        self.log = log
        # As a grandchild, so that the server is still the child that is ended by its number.
        self.before = ["strace", "-D", "-f", "-qq", "-s", "0", "-o", log]

    def look(self):
        """Where the log ends, once it is quiet."""
        size = -1
        while size != os.path.getsize(self.log):
            size = os.path.getsize(self.log)
            time.sleep(0.05)
        return size

    def between(self, begin, end):
        """How often each call was made, and how many bytes were written to files."""
        with open(self.log, "rb") as log:
            log.seek(begin)
            lines = log.read(end - begin).decode(errors="replace").splitlines()
        counts, written = {}, 0
        for line in lines:
            if call := self.CALL.match(line):
                counts[call[1]] = counts.get(call[1], 0) + 1
            if result := self.WRITTEN.match(line):
                written += int(result[1])
        return counts, written
