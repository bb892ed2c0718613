"""Clients of the layer that cost little themselves: what they do not need of a message is not parsed."""
import base64
import json
import os
import re
import selectors
import socket
import struct
import time
import uuid
import zlib

# How belayd writes messages: the members are in this order, and there are no spaces.
FENCE = b'"method":"_belay/caught_up"'
RESPONSE = re.compile(rb'\{"jsonrpc":"2\.0","id":[^,]*,"(?:result|error)":')
PATIENCE = 60


class Refused(Exception):
    """The server answered the upgrade with something else than 101."""

    def __init__(self, head, body):
        super().__init__(head.split("\r\n")[0] + " " + body)
        self.status = int(head.split(" ")[1])
        try:
            self.delay = json.loads(body)["retryAfterMs"] / 1_000
        except (ValueError, KeyError, TypeError):
            self.delay = None


def initialize(resume=None, coalesce=True):
    """The parameters of `initialize` of a new client, with the session to attach to if there is one."""
    belay = {"version": 1, "clientId": str(uuid.uuid4()), "coalesce": coalesce}
    params = {"protocolVersion": 1, "clientCapabilities": {"_meta": {"belay": belay}}}
    if resume:
        params["_meta"] = {"belay": {"resume": [resume]}}
    return params


def position(session, seq=None, window=None, epoch="e"):
    """A session to attach to: behind the entry `seq`, or without a copy."""
    where = {"sessionId": session}
    if seq is not None:
        where |= {"epoch": epoch, "afterSeq": seq}
    return where | ({"window": window} if window else {})


def upgrade(token, params, compress=False, host="127.0.0.1"):
    """The upgrade request, with `initialize` in it: the fast path."""
    head = [
        "GET /acp HTTP/1.1", f"Host: {host}", "Connection: Upgrade", "Upgrade: websocket",
        "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        f"Authorization: Bearer {token}",
        *["Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover"] * compress,
        f"Belay-Initialize: {base64.urlsafe_b64encode(json.dumps(params).encode()).decode().rstrip('=')}"]
    return ("\r\n".join(head) + "\r\n\r\n").encode()


def frame(payload, opcode=1):
    """A frame of a client. A mask of zeros is one, too, and costs nothing."""
    size = len(payload)
    head = bytes([0x80 | opcode])
    if size < 126:
        head += bytes([0x80 | size])
    elif size < 1 << 16:
        head += b"\xfe" + struct.pack(">H", size)
    else:
        head += b"\xff" + struct.pack(">Q", size)
    return head + b"\0\0\0\0" + payload


