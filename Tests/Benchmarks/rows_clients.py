"""The rows of `server_costs.py` about clients that come: attaches, crowds, connections, and long conversations."""
import json
import statistics
import time

import client
from bench import WINDOW, Spent, figure, ratio
from client import Arrival, Client, arrive, position
from daemon import raise_descriptors
from journal import PROMPT_BYTES


def first_attach(bench):
    lengths = bench.lengths([990, 10_000], [100_000])
    sessions = [("warm", 1)] + [(f"s{entries}", bench.turn.turns(entries)) for entries in lengths]
    base = None
    with bench.server(sessions) as server:
        for entries, (name, turns) in zip(lengths, sessions[1:]):
            spent = []
            for _ in range(5):
                server.daemon.restart()
                server.attach("warm", bench.turn.length)[0].close()
                with Spent(server.daemon) as one:
                    server.attach(name, turns * bench.turn.length)[0].close()
                spent.append(one)
            wall = statistics.median(one.wall for one in spent)
            processor = statistics.median(one.processor for one in spent)
            base = base or wall
            figure(
                f"first attach to a session of {turns * bench.turn.length} entries that is not in memory",
                f"median {wall:.1f} ms ({ratio(wall, base)}), {processor:.1f} ms of processor")
            bench.measure(f"attach {entries}", wall=wall, ratio=wall / base)


def window(bench):
    cases = bench.lengths([(5, 20), (5, 200), (20, 100), (20, 200)], [(5, 1_000), (20, 1_000), (1_000, 100)])
    with bench.server([(f"s{missed}-{turns}", missed + turns) for missed, turns in cases]) as server:
        for missed, turns in cases:
            connection, resumed, size, frames = server.attach(
                f"s{missed}-{turns}", turns * bench.turn.length, WINDOW)
            connection.close()
            missing = resumed.get("missing")
            state = len(json.dumps(missing.get("state"), separators=(",", ":"))) if missing else 0
            figure(
                f"attach with a window, {missed} missed turns after {turns}",
                f"{connection.bytes / 1_000:.1f} kB ({ratio(connection.bytes, missed * PROMPT_BYTES)} the prompts'"
                f" text): answer {size / 1_000:.1f} kB with {state / 1_000:.1f} kB of projections,"
                f" {len(frames)} frames")


def come_back(bench):
    turns, count = 21, 500 if bench.is_long else 200
    with bench.server([("s", turns)]) as server:
        first = server.attach("s", bench.turn.length)[0]  # It stays, so that the session does.
        for missed, compress in ((0, False), (20, False), (0, True), (20, True)):
            walls = []
            with Spent(server.daemon) as spent:
                for _ in range(count):
                    begin = time.monotonic()
                    connection = server.attach("s", (turns - missed) * bench.turn.length, compress=compress)[0]
                    walls.append((time.monotonic() - begin) * 1_000)
                    connection.close()
            size = connection.bytes
            figure(
                f"attach, {missed} missed turns" + ", compressed" * compress,
                f"median {statistics.median(walls):.2f} ms, {spent.processor / count:.2f} ms of processor,"
                f" {size / 1_000:.1f} kB"
                + (f" ({ratio(size, missed * PROMPT_BYTES)} the prompts' text)" if missed else ""))
            if not compress:
                bench.measure(f"return {missed}", processor=spent.processor / count)
        first.close()


