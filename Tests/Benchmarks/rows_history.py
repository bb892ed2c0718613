"""The rows of `server_costs.py` about long histories and many chats on the screen: scrolling, searching, memory."""
import contextlib
import os
import sqlite3
import statistics
import time

from bench import figure
from kept import Kept
from rows_screen import belay, connected
from watched import Watched

SIZES = ((80, 24), (140, 40))
PAGE_UP, PAGE_DOWN, HOME, END, ENTER = b"\x1b[5~", b"\x1b[6~", b"\x1b[H", b"\x1b[F", b"\r"
LIST, FIND, DOWN = b"\x13", b"\x06", b"\x1b[B"
ENTRIES = 1_000_000
PAGES = 100
CHATS = 5_000
# How people type: a tenth of a second from one letter to the next.
TYPING = 0.1


def history(bench):
    """A client's folder with a chat of many entries, which is made once; nothing connects to a server in it."""
    if "history" not in bench.shared:
        kept = Kept(belay(bench), f"{bench.folder}/history")
        kept.fill(ENTRIES)
        kept.expire()
        bench.shared["history"] = kept
    return bench.shared["history"]


def opened(kept, columns=80, rows=24, shows=b"Sentence"):
    """The screen with the chat that was used last. `-r` also opens one that has expired."""
    watched = Watched([kept.program, "-r", kept.last], kept.environment, kept.shop, columns, rows)
    watched.until(shows)
    watched.read(0.5)
    return watched


def percentiles(values):
    values = sorted(values)
    return statistics.median(values), values[int(len(values) * 0.95)], values[-1]


class Paging:
    """Pages that are turned on a screen: the times of their frames, and the bytes."""

    def __init__(self, watched):
        self.watched, self.times, self.bytes = watched, [], []

    def turn(self, key, count):
        for _ in range(count):
            took, frame = self.watched.press(key)
            self.times.append(took)
            self.bytes.append(len(frame))
            # What is read ahead behind the frame would otherwise be the next page's.
            self.watched.read(0.01)


def find_place(watched, number):
    """Goes to the sentence of that number."""
    watched.press(b"/find ", 5)
    for letter in str(number).encode():
        watched.press(bytes([letter]))
    watched.read(0.3)
    watched.shown = b""
    watched.press(ENTER)
    hits(watched)
    watched.read(0.5)
    return watched.press(ENTER)


