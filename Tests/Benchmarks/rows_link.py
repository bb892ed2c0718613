"""The rows of `server_costs.py` about clients that are far away: on a link with a round-trip time.

The clients are those of `client.py`: they send the requests that `belay` sends, and their times begin before the TCP
connection and end at the fence behind the replay.
"""
import contextlib
import ssl
import statistics
import time

import link
from bench import WINDOW, figure, ratio
from daemon import Missing
from journal import PROMPT_BYTES
from rows_clients import fill

RUNS = 5
ROUND_TRIP = 50


@contextlib.contextmanager
def far(bench, milliseconds, sessions, is_tls=False, more=""):
    """A server with these sessions, all of them in memory, and the link before it."""
    if reason := link.missing():
        raise Missing(reason)
    line, options, tls = link.Link(milliseconds / 1_000), ["--insecure"], None
    try:
        if is_tls:
            link.certificate(bench.folder)
            options = ["--tls-cert", f"{bench.folder}/certificate.pem", "--tls-key", f"{bench.folder}/key.pem"]
            tls = ssl.create_default_context(cafile=f"{bench.folder}/certificate.pem")
        with bench.server(
                sessions, before=line.inside(1), address=link.SERVER, options=options, tls=tls,
                more=more) as server:
            yield server, line
    finally:
        line.close()


def measure(server, line, session, seq, compress, window=None, is_all=False):
    """Attaches some times, each time over a new connection.

    Returns the median time and bytes until the client is current, and with `is_all` also until it has everything.
    """

    def come():
        taken = []
        for _ in range(RUNS + 1):
            begin = time.monotonic()
            connection, resumed, _, _ = server.attach(session, seq, window, compress)
            current = ((time.monotonic() - begin) * 1_000, connection.bytes)
            if is_all:
                fill(connection, session, resumed.get("missing"))
            taken.append([*current, (time.monotonic() - begin) * 1_000, connection.bytes])
            connection.close()
        # The first one finds the session on the disk.
        return [statistics.median(column) for column in zip(*taken[1:])]

    return line.at_client(come)


def resume(bench):
    for milliseconds in (ROUND_TRIP, 200):
        for scheme in ("ws", "wss"):
            with far(bench, milliseconds, [("s", 21)], scheme == "wss") as (server, line):
                for compress in (False, True):
                    wall, size, _, _ = measure(server, line, "s", bench.turn.length, compress)
                    figure(
                        f"resume of 20 missed turns over {scheme}, RTT {milliseconds} ms"
                        + ", compressed" * compress,
                        f"median {wall:.1f} ms = {wall / milliseconds:.2f} RTT, {size / 1_000:.1f} kB"
                        f" ({ratio(size, 20 * PROMPT_BYTES)} the prompts' text)")
            # As clients over a network have it.
            bench.measure(
                f"resume {milliseconds} {scheme}", wall=wall, trips=wall / milliseconds,
                text=size / (20 * PROMPT_BYTES))


def windowed(bench):
    for missed, turns in bench.lengths([(5, 100), (20, 100)], [(20, 1_000)]):
        with far(bench, ROUND_TRIP, [("s", missed + turns)]) as (server, line):
            wall, size, _, _ = measure(server, line, "s", turns * bench.turn.length, True, WINDOW)
        figure(
            f"attach with a window, {missed} missed turns after {turns}, RTT {ROUND_TRIP} ms, compressed",
            f"median {wall:.1f} ms = {wall / ROUND_TRIP:.2f} RTT, {size / 1_000:.1f} kB")
        bench.measure(
            f"windowed {missed} {turns}", wall=wall, trips=wall / ROUND_TRIP, kilobytes=size / 1_000)


def missed(bench):
    missed = 1_000 if bench.is_long else 200
    with far(bench, ROUND_TRIP, [("s", 20 + missed)]) as (server, line):
        base, _, _, _ = measure(server, line, "s", missed * bench.turn.length, True, WINDOW)
        screen, screen_size, wall, size = measure(
            server, line, "s", 20 * bench.turn.length, True, WINDOW, is_all=True)
        replayed, replayed_size, _, _ = measure(server, line, "s", 20 * bench.turn.length, True)
    figure(
        f"resume of {missed} missed turns with a window, RTT {ROUND_TRIP} ms, compressed",
        f"screen current after {screen:.1f} ms = {screen / ROUND_TRIP:.2f} RTT ({ratio(screen, base)} that of 20),"
        f" {screen_size / 1_000:.1f} kB; everything after {wall:.1f} ms = {wall / ROUND_TRIP:.2f} RTT,"
        f" {size / 1_000:.1f} kB")
    figure(
        f"resume of {missed} missed turns without a window, RTT {ROUND_TRIP} ms, compressed",
        f"everything after {replayed:.1f} ms = {replayed / ROUND_TRIP:.2f} RTT, {replayed_size / 1_000:.1f} kB")
    if missed == 1_000:
        bench.measure("missed screen", ratio=screen / base, trips=screen / ROUND_TRIP)
        bench.measure("missed filled", trips=wall / ROUND_TRIP, kilobytes=size / 1_000)
        bench.measure("missed replayed", trips=replayed / ROUND_TRIP, kilobytes=replayed_size / 1_000)
