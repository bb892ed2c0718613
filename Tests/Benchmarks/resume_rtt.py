"""How long a resume takes on a link with a round-trip time, in units of it.

    resume_rtt.py BINARIES [--rtt 50,200] [--schemes ws,wss] [--runs 5] [--busy]

Two network namespaces are joined by a TUN relay that delays. In the one is `belayd`, and before it `belay proxy`, which
cuts the connection when so many bytes of a turn have come that about 2 KB are still to come; in the other is
`belay --batch`, which resumes. Prints a table, and whether each median is within 2.2 round trips for ws and 3.2 for
wss.

With --busy, for programs that are not optimized or a machine that does something else as well, round trips are counted
by how much longer the fastest resume takes on the longest link than on the shortest: what is computed takes the same on
both. Only then is the exit code 1 when there seems to be one round trip too many each of three times.

Needs root, the package iproute2 and openssl; says so and prints nothing else when something is missing.
"""
import argparse
import json
import os
import re
import select
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from link import SERVER, Link, certificate, missing

LIMITS = {"ws": 2.2, "wss": 3.2}
# How often everything is measured at most with --busy.
BUSY_ROUNDS = 3
# The turn's last bytes as they came one by one; merged for a replay, about 2 KB are left of them.
MISSED_BYTES = 4_000
QUESTION = "How does the retry policy choose its delay?"


