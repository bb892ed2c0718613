"""The rows of `server_costs.py` about sessions that only are there: in memory, and on disk at the start."""
import statistics
import time

from bench import figure, ratio
from client import Client
from daemon import Missing, raise_descriptors


def memory(bench):
    count = 200
    raise_descriptors(count + 64)
    for turns in bench.lengths([20], [0, 100, 400]):
        sessions = [("warm", turns)] + [(f"s{number}", turns) for number in range(count)]
        with bench.server(sessions) as server:
            server.attach("warm", turns * bench.turn.length)[0].close()
            before, before_pss = resident(server.daemon)
            attached = [server.attach(f"s{number}", turns * bench.turn.length)[0] for number in range(count)]
            loaded, _ = resident(server.daemon)
            # What a session was read with is given back within a minute (BOUNDS of `man/belayd.8`).
            time.sleep(65)
            during, during_pss = resident(server.daemon)
            for connection in attached:
                connection.close()
            # Idle sessions leave memory within two, and what they held is given back within another one.
            time.sleep(185)
            left, _ = resident(server.daemon)
            bench.measure(
                f"memory {turns}", kib=(during - before) / count,
                back=100 * (during - left) / max(1, during - before))
            pss = f" (Pss {(during_pss - before_pss) / count:.1f})" if during_pss else ""
            figure(
                f"memory of each of {count} idle attached sessions after {turns} turns",
                f"{(loaded - before) / count:.1f} KiB when they were loaded, {(during - before) / count:.1f} KiB{pss} a"
                f" minute later; kept {(left - before) / count:.1f} KiB three minutes after they left; the server"
                f" {before / 1_024:.1f} MiB before")


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