def scroll(bench):
    kept = history(bench)
    for columns, rows in SIZES:
        with opened(kept, columns, rows) as watched:
            paging, jumps = Paging(watched), []
            before = watched.status("VmRSS")
            paging.turn(PAGE_UP, 2 * PAGES)
            paging.turn(PAGE_DOWN, PAGES)
            jumps.append(watched.press(HOME)[0])
            paging.turn(PAGE_DOWN, PAGES)
            paging.turn(PAGE_UP, PAGES // 2)
            jumps.append(watched.press(END)[0])
            # One that is not in the index yet waits for it.
            jumps.append(find_place(watched, ENTRIES // 2 + 5)[0])
            paging.turn(PAGE_UP, PAGES)
            paging.turn(PAGE_DOWN, 2 * PAGES)
            resident = watched.status("VmRSS")
        median, most, longest = percentiles(paging.times)
        name = f"{columns}x{rows}"
        figure(
            f"a page of {ENTRIES:,} entries at {name}, {len(paging.times)} at the end, the beginning and in the middle",
            f"{median:.2f} ms (median), {most:.2f} (p95), {longest:.1f} (longest), {statistics.mean(paging.bytes):.0f}"
            f" bytes; a jump {max(jumps):.1f} ms; {before / 1024:.1f} MiB before, {resident / 1024:.1f} behind")
        bench.measure(
            f"scroll {name}", median=median, p95=most, longest=longest, bytes=statistics.mean(paging.bytes),
            jump=max(jumps), mib=resident / 1024)


def typed(watched, text):
    """Types a text as people do, and returns how long each letter took to be shown."""
    times = []
    for letter in text.encode():
        times.append(watched.press(bytes([letter]))[0])
        watched.read(TYPING)
    return times


def hits(watched):
    """Waits for the first hits of a search; of one that is in no index yet, for that too."""
    if b"agent:" not in watched.shown:
        watched.until(b"agent:", 120)


def find(bench):
    kept = history(bench)
    kept.forget_index()
    with opened(kept) as watched:
        begin = time.monotonic()
        watched.press(FIND)
        times = typed(watched, "xyzzy")
        while b"nothing found" not in watched.shown[-4_000:]:
            watched.press(b"z")
            times += typed(watched, "\x7f")
            if time.monotonic() - begin > 300:
                raise SystemExit("the index is not made within five minutes")
        took = time.monotonic() - begin
        resident = watched.status("VmRSS")
    median, most, longest = percentiles(times)
    figure(
        f"typing while {ENTRIES:,} entries are indexed",
        f"a letter is shown after {median:.2f} ms (median), {most:.2f} (p95), {longest:.1f} (longest); all of them are"
        f" indexed after {took:.1f} s; {resident / 1024:.1f} MiB")
    bench.measure("find index", median=median, longest=longest, seconds=took, mib=resident / 1024)
    for name, words in (("common", "answer"), ("rare", str(ENTRIES // 2 + 5))):
        for place, begin in (("this chat", FIND), ("all chats", b"/find\r")):
            with opened(kept) as watched:
                watched.press(begin)
                times = typed(watched, words[:-1])
                watched.read(0.5)
                start = last = time.monotonic()
                times.append(watched.press(words[-1].encode())[0])
                # What was found for the letters before may stand there already: the last bytes are what counts.
                while time.monotonic() - start < 0.5:
                    if watched.read(0.001):
                        last = time.monotonic()
                first = max((last - start) * 1_000, times[-1])
                resident = watched.status("VmRSS")
            figure(
                f"finding a {name} word in {place}",
                f"the first hits after {first:.1f} ms; a letter is shown after {statistics.median(times):.2f} ms"
                f" (median), {max(times):.1f} (longest); {resident / 1024:.1f} MiB")
            bench.measure(
                f"find {name} {place}", first=first, letter=max(times), mib=resident / 1024)


def chats(bench):
    """The list of chats is opened and filtered."""
    kept = Kept(belay(bench), f"{bench.folder}/chats")
    kept.add_chats(CHATS, 2)
    kept.expire()
    for columns, rows in SIZES:
        with opened(kept, columns, rows, shows=b"hello") as watched:
            took, frame = watched.press(LIST)
            if str(CHATS + 1).encode() not in watched.shown:
                raise SystemExit(f"the list has not {CHATS + 1} chats: {watched.shown[-300:]!r}")
            moved = [watched.press(DOWN)[0] for _ in range(20)]
            watched.press(b"/")
            filtered = typed(watched, "question 77")
            resident = watched.status("VmRSS")
        name = f"{columns}x{rows}"
        figure(
            f"the list of {CHATS:,} chats at {name}",
            f"opened in {took:.1f} ms; the next chat {statistics.median(moved):.2f} ms (median), {max(moved):.1f}"
            f" (longest); a letter of the filter {statistics.median(filtered):.2f} ms, {max(filtered):.1f};"
            f" {resident / 1024:.1f} MiB")
        bench.measure(
            f"chats {name}", opened=took, next=max(moved), median=statistics.median(filtered), longest=max(filtered),
            mib=resident / 1024)


def screens(bench):
    """Scrolling up and back, and going through chats in turn, does not add up."""
    sessions = [(f"bench-{number:02}", 100) for number in range(21)]
    with bench.server(sessions) as server:
        words, environment = connected(bench, server, "memory")
        with Watched(words, environment, environment["HOME"]) as watched:
            watched.until(b"live")
        add_sessions(environment, [name for name, _ in sessions])
        with Watched(words[:-1] + ["-r", sessions[0][0]], environment, environment["HOME"]) as watched:
            watched.until(b"live")
            watched.read(1)
            begin, scrolled, visited = watched.status("VmRSS"), [], []
            for _ in range(3):
                for key in (PAGE_UP, PAGE_DOWN):
                    for _ in range(PAGES):
                        watched.type(key.decode())
                        watched.read(0.01)
                scrolled.append(watched.status("VmRSS"))
            for _ in range(3):
                for _ in sessions:
                    # The last one of the list is the one that was not used for the longest time.
                    watched.press(LIST)
                    watched.press(END)
                    watched.press(ENTER)
                    # That it is connected again need not be painted: it was shown before.
                    watched.read(0.5)
                visited.append(watched.status("VmRSS"))
    def mib(values):
        return ", ".join(f"{value / 1024:.1f}" for value in values)
    figure(
        "memory of a screen, in MiB",
        f"{mib([begin])} at the start; {mib(scrolled)} after {PAGES} pages up and back, once to three times;"
        f" {mib(visited)} after {len(sessions)} chats in turn, once to three times")
    bench.measure(
        "screens", scrolled=scrolled[-1] / scrolled[0], visited=visited[-1] / visited[0], mib=visited[-1] / 1024)


def add_sessions(environment, names):
    """Lists sessions of the server among the client's chats, as if each had been opened there."""
    path = os.path.join(environment["XDG_STATE_HOME"], "belay", "desk.db")
    with contextlib.closing(sqlite3.connect(path)) as desk:
        server, directory, used = desk.execute("SELECT server, directory, max(used_at) FROM chats").fetchone()
        desk.execute("DELETE FROM chats")
        for at, name in enumerate(names):
            desk.execute(
                "INSERT INTO chats (key, server, directory, session, used_at, title) VALUES (?, ?, ?, ?, ?, ?)",
                (f"018f0000-0000-7000-8000-{at:012}", server, directory, name, used - at * 1_000, f"Chat {at}"))
        desk.commit()
