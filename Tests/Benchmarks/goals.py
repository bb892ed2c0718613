"""What is demanded of the figures of `make bench`: the lines of its table, in one place.

A line has the name under which a row of `server_costs.py` measures it. No goal fails anything: the table says whether
it is reached on this machine.
"""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Goal:
    """What one measure of a line may be at most, or has to be at least; with neither it is only shown."""

    measure: str
    unit: str
    most: float | None = None
    least: float | None = None
    digits: int = 2

    def is_reached(self, value):
        value = round(value, self.digits)  # As it is shown.
        return (self.most is None or value <= self.most) and (self.least is None or value >= self.least)

    def shown(self, value):
        return f"{value:,.{self.digits}f}{self.unit}"

    @property
    def text(self):
        """The bound; empty for what is only shown."""
        if self.most is None and self.least is None:
            return ""
        sign, bound = ("<=", self.most) if self.most is not None else (">=", self.least)
        return f"{sign} {bound:,g}{self.unit}"


@dataclasses.dataclass(frozen=True)
class Line:
    """A line of the table: its name, what it is about, the row that measures it, and what is demanded."""

    name: str
    what: str
    row: str
    goals: tuple[Goal, ...]


FLAT = 1.2
SIZES = ("80x24", "140x40")
PROCESSOR = Goal("processor", " ms CPU", most=1.5)
TIMES = Goal("ratio", "x", most=FLAT)


def trips(number):
    """Round trips of 50 ms, and five milliseconds for what is computed."""
    return Goal("wall", " ms", most=number * 50 + 5, digits=1)


def resumes(milliseconds):
    """The lines of a resume on a link with that round-trip time."""
    return [
        Line(f"resume {milliseconds} {scheme}", f"resume, 20 missed turns, RTT {milliseconds} ms, {what}", "resume", (
            Goal("wall", " ms", most=number * milliseconds + 5, digits=1), Goal("trips", " RTT"),
            Goal("text", "x text", most=2)))
        for scheme, what, number in (("ws", "plain", 2.05), ("wss", "TLS", 3.05))]


def windowed(missed, turns):
    return Line(f"windowed {missed} {turns}", f"window, RTT 50 ms: {missed} missed after {turns:,} turns",
                "windowed", (trips(2.05), Goal("trips", " RTT"), Goal("kilobytes", " kB", most=12, digits=1)))


def opening(name, number, what):
    return Line(f"{name} {number}", f"opening {number:,} {what}, last to first", "connections", (
        Goal("ratio", "x CPU", most=FLAT), Goal("seconds", " s")))


def memory(turns, most):
    return Line(f"memory {turns}", f"memory per idle session after {turns} turns", "memory", (
        Goal("kib", " KiB", most=most, digits=1), Goal("back", "% back", least=90, digits=0)))


