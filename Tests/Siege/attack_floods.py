"""Rows 4 and 5: much of what is allowed once."""
import asyncio
import json
import uuid

from target import PATIENCE, answers, prompt
from websocket import WebSocket, frame, initialize, request


async def pour(socket, messages, count, patience=PATIENCE * 2):
    """Sends everything without waiting for answers, which are read beside it."""
    reading = asyncio.ensure_future(answers(socket, count, patience))
    try:
        for message in messages:
            await asyncio.wait_for(socket.send(message), PATIENCE)
        await reading
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def unknown_sessions(target):
    """A pipeline of requests for sessions that do not exist, each of which has to be looked for."""
    socket = await target.open()
    try:
        method = target.chance.choice(["session/load", "session/resume", "session/prompt", "_belay/state"])
        asked = (
            request(100 + number, method, prompt(str(uuid.uuid4()), "hello") | {"cwd": "/", "mcpServers": []})
            for number in range(1_500))
        await pour(socket, asked, 1_500)
    finally:
        socket.abort()


async def one_session_often(target):
    """An `initialize` that names one session thousands of times."""
    socket = await target.open("trudy")
    try:
        session, epoch = await target.session(socket)
        await socket.send(request(2, "session/prompt", prompt(session, "remember that it is " + "long " * 10_000)))
        await answers(socket, 20)
    finally:
        socket.abort()
    entry = {"sessionId": session, "epoch": epoch, "afterSeq": 0}
    named = target.chance.choice([[entry] * 700, [{"sessionId": session}] * 1_500, [{"sessionId": "x"}] * 4_000])
    socket = await WebSocket.open(target.port, target.tokens["trudy"])
    try:
        await socket.send(request(0, "initialize", initialize("often", named)))
        # The answer may be left unread too.
        await asyncio.sleep(PATIENCE)
    finally:
        socket.abort()


async def long_folders(target):
    """Sessions whose folder, or key, is as long as a message can be."""
    socket = await target.open("trudy")
    try:
        long = "a" * 900_000
        for number in range(4):
            params = {"cwd": "/", "mcpServers": []}
            if target.chance.random() < 0.5:
                params["cwd"] = "/" + long
            else:
                params["_meta"] = {"belay": {"clientSessionKey": str(uuid.uuid4()) + long}}
            await asyncio.wait_for(socket.send(request(10 + number, "session/new", params)), PATIENCE)
        await answers(socket, 4)
    except ValueError:
        pass
    finally:
        socket.abort()


async def long_prompts(target):
    """Prompts of nearly a megabyte into one session, faster than turns can be."""
    socket = await target.open("trudy")
    try:
        session, epoch = await target.session(socket)
        # The same bytes each time: what costs is to be the server's, not this program's.
        data = frame(json.dumps(request(50, "session/prompt", prompt(session, "a" * 900_000))))
        for _ in range(12):
            socket.writer.write(data)
            await asyncio.wait_for(socket.writer.drain(), PATIENCE)
        await answers(socket, 30)
    finally:
        socket.abort()


async def growing_journals(target):
    """Many sessions with a long prompt each: what is written is meant to have a bound for each user."""
    socket = await target.open("trudy")
    try:
        for number in range(6):
            session, epoch = await target.session(socket, 100 + number)
            text = "remember that the moat is " + "deep " * 20_000
            await socket.send(request(200 + number, "session/prompt", prompt(session, text)))
        await answers(socket, 60)
    finally:
        socket.abort()


async def deleting(target):
    """Sessions that are deleted, closed or left while their turn runs."""
    socket = await target.open()
    try:
        for number in range(8):
            session, epoch = await target.session(socket, 100 + number)
            await socket.send(request(200 + number, "session/prompt", prompt(session, "What is in this folder?")))
            if target.chance.random() < 0.5:
                await answers(socket, target.chance.randint(1, 4), 0.3)
            method = target.chance.choice(["session/delete", "session/delete", "session/close"])
            await socket.send(request(300 + number, method, {"sessionId": session}))
            again = {"sessionId": session, "cwd": target.folder, "mcpServers": []}
            await socket.send(request(400 + number, "session/load", again))
        await answers(socket, 40)
    finally:
        socket.abort()
