"""Watches the server: its memory and descriptors, and whether it says that it is well."""
import asyncio
import time

from attack_strangers import is_flooded
from websocket import dial

EVERY = 0.5
# What the issue promises, and what is waited for at most.
SOON, AT_MOST = 1, 10


class Observer:
    def __init__(self, server):
        self.server = server
        self.begin = None
        self.resident_maximum = self.descriptors_maximum = self.probes = 0
        self.slowest = 0.0
        # Sentences about the times when it was not well.
        self.unhealthy = []
        self.tasks = [asyncio.ensure_future(self.sample()), asyncio.ensure_future(self.probe())]

    def siege_began(self):
        self.begin = time.monotonic()

    async def sample(self):
        while True:
            self.resident_maximum = max(self.resident_maximum, self.server.resident_bytes)
            self.descriptors_maximum = max(self.descriptors_maximum, self.server.descriptors)
            await asyncio.sleep(EVERY)

    async def probe(self):
        """Asks; one that begins while no descriptor is left may wait until there is one again."""
        while True:
            begin = time.monotonic()
            excused = self.begin is not None and is_flooded(begin - self.begin)
            try:
                # `wait_for` of Python 3.11 forgets a cancel that comes as the answer does, and this would never end.
                async with asyncio.timeout(AT_MOST):
                    status = await self.ask()
                taken = time.monotonic() - begin
                if status != 200:
                    self.fell_ill(begin, f"status {status}")
                elif not excused:
                    self.slowest = max(self.slowest, taken)
                    if taken > SOON:
                        self.fell_ill(begin, f"{taken:.1f} s")
            except (OSError, EOFError, asyncio.TimeoutError, ValueError, IndexError) as error:
                self.fell_ill(begin, type(error).__name__)
            self.probes += 1
            await asyncio.sleep(EVERY)

    def fell_ill(self, at, how):
        when = f"{at - self.begin:.0f} s into the siege" if self.begin else "in the quiet phase"
        self.unhealthy.append(f"{how}, {when}")

    async def ask(self):
        reader, writer = await dial(self.server.port)
        try:
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: siege\r\nConnection: close\r\n\r\n")
            return int((await reader.readline()).split(b" ")[1])
        finally:
            writer.transport.abort()

    async def stop(self):
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
