"""From a drill to the messages of its show: what it plays, and users' first receipts as they gather."""

import base64
import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Any, Self

import numpy as np
from msgspec import to_builtins
from numpy.typing import NDArray

from ewarn.centre.scenery import surroundings
from ewarn.drill.accounts import users_table
from ewarn.drill.beginning import CONNECTING
from ewarn.drill.meter import Meter
from ewarn.drill.scenario import Scenario, after_origin_s
from ewarn.gateway.sending.journal import Journal
from ewarn.seismic.origin import Report
from ewarn.swarm.client import Target
from ewarn.system.clock import Clock
from ewarn.verdict.document import Document
from ewarn.verdict.happened import Happened
from ewarn.verdict.headline import headline
from ewarn.verdict.receipts import ReceiptBook
from ewarn.watching.load import LoadOnlooker
from ewarn.watching.progress import first_receipts
from ewarn.watching.show import (
    box_of,
    due_block,
    fronts,
    happened_message,
    load_message,
    receipts_block,
    report_message,
    say_message,
    scene_message,
    state_message,
    users_block,
)
from ewarn.wire.releases import Release
from ewarn.wire.subscriptions import ALERTS_PATH
from ewarn.words import Said, plain, spelled

TICK_S = 0.25
HUSH_S = 0.4
"""after a release nothing is told for so long: whoever watches must not slow down what they see"""
LOAD_S = 0.5
"""between two times that the load is told"""
BLOCK = 65_536
"""users in one message"""
FARTHEST_KM = 1_200
"""how far the fronts are drawn: across the province and beyond"""

Message = dict[str, Any] | bytes
Tell = Callable[[Message], None]


class _Play:
    """One play, and what has been told of it."""

    def __init__(self, index: int, scenario: Scenario, origin_ns: int, book: ReceiptBook) -> None:
        self.index, self.scenario, self.origin_ns, self.book = index, scenario, origin_ns, book
        self.releases: list[Release] = []
        self.told_s = np.full(book.read.shape[1], np.inf)
        """by user: their first receipt as it was told, seconds after origin"""
        self.delivered: dict[int, int] = {}
        self.load: LoadOnlooker | None = None
        self.loaded_ns = 0
        """when it was last told"""
        self.receipts = -1
        """that the book had when it was last looked at"""

    def release_s(self, report: Report) -> float:
        """When a report went out, seconds after the true origin, as the verdict counts it."""
        return after_origin_s(self.scenario, [self.releases[0].report], report)

    def after_s(self, now_ns: int) -> float:
        """The quake's clock: where waits are cut short by a drill's `speed`, it leaps ahead at each release."""
        if not self.releases:
            return (now_ns - self.origin_ns) / 1e9
        last = self.releases[-1]
        return self.release_s(last.report) + (now_ns - last.monotonic_ns) / 1e9


