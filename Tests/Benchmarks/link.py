"""A link with a round-trip time: two network namespaces, joined by a TUN relay that delays.

Needs root, the package iproute2 and openssl; `missing` says what of that is not there.
"""
import contextlib
import ctypes
import fcntl
import heapq
import json
import os
import select
import shutil
import socket
import struct
import subprocess
import sys
import time

CLIENT, SERVER = "10.88.0.1", "10.88.0.2"


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
                print(f"link: the relay: {error}", file=sys.stderr)
            os._exit(0)
        os.close(down[0])
        os.close(up[1])
        self.down = down[1]
        assert os.read(up[0], 2) == b"up", "the relay does not run"
        os.close(up[0])

    def inside(self, side, *command):
        return ["ip", "netns", "exec", self.spaces[side], *command]

    def connect_time(self, port):
        """How long a TCP connection takes to be made, in milliseconds: a round trip as the system sees it."""

        def connect():
            # Not create_connection: what it does with the name takes milliseconds the first time.
            with socket.socket() as connection:
                begin = time.monotonic()
                connection.connect((SERVER, port))
                return (time.monotonic() - begin) * 1_000

        return self.at_client(connect)

    def at_client(self, work):
        """What `work` returns, as JSON carries it, from a process that is at the client's end."""
        reading, writing = os.pipe()
        process = os.fork()
        if process == 0:
            status = 1
            try:
                os.close(reading)
                enter(self.spaces[0])
                with os.fdopen(writing, "w") as result:
                    json.dump(work(), result)
                status = 0
            except BaseException as error:
                print(f"link: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
            finally:
                os._exit(status)
        os.close(writing)
        with os.fdopen(reading) as result:
            said = result.read()
        if os.waitpid(process, 0)[1] != 0:
            raise SystemExit("link: a client at the other end of the link failed")
        return json.loads(said)

    def close(self):
        os.close(self.down)
        os.waitpid(self.process, 0)
        for space in self.spaces:
            subprocess.call(["ip", "netns", "del", space])


def certificate(folder):
    """Makes a certificate of the server's end of the link: certificate.pem and key.pem in the folder."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=belay", "-addext", f"subjectAltName=IP:{SERVER}", "-keyout", f"{folder}/key.pem", "-out",
         f"{folder}/certificate.pem"], check=True, capture_output=True)


def missing():
    """What this machine does not have or allow for a link; nothing when it has all."""
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
