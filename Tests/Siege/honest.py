"""An honest client of the layer: it prompts, acknowledges, drops now and then, and comes back by the fast path."""
import asyncio
import random
import time
import uuid

from websocket import Ended, Refused, WebSocket, initialize, request

# What a client does that cannot come back is to try again; a quarter of a second is the protocol's first backoff.
AGAIN = 0.25
# Who is not answered for so long, or cannot come back, has been shut out.
SHUT_OUT = 20


class Lost(Exception):
    """The server broke a promise to this client."""


class Honest:
    def __init__(self, name, server, token, seed):
        self.name, self.server, self.token = name, server, token
        self.client = str(uuid.uuid4())
        self.chance = random.Random(seed)
        self.socket = None
        self.session = self.epoch = None
        self.cursor = 0
        # What the journal holds, by number, as this client has seen it.
        self.entries = {}
        # The prompts that were answered, in order: their keys and their texts.
        self.answered = []
        # The one that was sent and has no answer yet: the journal may have it or not.
        self.pending = []
        self.times = []
        self.times_over_drops = []
        self.drops = 0
        self.number = 0

    async def run(self, until, pause):
        """Prompts until the time; sometimes the connection is dropped in the middle of a turn."""
        while time.monotonic() < until:
            drop = self.chance.random() < 0.05
            await self.prompt(drop)
            await asyncio.sleep(pause * self.chance.uniform(0.5, 1.5))

    async def prompt(self, drop):
        key = str(uuid.uuid4())
        ordinal = len(self.answered)
        text = "What do you remember?" if ordinal % 4 == 3 else f"remember that {self.name} is at {ordinal}"
        params = {
            "sessionId": self.session,
            "prompt": [{"type": "text", "text": text}],
            "_meta": {"belay": {"clientMessageId": key}},
        }
        self.pending = [(key, text)]
        begin, dropped = time.monotonic(), False
        while True:
            try:
                if self.socket is None:
                    await self.come_back()
                    # Coming back before the prompt was sent is not the prompt's time.
                    begin = begin if dropped else time.monotonic()
                response = await asyncio.wait_for(self.ask(params, drop and not dropped), SHUT_OUT)
                break
            except asyncio.TimeoutError as error:
                raise Lost(f"{self.name}: no answer within {SHUT_OUT} s") from error
            except (Ended, OSError):
                dropped = True
                self.leave()
                if not self.server.is_alive:
                    raise Lost(f"{self.name}: the server is gone")
                await asyncio.sleep(0 if drop else AGAIN)
        if "error" in response:
            raise Lost(f"{self.name}: '{text}' was refused: {response['error']}")
        (self.times_over_drops if dropped else self.times).append((time.monotonic() - begin) * 1000)
        self.drops += dropped
        self.answered.append((key, text))
        self.pending = []
        await self.acknowledge()

    async def ask(self, params, drop):
        self.number += 1
        identifier = self.number
        await self.socket.send(request(identifier, "session/prompt", params))
        while True:
            message = await self.socket.receive()
            if message.get("id") == identifier and "method" not in message:
                return message
            if self.take(message) and drop:
                # The turn runs: this is where a train goes into its tunnel.
                raise Ended(None)

    async def acknowledge(self):
        ack = {"sessionId": self.session, "epoch": self.epoch, "seq": self.cursor}
        try:
            await self.socket.send({"jsonrpc": "2.0", "method": "_belay/ack", "params": {"acks": [ack]}})
        except OSError:
            self.leave()

    def take(self, message):
        """Applies a frame of the journal; a hole or a change is the server's broken promise."""
        method, params = message.get("method"), message.get("params", {})
        if method == "session/update":
            stamp, body = params["_meta"]["belay"], params["update"]
        elif method == "_belay/event":
            stamp, body = params, {"kind": params["kind"], "data": params["data"]}
        else:
            return False
        first, last = stamp.get("from", stamp["seq"]), stamp["seq"]
        if last <= self.cursor:
            return False
        if first != self.cursor + 1:
            raise Lost(f"{self.name}: entry {self.cursor + 1} was to come, {first} came")
        self.cursor = last
        self.entries[last] = (stamp["ts"], stamp.get("clientMessageId"), body)
        return True

    async def begin(self):
        """Makes the session."""
        self.socket = await WebSocket.open(self.server.port, self.token)
        await self.result("initialize", initialize(self.client))
        made = await self.result("session/new", {"cwd": self.server.folder, "mcpServers": []})
        self.session, self.epoch = made["sessionId"], made["_meta"]["belay"]["epoch"]

    async def result(self, method, params):
        self.number += 1
        response = await asyncio.wait_for(self.socket.call(self.number, method, params), 30)
        if "result" not in response:
            raise Lost(f"{self.name}: {method} was refused: {response}")
        return response["result"]

    async def come_back(self):
        """Resumes by the fast path, as often as it takes."""
        where = {"sessionId": self.session, "epoch": self.epoch, "afterSeq": self.cursor}
        end = time.monotonic() + SHUT_OUT
        while True:
            try:
                self.socket = await asyncio.wait_for(
                    WebSocket.open(self.server.port, self.token, initialize(self.client, [where])), 10)
                await asyncio.wait_for(self.catch_up(where), 30)
                return
            except (Ended, Refused, OSError, EOFError, asyncio.TimeoutError) as error:
                self.leave()
                if isinstance(error, Refused) and error.status not in (429, 503):
                    raise Lost(f"{self.name}: {error} on coming back") from error
                if not self.server.is_alive:
                    raise Lost(f"{self.name}: the server is gone") from error
                if time.monotonic() > end:
                    raise Lost(f"{self.name}: not let in for {SHUT_OUT} s: {error!r}") from error
                await asyncio.sleep(AGAIN)

    async def catch_up(self, where):
        if "belay-initialize: accepted" not in self.socket.head.lower():
            await self.socket.send(request(0, "initialize", initialize(self.client, [where])))
        while True:
            message = await self.socket.receive()
            if message.get("id") == 0:
                resumed = message["result"]["_meta"]["belay"]["resumed"][0]
                if resumed.get("mode") != "delta" or resumed["afterSeq"] != self.cursor:
                    raise Lost(f"{self.name}: not resumed behind {self.cursor}: {resumed}")
            if message.get("method") == "_belay/caught_up":
                return
            self.take(message)

    def leave(self):
        if self.socket is not None:
            self.socket.abort()
        self.socket = None

    async def journal(self):
        """Everything from the first entry on, by a client that holds nothing."""
        again = Honest(self.name, self.server, self.token, 0)
        again.session, again.epoch = self.session, self.epoch
        await again.come_back()
        again.leave()
        return again.entries