class Client:
    """A connection behind its 101."""

    def __init__(self, daemon, token, resume=None, coalesce=True, compress=False):
        self.socket = socket.socket()
        self.socket.settimeout(PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.connect((daemon.address, daemon.port))
        if daemon.tls:
            self.socket = daemon.tls.wrap_socket(self.socket, server_hostname=daemon.address)
        self.buffer, self.at, self.parts = b"", 0, b""
        self.is_deflated = False
        self.inflater = zlib.decompressobj(-15)
        self.number = 0
        # The bytes behind the 101, with the frames' own.
        self.bytes = 0
        params = initialize(resume, coalesce)
        self.socket.sendall(upgrade(token, params, compress, daemon.address))
        while b"\r\n\r\n" not in self.buffer:
            self.read()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        self.bytes = len(self.buffer)
        head = head.decode("latin-1")
        if not head.startswith("HTTP/1.1 101"):
            raise Refused(head, self.buffer.decode(errors="replace"))
        if compress and "permessage-deflate" not in head:
            raise SystemExit("server_costs: the server does not compress")
        if "belay-initialize: accepted" not in head.lower():
            self.send(0, "initialize", params)

    def read(self):
        some = self.socket.recv(1 << 18)
        if not some:
            raise SystemExit("server_costs: the server closed a connection")
        self.bytes += len(some)
        self.buffer = self.buffer[self.at:] + some
        self.at = 0

    def next(self):
        """The next message that is there whole; `None` when there is none."""
        while True:
            there = len(self.buffer) - self.at
            if there < 2:
                return None
            first, size = self.buffer[self.at], self.buffer[self.at + 1] & 0x7F
            begin = self.at + 2
            if size == 126:
                if there < 4:
                    return None
                (size,), begin = struct.unpack_from(">H", self.buffer, begin), begin + 2
            elif size == 127:
                if there < 10:
                    return None
                (size,), begin = struct.unpack_from(">Q", self.buffer, begin), begin + 8
            if len(self.buffer) < begin + size:
                return None
            payload, self.at = self.buffer[begin:begin + size], begin + size
            opcode = first & 0x0F
            if opcode == 8:
                raise SystemExit(f"server_costs: the server closed a connection: {payload!r}")
            if opcode == 9:
                self.socket.sendall(frame(payload, 10))
            elif opcode < 3:
                if opcode:
                    self.is_deflated = bool(first & 0x40)
                self.parts += payload
                if first & 0x80:
                    whole, self.parts = self.parts, b""
                    return self.inflater.decompress(whole + b"\0\0\xff\xff") if self.is_deflated else whole

    def receive(self):
        while (message := self.next()) is None:
            self.read()
        return message

    def send(self, number, method, params):
        message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        self.socket.sendall(frame(json.dumps(message).encode()))

    def answer(self):
        """The next response, whatever comes before it."""
        while not is_response(message := self.receive()):
            pass
        return message

    def call(self, method, params):
        """A request and its result, with the length of the answer."""
        self.number += 1
        self.send(self.number, method, params)
        answer = self.answer()
        parsed = json.loads(answer)
        if "result" not in parsed:
            raise SystemExit(f"server_costs: {method} was refused: {parsed.get('error')}")
        return parsed["result"], len(answer)

    def prompt(self, session, text):
        """Sends a prompt and waits for the end of its turn."""
        self.number += 1
        self.send(self.number, "session/prompt", prompt(session, text))
        check(self.answer())

    def initialized(self):
        """The answer to `initialize`, and its length."""
        answer = self.answer()
        return check(answer), len(answer)

    def until_caught_up(self):
        """The messages up to the fence."""
        messages = []
        while FENCE not in (message := self.receive())[:80]:
            messages.append(message)
        return messages

    def close(self):
        self.socket.close()


def attach(daemon, token, where, coalesce=True, compress=False):
    """A client that is current, the answer to its `initialize`, how long that is, and what was replayed."""
    client = Client(daemon, token, where, coalesce, compress)
    answer, size = client.initialized()
    resumed = answer["_meta"]["belay"]["resumed"][0]
    if "error" in resumed:
        raise SystemExit(f"server_costs: not attached: {resumed['error']}; the server says: {daemon.last_words}")
    return client, resumed, size, client.until_caught_up()


def prompt(session, text):
    belay = {"clientMessageId": str(uuid.uuid4())}
    return {"sessionId": session, "prompt": [{"type": "text", "text": text}], "_meta": {"belay": belay}}


def is_response(message):
    """Whether it is the answer to a request, and not a request or a notification."""
    return RESPONSE.match(message) is not None


def check(message):
    """The result of a response."""
    parsed = json.loads(message)
    if "result" not in parsed:
        raise SystemExit(f"server_costs: refused: {parsed.get('error')}")
    return parsed["result"]


class Arrival:
    """One of a crowd: it comes back as often as it is sent away, and is there when its fence is."""

    def __init__(self, request, fence=FENCE):
        self.request, self.fence = request, fence
        self.refusals = self.failures = self.bytes = 0
        self.seconds = self.socket = None
        self.tail = b""

    def dial(self, port, selector):
        self.tail, self.bytes = b"", 0
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.connect_ex(("127.0.0.1", port))
        selector.register(self.socket, selectors.EVENT_WRITE, self)

    def take(self):
        """Reads what is there; `True` once the client is current, else when to come back, or nothing yet."""
        some = self.socket.recv(1 << 18)
        self.tail = self.tail[-4_096:] + some
        self.bytes += len(some)
        if self.fence in self.tail and not self.tail.startswith(b"HTTP/1.1 5"):
            return True
        return None if some else self.away()

    def away(self):
        """How many seconds to stay away: as long as the server says, or as the product does without a word."""
        head, _, body = self.tail.decode(errors="replace").partition("\r\n\r\n")
        if head.startswith("HTTP/1.1 ") and not head.startswith("HTTP/1.1 101"):
            self.refusals += 1
            refused = Refused(head, body)
            if refused.status not in (429, 503):
                raise SystemExit(f"server_costs: {refused}")
            if refused.delay is not None:
                return refused.delay
        self.failures += 1
        if self.failures > 20:
            raise SystemExit("server_costs: a client of the crowd was never served")
        return min(8, 0.25 * (1 << self.failures))


def arrive(port, arrivals):
    """Lets all of them come at once, and returns when every one is current."""
    selector = selectors.DefaultSelector()
    begin = time.monotonic()
    later, left = [], len(arrivals)
    for arrival in arrivals:
        arrival.dial(port, selector)
    while left:
        now = time.monotonic()
        for when, arrival in [some for some in later if some[0] <= now]:
            arrival.dial(port, selector)
        later = [some for some in later if some[0] > now]
        patience = min([when - now for when, _ in later], default=PATIENCE)
        for key, events in selector.select(patience):
            arrival = key.data
            try:
                if events & selectors.EVENT_WRITE:
                    arrival.socket.sendall(arrival.request)
                    selector.modify(arrival.socket, selectors.EVENT_READ, arrival)
                    continue
                told = arrival.take()
            except BlockingIOError:
                continue
            except OSError:
                told = arrival.away()
            if told is None:
                continue
            selector.unregister(arrival.socket)
            if told is True:
                arrival.seconds = time.monotonic() - begin
                left -= 1
            else:
                arrival.socket.close()
                later.append((time.monotonic() + told, arrival))
    selector.close()
