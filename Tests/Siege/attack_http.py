"""Row 2: requests that two parsers may take for different things: malformed, pipelined, split, chunked."""
import asyncio

from target import listen
from websocket import dial, frame, upgrade

GET = b"GET /healthz HTTP/1.1\r\nHost: siege\r\n\r\n"
POST = b"POST /acp HTTP/1.1\r\nHost: siege\r\n"

MALFORMED = [
    b"\r\n" * 2_000,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 500,
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00" * 64,
    b"GET /healthz\r\n\r\n",
    b"GET  HTTP/1.1\r\n\r\n",
    b"GET /\x00healthz HTTP/1.1\r\nHost: siege\r\n\r\n",
    b"GET /healthz HTTP/9.9\r\nHost: siege\r\n\r\n",
    b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: siege\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: siege\r\n" + b"A: b\r\n" * 5_000 + b"\r\n",
    b"GET /healthz HTTP/1.1\r\nno colon\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: siege\r\n folded: value\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: a\x00b\r\nX: \xff\xfe\r\n\r\n",
    b"GET /healthz HTTP/1.1\nHost: siege\n\n",
    b"OPTIONS * HTTP/1.1\r\nHost: siege\r\n\r\n",
    b"CONNECT siege:80 HTTP/1.1\r\nHost: siege\r\n\r\n" + GET,
    b"\x80\x81\x82\xff" * 1_000,
]

CHUNKED = [
    POST + b"Content-Length: -1\r\n\r\n",
    POST + b"Content-Length: 99999999999999999999\r\n\r\n" + b"a" * 1_000,
    POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + GET,
    POST + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc",
    POST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\nabc\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding: chunked\r\n\r\n3;" + b"x" * 100_000 + b"\r\nabc\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 10_000 + b"0\r\n\r\n" + GET,
    POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\nTrailer: yes\r\n\r\n" + GET,
    POST + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n",
    GET * 50,
    GET[:-2] + b"Content-Length: 40\r\n\r\n" + GET,
]


def bad_upgrades(token):
    """Upgrade requests with something wrong; each with a second request or a frame behind it."""
    hello = frame('{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":1}}')
    good = upgrade(token)
    yield upgrade(token, Connection="keep-alive") + GET
    yield upgrade(token, Host=None) + GET
    yield good.replace(b"HTTP/1.1", b"HTTP/1.0") + GET
    yield upgrade(token, Sec_WebSocket_Version="12") + hello
    yield upgrade(token, Sec_WebSocket_Key="short") + hello
    yield upgrade(token, Sec_WebSocket_Key=None) + hello
    yield upgrade(token, Upgrade="h2c, websocket") + GET
    yield upgrade(token, Upgrade="h2c") + GET
    yield good.replace(b"GET ", b"POST ") + hello
    yield upgrade(token, Content_Length="5") + b"hello" + hello
    yield upgrade(token, Transfer_Encoding="chunked") + b"0\r\n\r\n" + hello
    yield good + good
    yield good + GET * 3
    yield good.replace(b"/acp", b"/nothing") + GET
    yield upgrade(token, Origin="https://evil.example") + GET
    yield upgrade(token, Belay_Initialize="A" * 20_000) + hello
    yield upgrade(token, Belay_Initialize="*\x7f") + hello
    yield upgrade(token, Sec_WebSocket_Extensions="permessage-deflate; " + "x=1; " * 1_000) + hello


async def say(target, data, pieces):
    """One connection that says this, in so many pieces, and listens for a while."""
    reader, writer = await dial(target.port)
    try:
        cuts = sorted(target.chance.randrange(len(data)) for _ in range(pieces - 1))
        for begin, end in zip([0, *cuts], [*cuts, len(data)]):
            writer.write(data[begin:end])
            await asyncio.wait_for(writer.drain(), 2)
            if pieces > 1:
                await asyncio.sleep(0.005)
        await listen(reader, 0.5)
    finally:
        writer.transport.abort()


async def malformed(target):
    await say(target, target.chance.choice(MALFORMED), 1)


async def chunked(target):
    await say(target, target.chance.choice(CHUNKED), 1)


async def split(target):
    everything = MALFORMED + CHUNKED + list(bad_upgrades(target.tokens["mallory"]))
    await say(target, target.chance.choice(everything), target.chance.randint(2, 40))


async def upgrades(target):
    """Half of them with a good token: a stranger and a user are two ways through the code."""
    token = target.chance.choice([None, "belay_nothing", target.tokens["mallory"], target.tokens["mallory"]])
    await say(target, target.chance.choice(list(bad_upgrades(token))), 1)


async def no_connection_header(target):
    """The one that ended the server: no `Connection: upgrade`, and a second request in the same segment."""
    token = target.chance.choice([None, target.tokens["mallory"]])
    data = upgrade(token, Connection=target.chance.choice([None, "close", "keep-alive"]))
    await say(target, data + target.chance.choice([GET, data, GET * 4]), 1)