class Teller:
    """A context, and a `Watcher`: a thread of its own looks at the receipts while it lasts."""

    def __init__(
        self,
        tell: Tell,
        clock: Clock,
        scenery: Callable[[Scenario], Any],
        notes: Sequence[Said] = (),
        rate_per_s: float | None = None,
    ) -> None:
        """`notes` are said wherever delivery is shown; `rate_per_s`, messages at most; None: no limit was set."""
        self._send, self._clock, self._scenery_of, self._notes = tell, clock, scenery, notes
        self._rate_per_s = rate_per_s
        self._untold: deque[Message] = deque()
        self._ellipses: dict[int, Any] = {}
        self._due: list[int] = []
        """users to whom each report is due, phones of visitors left out"""
        self._alerts: list[str] = []
        self._key = ""
        """by which phones check signatures, base64; empty: reports are not signed"""
        self._state = "preparing"
        self._scenario: Scenario | None = None
        self._play: _Play | None = None
        self._plays = 0
        self._turn, self._sending = Lock(), Lock()
        """of who looks at the receipts, and of who sends: the thread, or the end of a play"""
        self._over = Event()
        self._thread = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        """Start to look."""
        self.state("preparing")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop looking."""
        self._over.set()
        self._thread.join()

    # What a drill tells; see `Watcher`

    def say(self, line: str) -> None:
        """See `View`."""
        message = say_message(line)
        self._tell(message | {"line": message["line"].strip()})

    def progress(self, doing: str, done: int, total: int) -> None:
        """See `View`."""
        if self._state == "connecting" and spelled(doing) == CONNECTING:
            self.state("connecting", doing=plain(doing), done=done, total=total)

    def opens(self, scenario: Scenario, targets: Sequence[Target], key: bytes | None) -> None:
        """See `Watcher`."""
        self._scenario, quake = scenario, scenario.quake
        self._alerts = [f"ws://{target.authority}{ALERTS_PATH}" for target in targets]
        self._key = base64.b64encode(key or b"").decode()
        at = quake.origin.latitude, quake.origin.longitude
        box = box_of(scenario.audience.latitude, scenario.audience.longitude, at)
        stations, self._ellipses = self._scenery_of(scenario)
        notes = [note.spelled() for note in self._notes]
        fronts_ = fronts(scenario.earth.times, quake.origin.depth_km, FARTHEST_KM)
        more = {"notes": notes, "rate_per_s": self._rate_per_s, **surroundings(quake, scenario.earth)}
        self._tell(scene_message(quake, len(scenario.audience), box, fronts_, stations, **more))
        users = users_table(scenario)
        self._due = scenario.due.sum(axis=1).tolist()
        due = scenario.first_due < len(scenario.reports)
        for first in range(0, len(users), BLOCK):
            part = slice(first, first + BLOCK)
            self._tell(users_block(first, users[part], due[part], box))
        self.state("connecting")

    def begins(self, order: str, origin_ns: int, book: ReceiptBook) -> None:
        """See `Watcher`."""
        assert self._scenario  # noqa: S101  a drill opens before it begins
        with self._turn:
            self._play = _Play(self._plays, self._scenario, origin_ns, book)
            self._plays += 1
        self._tell({"type": "play", "play": self._play.index, "order": order})
        self._tell_due(self._play.index, self._scenario.first_due)
        self.state("playing")

    def metered(self, meter: Meter, journal: Journal | None) -> None:
        """See `Watcher`."""
        assert self._play  # noqa: S101  there is a meter of a play that has begun
        play = self._play
        play.load = LoadOnlooker(play.scenario, meter, journal, play.origin_ns, play.book)

    def released(self, release: Release) -> None:
        """See `Watcher`."""
        assert self._play  # noqa: S101  a report is released in a play
        if self._play.load:
            self._play.load.released(release)
        self._play.releases.append(release)
        number = release.report.number
        release_s = self._play.release_s(release.report)
        due, ellipse = self._due[number - 1], self._ellipses.get(number)
        self._tell(report_message(self._play.index, release.report, release_s, due, ellipse, release.note))

    def happened(self, one: Happened) -> None:
        """See `Watcher`."""
        if play := self._play:
            self._tell(happened_message(play.index, one))

    # Telling

    def _tell(self, message: Message) -> None:
        """Soon: the thread sends what has gathered."""
        self._untold.append(message)

    def _flush(self) -> None:
        with self._sending:
            while self._untold:
                self._send(self._untold.popleft())

    # What its process tells besides

    def state(self, state: str, **more: Any) -> None:
        """How far the whole is."""
        self._state = state
        alerts = self._alerts if state != "failed" else []
        self._tell(state_message(state, **({"alerts": alerts, "key": self._key} | more)))
        self._flush()

    def judged(self, verdict: Document | None) -> None:
        """A play is over: the last receipts, and its verdict."""
        play, self._play = self._play, None
        if play:
            with self._turn:
                self._look(play)
                self._tell_load(play, self._clock.monotonic_ns(), last=True)
            said = headline(verdict).spelled() if verdict else None
            self._tell({"type": "verdict", "play": play.index, "verdict": to_builtins(verdict), "headline": said})
        self._tell({"type": "clock", "play": None, "after_s": None})
        self._flush()

    # Looking

    def _watch(self) -> None:
        with contextlib.suppress(OSError):  # whom it was told to has gone
            while not self._over.wait(TICK_S):
                with self._turn:
                    if play := self._play:
                        now_ns = self._clock.monotonic_ns()
                        if play.releases and now_ns - play.releases[-1].monotonic_ns < HUSH_S * 1e9:
                            continue
                        after_s = play.after_s(now_ns)
                        self._tell({"type": "clock", "play": play.index, "after_s": round(after_s, 3)})
                        self._look(play)
                        if now_ns - play.loaded_ns >= LOAD_S * 1e9:
                            self._tell_load(play, now_ns)
                self._flush()

    def _look(self, play: _Play) -> None:
        """Tell of receipts that came since, looking through the reports of which there are more."""
        if (receipts := play.book.total("receipts")) == play.receipts:
            return
        play.receipts = receipts
        grown = [release for release in play.releases if self._has_grown(play, release.report.number)]
        warnings = [release for release in grown if release.report.counts_as_warning]
        read = play.book.read[[release.report.number - 1 for release in warnings]]
        released_ns = np.array([release.monotonic_ns for release in warnings], np.int64)
        release_s = np.array([play.release_s(release.report) for release in warnings])
        self._tell_first(play, first_receipts(read, released_ns, release_s))

    def _tell_load(self, play: _Play, now_ns: int, *, last: bool = False) -> None:
        play.loaded_ns = now_ns
        if play.load:
            self._tell(load_message(play.index, play.load.look(now_ns, last=last)))

    def _tell_due(self, play: int, rows: NDArray[np.intp]) -> None:
        assert self._scenario  # noqa: S101  a drill opens before it begins
        numbers = np.where(rows < len(self._scenario.reports), rows + 1, 0)
        for first in range(0, len(numbers), BLOCK):
            self._tell(due_block(play, first, numbers[first : first + BLOCK]))

    def _has_grown(self, play: _Play, number: int) -> bool:
        """Count a report's receipts, and tell of them where there are more."""
        delivered = play.book.received(number)
        if delivered == play.delivered.get(number, 0):
            return False
        play.delivered[number] = delivered
        self._tell({"type": "count", "play": play.index, "report": number, "delivered": delivered})
        return True

    def _tell_first(self, play: _Play, found_s: NDArray[np.float64]) -> None:
        users = np.flatnonzero(found_s < play.told_s)
        play.told_s[users] = found_s[users]
        for first in range(0, len(users), BLOCK):
            part = users[first : first + BLOCK]
            self._tell(receipts_block(play.index, part.astype(np.uint32), found_s[part].astype(np.float32)))
