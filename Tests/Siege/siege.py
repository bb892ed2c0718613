"""Two honest clients beside hostile ones of every kind, against a real server.

    siege.py BELAYD [--seconds N] [--quiet N] [--seed N] …

First a quiet phase, which says how long a prompt takes on this machine; then the siege. Nobody is in the way of the
honest ones, nothing of theirs is lost, and the server stays within its bounds. Only 127.0.0.1 is talked to.
"""
import argparse
import asyncio
import faulthandler
import os
import random
import shutil
import sys
import tempfile
import time

from honest import Honest, Lost
from hostile_process import HostileProcess
from observer import Observer
from report import Report, percentile
from server import Server

# Seconds for everything beside the two phases; who takes longer waits for something that does not come.
REST = 240
HONEST = ("alice", "bob")
HOSTILE = ("mallory", "trudy")


def arguments():
    parser = argparse.ArgumentParser(description="belayd under siege")
    parser.add_argument("belayd")
    parser.add_argument("--seconds", type=float, default=60, help="how long the siege lasts")
    parser.add_argument("--quiet", type=float, default=10, help="how long the quiet phase lasts")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--factor", type=float, default=10, help="how many times the quiet time a prompt may take")
    parser.add_argument("--floor", type=float, default=500, help="milliseconds that it may take in any case")
    parser.add_argument("--longest", type=float, default=5_000, help="milliseconds that no prompt may take longer")
    parser.add_argument("--memory", type=int, default=256, help="MiB that the server may hold")
    parser.add_argument("--log", type=int, default=2, help="MiB that its log may have")
    parser.add_argument("--journal", type=int, default=1_024, help="MiB that its data folder may have")
    parser.add_argument("--confined", action="store_true", help="write the sessions' folder into [sessions] roots")
    parser.add_argument("--only", action="append", default=[], help="only kinds with this in their name")
    parser.add_argument("--keep", action="store_true", help="keep the server's folder")
    return parser.parse_args()


async def prompts(clients, seconds, pause):
    """All honest clients prompt for so long; what was broken is returned."""
    until = time.monotonic() + seconds
    done = await asyncio.gather(*(client.run(until, pause) for client in clients), return_exceptions=True)
    for error in done:
        if isinstance(error, BaseException) and not isinstance(error, Lost):
            raise error
    return [str(error) for error in done if isinstance(error, Lost)]


async def besiege(options, work, report):
    server = Server(os.path.abspath(options.belayd), work, options.confined)
    tokens = {user: server.token(user) for user in HONEST + HOSTILE}
    await server.start()
    hostile = observer = None
    try:
        clients = [Honest(name, server, tokens[name], options.seed + at) for at, name in enumerate(HONEST)]
        for client in clients:
            await client.begin()
        observer = Observer(server)
        broken = await prompts(clients, options.quiet, 0.2)
        quiet = sorted(time for client in clients for time in client.times)
        report.check("the quiet phase is quiet", not broken and len(quiet) >= 10,
                     "; ".join(broken) or f"{len(quiet)} prompts")
        before = server.sockets
        observer.siege_began()
        neighbour = {"session": clients[0].session, "epoch": clients[0].epoch}
        hostile = await HostileProcess.start({
            "port": server.port, "tokens": {user: tokens[user] for user in HOSTILE}, "neighbour": neighbour,
            "folder": server.folder, "seed": options.seed, "begin": observer.begin,
            "end": observer.begin + options.seconds, "pid": server.process.pid, "only": options.only,
        })
        for client in clients:
            client.times, client.times_over_drops = [], []
        broken = await prompts(clients, options.seconds, 0.3)
        report.check("the honest ones are served", not broken, "; ".join(broken) or "throughout")
        hostility = await hostile.finish(options.seconds + 30)
        report_hostility(report, hostility)
        report_times(report, options, quiet, clients)
        await report_aftermath(report, server, clients, before)
    finally:
        if hostile is not None:
            await hostile.stop()
        if observer is not None:
            await observer.stop()
        for client in clients:
            client.leave()
        alive, went = server.is_alive, await server.stop()
    report.figure("resident, MiB, at most", f"{observer.resident_maximum / 2**20:.0f}")
    report.figure("descriptors, at most", observer.descriptors_maximum)
    report.check("memory is bounded", 0 < observer.resident_maximum <= options.memory << 20,
                 f"{observer.resident_maximum / 2**20:.0f} of {options.memory} MiB")
    report.check("the log is bounded", server.log_bytes <= options.log << 20, f"{server.log_bytes >> 10} KiB")
    report.check("the journal is bounded", server.data_bytes <= options.journal << 20, f"{server.data_bytes >> 20} MiB")
    said = "; ".join(observer.unhealthy[:3]) or f"{observer.probes} times, {observer.slowest * 1000:.0f} ms at most"
    report.check("/healthz answers within a second", not observer.unhealthy, said)
    report.check("the server is the same process", alive, "it lives" if alive else server.last_words)
    report.check("SIGTERM ends it", went, "within ten seconds" if went else "not")


