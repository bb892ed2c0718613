"""Row 3: names and texts that end early, are endless, or are spelt like another's."""
import json

from target import answers, prompt
from websocket import WebSocket, frame, initialize, request

MEGABYTE = (1 << 20) - 4_096

NAMES = [
    "", "\0", "a\0b", "\x1b]0;title\x07", "\x1b[2J", "\u202egnp.exe", "caf\u00e9", "cafe\u0301", "\U000e0041", "\ufeff",
    "'; DROP TABLE entries; --", "%s%n%p", "../../etc/passwd", "$(touch /tmp/x)", "\r\nSet-Cookie: a=b", "\x7f\x80\x9b",
    "\ud800", "\udfff\ud800", "a" * 129, "a" * 100_000,
]


def requests(session, name):
    """Each request that has a name or a text, with this one in it."""
    here, there = {"sessionId": session}, {"sessionId": name}
    for known in (there, {"sessionId": session + name}, {"sessionId": name + session}):
        for method in ("session/load", "session/close", "_belay/state", "_belay/history"):
            yield method, known | {"cwd": "/", "mcpServers": []}
        yield "session/prompt", known | {"prompt": [{"type": "text", "text": "hello"}]}
        yield "session/delete", known
        yield "_belay/fill", known | {"epoch": name, "from": 1, "to": 2}
        yield "_belay/fork", {"sessionId": name}
        yield "_belay/fork", known | {"clientSessionKey": name}
        stamp = {"belay": {"epoch": name, "afterSeq": 0}}
        yield "session/resume", known | {"cwd": "/", "mcpServers": [], "_meta": stamp}
    yield "session/prompt", prompt(session, "hello", clientMessageId=name)
    yield "session/prompt", prompt(session, f"remember that {name} is {name}")
    yield "session/prompt", here | {"prompt": [{"type": name, "text": name}]}
    yield "session/prompt", here | {"prompt": [{"type": "resource_link", "name": name, "uri": name}]}
    yield "session/prompt", prompt(session, "hello") | {"_meta": {"traceparent": name, name: name}}
    yield "session/list", {"cwd": name, "cursor": name}
    yield "_belay/state", here | {"parts": [name] * 50}
    yield "_belay/ping", {"t": name, "acks": [{"sessionId": name, "epoch": name, "seq": 1}]}
    yield "session/new", {"cwd": "/" + name, "mcpServers": []}
    yield "session/new", {"cwd": "/", "mcpServers": [], "_meta": {"belay": {"clientSessionKey": name}}}
    yield "session/new", {"cwd": "/", "mcpServers": [], "_meta": {"belay": {"agent": name}}}
    yield name, here


async def names(target):
    """One name through all fields."""
    name = target.chance.choice(NAMES)
    socket = await target.open(client=target.chance.choice([name, "siege"]) or "siege")
    try:
        session, epoch = await target.session(socket)
        everything = list(requests(session, name))
        target.chance.shuffle(everything)
        for number, (method, params) in enumerate(everything):
            await socket.send(request(100 + number, method, params))
        cancel = {"sessionId": session, "_meta": {"belay": {"turnId": name}}}
        await socket.send({"jsonrpc": "2.0", "method": "session/cancel", "params": cancel})
        await socket.send(request(name, "_belay/ping", {}))
        await answers(socket, len(everything) + 1)
    finally:
        socket.abort()


async def megabytes(target):
    """One megabyte in a place where a word was meant."""
    name = target.chance.choice(["a", "\0", "\u0301", "\u202e", "\x1b["]) * MEGABYTE
    # As written, not as escapes: just under the limit of a message.
    name = name.encode()[: MEGABYTE // 2].decode(errors="ignore").replace("\0", "0")
    socket = await target.open()
    try:
        session, epoch = await target.session(socket)
        method, params = target.chance.choice(list(requests(session, name)))
        await socket.send_frame(frame(json.dumps(request(1_000, method, params), ensure_ascii=False)))
        await answers(socket, 1)
    except ValueError:
        # The answer was longer than one reads here.
        pass
    finally:
        socket.abort()


async def neighbour(target):
    """Row 3 again: somebody else's session by its name, and by names that C and SQLite take for it."""
    session, epoch = target.neighbour["session"], target.neighbour["epoch"]
    spellings = [session, session + "\0", session + "\0x", session.upper(), " " + session, session + " "]
    spelling = target.chance.choice(spellings)
    known = {"sessionId": spelling}
    folder = known | {"cwd": target.folder, "mcpServers": []}
    asked = [
        ("session/load", folder),
        ("session/resume", folder | {"_meta": {"belay": {"epoch": epoch, "afterSeq": 0}}}),
        ("session/resume", folder),
        ("_belay/history", known),
        ("_belay/state", known),
        ("_belay/fill", known | {"epoch": epoch, "from": 1, "to": 5}),
        ("session/prompt", prompt(spelling, "What do you remember?")),
        ("session/close", known),
        ("session/delete", known),
    ]
    socket = await target.open()
    try:
        for number, (method, params) in enumerate(asked):
            await socket.send(request(100 + number, method, params))
        cancel = {"jsonrpc": "2.0", "method": "session/cancel", "params": known}
        await socket.send(cancel)
        for message in await answers(socket, len(asked)):
            number = message.get("id")
            if "result" in message and isinstance(number, int) and number >= 100:
                target.breach(f"{asked[number - 100][0]} of somebody else's session {spelling!r} was answered")
            if message.get("method") in ("session/update", "_belay/event"):
                target.breach(f"an entry of somebody else's session {spelling!r} was sent")
        resume = [known | {"epoch": epoch, "afterSeq": 0}]
    finally:
        socket.abort()
    socket = await WebSocket.open(target.port, target.tokens["mallory"], initialize("siege", resume))
    try:
        for message in await answers(socket, 1):
            for outcome in message.get("result", {}).get("_meta", {}).get("belay", {}).get("resumed", []):
                if "error" not in outcome:
                    target.breach(f"somebody else's session {spelling!r} was resumed in the upgrade request")
    finally:
        socket.abort()
