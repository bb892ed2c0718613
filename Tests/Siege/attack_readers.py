"""Row 4: requests whose answers nobody reads. A server that goes on reading them keeps the answers in memory."""
import json
from itertools import chain, repeat

from target import prompt, write_unread
from websocket import PING, frame, request

# A window this small is full after a few answers.
WINDOW = 4_096


async def with_transcript(target, user):
    """A connection that reads little, and a session of some length on it."""
    socket = await target.open(user, receive_bytes=WINDOW)
    session, epoch = await target.session(socket)
    for number in range(4):
        text = "remember that the wall is " + "stone " * 8_000
        await socket.send(request(10 + number, "session/prompt", prompt(session, text)))
    return socket, session, epoch


async def requests(target):
    """The same question again and again; its answer is thousands of times as long."""
    socket, session, epoch = await with_transcript(target, "trudy")
    try:
        here = {"sessionId": session}
        method, params = target.chance.choice([
            ("session/load", here | {"cwd": target.folder, "mcpServers": []}),
            ("_belay/history", here | {"limit": 500}),
            ("_belay/fill", here | {"epoch": epoch, "from": 1, "to": 6}),
            ("_belay/state", here),
            ("session/list", {}),
            ("session/resume", here | {
                "cwd": target.folder, "mcpServers": [], "_meta": {"belay": {"epoch": epoch, "afterSeq": 0}}}),
        ])
        asked = (frame(json.dumps(request(100 + number, method, params))) for number in range(2_000))
        await write_unread(socket, asked)
    finally:
        socket.abort()


async def small_answers(target):
    """Answers as long as the questions: parse errors, refusals, and pings of both kinds."""
    socket = await target.open("trudy", receive_bytes=WINDOW)
    try:
        kind = target.chance.choice(["parse", "refusal", "ping", "web", "identifier"])
        long = "p" * 2_000
        piece = {
            "parse": frame("{" * 30),
            "refusal": frame(json.dumps(request(1, long, {}))),
            "ping": frame(json.dumps(request(1, "_belay/ping", {"t": long}))),
            "web": frame(b"p" * 125, PING),
            "identifier": frame(json.dumps(request(long, "no/method", {}))),
        }[kind]
        await write_unread(socket, chain.from_iterable(repeat([piece * 20], 1_000)))
    finally:
        socket.abort()
