"""The rows of `server_costs.py` about the screen: an idle one, one that an agent streams to, and others' beside it."""
import os
import random
import shutil
import statistics
import time

from bench import figure
from daemon import Missing, SystemCalls
from rows_agents import PEER, RATE
from watched import Watched

IDLE = 10  # Seconds.
# What people chat with in a terminal, each started so that it connects to nobody.
OTHERS = {"weechat": ["weechat", "-t"], "irssi": ["irssi", "--noconnect"], "profanity": ["profanity"]}


def belay(bench):
    """The program beside the server's, and what it is started with."""
    program = os.path.join(os.path.dirname(bench.program), "belay")
    if not os.path.exists(program):
        raise Missing(f"there is no {program}")
    return program


def home(bench, name):
    """A folder of its own and an environment that names it."""
    folder = f"{bench.folder}/{name}"
    environment = {"HOME": folder, "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "xterm-256color"}
    for variable in ("XDG_STATE_HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        environment[variable] = f"{folder}/{variable}"
        os.makedirs(environment[variable], mode=0o700, exist_ok=True)
    return environment


def connected(bench, server, name):
    """The words and the environment of a screen that is connected to the server."""
    environment = home(bench, name)
    environment["BELAY_TOKEN"] = server.token
    words = [
        belay(bench), "--server", f"ws://127.0.0.1:{server.daemon.port}", "--directory",
        os.path.realpath(server.daemon.root), "--new"]
    return words, environment


def calls_while_idle(words, environment, folder, settle):
    """The system calls of a program that nobody touches, in ten seconds after it has done something or settled."""
    log = f"{folder}/calls"
    calls = SystemCalls(log)
    with Watched(calls.before + words, environment, folder) as watched:
        watched.read(settle)
        begin = calls.look()
        watched.read(IDLE)
        counts, _ = calls.between(begin, calls.look())
    return sum(counts.values()), counts


def idle(bench):
    with bench.server() as server:
        words, environment = connected(bench, server, "idle")
        # The clock in the corner changes with the minute, which is no part of it.
        time.sleep(max(0, time.time() % 60 - 35) and 60 - time.time() % 60)
        with Watched(words, environment, environment["HOME"]) as watched:
            watched.until(b"live")
            # A ping is sent every twenty seconds, and its answer is due in three: measured is the time in between.
            watched.read(5)
            before, processor = watched.wakeups, watched.processor_ms
            watched.read(IDLE)
            wakeups, processor = watched.wakeups - before, watched.processor_ms - processor
            resident = watched.status("VmRSS")
        total, counts = calls_while_idle(*connected(bench, server, "traced"), environment["HOME"], 6)
    named = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    figure(
        f"an idle screen in {IDLE} s",
        f"{total} system calls ({named or 'none'}), {wakeups} wake-ups, {processor:.1f} ms of processor;"
        f" {resident / 1024:.1f} MiB")
    bench.measure("idle", calls=total, wakeups=wakeups, mib=resident / 1024)


def stream(bench):
    seconds = 30 if bench.is_long else 10
    with bench.server(more=PEER) as server:
        words, environment = connected(bench, server, "stream")
        with Watched(words + ["--agent", "peer"], environment, environment["HOME"]) as watched:
            watched.until(b"live")
            watched.type(f"stream {RATE} {seconds} word\r")
            watched.until(b"working")
            watched.read(1)
            frames, written, processor, begin = watched.frames, watched.written, watched.processor_ms, time.monotonic()
            watched.read(seconds * 0.4)
            took = time.monotonic() - begin
            frames, written = watched.frames - frames, watched.written - written
            processor = watched.processor_ms - processor
            # Capitals, since the agent streams a word in small letters.
            delays, chance = [], random.Random(1)
            for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
                watched.read(0.01 + chance.random() * 0.06)
                watched.type(letter)
                delays.append(watched.until(letter.encode(), 2) * 1_000)
    per_second, size, share = frames / took, written / max(frames, 1), processor / (took * 10)
    figure(
        f"{RATE} chunks a second on a screen of 80x24, four letters each",
        f"{per_second:.1f} frames a second of {size:.0f} bytes, {share:.2f} % of a processor; a key is shown after"
        f" {statistics.median(delays):.2f} ms (median), {max(delays):.1f} (longest)")
    bench.measure("stream", frames=per_second, bytes=size, share=share)
    bench.measure("key", median=statistics.median(delays), longest=max(delays))


def clients(bench):
    """What other clients do while nobody touches them, on the same terminal and in the same run."""
    found = {name: words for name, words in OTHERS.items() if shutil.which(name)}
    if not found:
        raise Missing(f"none of {', '.join(OTHERS)} is installed")
    for name, words in found.items():
        environment = home(bench, name)
        with Watched(words, environment, environment["HOME"]) as watched:
            watched.read(0.001)
            while not watched.written:
                watched.read(0.001)
            first = (time.monotonic() - watched.began) * 1_000
            watched.read(3)
            resident = watched.status("VmRSS")
        total, _ = calls_while_idle(words, environment, environment["HOME"], 3)
        figure(
            f"{name} beside it, idle for {IDLE} s",
            f"{total} system calls, {resident / 1024:.1f} MiB; the first bytes after {first:.0f} ms")
