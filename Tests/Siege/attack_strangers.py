"""Rows 4 and 6: those who have no token, and take connections, memory and time before one is asked for."""
import asyncio
import base64
import os
import socket as sockets
import struct
import time

from target import listen
from websocket import dial, initialize, upgrade

# How many at once. Together they stay below the server's descriptors: only the flood is meant to reach them.
DRIPPERS = 30
HALVES = 16

# The flood of connections is held at known times, for what has to hold then is another thing.
FLOOD_EVERY, FLOOD_FIRST, FLOOD_LASTS, FLOOD_CONNECTIONS = 20, 5, 4, 300


def is_flooded(passed):
    """Whether the server may be without a descriptor, so many seconds after the siege began."""
    return passed >= FLOOD_FIRST and (passed - FLOOD_FIRST) % FLOOD_EVERY < FLOOD_LASTS + 1


async def dripping(target):
    """Long headers, a piece at a time, that never end."""

    async def drip():
        reader, writer = await dial(target.port)
        try:
            writer.write(b"GET /acp HTTP/1.1\r\nHost: siege\r\n")
            line = b"X-Siege: " + b"a" * 8_000 + b"\r\n"
            for _ in range(100):
                writer.write(target.chance.choice([line, b"a" * 8_000]))
                await writer.drain()
                await asyncio.sleep(0.1)
        except OSError:
            pass
        finally:
            writer.transport.abort()

    await asyncio.gather(*(drip() for _ in range(DRIPPERS)), return_exceptions=True)


async def guessing(target):
    """Wrong tokens; none of them may open the door."""
    right = target.tokens["mallory"]
    wrong = target.chance.choice([
        "", "x", right[:-1], right + "A", right.swapcase(), right + "\x7f", "a" * 7_000, "\xff\xfe",
        "belay_" + base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("="),
    ])
    reader, writer = await dial(target.port)
    try:
        writer.write(upgrade(None, initialize("siege"), Authorization=f"Bearer {wrong}"))
        said = await listen(reader, 1)
        if said.startswith(b"HTTP/1.1 101"):
            target.breach(f"the token '{wrong[:80]}' was let in")
    finally:
        writer.transport.abort()


async def half_open(target):
    """Connections that say nothing, half of something, or end in the middle with a reset."""

    async def half():
        reader, writer = await dial(target.port)
        try:
            data = upgrade(target.chance.choice([None, target.tokens["mallory"]]), initialize("siege"))
            writer.write(data[: target.chance.choice([0, 1, 20, len(data) - 1, len(data)])])
            await writer.drain()
            end = target.chance.choice(["silence", "half", "reset"])
            raw = writer.transport.get_extra_info("socket")
            if end == "half":
                writer.write_eof()
            elif end == "reset":
                raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, struct.pack("ii", 1, 0))
                return
            await asyncio.sleep(4)
        finally:
            writer.transport.abort()

    await asyncio.gather(*(half() for _ in range(HALVES)), return_exceptions=True)


async def flood(target):
    """Connections until the server has no descriptor left, at the times that are set for it."""
    passed = time.monotonic() - target.begin
    if not is_flooded(passed) or (passed - FLOOD_FIRST) % FLOOD_EVERY > 1:
        return False
    end = time.monotonic() + FLOOD_LASTS
    held = []
    try:
        while len(held) < FLOOD_CONNECTIONS and time.monotonic() < end:
            raw = sockets.socket()
            raw.setblocking(False)
            held.append(raw)
            raw.connect_ex(("127.0.0.1", target.port))
            await asyncio.sleep(0.004)
        await asyncio.sleep(max(0, end - time.monotonic()))
    finally:
        for raw in held:
            raw.close()
    return True
