"""permessage-deflate (RFC 7692): short frames that are long messages, streams that are none, and fragments of both."""
import asyncio
import functools
import zlib

from target import PATIENCE, listen
from websocket import PING, frame

OFFER = "permessage-deflate; client_no_context_takeover"
# The reserved bits as `frame` takes them: RSV1 marks a compressed message.
DEFLATED = 4


def deflated(text, ending=zlib.Z_SYNC_FLUSH):
    """The payload of one compressed message."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    stream = compressor.compress(text) + compressor.flush(ending)
    return stream[:-4] if ending == zlib.Z_SYNC_FLUSH else stream + b"\x00"


def blank_ping(size):
    return b'{"jsonrpc":"2.0","id":7,"method":"_belay/ping","params":{"t":"' + b" " * size + b'"}}'


@functools.cache
def bombs():
    """What is sent, by its kind: some messages are too long, some are as long as they may be, and there are many."""
    huge, whole = deflated(blank_ping(64 << 20)), deflated(blank_ping((1 << 20) - 200))
    pieces = [huge[start:start + 512] for start in range(0, len(huge), 512)]
    nested = zlib.compressobj(9, zlib.DEFLATED, -15)
    deep = nested.compress(b"[" * (1 << 20)) + nested.flush(zlib.Z_SYNC_FLUSH)
    return [
        frame(huge, reserved=DEFLATED),
        frame(pieces[0], final=False, reserved=DEFLATED)
        + b"".join(frame(piece, 0, final=False) + frame(b"", PING) for piece in pieces[1:]),
        frame(whole, reserved=DEFLATED) * 60,
        frame(deflated(blank_ping(1_000), zlib.Z_FINISH), reserved=DEFLATED) * 50,
        frame(deep[:-4], reserved=DEFLATED) * 20,
        frame(b"\x00", reserved=DEFLATED) * 2_000,
    ]


def wrong():
    """What is no compressed message."""
    good = deflated(blank_ping(50))
    yield frame(b"", reserved=DEFLATED)
    yield frame(b"\x06", reserved=DEFLATED)
    yield frame(b"\xf2\x00\x11\x00\x00", reserved=DEFLATED)
    yield frame(good[:-5], reserved=DEFLATED)
    yield frame(good + b"\x00\x00\xff\xff", reserved=DEFLATED)
    yield frame(good)
    yield frame(good[:9], final=False, reserved=DEFLATED) + frame(good[9:], 0, reserved=DEFLATED)
    yield frame(good[:9], final=False, reserved=DEFLATED) + frame(good, reserved=DEFLATED)
    yield frame(b"", PING, reserved=DEFLATED)
    for bits in (1, 2, 3, 5, 6, 7):
        yield frame(good, reserved=bits)


async def hurl(target, data):
    socket = await target.open(extensions=OFFER)
    try:
        if "permessage-deflate" not in socket.head:
            raise RuntimeError("the server does not compress, and so the attack is none")
        socket.writer.write(data)
        await asyncio.wait_for(socket.writer.drain(), PATIENCE)
        await listen(socket.reader, 0.5)
    finally:
        socket.abort()


async def bomb(target):
    await hurl(target, target.chance.choice(bombs()))


async def broken(target):
    await hurl(target, target.chance.choice(list(wrong())))