def herd(bench):
    clients, users = 1_000, 20
    raise_descriptors(clients + 64)
    with bench.server([(f"s{number}", 21) for number in range(clients)], users=users) as server:
        server.attach("s0", 21 * bench.turn.length)[0].close()
        for where in ("on disk", "in memory"):
            crowd = [
                Arrival(client.upgrade(
                    server.tokens[number % users], client.initialize(position(f"s{number}", bench.turn.length))))
                for number in range(clients)]
            with Spent(server.daemon) as spent:
                arrive(server.daemon.port, crowd)
            for arrival in crowd:
                arrival.socket.close()
            times = sorted(arrival.seconds * 1_000 for arrival in crowd)
            figure(
                f"{clients} clients at once, 20 missed turns each, sessions {where}",
                f"p50 {times[clients // 2]:.0f} ms, p99 {times[clients * 99 // 100]:.0f} ms, all {times[-1]:.0f} ms;"
                f" {spent.processor:.0f} ms of processor, {sum(arrival.bytes for arrival in crowd) / 1e6:.1f} MB,"
                f" sent away {sum(arrival.refusals for arrival in crowd)} times,"
                f" not answered {sum(arrival.failures for arrival in crowd)} times")
            bench.measure(
                f"herd {where}", p99=times[clients * 99 // 100], processor=spent.processor,
                away=sum(arrival.refusals + arrival.failures for arrival in crowd))


def connections(bench):
    count = 5_000 if bench.is_long else 1_000
    raise_descriptors(count + 64)
    with bench.server([("warm", 1)] + [(f"s{number}", 1) for number in range(count)]) as server:
        for name, what, wheres in (
            ("connections", "connections", [None] * count),
            ("attached", "connections, each attached to a session of its own",
             [position(f"s{number}", bench.turn.length) for number in range(count)]),
        ):
            server.attach("warm", bench.turn.length)[0].close()
            opened, spent = [], []
            for where in wheres:
                with Spent(server.daemon) as one:
                    connection = Client(server.daemon, server.token, where)
                    connection.initialized()
                    if where:
                        connection.until_caught_up()
                opened.append(connection)
                spent.append(one)
            for connection in opened:
                connection.close()
            for number in sorted({1_000, count}):
                last = report_opening(f"opening {number} {what}", spent[:number])
                seconds = sum(one.wall for one in spent[:number]) / 1_000
                bench.measure(f"{name} {number}", ratio=last, seconds=seconds)


def report_opening(what, spent):
    """How much dearer the last hundred are than the first, in processor time, is returned."""
    (first, last), (first_work, last_work) = (
        [sum(getattr(one, kind) for one in part) / 100 for part in (spent[:100], spent[-100:])]
        for kind in ("wall", "processor"))
    figure(
        what,
        f"{sum(one.wall for one in spent) / 1_000:.2f} s; the first hundred {first:.2f} ms each, the last {last:.2f} ms"
        f" ({ratio(last, first)}); of processor {first_work:.2f} and {last_work:.2f} ms"
        f" ({ratio(last_work, first_work)})")
    return last_work / first_work


def history(bench):
    for entries in bench.lengths([11_000], [100_000]):
        turns = bench.turn.turns(entries)
        with bench.server([("warm", 1), ("s", turns)]) as server:
            connection = Client(server.daemon, server.token)
            connection.initialized()
            connection.call("_belay/history", {"sessionId": "warm", "limit": 50})
            spent = []
            for _ in range(11):
                with Spent(server.daemon) as one:
                    page, size = connection.call("_belay/history", {"sessionId": "s", "limit": 50})
                spent.append(one)
            connection.close()
        figure(
            f"newest {len(page['messages'])} messages of {turns * bench.turn.length} entries (_belay/history)",
            f"first {spent[0].wall:.1f} ms, then median {statistics.median(one.wall for one in spent[1:]):.1f} ms and"
            f" {statistics.mean(one.processor for one in spent[1:]):.2f} ms of processor; {size / 1_000:.1f} kB")


def open_all(bench):
    for entries in bench.lengths([11_000], [100_000]):
        turns = bench.turn.turns(entries)
        with bench.server([("warm", 1), ("s", turns)]) as server:
            # A journal of an earlier version gets its checkpoint when it is first loaded.
            server.attach("s", turns * bench.turn.length)[0].close()
            server.daemon.restart()
            server.attach("warm", bench.turn.length)[0].close()
            with Spent(server.daemon) as spent:
                begin = time.monotonic()
                connection, resumed, _, _ = server.attach("s", window=WINDOW)
                screen = (time.monotonic() - begin) * 1_000
                screen_bytes = connection.bytes
                requests = fill(connection, "s", resumed.get("missing"))
        figure(
            f"a client without a copy opens {turns * bench.turn.length} entries",
            f"the newest screenful after {screen:.0f} ms and {screen_bytes / 1_000:.0f} kB, everything after"
            f" {spent.wall:.0f} ms, {connection.bytes / 1e6:.1f} MB and {requests} more requests;"
            f" {spent.processor:.0f} ms of processor")
        bench.measure(f"open {entries}", screen=screen, wall=spent.wall)
        connection.close()


def fill(connection, session, missing):
    """Fetches a gap from its end to its beginning, as the interactive client does; returns how many requests that took."""
    requests = 0
    while missing:
        params = {"sessionId": session, "epoch": "e", "from": missing["from"], "to": missing["to"], "pages": 128}
        frames = connection.call("_belay/fill", params)[0]["frames"]
        requests += 1
        params = frames[0]["params"]
        stamp = params["_meta"]["belay"] if "_meta" in params else params
        first = stamp.get("from", stamp["seq"])
        missing = {"from": missing["from"], "to": first - 1} if first > missing["from"] else None
    return requests
