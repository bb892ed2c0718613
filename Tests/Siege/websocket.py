"""WebSocket by hand: a peer that has to break the rules cannot be made of a library that keeps them."""
import asyncio
import base64
import json
import os
import socket
import struct

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def frame(payload, opcode=TEXT, final=True, masked=True, reserved=0, length=None):
    """The bytes of one frame; `length` announces another length than the payload has."""
    if isinstance(payload, str):
        payload = payload.encode()
    size = len(payload) if length is None else length
    head = bytes([(0x80 if final else 0) | reserved << 4 | opcode])
    mask = 0x80 if masked else 0
    if size < 126:
        head += bytes([mask | size])
    elif size < 1 << 16:
        head += bytes([mask | 126]) + struct.pack(">H", size)
    else:
        head += bytes([mask | 127]) + struct.pack(">Q", size)
    if not masked:
        return head + payload
    key = os.urandom(4)
    repeated = (key * (len(payload) // 4 + 1))[: len(payload)]
    mixed = int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")
    return head + key + mixed.to_bytes(len(payload), "big")


def request(identifier, method, params):
    return {"jsonrpc": "2.0", "id": identifier, "method": method, "params": params}


def upgrade(token=None, initialize=None, **changes):
    """The bytes of an upgrade request. A header in `changes` replaces the right one, or takes it away with None."""
    headers = {
        "Host": "siege",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
    }
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    if initialize is not None:
        headers["Belay-Initialize"] = base64.urlsafe_b64encode(json.dumps(initialize).encode()).decode().rstrip("=")
    for name, value in changes.items():
        headers[name.replace("_", "-")] = value
    lines = [f"{name}: {value}" for name, value in headers.items() if value is not None]
    return ("\r\n".join(["GET /acp HTTP/1.1", *lines]) + "\r\n\r\n").encode()


async def dial(port, receive_bytes=None):
    """A TCP connection; with `receive_bytes`, one whose kernel takes little before it says that it is full."""
    raw = socket.socket()
    raw.setblocking(False)
    if receive_bytes:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    try:
        await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", port))
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return await asyncio.open_connection(sock=raw, limit=1 << 16)
    except BaseException:
        raw.close()
        raise


class Refused(Exception):
    """The server answered the upgrade with something else than 101."""

    def __init__(self, head):
        super().__init__(head.split("\r\n")[0])
        self.status = int(head.split(" ")[1])


class Ended(Exception):
    """The connection ended, with the code of the close frame if there was one."""


class WebSocket:
    """One connection behind its 101."""

    def __init__(self, reader, writer, head):
        self.reader, self.writer, self.head = reader, writer, head
        self.held = b""

    @classmethod
    async def open(cls, port, token, initialize=None, receive_bytes=None, extensions=None):
        reader, writer = await dial(port, receive_bytes)
        try:
            writer.write(upgrade(token, initialize, Sec_WebSocket_Extensions=extensions))
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except BaseException:
            writer.transport.abort()
            raise
        if not head.startswith("HTTP/1.1 101"):
            writer.transport.abort()
            raise Refused(head)
        return cls(reader, writer, head)

    async def send(self, message):
        await self.send_frame(frame(json.dumps(message)))

    async def send_frame(self, data):
        self.writer.write(data)
        await self.writer.drain()

    async def receive(self):
        """The next message; pings are answered on the way."""
        while True:
            final, opcode, payload = await self.read_frame()
            if opcode == CLOSE:
                raise Ended(struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else None)
            if opcode == PING:
                await self.send_frame(frame(payload, PONG))
            elif opcode != PONG:
                self.held += payload
                if final:
                    whole, self.held = self.held, b""
                    return json.loads(whole)

    async def read_frame(self):
        try:
            first, second = await self.reader.readexactly(2)
            size = second & 0x7F
            if size == 126:
                (size,) = struct.unpack(">H", await self.reader.readexactly(2))
            elif size == 127:
                (size,) = struct.unpack(">Q", await self.reader.readexactly(8))
            return bool(first & 0x80), first & 0x0F, await self.reader.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise Ended(None) from error

    async def call(self, identifier, method, params):
        """Sends a request and returns its response, whatever else comes before."""
        await self.send(request(identifier, method, params))
        while True:
            message = await self.receive()
            if message.get("id") == identifier and "method" not in message:
                return message

    def abort(self):
        self.writer.transport.abort()


def initialize(client=None, resume=None):
    """The parameters of `initialize`: of a plain ACP client, or of one of the layer."""
    params = {"protocolVersion": 1, "clientCapabilities": {}}
    if client:
        belay = {"version": 1, "clientId": client, "coalesce": False}
        params["clientCapabilities"] = {"_meta": {"belay": belay}}
    if resume:
        params["_meta"] = {"belay": {"resume": resume}}
    return params
