"""The clients of one Locust user, in a process without gevent: run as a program of its own.

Lines of JSON come in, see `Job` and `orders`, and words go out, see `account.Word`, whenever there is news. It leaves
at the end of its input, or as it is sent home, with its last word. What is wrong with it goes to stderr as one line,
and its exit code is that of `ewarn`.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from tempfile import NamedTemporaryFile
from threading import Thread

import numpy as np

from ewarn.audience.users import sample
from ewarn.clocks.bound import Bound
from ewarn.config.places import find_places
from ewarn.errors import EwarnError, MeasurementError, NobodyConnectedError
from ewarn.seismic.streams import stream
from ewarn.swarm.client import parse_target
from ewarn.swarm.crew import Swarm
from ewarn.swarm.habits import Habits
from ewarn.system.clock import Clock, WallClock
from ewarn.system.machine import check_fit, this_machine
from ewarn.verdict.receipts import NEVER
from loadtests.account import TALLIES, Word, word
from loadtests.orders import Orders
from loadtests.reached import Reached, deliveries, nobody

PLACES = "sichuan"
MOST_REPORTS = 64
TICK_S, TELL_S = 0.05, 0.5
COMEBACK_S = 2.0
"""clients on their way back are waited for at the end, until none has come for so long"""


@dataclass(frozen=True)
class Job:
    """What the clients are to do."""

    play: int
    process: int
    to: str
    """ws://HOST:PORT or wss://"""
    ca: str | None
    """certificates to trust, PEM itself; None: those that this system trusts"""
    quake: str
    clients: int
    seed: int
    connects_per_s: float
    churn_per_s: float


class SentHomeError(Exception):
    """Sent home before all were connected."""


class Phones:
    """The clients from their first connection to their last word."""

    def __init__(self, job: Job, crew: Swarm, lines: "SimpleQueue[str]", clock: Clock) -> None:
        self._job, self._crew, self._lines, self._clock = job, crew, lines, clock
        self._orders = Orders()
        self._storms, self._over, self._connecting = 0, False, True
        self._told: Word | None = None
        now = clock.monotonic_ns()
        self._tell_due, self._churn_due = now, now

    def attend(self) -> Word:
        """Connect, stay until the end, and return the last word. Raises MeasurementError."""
        crew, job = self._crew, self._job
        complaints: list[str] = []
        with suppress(SentHomeError):
            complaints = crew.connect(lambda _: None, self._look)
        self._connecting = False
        if not crew.book.total("connected"):
            raise NobodyConnectedError("; ".join(complaints) or "no client could connect")
        self._churn_due = self._clock.monotonic_ns() + 1_000_000_000
        while not self._over and crew.book.total("closed") < crew.book.total("connected"):
            self._look()
            self._move()
            self._clock.sleep(TICK_S)
        if not self._orders.home:
            closed, wanted = crew.book.total("closed"), job.clients
            say(self.word(ended=False))
            raise NobodyConnectedError(f"the gateway closed {closed:,} of {wanted:,} connections")
        self._await_returns()
        crew.collect()
        if doubts := crew.book.disagreements():
            raise MeasurementError(str(doubts[0]))
        return self.word(ended=True)

    def word(self, *, ended: bool) -> Word:
        """What is to be said now."""
        book, job = self._crew.book, self._job
        found = self._deliveries(over=ended)
        return word(
            job.play,
            job.process,
            there=int(np.count_nonzero(book.there)),
            bytes=book.total("bytes"),
            tallies={name: book.total(name) for name in TALLIES},
            deliveries=[(number, one.plain()) for number, one in found.items()],
            ended=ended,
        )

    def _deliveries(self, *, over: bool) -> dict[int, Reached]:
        releases, clock = self._orders.releases, self._orders.clock
        if clock is None:
            return nobody(self._job.clients, releases)
        read = self._crew.book.read
        return deliveries(np.where(read > 0, read, NEVER), releases, Bound.from_plain(clock), over=over)

    def _look(self) -> None:
        """See to the processes, to what comes in, and to what is to be said."""
        self._crew.check()
        try:
            while not self._over:
                line = self._lines.get_nowait()
                if not line:
                    sys.exit(0)  # whoever started this is gone, or does not want it any more
                self._orders = Orders.from_plain(json.loads(line))
                self._over = self._orders.home
        except Empty:
            pass
        if self._over and self._connecting:
            raise SentHomeError
        if (now := self._clock.monotonic_ns()) >= self._tell_due:
            self._tell_due = now + round(TELL_S * 1e9)
            if (said := self.word(ended=False)) != self._told:
                self._told = said
                say(said)

    def _move(self) -> None:
        """Hang up, as it is wanted."""
        if self._storms < self._orders.storms:
            self._storms += 1
            self._crew.bounce(1.0)
        if self._job.churn_per_s and self._clock.monotonic_ns() >= self._churn_due:
            self._crew.bounce(self._job.churn_per_s)
            self._churn_due += 1_000_000_000

    def _await_returns(self) -> None:
        """Wait for those who hung up, as long as they come back."""
        fewest, since = self._crew.away(), self._clock.monotonic_ns()
        while (away := self._crew.away()) > 0 and self._clock.monotonic_ns() - since < COMEBACK_S * 1e9:
            if away < fewest:
                fewest, since = away, self._clock.monotonic_ns()
            self._crew.check()
            self._clock.sleep(TICK_S)


def say(said: Word) -> None:
    """One line."""
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


@contextmanager
def connected(job: Job, clock: Clock) -> Iterator[Swarm]:
    """The swarm that a job asks for. Raises InputError."""
    machine = this_machine()
    check_fit(job.clients, machine)
    audience = sample(find_places(PLACES), job.clients, stream(job.seed, "audience"))
    with NamedTemporaryFile("w", suffix=".pem") as trusted:
        trusted.write(job.ca or "")
        trusted.flush()
        with Swarm(
            parse_target(job.to, trusted.name if job.ca else None),
            audience.followed,
            audience.threshold,
            Habits(quake=job.quake, connects_per_s=job.connects_per_s, seed=job.seed),
            reports=MOST_REPORTS,
            sampled=np.zeros(job.clients, np.bool_),
            machine=machine,
            clock=clock,
            allow_network=True,
        ) as crew:
            yield crew


def main() -> None:
    """See the module."""
    lines: SimpleQueue[str] = SimpleQueue()
    job = Job(**json.loads(sys.stdin.readline()))
    Thread(target=_read, args=(lines,), daemon=True).start()
    try:
        with connected(job, WallClock()) as crew:
            say(Phones(job, crew, lines, WallClock()).attend())
    except EwarnError as error:
        sys.stderr.write(f"ewarn: {error}\n")
        sys.exit(error.exit_code)


def _read(lines: "SimpleQueue[str]") -> None:
    """An empty line says that no more will come."""
    for line in sys.stdin:
        lines.put(line)
    lines.put("")


if __name__ == "__main__":
    main()