async def bounded(options, work, report):
    """The siege, with an end in any case: one that hangs says where, and has failed."""
    limit = options.quiet + options.seconds + REST
    asyncio.get_running_loop().call_later(limit, say_where)
    faulthandler.dump_traceback_later(limit + REST, exit=True)
    try:
        # Behind the words about where.
        async with asyncio.timeout(limit + 1):
            await besiege(options, work, report)
    except TimeoutError:
        report.check("the siege comes to its end", False, f"not within {limit:.0f} s")
    faulthandler.cancel_dump_traceback_later()


def say_where():
    for task in asyncio.all_tasks():
        where, coroutine = [], task.get_coro()
        while getattr(coroutine, "cr_frame", None):
            where.append(f"{coroutine.__qualname__}, line {coroutine.cr_frame.f_lineno}")
            coroutine = coroutine.cr_await
        print(f"siege: it waits in {' > '.join(where)}", flush=True)


def report_hostility(report, hostility):
    for name, counts in hostility["counts"].items():
        said = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
        report.figure(f"  {name}", said or "never")
    idle = [name for name, counts in hostility["counts"].items() if not counts]
    report.check("every kind attacked", not idle and not hostility["mistakes"],
                 "; ".join(idle + hostility["mistakes"]) or f"{len(hostility['counts'])} kinds")
    report.check("nobody got what is another's", not hostility["breaches"],
                 "; ".join(sorted(set(hostility["breaches"]))[:3]) or "nothing")


def report_times(report, options, quiet, clients):
    times = sorted(time for client in clients for time in client.times)
    over = sorted(time for client in clients for time in client.times_over_drops)
    for name, some in (("quiet", quiet), ("siege", times), ("siege, over a drop", over)):
        if some:
            report.figure(
                f"prompt, ms, {name}: p50, p95, max, count",
                f"{percentile(some, 50):.0f}, {percentile(some, 95):.0f}, {some[-1]:.0f}, {len(some)}")
    if not quiet or not times:
        report.check("prompts are answered in time", False, "too few were answered at all")
        return
    for at in (50, 95):
        bound = max(options.factor * percentile(quiet, at), options.floor)
        report.check(f"p{at} of prompts is in time", percentile(times, at) <= bound,
                     f"{percentile(times, at):.0f} of {bound:.0f} ms")
    report.check("no prompt waits for long", times[-1] <= options.longest,
                 f"{times[-1]:.0f} of {options.longest:.0f} ms")


async def report_aftermath(report, server, clients, before):
    """What is to be as it was, when the hostile ones are gone."""
    if not server.is_alive:
        report.check("nothing is lost", False, "there is nobody to ask")
        return
    lost = []
    for client in clients:
        try:
            entries = await asyncio.wait_for(client.journal(), 60)
        except (Lost, asyncio.TimeoutError) as error:
            lost.append(str(error) or f"{client.name}: the journal did not come")
            continue
        asked = [
            (key, body["content"]["text"]) for _, (_, key, body) in sorted(entries.items())
            if body.get("sessionUpdate") == "user_message_chunk"
        ]
        if asked not in (client.answered, client.answered + client.pending):
            lost.append(f"{client.name}: {len(client.answered)} prompts were answered, the journal has {len(asked)}")
        if any(entries.get(seq) != entry for seq, entry in client.entries.items()):
            lost.append(f"{client.name}: an entry is another one now")
    report.check("nothing is lost", not lost, "; ".join(lost) or f"{sum(len(c.answered) for c in clients)} prompts")
    end = time.monotonic() + 20
    while server.sockets > before + 2 and time.monotonic() < end:
        await asyncio.sleep(0.5)
    report.check("sockets are given back", server.sockets <= before + 2,
                 f"{before} before, {server.sockets} after")


def main():
    options = arguments()
    work = tempfile.mkdtemp(prefix="siege.")
    report = Report()
    print(f"siege: seed {options.seed}", flush=True)
    try:
        asyncio.run(bounded(options, work, report))
    finally:
        if not options.keep:
            shutil.rmtree(work, ignore_errors=True)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
