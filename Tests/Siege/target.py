"""What the hostile ones are given: where the server is, whose tokens they have, and somebody else's session."""
import asyncio
import random
import time

from websocket import Ended, WebSocket, initialize

# Limits of an attack, so that it stays a test: what one connection sends, and how long one waits for an answer.
PATIENCE = 2
SENT_MAXIMUM = 24 << 20


class Target:
    def __init__(self, port, tokens, neighbour, folder, seed):
        self.port, self.tokens, self.neighbour, self.folder = port, tokens, neighbour, folder
        self.chance = random.Random(seed)
        # Sentences about what must not have been possible.
        self.breaches = []

    def breach(self, sentence):
        if len(self.breaches) < 20:
            self.breaches.append(sentence)

    async def open(self, user="mallory", client="siege", receive_bytes=None, extensions=None):
        """A connection behind its `initialize`."""
        socket = await WebSocket.open(self.port, self.tokens[user], receive_bytes=receive_bytes, extensions=extensions)
        try:
            await asyncio.wait_for(socket.call(0, "initialize", initialize(client)), PATIENCE * 5)
        except BaseException:
            socket.abort()
            raise
        return socket

    async def session(self, socket, identifier=1):
        """A session of one's own."""
        made = await asyncio.wait_for(
            socket.call(identifier, "session/new", {"cwd": self.folder, "mcpServers": []}), PATIENCE * 5)
        if "result" not in made:
            raise Ended(None)
        return made["result"]["sessionId"], made["result"]["_meta"]["belay"]["epoch"]


def prompt(session, text, **belay):
    params = {"sessionId": session, "prompt": [{"type": "text", "text": text}]}
    return params | ({"_meta": {"belay": belay}} if belay else {})


async def answers(socket, count, patience=PATIENCE):
    """Reads up to so many messages, for at most so long."""
    end, read = time.monotonic() + patience, []
    try:
        while len(read) < count and time.monotonic() < end:
            read.append(await asyncio.wait_for(socket.receive(), max(0.01, end - time.monotonic())))
    except asyncio.TimeoutError:
        pass
    return read


async def listen(reader, patience=PATIENCE):
    """What the server says until it closes, 64 KiB at most."""
    said = b""
    try:
        while len(said) < 1 << 16:
            some = await asyncio.wait_for(reader.read(1 << 14), patience)
            if not some:
                break
            said += some
    except (asyncio.TimeoutError, ConnectionError):
        pass
    return said


async def write_unread(socket, pieces):
    """Writes and never reads, until the server takes no more: then it has done what it should."""
    socket.writer.transport.pause_reading()
    sent = 0
    for piece in pieces:
        if sent > SENT_MAXIMUM:
            break
        sent += len(piece)
        socket.writer.write(piece)
        try:
            await asyncio.wait_for(socket.writer.drain(), PATIENCE)
        except asyncio.TimeoutError:
            break
    await asyncio.sleep(PATIENCE * 2)
