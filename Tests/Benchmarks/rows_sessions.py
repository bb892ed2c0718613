"""The rows of `server_costs.py` about sessions that only are there: in memory, and on disk at the start."""
import statistics
import time

from bench import figure, ratio
from client import Client
from daemon import Missing, raise_descriptors


def memory(bench):
    count = 200
    raise_descriptors(count + 64)
    for turns in bench.lengths([0, 20, 100], [400]):
        sessions = [("warm", turns)] + [(f"{kind}{number}", turns if kind == "s" else 0)
                                        for kind in "se" for number in range(count)]
        with bench.server(sessions, in_memory=count + 1) as server:
            server.attach("warm", turns * bench.turn.length)[0].close()
            before, before_pss = resident(server.daemon)
            attached = [server.attach(f"s{number}", turns * bench.turn.length)[0] for number in range(count)]
            during, during_pss = resident(server.daemon)
            for connection in attached:
                connection.close()
            left, _ = resident(server.daemon)
            # One more than may be in memory: those that nobody watches make room.
            for number in range(2):
                server.attach(f"e{number}", 0)[0].close()
            evicted, _ = resident(server.daemon)
            bench.measure(
                f"memory {turns}", kib=(during - before) / count,
                back=100 * (during - evicted) / max(1, during - before))
            pss = f" (Pss {(during_pss - before_pss) / count:.1f})" if during_pss else ""
            figure(
                f"memory of each of {count} idle attached sessions after {turns} turns",
                f"{(during - before) / count:.1f} KiB{pss}; kept {(left - before) / count:.1f} KiB after they left,"
                f" {(evicted - before) / count:.1f} KiB after others needed the room; the server"
                f" {before / 1_024:.1f} MiB before")


def idle(bench):
    count, turns = 200, 100
    raise_descriptors(count + 64)
    with bench.server([("warm", turns)] + [(f"s{number}", turns) for number in range(count)]) as server:
        server.attach("warm", turns * bench.turn.length)[0].close()
        before, _ = resident(server.daemon)
        attached = [server.attach(f"s{number}", turns * bench.turn.length)[0] for number in range(count)]
        during, _ = resident(server.daemon)
        for connection in attached:
            connection.close()
        # Idle sessions leave memory within two minutes (BOUNDS of `man/belayd.8`).
        time.sleep(125)
        left, _ = resident(server.daemon)
    figure(
        f"memory of each of {count} sessions of {turns} turns two minutes after the last client left",
        f"{(left - before) / count:.1f} KiB of {(during - before) / count:.1f} KiB")


def resident(daemon):
    """The resident memory once nothing happens any more, and the proportional one where that may be read, in KiB."""
    time.sleep(0.5)
    try:
        return daemon.resident_kib, daemon.proc("smaps_rollup", "Pss")
    except Missing:
        return daemon.resident_kib, None


def start(bench):
    base = None
    for count in (0, 10_000):
        with bench.server([(f"s{number}", 1) for number in range(count)]) as server:
            listening, answered, worked = [], [], []
            for _ in range(7):
                server.daemon.stop()
                begin = time.monotonic()
                server.daemon.start()
                listening.append((time.monotonic() - begin) * 1_000)
                connection = Client(server.daemon, server.token)
                connection.initialized()
                answered.append((time.monotonic() - begin) * 1_000)
                worked.append(server.daemon.processor_ms)
                connection.close()
        wall = statistics.median(answered)
        base = base or wall
        figure(
            f"start with {count} sessions on disk",
            f"listens after {statistics.median(listening):.0f} ms, answers after {wall:.0f} ms ({ratio(wall, base)});"
            f" {statistics.median(worked):.0f} ms of processor")
        bench.measure(f"start {count}", wall=wall, listening=statistics.median(listening))
