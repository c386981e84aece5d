"""What a drill shows on the terminal while it runs; everything goes to stderr, so stdout stays for results."""

import contextlib
import time
from collections.abc import Sequence
from threading import Event, Thread
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from ewarn.drill.meter import Meter
from ewarn.drill.scenario import Scenario
from ewarn.gateway.sending.journal import Journal
from ewarn.swarm.client import Target
from ewarn.verdict.budgets import Budgets
from ewarn.verdict.happened import Happened
from ewarn.verdict.receipts import ReceiptBook
from ewarn.watching.dashboard import Step, drawn
from ewarn.watching.load import LoadNow, LoadOnlooker
from ewarn.watching.standing import Known, Onlooker
from ewarn.wire.releases import Release
from ewarn.words import ENGLISH

TICK_S = 0.25
"""Between two looks. Drawing costs most, and what has not changed is not drawn."""

LOAD_S = 0.5
"""between two looks at the load"""


class TerminalView:
    """A context, and a `Watcher`: lines, and below them how things stand; lines alone where nobody watches."""

    def __init__(self, console: Console, budgets: Budgets | None = None, language: str = ENGLISH) -> None:
        self._console, self._language = console, language
        self._budgets = budgets or Budgets()
        self._live = Live(console=console, auto_refresh=False, transient=True) if console.is_terminal else None
        self._known: Known | None = None
        self._onlooker: Onlooker | None = None
        self._load: LoadOnlooker | None = None
        self._seen: LoadNow | None = None
        self._looked_ns = 0
        self._step: tuple[str, int, int] | None = None
        """what is done, how far, of how much"""
        self._step_since_s = 0.0
        self._over = Event()
        self._thread = Thread(target=self._draw_on, daemon=True)

    def __enter__(self) -> Self:
        """Start drawing."""
        if self._live:
            self._live.start()
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop drawing, and leave the terminal as it was."""
        if self._live:
            self._over.set()
            self._thread.join()
            self._live.stop()

    def say(self, line: str) -> None:
        """See `View`."""
        self._console.print(line, markup=False, highlight=False, emoji=False, soft_wrap=True)

    def progress(self, doing: str, done: int, total: int) -> None:
        """See `View`."""
        if self._step is None or self._step[0] != doing:
            self._step_since_s = time.monotonic()
        self._step = (doing, done, total) if done < total else None

    def opens(self, scenario: Scenario, targets: Sequence[Target], key: bytes | None) -> None:  # noqa: ARG002  no phones
        """See `Watcher`."""
        if self._live:
            self._known = Known.of(scenario)

    def begins(self, order: str, origin_ns: int, book: ReceiptBook) -> None:
        """See `Watcher`."""
        if self._known:
            self._onlooker = Onlooker(self._known, self._budgets, order, origin_ns, book)

    def metered(self, meter: Meter, journal: Journal | None) -> None:
        """See `Watcher`."""
        if self._onlooker:
            self._load = self._onlooker.of_load(meter, journal)

    def happened(self, one: Happened) -> None:
        """See `Watcher`; a line tells of it."""

    def released(self, release: Release) -> None:
        """See `Watcher`."""
        if self._load:
            self._load.released(release)
        if self._onlooker:
            self._onlooker.released(release)

    def _draw_on(self) -> None:
        """In a thread of its own, as long as it lasts."""
        last = Text()
        with contextlib.suppress(OSError):  # the terminal is gone
            over = False
            while not over:
                over = self._over.wait(TICK_S)
                now = self._drawn()  # also at the end, when all has been read
                if now != last and self._live:
                    self._live.update(now, refresh=True)
                    last = now

    def _drawn(self) -> Text:
        onlooker, known, step = self._onlooker, self._known, self._step
        return drawn(
            known.scenario.quake if known else None,
            onlooker.look(time.monotonic_ns()) if onlooker else None,
            Step(*step, int(time.monotonic() - self._step_since_s)) if step else None,
            self._loaded(),
            self._language,
        )

    def _loaded(self) -> LoadNow | None:
        """Looked at less often: what processes use is told twice a second."""
        now_ns = time.monotonic_ns()
        if self._load and (self._over.is_set() or now_ns - self._looked_ns >= LOAD_S * 1e9):
            self._looked_ns, self._seen = now_ns, self._load.look(now_ns, last=self._over.is_set())
        return self._seen
