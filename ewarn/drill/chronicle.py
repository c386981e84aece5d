"""What happens in a play beside its reports: taken down with its instant, and told to whoever watches."""

from bisect import bisect_right
from collections.abc import Callable
from threading import Lock

from ewarn.drill.scenario import Scenario, after_origin_s
from ewarn.drill.watcher import Watcher
from ewarn.publish import Interlude
from ewarn.seismic.origin import Report
from ewarn.system.clock import Clock
from ewarn.system.happenings import Kind, Word
from ewarn.verdict.happened import Happened, in_turn
from ewarn.wire.releases import Release
from ewarn.words import say


class Chronicle:
    """Of a drill, one play after the other; nothing is taken down between them. Any thread may call it.

    Instants are on the quake's clock, which leaps ahead where waits are cut short by a drill's speed: it is told anew
    by each release and each interlude, and goes on as the machine's does in between.
    """

    def __init__(self, clock: Clock, view: Watcher) -> None:
        self._clock, self._view = clock, view
        self._turn = Lock()
        self._marks: list[tuple[int, float]] = []
        """instants that are known on both clocks: monotonic ns, and s after the true origin; none between plays"""
        self._scenario: Scenario | None = None
        self._first: Report | None = None
        self._speed = 1.0
        self._found: list[Happened] = []
        self._down: set[str] = set()
        """platforms that were ended on purpose"""

    def begins(self, scenario: Scenario, origin_ns: int, speed: float) -> None:
        """A play, whose origin is at this monotonic instant."""
        with self._turn:
            self._scenario, self._first, self._speed = scenario, None, speed
            self._found, self._marks = [], [(origin_ns, 0.0)]

    def over(self) -> tuple[Happened, ...]:
        """The play is over: what happened in it."""
        with self._turn:
            self._marks = []
            return in_turn(self._found)

    def released(self, release: Release) -> None:
        """A report is out."""
        self._first = self._first or release.report
        assert self._scenario  # noqa: S101  a play has begun
        self._mark(release.monotonic_ns, after_origin_s(self._scenario, [self._first], release.report))

    def timed(self, one: Interlude) -> Interlude:
        """The same interlude, whose instant is known on both clocks as it comes."""

        def act() -> None:
            if self._marks:
                self._mark(self._marks[0][0] + round(one.after_s / self._speed * 1e9), one.after_s)
            one.act()

        return Interlude(one.after_s, act)

    def note(self, kind: Kind, of: str = "", *, count: int | None = None, why: str = "") -> None:
        """Something that the drill did, or found, just now."""
        if kind is Kind.PLATFORM_DOWN:
            self._down.add(of)
        self._take(self._clock.monotonic_ns(), lambda at_s: Happened(kind=kind, at_s=at_s, of=of, count=count, why=why))

    def noticed(self, kind: Kind, of: str, at_ns: int, why: str = "") -> float | None:
        """Something that befell a host at an instant, monotonic; s after the true origin, None between plays."""
        return self._take(at_ns, lambda at_s: Happened(kind=kind, at_s=at_s, of=of, why=why), aloud=True)

    def heard(self, of: str, word: Word | None) -> None:
        """What a gateway told of itself; None: it has ended, and has said so as little as why."""
        if word is None:
            if of in self._down:
                return
            self._down.add(of)
            now_ns = self._clock.monotonic_ns()
            self._take(now_ns, lambda at_s: Happened(kind=Kind.GATEWAY_DIED, at_s=at_s, of=of), aloud=True)
            return
        kind, index = word.kind, word.index
        self._take(word.at_ns, lambda at_s: Happened(kind=kind, at_s=at_s, of=of, index=index), aloud=True)

    def back(self, of: str) -> None:
        """A platform is up again."""
        self._down.discard(of)
        self.note(Kind.PLATFORM_BACK, of)

    def _mark(self, at_ns: int, after_s: float) -> None:
        with self._turn:
            if self._marks:
                self._marks = sorted([*self._marks, (at_ns, after_s)])

    def _take(self, at_ns: int, make: Callable[[float], Happened], *, aloud: bool = False) -> float | None:
        with self._turn:
            if not self._marks:
                return None
            known_ns, known_s = self._marks[max(0, bisect_right(self._marks, (at_ns, float("inf"))) - 1)]
            # What ended a run had happened by then, though it may be heard a moment later.
            ends = (one.at_s for one in self._found if one.kind is Kind.ENDED_EARLY)
            found = make(min([round(known_s + (at_ns - known_ns) / 1e9, 3), *ends]))
            self._found.append(found)
        self._view.happened(found)
        if aloud:
            self._view.say(say("log.happened", found.line))
        return found.at_s
