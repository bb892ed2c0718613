"""The rows of `server_costs.py` about turns: time, processor, rate, and what the disk is asked for."""
import selectors
import statistics
import time

import client
from bench import Spent, figure, ratio
from daemon import SystemCalls
from journal import PROMPT_BYTES, text


def prompts(bench):
    lengths = bench.lengths([220, 2_200, 11_000], [100_000])
    sessions = [(f"s{entries}", bench.turn.turns(entries)) for entries in lengths]
    base = None
    with bench.server(sessions) as server:
        for entries, (name, turns) in zip(lengths, sessions):
            head = turns * bench.turn.length
            connection = server.attach(name, head)[0]
            connection.prompt(name, text(0))  # What is read or made once is not the prompt's.
            spent = []
            for ordinal in range(10):
                with Spent(server.daemon) as one:
                    connection.prompt(name, text(ordinal))
                spent.append(one)
            wall = statistics.median(one.wall for one in spent)
            processor = statistics.mean(one.processor for one in spent)
            base = base or (wall, processor)
            figure(
                f"a prompt at {head} entries",
                f"median {wall:.1f} ms ({ratio(wall, base[0])}), {processor:.2f} ms of processor"
                f" ({ratio(processor, base[1])})")
            bench.measure(f"prompt {entries}", ratio=wall / base[0], processor=processor, wall=wall)
            connection.close()


def rate(bench):
    seconds = 5 if bench.is_long else 3
    turns = bench.turn.turns(11_000)
    names = ["long"] + [f"s{number}" for number in range(100)]
    with bench.server([(name, turns if name == "long" else 1) for name in names]) as server:
        connection = server.attach("long", turns * bench.turn.length)[0]
        connection.prompt("long", text(0))
        count = 0
        with Spent(server.daemon) as spent:
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                connection.prompt("long", text(count))
                count += 1
        connection.close()
        figure(
            f"prompts a second in one session, from {turns * bench.turn.length} entries on",
            f"{count / spent.wall * 1_000:.0f}; {spent.processor / count:.2f} ms of processor each")
        bench.measure("rate one", rate=count / spent.wall * 1_000)
        crowd = {name: server.attach(name, bench.turn.length)[0] for name in names[1:]}
        with Spent(server.daemon) as spent:
            count = keep_busy(crowd, seconds)
        figure(
            "prompts a second over 100 sessions",
            f"{count / spent.wall * 1_000:.0f}; {spent.processor / count:.2f} ms of processor each,"
            f" {spent.processor / spent.wall:.2f} processors busy")
        bench.measure("rate many", rate=count / spent.wall * 1_000)
        bench.measure("cores", cores=spent.processor / spent.wall)
        for connection in crowd.values():
            connection.close()


def keep_busy(crowd, seconds):
    """Each session gets its next prompt as soon as its last one is answered. How many were answered is returned."""
    selector = selectors.DefaultSelector()
    for name, connection in crowd.items():
        selector.register(connection.socket, selectors.EVENT_READ, (name, connection))
        connection.send(1, "session/prompt", client.prompt(name, text(0)))
    count, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        for key, _ in selector.select(0.1):
            name, connection = key.data
            connection.read()
            while (message := connection.next()) is not None:
                if client.is_response(message):
                    client.check(message)
                    count += 1
                    connection.send(1, "session/prompt", client.prompt(name, text(count)))
    selector.close()
    return count


def disk(bench):
    count = 20
    with bench.server([("s", 20)]) as server:
        connection = server.attach("s", 20 * bench.turn.length)[0]
        connection.prompt("s", text(0))
        before = [server.daemon.proc("io", name) for name in ("write_bytes", "wchar")]
        for ordinal in range(count):
            connection.prompt("s", text(ordinal))
        after = [server.daemon.proc("io", name) for name in ("write_bytes", "wchar")]
        connection.close()
        pages, written = ((one - other) / count for one, other in zip(after, before))
    figure(
        f"bytes of a prompt of {PROMPT_BYTES} bytes, {bench.turn.length} entries",
        f"{pages / 1_000:.1f} kB of pages that the kernel owes the disk, {written / 1_000:.1f} kB in all writes"
        + ("; a file system in memory owes none" if not pages else ""))
    # A file system in memory owes the disk nothing, which is no figure.
    bench.measure("disk", **({"pages": pages / 1_000} if pages else {"written": written / 1_000}))


def calls(bench):
    count = 20
    log = f"{bench.folder}/strace"
    watched = SystemCalls(log)
    with bench.server([("s", 20)], before=watched.before) as server:
        connection = server.attach("s", 20 * bench.turn.length)[0]
        connection.prompt("s", text(0))
        begin = watched.look()
        for ordinal in range(count):
            connection.prompt("s", text(ordinal))
        counts, written = watched.between(begin, watched.look())
        connection.close()
    synchronized = sum(counts.get(name, 0) for name in ("fsync", "fdatasync", "sync_file_range", "msync"))
    often = sorted(counts.items(), key=lambda call: -call[1])[:6]
    figure(
        f"a prompt of {PROMPT_BYTES} bytes, {bench.turn.length} entries",
        f"{synchronized / count:.1f} synchronizations, {sum(counts.values()) / count:.0f} system calls,"
        f" {written / count / 1_000:.1f} kB written to files; "
        + ", ".join(f"{name} {number / count:.1f}" for name, number in often))
    bench.measure(
        "calls", synchronizations=synchronized / count, calls=sum(counts.values()) / count,
        written=written / count / 1_000)