class Program:
    """A program that says a line of a form, and goes on."""

    def __init__(self, command, environment, folder, form):
        self.process = subprocess.Popen(
            command, env=environment, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        self.seen = ""
        self.found = self.read(form)

    def read(self, form):
        """Waits for a line of that form."""
        deadline = time.monotonic() + 20
        while True:
            found = re.search(form, self.seen)
            if found:
                return found
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise SystemExit(f"resume_rtt: no line like {form}: {self.seen[-500:]}")
            text = os.read(self.process.stdout.fileno(), 65_536).decode()
            if not text:
                raise SystemExit(f"resume_rtt: ended without a line like {form}: {self.seen[-500:]}")
            self.seen += text

    def close(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Case:
    """A server behind the link, spoken to with or without TLS."""

    def __init__(self, binaries, folder, link, scheme):
        self.binaries, self.folder, self.link, self.scheme = binaries, folder, link, scheme
        self.home = os.path.join(folder, scheme)
        self.shop = os.path.join(folder, "shop")
        for name in ("state", "run", "config"):
            os.makedirs(os.path.join(self.home, name), mode=0o700)
        data = os.path.join(self.home, "data")
        self.environment = {
            "HOME": self.home, "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "SWIFT_BACKTRACE": "enable=no",
            "XDG_STATE_HOME": f"{self.home}/state", "XDG_RUNTIME_DIR": f"{self.home}/run",
            "XDG_CONFIG_HOME": f"{self.home}/config"}
        options = ["--insecure"]
        if scheme == "wss":
            options = ["--tls-cert", f"{folder}/certificate.pem", "--tls-key", f"{folder}/key.pem"]
        self.server = Program(
            link.inside(
                1, f"{binaries}/belayd", "serve", "--listen", f"{SERVER}:0", "--data", data, "--root", self.shop,
                *options),
            self.environment, self.shop, rf"listening on {scheme}://{SERVER}:([0-9]+)")
        token = subprocess.run(
            [f"{binaries}/belayd", "token", "create", "--user", "u", "--data", data], env=self.environment,
            check=True, capture_output=True, text=True).stdout.strip()
        self.environment["BELAY_TOKEN"] = token

    def turn(self, cut=None):
        """Runs a turn through a proxy that cuts once when so many bytes have come.

        Returns the lines of the run, and how many bytes had come on the first connection.
        """
        plan = os.path.join(self.home, "plan")
        with open(plan, "w") as file:
            file.write(f"at {cut} bytes cut\n" if cut else "")
        proxy = Program(
            self.link.inside(
                1, f"{self.binaries}/belay", "proxy", "--to", f"{SERVER}:{self.server.found[1]}", "--listen",
                f"{SERVER}:0", "--plan", plan),
            self.environment, self.shop, rf"listening on {SERVER}:([0-9]+)")
        try:
            if cut:
                proxy.read("cut after")
            configuration = os.path.join(self.home, "config.toml")
            with open(configuration, "w") as file:
                file.write(f'[servers.far]\nurl = "{self.scheme}://{SERVER}:{proxy.found[1]}"\n')
                file.write(f'certificates = "{self.folder}/certificate.pem"\n')
                # The link is this machine's own.
                file.write(f"insecure = {'true' if self.scheme == 'ws' else 'false'}\n")
                # The turn is cut by bytes, and a compressed one is shorter than what is to be missed of it.
                file.write('compression = "off"\n')
            run = subprocess.run(
                self.link.inside(
                    0, f"{self.binaries}/belay", "--batch", "--config", configuration, "--server", "far", "-o",
                    "jsonl", QUESTION),
                env=self.environment, cwd=self.shop, capture_output=True, text=True, timeout=60)
            if run.returncode != 0:
                raise SystemExit(f"resume_rtt: exit code {run.returncode}: {run.stderr}")
            came = int(proxy.read(r"#1 ended: ([0-9]+) bytes to the client")[1])
            return [json.loads(line) for line in run.stdout.splitlines()], came
        finally:
            proxy.close()

    def close(self):
        self.server.close()


def measure(case, runs):
    """The resumes of several runs, and how long a connection took to be made before each, in milliseconds."""
    _, whole = case.turn()
    resumes, trips = [], []
    # How the text of a turn is divided varies, so a turn may be over before it is cut.
    for _ in range(4 * runs):
        trip = case.link.connect_time(int(case.server.found[1]))
        lines, _ = case.turn(cut=whole - MISSED_BYTES)
        found = [line for line in lines if line["type"] == "connection" and line["state"] == "resumed"]
        if len(found) == 1:
            resumes += found
            trips.append(trip)
        if len(resumes) == runs:
            return resumes, trips
    raise SystemExit(f"resume_rtt: only {len(resumes)} of {runs} runs resumed")


def fill(folder):
    """A folder about which there is something to say."""
    os.mkdir(folder)
    for name in ("Cart", "Stock", "Order", "Price", "Login"):
        with open(f"{folder}/{name}.swift", "w") as file:
            file.write(
                f"/// {name} keeps the retry policy of the shop: it retries with backoff and full jitter.\n"
                f"struct {name} {{\n    /// Retries after a delay that grows with each attempt, {name} by {name}.\n"
                "    func retry(attempt: Int) -> Int { min(8_000, 250 << attempt) }\n}\n")


def row(milliseconds, scheme, resumes, trips, is_judged):
    """Prints a row of the table.

    Returns the shortest time, and whether the median is within its limit.
    """
    times = sorted(resume["resume_ms"] for resume in resumes)
    median = statistics.median(times)
    opened = [resume["opened_ms"] for resume in resumes if "opened_ms" in resume]
    parts = ""
    if opened:
        part = statistics.median(opened)
        parts = f"; open {part:.0f} ms ({part / milliseconds:.2f} R), replay {median - part:.0f} ms"
    size = statistics.median(resume["replayed_bytes"] for resume in resumes)
    is_within = median <= LIMITS[scheme] * milliseconds
    print(
        f"figure: resume {scheme:<3} R {milliseconds} ms (connect {statistics.median(trips):.1f} ms):"
        f" median {median:.0f} ms = {median / milliseconds:.2f} R, min {times[0]:.0f}, max {times[-1]:.0f};"
        f" {size:.0f} bytes replayed{parts}"
        + (f"; required {LIMITS[scheme]} R: {'pass' if is_within else 'FAIL'}" if is_judged else ""), flush=True)
    return times[0], is_within


def count(scheme, fastest):
    """Prints how many round trips a resume takes, by what a longer link adds.

    Returns whether that is nearer to the number that is required than to one more.
    """
    short, long = min(fastest), max(fastest)
    trips = (fastest[long] - fastest[short]) / (long - short)
    limit = int(LIMITS[scheme]) + 0.5
    print(
        f"figure: resume {scheme:<3} round trips, what is computed taken out: {trips:.2f} (required: less than {limit}):"
        f" {'pass' if trips < limit else 'FAIL'}", flush=True)
    return trips < limit


def measure_links(options, folder, fastest):
    """Measures on each link, and prints a row for each. Keeps the shortest times in `fastest`.

    Returns whether all medians are within their limits.
    """
    is_within = True
    for milliseconds in map(int, options.rtt.split(",")):
        link = Link(milliseconds / 1_000)
        try:
            for scheme, times in fastest.items():
                case = Case(options.binaries, folder, link, scheme)
                try:
                    resumes, trips = measure(case, options.runs)
                    shortest, within = row(milliseconds, scheme, resumes, trips, not options.busy)
                    times[milliseconds] = min(shortest, times.get(milliseconds, shortest))
                    is_within &= within
                finally:
                    case.close()
                    shutil.rmtree(case.home)
        finally:
            link.close()
    return is_within


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binaries", type=os.path.abspath)
    parser.add_argument("--rtt", default="50,200")
    parser.add_argument("--schemes", default="ws,wss")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--busy", action="store_true")
    options = parser.parse_args()
    reason = missing()
    if reason:
        print(f"skipped: the round trips of a resume ({reason})")
        return
    folder = tempfile.mkdtemp(prefix="belay-rtt-")
    fastest = {scheme: {} for scheme in options.schemes.split(",")}
    try:
        fill(f"{folder}/shop")
        certificate(folder)
        is_within = measure_links(options, folder, fastest)
        if options.busy:
            # A busy machine may cost a round trip now and then; one that the programs cost is there each time.
            rounds = 1
            while not (is_within := all([count(*item) for item in fastest.items()])) and rounds < BUSY_ROUNDS:
                measure_links(options, folder, fastest)
                rounds += 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    # A time depends on the machine, and fails nothing; a round trip does not.
    sys.exit(1 if options.busy and not is_within else 0)


main()
