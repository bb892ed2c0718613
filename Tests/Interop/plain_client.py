"""A client made of the `websockets` library and the protocol's page alone.

Creates a session, prompts, drops in the middle, and comes back twice: by the fast path of the upgrade request, and by
`session/resume`. Every `seq` has to arrive once, in order, with the same bytes behind it.

    plain_client.py ws://127.0.0.1:PORT TOKEN FOLDER
"""
import asyncio
import base64
import json
import sys
import uuid

import websockets

URL, TOKEN, FOLDER = sys.argv[1:4]
CLIENT = str(uuid.uuid4())


def initialize(resume=None):
    params = {
        "protocolVersion": 1,
        "clientCapabilities": {"_meta": {"belay": {"version": 1, "clientId": CLIENT, "coalesce": False}}},
    }
    if resume:
        params["_meta"] = {"belay": {"resume": [resume]}}
    return params


class Journal:
    """What the client holds: entries by number, applied only in order."""

    def __init__(self):
        self.entries = {}
        self.cursor = 0

    def take(self, message):
        method, params = message.get("method"), message.get("params", {})
        if method == "session/update":
            stamp, body = params["_meta"]["belay"], params["update"]
        elif method == "_belay/event":
            stamp, body = params, {"kind": params["kind"], "data": params["data"]}
        else:
            return
        first, last = stamp.get("from", stamp["seq"]), stamp["seq"]
        assert first == self.cursor + 1, f"expected {self.cursor + 1}, got {first}"
        self.cursor = last
        self.entries[last] = (stamp["ts"], json.dumps(body, sort_keys=True))


async def call(socket, journal, number, method, params):
    await socket.send(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}))
    while True:
        message = json.loads(await socket.recv())
        if message.get("id") == number and "method" not in message:
            assert "error" not in message, message
            return message["result"]
        journal.take(message)


async def until_caught_up(socket, journal):
    while True:
        message = json.loads(await socket.recv())
        if message.get("method") == "_belay/caught_up":
            return message["params"]
        journal.take(message)


async def main():
    headers = {"Authorization": f"Bearer {TOKEN}"}
    journal = Journal()
    async with websockets.connect(URL + "/acp", additional_headers=headers) as socket:
        assert "Acp-Connection-Id" in socket.response.headers
        result = await call(socket, journal, 0, "initialize", initialize())
        assert result["agentCapabilities"]["_meta"]["belay"]["version"] == 1
        new = await call(socket, journal, 1, "session/new", {"cwd": FOLDER, "mcpServers": []})
        session, epoch = new["sessionId"], new["_meta"]["belay"]["epoch"]
        assert (await until_caught_up(socket, journal))["seq"] == 0
        prompt = {
            "sessionId": session,
            "prompt": [{"type": "text", "text": "How does the client decide to reconnect?"}],
            "_meta": {"belay": {"clientMessageId": str(uuid.uuid4())}},
        }
        await socket.send(json.dumps({"jsonrpc": "2.0", "id": 2, "method": "session/prompt", "params": prompt}))
        while journal.cursor < 4:
            journal.take(json.loads(await socket.recv()))
    dropped = journal.cursor

    # The fast path: everything that was missed comes with the 101.
    position = {"sessionId": session, "epoch": epoch, "afterSeq": dropped}
    encoded = base64.urlsafe_b64encode(json.dumps(initialize(position)).encode()).decode().rstrip("=")
    fast = dict(headers) | {"Belay-Initialize": encoded}
    async with websockets.connect(URL + "/acp", additional_headers=fast) as socket:
        assert socket.response.headers["Belay-Initialize"] == "accepted"
        greeting = json.loads(await socket.recv())
        resumed = greeting["result"]["_meta"]["belay"]["resumed"][0]
        assert greeting["id"] == 0 and resumed["mode"] == "delta" and resumed["afterSeq"] == dropped, greeting
        assert resumed["tier"] == "brief"
        await until_caught_up(socket, journal)
        # The prompt sent again joins its turn and is not asked twice.
        joined = await call(socket, journal, 3, "session/prompt", prompt)
        assert joined["stopReason"] == "end_turn" and joined["_meta"]["belay"]["joined"] is True, joined
        conflict = dict(prompt) | {"prompt": [{"type": "text", "text": "something else"}]}
        await socket.send(
            json.dumps({"jsonrpc": "2.0", "id": 4, "method": "session/prompt", "params": conflict}))
        answer = json.loads(await socket.recv())
        assert answer["error"]["data"]["belay"]["reason"] == "idempotency_conflict", answer

    # `session/resume` from the middle: the same entries, byte for byte.
    again = Journal()
    again.cursor = dropped
    async with websockets.connect(URL + "/acp", additional_headers=headers) as socket:
        await call(socket, again, 0, "initialize", initialize())
        resume = {
            "sessionId": session, "cwd": FOLDER, "mcpServers": [],
            "_meta": {"belay": {"epoch": epoch, "afterSeq": dropped}},
        }
        result = await call(socket, again, 1, "session/resume", resume)
        assert result["_meta"]["belay"]["mode"] == "delta"
        fence = await until_caught_up(socket, again)
        assert fence["seq"] == journal.cursor
        history = await call(socket, again, 2, "_belay/history", {"sessionId": session, "limit": 10})
        assert [message["role"] for message in history["messages"]] == ["user", "assistant"], history
        state = await call(socket, again, 3, "_belay/state", {"sessionId": session})
        assert len(state["plan"]) == 5 and state["turn"]["running"] is False
    assert again.entries == {seq: entry for seq, entry in journal.entries.items() if seq > dropped}

    # A position that is ahead of the journal is a snapshot, never a clamp.
    ahead = Journal()
    async with websockets.connect(URL + "/acp", additional_headers=headers) as socket:
        await call(socket, ahead, 0, "initialize", initialize())
        resume["_meta"]["belay"]["afterSeq"] = journal.cursor + 1
        result = await call(socket, ahead, 1, "session/resume", resume)
        assert result["_meta"]["belay"]["mode"] == "snapshot"
        await until_caught_up(socket, ahead)
    assert ahead.entries == journal.entries
    print(f"plain client: {journal.cursor} entries, dropped after {dropped}, each seq once, both ways back")


asyncio.run(main())
