"""The server under siege: a real process of its own data folder, few descriptors, and figures from /proc."""
import asyncio
import os
import re
import resource
import subprocess

# Few enough that a flood of connections meets the limit at once.
DESCRIPTORS = 256


class Server:
    def __init__(self, program, work, confined):
        self.program, self.work = program, work
        self.folder = os.path.join(work, "folder")
        self.data = os.path.join(work, "data")
        self.log = os.path.join(work, "log")
        os.makedirs(self.folder)
        with open(os.path.join(self.folder, "notes.md"), "w") as notes:
            notes.write("# Notes\n\nThe bridge is raised at six.\n")
        # A configuration of its own keeps whatever the user has out of it. The clients are on loopback.
        self.configuration = os.path.join(work, "belayd.toml")
        with open(self.configuration, "w") as configuration:
            configuration.write('[server]\ncompression = "on"\n')
            if confined:
                configuration.write(f'[sessions]\nroots = ["{self.folder}"]\n')
        self.process = None
        self.port = None

    def token(self, user):
        made = subprocess.run(
            [self.program, "token", "create", "--user", user, "--data", self.data],
            check=True, capture_output=True, text=True, timeout=60)
        return made.stdout.strip()

    async def start(self):
        with open(self.log, "wb") as log:
            self.process = await asyncio.create_subprocess_exec(
                self.program, "serve", "--listen", "127.0.0.1:0", "--data", self.data, "--config", self.configuration,
                stdout=subprocess.PIPE, stderr=log, preexec_fn=limit_descriptors)
        line = (await asyncio.wait_for(self.process.stdout.readline(), 60)).decode()
        found = re.fullmatch(r"listening on ws://127\.0\.0\.1:(\d+)\n", line)
        if not found:
            raise SystemExit(f"siege: the server said '{line.strip()}' and not where it listens; see {self.log}")
        self.port = int(found[1])

    @property
    def is_alive(self):
        return self.process.returncode is None

    @property
    def resident_bytes(self):
        return self.status("VmRSS") << 10

    def status(self, name):
        """A figure of /proc/PID/status; 0 when the process is gone."""
        try:
            with open(f"/proc/{self.process.pid}/status") as status:
                return next((int(line.split()[1]) for line in status if line.startswith(name + ":")), 0)
        except (FileNotFoundError, ProcessLookupError):
            return 0

    @property
    def descriptors(self):
        try:
            return len(os.listdir(f"/proc/{self.process.pid}/fd"))
        except (FileNotFoundError, ProcessLookupError):
            return 0

    @property
    def sockets(self):
        """The descriptors that stand for connections; the journal opens files for readers as it needs them."""
        count = 0
        for descriptor in os.listdir(folder := f"/proc/{self.process.pid}/fd"):
            try:
                count += os.readlink(f"{folder}/{descriptor}").startswith("socket:")
            except FileNotFoundError:
                pass  # It was closed meanwhile.
        return count

    @property
    def log_bytes(self):
        return os.path.getsize(self.log)

    @property
    def data_bytes(self):
        return sum(entry.stat().st_size for entry in os.scandir(self.data) if entry.is_file())

    @property
    def last_words(self):
        """How it ended, and the last line of its log."""
        with open(self.log, errors="replace") as log:
            lines = log.read().splitlines()
        return f"it ended with {self.process.returncode}; its last words: {lines[-1][:200] if lines else 'none'}"

    async def stop(self):
        """Ends the process as an administrator would; `True` if it went by itself within ten seconds."""
        if self.process is None or not self.is_alive:
            return False
        self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), 10)
            return True
        except asyncio.TimeoutError:
            self.process.kill()
            await self.process.wait()
            return False


def limit_descriptors():
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
