"""The hostile ones, in a process of their own: what they compute must not be the honest ones' time.

    hostile.py < SPECIFICATION > COUNTS

Each kind attacks again and again until the end, a round at a time and no oftener than its pace says.
"""
import asyncio
import collections
import json
import os
import sys
import time

import attack_deflate
import attack_floods
import attack_frames
import attack_http
import attack_names
import attack_numbers
import attack_readers
import attack_strangers
from target import Target
from websocket import Ended, Refused

# What a round does, and how many seconds lie between the beginnings of two.
KINDS = {
    "numbers out of range": (attack_numbers.numbers, 0.5),
    "numbers in initialize": (attack_numbers.first_numbers, 0.5),
    "malformed HTTP": (attack_http.malformed, 0.25),
    "chunked and pipelined HTTP": (attack_http.chunked, 0.25),
    "HTTP in pieces": (attack_http.split, 0.5),
    "upgrades that are wrong": (attack_http.upgrades, 0.25),
    "upgrades without Connection": (attack_http.no_connection_header, 0.5),
    "NUL and control characters": (attack_names.names, 1),
    "a megabyte for a name": (attack_names.megabytes, 3),
    "somebody else's session": (attack_names.neighbour, 1),
    "frames that are wrong": (attack_frames.wrong, 0.25),
    "messages without an end": (attack_frames.endless, 3),
    "short frames that are long messages": (attack_deflate.bomb, 2),
    "compression that is wrong": (attack_deflate.broken, 0.25),
    "answers nobody reads": (attack_readers.requests, 2),
    "small answers nobody reads": (attack_readers.small_answers, 2),
    "headers that drip": (attack_strangers.dripping, 2),
    "wrong tokens": (attack_strangers.guessing, 0.1),
    "half-open sockets": (attack_strangers.half_open, 2),
    "no descriptor left": (attack_strangers.flood, 0.2),
    "sessions that do not exist": (attack_floods.unknown_sessions, 3),
    "one session thousands of times": (attack_floods.one_session_often, 3),
    "long folders and keys": (attack_floods.long_folders, 4),
    "prompts of 0.9 MB": (attack_floods.long_prompts, 5),
    "journals that grow": (attack_floods.growing_journals, 3),
    "deleted in mid-turn": (attack_floods.deleting, 2),
}

# The longest a round may take, however slow the server is.
ROUND = 15


async def attack(name, target, end, counts):
    body, pace = KINDS[name]
    while time.monotonic() < end and os.path.exists(f"/proc/{target.server}"):
        begin = time.monotonic()
        try:
            if await asyncio.wait_for(body(target), min(ROUND, max(0.1, end - begin))) is False:
                await asyncio.sleep(pace)
                continue
            outcome = "ran"
        except Refused as refused:
            outcome = f"refused with {refused.status}"
        except (Ended, OSError, EOFError, asyncio.TimeoutError) as error:
            # The server may end what it was told, and may be slow with it.
            outcome = {"Ended": "ended", "IncompleteReadError": "ended"}.get(type(error).__name__, type(error).__name__)
        counts[name][outcome] += 1
        await asyncio.sleep(max(0, begin + pace - time.monotonic()))


async def main():
    specification = json.load(sys.stdin)
    os.nice(5)
    target = Target(
        specification["port"], specification["tokens"], specification["neighbour"], specification["folder"],
        specification["seed"])
    target.begin, target.server = specification["begin"], specification["pid"]
    only = specification["only"] or [""]
    wanted = [name for name in KINDS if any(word in name for word in only)]
    counts = {name: collections.Counter() for name in wanted}
    finished = await asyncio.gather(
        *(attack(name, target, specification["end"], counts) for name in wanted), return_exceptions=True)
    mistakes = [f"{name}: {error!r}" for name, error in zip(wanted, finished) if isinstance(error, Exception)]
    json.dump({"counts": counts, "breaches": target.breaches, "mistakes": mistakes}, sys.stdout)


asyncio.run(main())