LINES = [
    Line("prompt 220", "one prompt at 220 entries", "prompts", (PROCESSOR, Goal("wall", " ms", digits=1))),
    *(Line(f"prompt {entries}", f"one prompt at {entries:,} entries, to 220", "prompts", (
        TIMES, PROCESSOR, Goal("wall", " ms", digits=1))) for entries in (2_200, 11_000, 100_000)),
    Line("rate one", "prompts a second in one session of 11,000 entries", "rate", (
        Goal("rate", " /s", least=150, digits=0),)),
    Line("rate many", "prompts a second over 100 sessions", "rate", (
        Goal("rate", " /s", least=1_000, digits=0),)),
    Line("calls", "trivial prompt: fsyncs, system calls, written", "calls", (
        Goal("synchronizations", " fsyncs", most=3, digits=1), Goal("calls", " calls", most=80, digits=0),
        Goal("written", " kB", most=6, digits=1))),
    Line("disk", "trivial prompt: pages owed to the disk", "disk", (Goal("pages", " kB", most=6, digits=1),)),
    *resumes(50), *resumes(200),
    windowed(5, 100), windowed(20, 100), windowed(20, 1_000),
    Line("missed screen", "1,000 missed, window, RTT 50 ms: screen, to 20", "missed", (
        Goal("ratio", "x", most=1.1), Goal("trips", " RTT"))),
    *(Line(f"missed {name}", f"1,000 missed, {what}, RTT 50 ms: everything", "missed", (
        Goal("trips", " RTT", most=7), Goal("kilobytes", " kB", digits=0)))
      for name, what in (("filled", "window"), ("replayed", "no window"))),
    Line("return 0", "empty attach", "return", (Goal("processor", " ms CPU", most=0.15),)),
    Line("return 20", "attach of 20 missed turns", "return", (Goal("processor", " ms CPU", most=0.4),)),
    Line("attach 990", "first attach, not in memory, 990 entries", "attach", (Goal("wall", " ms", most=10, digits=1),)),
    *(Line(f"attach {entries}", f"first attach, not in memory, {entries:,} entries", "attach", (
        Goal("wall", " ms", most=10, digits=1), TIMES)) for entries in (10_000, 100_000)),
    *(Line(f"herd {where}", f"1,000 clients x 20 missed turns, {where}: p99", "herd", (
        Goal("p99", " ms", most=500, digits=0), Goal("away", " refused", most=0, digits=0)))
      for where in ("on disk", "in memory")),
    *(opening("connections", number, "connections") for number in (1_000, 5_000)),
    *(opening("attached", number, "with a session") for number in (1_000, 5_000)),
    memory(0, 5), memory(20, 16), memory(100, 16), memory(400, 16),
    Line("open 100000", "no mirror, 100,000 entries: screenful, everything", "open", (
        Goal("screen", " ms", most=150, digits=0), Goal("wall", " ms", most=3_000, digits=0))),
    Line("start 10000", "start with 10,000 sessions on disk", "start", (Goal("wall", " ms", most=25, digits=0),)),
    Line("streaming", "200 chunks a second, RTT 50 ms: commits a minute, seen", "streaming", (
        Goal("commits", "", most=700, digits=0), Goal("p99", " ms p99", most=150, digits=0),
        Goal("chunks", " of chunks", least=1))),
    Line("idle agents", "idle sessions with an agent each: left over, memory", "agents", (
        Goal("left", " processes", most=0, digits=0), Goal("kib", " KiB", digits=0))),
    Line("idle", "an idle screen in 10 s", "idle", (
        Goal("calls", " calls", most=0, digits=0), Goal("wakeups", " wake-ups", most=0, digits=0),
        Goal("mib", " MiB", most=40, digits=1))),
    Line("stream", "200 chunks a second at 80x24", "stream", (
        Goal("frames", " frames/s", most=30.5, digits=1), Goal("bytes", " B/frame", most=100, digits=0),
        Goal("share", "% CPU", most=2))),
    Line("key", "a key while an answer streams: on the terminal after", "stream", (
        Goal("median", " ms", most=5), Goal("longest", " ms", digits=1))),
    *(Line(f"scroll {size}", f"a page anywhere in 1,000,000 entries at {size}", "scroll", (
        Goal("median", " ms", most=16), Goal("p95", " ms p95", most=16), Goal("longest", " ms longest", digits=1),
        Goal("bytes", " B", digits=0), Goal("jump", " ms a jump", most=16, digits=1),
        Goal("mib", " MiB", most=40, digits=1)))
      for size in SIZES),
    Line("find index", "typing while 1,000,000 entries are indexed", "find", (
        Goal("median", " ms", most=5), Goal("longest", " ms", most=16, digits=1), Goal("seconds", " s", digits=1),
        Goal("mib", " MiB", most=40, digits=1))),
    *(Line(f"find {word} {place}", f"finding a {word} word in {place}: the first hits", "find", (
        Goal("first", " ms", most=50, digits=1), Goal("letter", " ms a letter", most=16, digits=1),
        Goal("mib", " MiB", most=40, digits=1)))
      for word in ("common", "rare") for place in ("this chat", "all chats")),
    *(Line(f"chats {size}", f"the list of 5,000 chats at {size}: there, a letter", "chats", (
        Goal("opened", " ms", most=16, digits=1), Goal("longest", " ms", most=16, digits=1),
        Goal("mib", " MiB", digits=1)))
      for size in SIZES),
    Line("screens", "memory after pages, and chats in turn, to the 1st time", "screens", (
        Goal("scrolled", "x", most=1.05), Goal("visited", "x", most=1.05), Goal("mib", " MiB", digits=1))),
    Line("questions", "questions to the librarian: recall@3, rank", "questions", (
        Goal("recall", "", least=0.8), Goal("rank", "", least=0.7))),
    Line("cores", "processors used by 100 busy sessions", "rate", (Goal("cores", "", least=1.7),)),
]
