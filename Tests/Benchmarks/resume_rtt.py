"""How long a resume takes on a link with a round-trip time, in units of it.

    resume_rtt.py BINARIES [--rtt 50,200] [--schemes ws,wss] [--runs 5] [--busy]

Two network namespaces are joined by a TUN relay that delays. In the one is `belayd`, and before it `belay proxy`, which
cuts the connection when so many bytes of a turn have come that about 2 KB are still to come; in the other is
`belay --batch`, which resumes. Prints a table; the exit code is 1 when a median is above 2.2 round trips for ws or 3.2
for wss.

With --busy, for programs that are not optimized or a machine that does something else as well, round trips are counted
by how much longer the fastest resume takes on the longest link than on the shortest: what is computed takes the same on
both. The exit code is then 1 when there seems to be one round trip too many each of three times.

Needs root, the package iproute2 and openssl; says so and prints nothing else when something is missing.
"""
import argparse
import contextlib
import ctypes
import fcntl
import heapq
import json
import os
import re
import select
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

CLIENT, SERVER = "10.88.0.1", "10.88.0.2"
LIMITS = {"ws": 2.2, "wss": 3.2}
# How often everything is measured at most with --busy.
BUSY_ROUNDS = 3
# The turn's last bytes as they came one by one; merged for a replay, about 2 KB are left of them.
MISSED_BYTES = 4_000
QUESTION = "How does the retry policy choose its delay?"


def enter(space):
    """Makes a network namespace this process's own."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open(f"/run/netns/{space}") as file:
        if libc.setns(file.fileno(), 0x40000000) != 0:
            raise OSError(ctypes.get_errno(), f"setns {space}")


def tun(space, address, peer):
    """A device of the namespace whose packets this process carries. A TUN hands them over finished, checksums too."""
    enter(space)
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, 0x400454CA, struct.pack("16sH", b"wan0", 0x0001 | 0x1000))  # TUNSETIFF, IFF_TUN | IFF_NO_PI
    for command in (f"addr add {address} peer {peer} dev wan0", "link set wan0 up", "link set lo up"):
        subprocess.check_call(["ip", *command.split()])
    return device


def relay(spaces, one_way, alive):
    """Carries packets both ways, each a little later, until the other end of `alive` is closed."""
    near = tun(spaces[0], CLIENT, SERVER)
    far = tun(spaces[1], SERVER, CLIENT)
    # A wire waits for nobody; where that is not allowed the round trip says so.
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    os.write(alive[1], b"up")
    waiting, number = [], 0
    while True:
        patience = max(0, waiting[0][0] - time.monotonic()) if waiting else None
        for device in select.select([near, far, alive[0]], [], [], patience)[0]:
            if device == alive[0]:
                return
            for _ in range(64):
                try:
                    packet = os.read(device, 65_536)
                except BlockingIOError:
                    break
                number += 1
                other = far if device == near else near
                heapq.heappush(waiting, (time.monotonic() + one_way, number, other, packet))
        while waiting and waiting[0][0] <= time.monotonic():
            _, _, device, packet = heapq.heappop(waiting)
            try:
                os.write(device, packet)
            except OSError:
                pass  # A device that is full drops, as links do.


class Link:
    """Two namespaces with a delay between them."""

    def __init__(self, round_trip):
        self.spaces = [f"belay-rtt-{os.getpid()}-{side}" for side in "cs"]
        for space in self.spaces:
            subprocess.check_call(["ip", "netns", "add", space])
        down, up = os.pipe(), os.pipe()
        self.process = os.fork()
        if self.process == 0:
            os.close(down[1])
            os.close(up[0])
            try:
                relay(self.spaces, round_trip / 2, (down[0], up[1]))
            except BaseException as error:
                print(f"resume_rtt: the relay: {error}", file=sys.stderr)
            os._exit(0)
        os.close(down[0])
        os.close(up[1])
        self.down = down[1]
        assert os.read(up[0], 2) == b"up", "the relay does not run"
        os.close(up[0])

    def inside(self, side, *command):
        return ["ip", "netns", "exec", self.spaces[side], *command]

    def close(self):
        os.close(self.down)
        os.waitpid(self.process, 0)
        for space in self.spaces:
            subprocess.call(["ip", "netns", "del", space])


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
        trip = connect_time(case.link, int(case.server.found[1]))
        lines, _ = case.turn(cut=whole - MISSED_BYTES)
        found = [line for line in lines if line["type"] == "connection" and line["state"] == "resumed"]
        if len(found) == 1:
            resumes += found
            trips.append(trip)
        if len(resumes) == runs:
            return resumes, trips
    raise SystemExit(f"resume_rtt: only {len(resumes)} of {runs} runs resumed")


def connect_time(link, port):
    """How long a TCP connection takes to be made over the link: a round trip as the system sees it."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            enter(link.spaces[0])
            # Not create_connection: what it does with the name takes milliseconds the first time.
            with socket.socket() as connection:
                begin = time.monotonic()
                connection.connect((SERVER, port))
                taken = time.monotonic() - begin
            os.write(writing, struct.pack("d", taken * 1_000))
        finally:
            os._exit(0)
    os.waitpid(process, 0)
    os.close(writing)
    taken = os.read(reading, 8)
    os.close(reading)
    return struct.unpack("d", taken)[0]


def fill(folder):
    """A folder about which there is something to say."""
    os.mkdir(folder)
    for name in ("Cart", "Stock", "Order", "Price", "Login"):
        with open(f"{folder}/{name}.swift", "w") as file:
            file.write(
                f"/// {name} keeps the retry policy of the shop: it retries with backoff and full jitter.\n"
                f"struct {name} {{\n    /// Retries after a delay that grows with each attempt, {name} by {name}.\n"
                "    func retry(attempt: Int) -> Int { min(8_000, 250 << attempt) }\n}\n")


def missing():
    """What this machine does not have or allow; nothing when it has all."""
    if os.geteuid() != 0:
        return "only root can make networks"
    for program in ("ip", "openssl"):
        if not shutil.which(program):
            return f"there is no {program}"
    if not os.path.exists("/dev/net/tun"):
        return "there is no /dev/net/tun"
    probe = f"belay-rtt-{os.getpid()}-probe"
    made = subprocess.run(["ip", "netns", "add", probe], capture_output=True, text=True)
    if made.returncode != 0:
        return made.stderr.strip() or "ip netns add fails"
    subprocess.call(["ip", "netns", "del", probe])
    return None


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
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
             "2", "-subj", "/CN=belay", "-addext", f"subjectAltName=IP:{SERVER}", "-keyout", f"{folder}/key.pem",
             "-out", f"{folder}/certificate.pem"], check=True, capture_output=True)
        is_within = measure_links(options, folder, fastest)
        if options.busy:
            # A busy machine may cost a round trip now and then; one that the programs cost is there each time.
            rounds = 1
            while not (is_within := all([count(*item) for item in fastest.items()])) and rounds < BUSY_ROUNDS:
                measure_links(options, folder, fastest)
                rounds += 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if is_within else 1)


main()
