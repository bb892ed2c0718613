"""Starts and ends the process of the hostile ones."""
import asyncio
import json
import os
import sys

EMPTY = {"counts": {}, "breaches": [], "mistakes": ["the hostile ones did not come to their end"]}


class HostileProcess:
    def __init__(self, process, specification):
        self.process, self.specification = process, specification
        self.output = None

    @classmethod
    async def start(cls, specification):
        program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "hostile.py")
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-B", program, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
        started = cls(process, specification)
        started.output = asyncio.ensure_future(process.communicate(json.dumps(specification).encode()))
        return started

    async def finish(self, patience):
        """What was done; waits until all are done."""
        try:
            said, _ = await asyncio.wait_for(asyncio.shield(self.output), patience)
            return json.loads(said)
        except (asyncio.TimeoutError, ValueError):
            return EMPTY

    async def stop(self):
        if self.process.returncode is None:
            self.process.kill()
        await asyncio.gather(self.output, return_exceptions=True)
