"""RFC 6455 broken in each way, and messages without an end."""
import asyncio
import struct

from target import PATIENCE, answers, listen
from websocket import BINARY, CLOSE, PING, TEXT, Ended, frame

PING_MESSAGE = '{"jsonrpc":"2.0","id":7,"method":"_belay/ping","params":{}}'


def wrong_frames():
    yield frame(PING_MESSAGE, masked=False)
    for bits in range(1, 8):
        yield frame(PING_MESSAGE, reserved=bits)
    for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
        yield frame(PING_MESSAGE, opcode)
    yield frame(PING_MESSAGE, 0)
    yield frame(PING_MESSAGE, BINARY)
    for bad in (b'"\xff"', b'"\xc0\x80"', b'"\xed\xa0\x80"', b'"\xf4\x90\x80\x80"', b'"\xc3', b"\x80" * 1_000):
        yield frame(bad)
        yield frame(bad[:1], final=False) + frame(bad[1:], 0)
    for code in (0, 1, 999, 1004, 1005, 1006, 1012, 1016, 2999, 3000, 4999, 5000, 65535):
        yield frame(struct.pack(">H", code) + b"reason", CLOSE)
    yield frame(b"\x03", CLOSE)
    yield frame(struct.pack(">H", 1000) + b"\xff\xfe", CLOSE)
    yield frame(struct.pack(">H", 1000) + b"a" * 200, CLOSE)
    yield frame(b"a" * 126, PING)
    yield frame(b"a", PING, final=False) + frame(b"b", 0)
    yield frame("[", TEXT, final=False) + frame("]", TEXT)
    for length in (1 << 21, 1 << 31, 1 << 32, (1 << 63) - 1, 1 << 63, (1 << 64) - 1):
        yield frame(b"{", length=length)
    yield b"\x81\xfe\x00\x05" + b"\x00" * 9
    yield b"\x81\xff" + struct.pack(">Q", 5) + b"\x00" * 9


async def wrong(target):
    socket = await target.open()
    try:
        await socket.send_frame(target.chance.choice(list(wrong_frames())))
        await listen(socket.reader, 0.5)
    finally:
        socket.abort()


async def endless(target):
    """A message of fragments that never ends: long ones, short ones, empty ones."""
    size, count = target.chance.choice([(64 << 10, 64), (1_000, 4_000), (1, 20_000), (0, 20_000)])
    socket = await target.open()
    try:
        await socket.send_frame(frame('"' + "a" * 10, final=False))
        piece = frame(b"a" * size, 0, final=False) * max(1, 4_096 // (size + 8))
        for _ in range(max(1, count // max(1, 4_096 // (size + 8)))):
            socket.writer.write(piece)
            await asyncio.wait_for(socket.writer.drain(), PATIENCE)
        await answers(socket, 1)
    except (Ended, asyncio.TimeoutError):
        pass
    finally:
        socket.abort()
