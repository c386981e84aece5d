"""The time in which a report is read, as how much was read so far tells it, and what was used in it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ewarn.verdict.load import OfProcess, Usage

QUIET_NS = 150_000_000
"""A report of which nothing more is read for so long is not under way. Swarms take 0.2 s before they parse."""
PATIENCE_NS = 5 * 10**9
"""the same of one of which nothing has been read yet: it is planned, or waits for its turn"""


@dataclass(frozen=True)
class Player:
    """A process that plays."""

    pid: int
    kind: str
    """see `OfProcess`"""
    index: int | None = None
    of: str = ""


def players(found: Sequence[tuple[int, str]], of: str = "") -> list[Player]:
    """A gateway's processes, the first one first, by number and what `top` calls them; on the platform `of`."""
    return [Player(pid, *_role(name, first=not index), of) for index, (pid, name) in enumerate(found)]


def _role(name: str, *, first: bool) -> tuple[str, int | None]:
    """Kind and index. The kernel keeps 15 bytes of a name."""
    if first:
        return "front", None
    number = name.removeprefix("ewarn-shard-")
    if number != name and number.isdecimal():
        return "shard", int(number)
    return ("tls" if name.startswith("ewarn-termin") else "other"), None


@dataclass(frozen=True)
class Look:
    """What was used so far, at an instant."""

    at_ns: int
    """monotonic, as all instants here"""
    reads: int
    """times that clients had read something"""
    busy_s: float
    """of all cores"""
    cpu_s: dict[int, float]
    """by process number, of those that are there"""


def spent_s(earlier: Look, later: Look) -> dict[int, float]:
    """CPU time by process number, of those that were there at both looks."""
    both = earlier.cpu_s.keys() & later.cpu_s.keys()
    # The time of a thread that ended is not seen any more.
    return {pid: max(0.0, later.cpu_s[pid] - earlier.cpu_s[pid]) for pid in both}


@dataclass(frozen=True)
class Cores:
    """Of this machine."""

    all: int
    allowed: int
    """that gateway and clients may have together"""

    def used(self, players: Sequence[Player], spent: dict[int, float], seconds: float, busy: float) -> Usage:
        """What players used in some time, of which each spent so much; `busy` is of the whole machine, cores."""
        processes = tuple(
            OfProcess(kind=one.kind, index=one.index, of=one.of, cores=round(spent[one.pid] / seconds, 3))
            for one in players
            if one.pid in spent
        )
        return Usage(
            seconds=round(seconds, 3),
            processes=processes,
            busy=round(min(busy, self.all), 3),  # the kernel counts it in ticks
            cores=self.all,
            allowed=self.allowed,
        )

    def between(self, players: Sequence[Player], earlier: Look, later: Look) -> Usage:
        """What players used between two looks."""
        seconds = (later.at_ns - earlier.at_ns) / 1e9
        return self.used(players, spent_s(earlier, later), seconds, (later.busy_s - earlier.busy_s) / seconds)


@dataclass(frozen=True)
class UnderWay:
    """A report that is read."""

    number: int
    due: int
    """users"""
    since_ns: int
    """its release; where another was under way by then, when that was known"""
    before: Look
    """The last look in which nothing was under way, so that all of the plan is in what was used since; else `told`."""
    told: Look
    """when its release was known: what others used is counted from here"""
    grew_ns: int
    """when more was last seen to have been read"""
    seen: int
    after: Look | None = None
    """None: it still is"""

    @classmethod
    def of(cls, number: int, due: int, released_ns: int, before: Look, told: Look) -> "UnderWay":
        """It is out. `before` is `told` itself where another report was under way."""
        since_ns = told.at_ns if before is told else released_ns
        return cls(number, due, since_ns, before, told, told.at_ns, told.reads)

    def grown(self, now_ns: int, reads: int) -> "UnderWay":
        """So much has been read by now."""
        return replace(self, grew_ns=now_ns, seen=reads) if reads > self.seen else self

    def is_over(self, now_ns: int) -> bool:
        """All have read it, or nobody does any more."""
        patience_ns = QUIET_NS if self.seen > self.told.reads else PATIENCE_NS
        return self.seen - self.before.reads >= self.due or now_ns - self.grew_ns >= patience_ns

    def reads(self, now: Look) -> int:
        """How much of it was read."""
        return min((self.after or now).reads - self.before.reads, self.due)

    def usage(self, players: Sequence[Player], cores: Cores, now: Look) -> Usage | None:
        """What was used while it was read, until now where it still is; None: nothing of it was."""
        after = self.after or now
        seconds = ((self.grew_ns if self.after else now.at_ns) - self.since_ns) / 1e9
        watched_s = (after.at_ns - self.told.at_ns) / 1e9
        if self.reads(now) <= 0 or seconds <= 0 or watched_s <= 0:
            return None
        busy = (after.busy_s - self.told.busy_s) / watched_s
        return cores.used(players, spent_s(self.before, after), seconds, busy)
