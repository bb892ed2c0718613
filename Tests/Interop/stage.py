"""A belayd with agents behind it, and a proxy in front of it whose link is cut at random."""
import contextlib
import os
import pathlib
import random
import re
import shutil
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PEER = HERE.parent / "Peers" / "agent.py"


class Stage:
    """What a test of other people's programs needs; ends what it started."""

    def __init__(self, binaries, python, more=""):
        """`more` is added to the server's configuration."""
        self.more = more
        self.binaries = os.path.abspath(binaries)
        self.python = os.path.abspath(python)
        self.home = tempfile.mkdtemp(prefix="belay-interop-")
        self.folder = f"{self.home}/folder"
        self.log = f"{self.home}/log"
        self.processes = []
        self.environment = {
            "HOME": self.home, "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "XDG_STATE_HOME": self.home,
            "XDG_RUNTIME_DIR": self.home, "XDG_CONFIG_HOME": self.home}

    def __enter__(self):
        os.mkdir(self.folder)
        os.mkdir(f"{self.home}/sessions")
        with open(f"{self.home}/belayd.toml", "w") as file:
            file.write(f"""
[agents.sdk]
kind = "acp"
users = ["user"]
command = "{self.python}"
args = ["-B", "{HERE}/sdk_agent.py", "{self.log}"]
[agents.peer]
kind = "acp"
users = ["user"]
command = "{self.python}"
args = ["-B", "{PEER}"]
env = {{ AGENT_STATE = "{self.home}/sessions", AGENT_GOES_ON = "resume" }}
{self.more}
""")
        data = f"{self.home}/data"
        self.errors = open(f"{self.home}/errors", "w")
        token = subprocess.run(
            [f"{self.binaries}/belayd", "token", "create", "--user", "user", "--data", data], env=self.environment,
            capture_output=True, text=True, check=True)
        self.environment["BELAY_TOKEN"] = token.stdout.strip()
        self.address = self.start(
            [f"{self.binaries}/belayd", "serve", "--listen", "127.0.0.1:0", "--data", data, "--config",
             f"{self.home}/belayd.toml", "--root", self.folder], r"listening on ws://(\S+)")
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.terminate()
            process.wait()
        self.errors.close()
        shutil.rmtree(self.home, ignore_errors=True)

    def restart(self):
        """Kills the server (SIGKILL) and starts it again at the same address."""
        server = self.processes[0]
        server.kill()
        server.wait()
        self.processes.remove(server)
        arguments = [self.address if word == "127.0.0.1:0" else word for word in server.args]
        self.start(arguments, r"listening on ws://(\S+)")
        self.processes.insert(0, self.processes.pop())

    def start(self, arguments, pattern):
        """Starts a program, and returns the address that it says."""
        process = subprocess.Popen(
            arguments, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.errors,
            text=True)
        self.processes.append(process)
        for line in process.stdout:
            if found := re.search(pattern, line):
                return found.group(1)
        raise SystemExit(f"{arguments[0]} did not start")

    def cut_link(self, seed, cuts, seconds):
        """A proxy whose connections are cut so many times within that time."""
        chance = random.Random(seed)
        plan = tempfile.mktemp(dir=self.home)
        with open(plan, "w") as file:
            for time in sorted(chance.uniform(0.3, seconds) for _ in range(cuts)):
                file.write(f"{int(time * 1000)}ms cut\n")
        return self.start(
            [f"{self.binaries}/belay", "proxy", "--to", self.address, "--plan", plan], r"(127\.0\.0\.1:\d+)")


@contextlib.contextmanager
def seeded(seed):
    """Says the seed when something fails."""
    try:
        yield
    except BaseException:
        print(f"seed {seed}")
        raise
