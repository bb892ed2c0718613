"""The official Python SDK of ACP over our WebSocket: it gets ordinary ACP and nothing of the resume layer.

    acp_sdk_client.py ws://127.0.0.1:PORT TOKEN FOLDER
"""
import asyncio
import json
import socket
import sys

import acp
import websockets

URL, TOKEN, FOLDER = sys.argv[1:4]


class Seen(acp.Client):
    def __init__(self):
        self.text = ""
        self.kinds = []

    async def session_update(self, session_id, update, **kwargs):
        self.kinds.append(update.session_update)
        if update.session_update == "agent_message_chunk":
            self.text += update.content.text


async def bridge(websocket):
    """A pair of sockets that looks like a child's stdin and stdout to the SDK, and is a WebSocket behind."""
    ours, theirs = socket.socketpair()
    sdk_reader, sdk_writer = await asyncio.open_connection(sock=theirs, limit=1 << 24)
    reader, writer = await asyncio.open_connection(sock=ours, limit=1 << 24)
    raw = []

    async def receive():
        async for message in websocket:
            raw.append(message)
            writer.write(message.encode() + b"\n")

    async def send():
        while line := await reader.readline():
            await websocket.send(line.decode())

    return sdk_writer, sdk_reader, raw, [asyncio.create_task(receive()), asyncio.create_task(send())]


async def main():
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with websockets.connect(URL + "/acp", additional_headers=headers) as websocket:
        writer, reader, raw, tasks = await bridge(websocket)
        seen = Seen()
        connection = acp.connect_to_agent(seen, writer, reader)
        greeting = await connection.initialize(protocol_version=acp.PROTOCOL_VERSION)
        assert greeting.protocol_version == 1, greeting
        session = await connection.new_session(cwd=FOLDER, mcp_servers=[])
        result = await connection.prompt(
            session_id=session.session_id, prompt=[acp.text_block("How does the client decide to reconnect?")])
        assert result.stop_reason == "end_turn", result
        assert seen.text and "plan" in seen.kinds and "tool_call" in seen.kinds, seen.kinds
        assert "user_message_chunk" not in seen.kinds, "the client knows what it said"
        for message in raw:
            message = json.loads(message)
            assert not message.get("method", "").startswith("_belay/"), message
            assert "belay" not in json.dumps(message.get("result", {}).get("_meta", {})), message
            assert "_meta" not in message.get("params", {}), message
            capabilities = message.get("result", {}).get("agentCapabilities", {})
            assert "_meta" not in capabilities, message
        for task in tasks:
            task.cancel()
    print(f"ACP SDK: {len(raw)} messages, {len(seen.text)} characters of answer, no belay fields")


asyncio.run(main())
