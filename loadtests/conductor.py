"""The conductor of one test, in the local runner or the master: gateway, clocks, alerts, and what the swarms say."""

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

import gevent

from ewarn.config.catalogues import find_quake
from ewarn.errors import EwarnError, InputError
from loadtests.account import Account, Word
from loadtests.children import BAD_INPUT, CHECK_FAILED, INTERRUPTED, UNTRUSTED, LoadError
from loadtests.clocks import Clocks
from loadtests.fleet import Fleet, Worker
from loadtests.gateways import OWN, Gateway, listens, own, running
from loadtests.host import this_host
from loadtests.limits import Judged, judged, too_wide
from loadtests.orders import Orders
from loadtests.playing import TICK_S, Playing
from loadtests.shapes import SHAPES

SHOW_S = 1.0
LAST_WORDS_S, FAILED_S = 120.0, 5.0
"""longest wait for what swarms have to say in the end; the second, of a test that has failed already"""


class Conductor:
    """One test; `options` are Locust's. `show` is called each second, and in the end."""

    def __init__(self, options: Any, host: str | None, fleet: Fleet, show: Callable[["Conductor"], None]) -> None:
        self._options, self._host, self._fleet, self._show = options, host, fleet, show
        self._shape = SHAPES[options.shape]
        self._id = time.monotonic_ns()
        self.wall_ns = time.time_ns() - time.monotonic_ns()
        """what the wall clock is ahead of the monotonic one"""
        self.account = Account(options.num_users, options.clients)
        self.over = False
        self._problems: dict[str, int] = {}
        """what went wrong besides the counts, and the exit code that it stands for"""
        self._gateway: Gateway | None = None
        self._clocks: Clocks | None = None
        self._playing: Playing | None = None
        self._home = False
        self._show_due = 0.0

    @property
    def releases(self) -> Mapping[int, int]:
        """When each report was released so far, monotonic ns."""
        return self._playing.releases if self._playing else {}

    @property
    def lasted_s(self) -> float:
        """Since the test began."""
        return (time.monotonic_ns() - self._id) / 1e9

    def open(self) -> None:
        """Meet the workers, start or find the gateway, and tell the Locust processes where it is."""
        try:
            quake = find_quake(self._options.quake).id
            key = secrets.token_hex(16)
            self._fleet.meet(key, this_host())
            self._gateway = gateway(self._options, self._host, self._fleet, self.account.wanted)
            self._clocks = Clocks(key, self._fleet.ears(), self._fleet.with_our_clock())
            self._playing = Playing(
                self._options, self._shape, self.account, self._gateway, self._clocks, self._give_orders
            )
            job = {
                "play": self._id,
                "to": self._gateway.to,
                "ca": self._gateway.trusted,
                "quake": quake,
                "clients": self._options.clients,
                "churn_per_s": self._shape.churn_per_s,
                "connects_per_s": self._options.clients / self._shape.connecting_s,
            }
        except (OSError, EwarnError, LoadError) as error:
            self._problem(error, "the test cannot begin: ")
            return
        self._fleet.tell("ewarn-play", lambda _: {"job": job})
        self._give_orders()

    def run(self) -> None:
        """The whole test, once its users are on their way; it never raises."""
        if self._playing and self._clocks and not self._problems:
            self._play(self._playing)
            try:
                if not self._problems:
                    self._clocks.finish()
                self._heed_clocks()
            except LoadError as error:
                self._problem(error)
            self._home = True
            self._give_orders()
            self._await_words()
            self._judge()
        self.close()

    def _play(self, playing: Playing) -> None:
        """Until it is over or something is wrong; that is noticed at once, whatever the shape waits for."""

        def attempt() -> None:
            try:
                playing.whole()
            except (LoadError, OSError) as error:
                self._problem(error)

        whole = gevent.spawn(attempt)
        try:
            while not whole.ready():
                self._look()
                gevent.sleep(TICK_S)
        except LoadError as error:
            self._problem(error)
        finally:
            whole.kill()

    def _look(self) -> None:
        """See to what can go wrong, and to what is to be known. Raises LoadError."""
        self._fleet.check()
        self._heed_clocks()
        if self.account.problems:
            raise LoadError("the test was cut short", max(self.account.codes))
        if (now := time.monotonic()) >= self._show_due:
            self._show_due = now + SHOW_S
            self._give_orders()
            self._show(self)

    def _heed_clocks(self) -> None:
        """Raise LoadError where a clock cannot be told."""
        if self._clocks and self._clocks.begun:
            for line in self._clocks.problems():
                raise LoadError(line)

    def _give_orders(self) -> None:
        playing, clocks = self._playing, self._clocks
        if not playing or not clocks:
            return

        def orders(worker: Worker) -> dict[str, Any]:
            clock = clocks.of(worker.name)
            return Orders(playing.releases, dict(clock) if clock else None, playing.storms, self._home).plain()

        self._fleet.tell("ewarn-now", orders)

    def hear(self, word: Word, worker: str) -> None:
        """Take a swarm process's word; one of an earlier test comes too late."""
        if word["play"] == self._id and not self.over:
            self.account.add(word, worker)

    def _await_words(self) -> None:
        """Wait for the last word of every swarm process, or, where the test has failed, of those that are there."""
        deadline = time.monotonic() + (FAILED_S if self._problems else LAST_WORDS_S)
        while time.monotonic() < deadline and self.account.reported < self.account.processes:
            try:
                self._fleet.check()
            except LoadError as error:
                self._problem(error)
            for one in self._fleet.lost():
                self.account.lose(one.id)
            if self._problems and not self.account.awaited:
                return
            gevent.sleep(TICK_S)

    def close(self, why: LoadError | None = None) -> None:
        """End what was started, whether all has been done or not; `why` is a problem."""
        if why:
            self._problem(why)
        for one in self._fleet.lost():
            self.account.lose(one.id)
        self.over = True
        for started in (self._playing, self._gateway, self._clocks):
            if started:
                started.end()
        self._fleet.tell("ewarn-over", lambda _: {})
        self._show(self)

    def problems(self) -> list[str]:
        """Why the test failed, a line each; none if it did not."""
        found = dict.fromkeys([*self._problems, *self.account.problems])
        return [*found, *self.account.disagreements(sorted(self.releases), self._shape.storms)]

    def exit_code(self) -> int:
        """3 if counts that must agree do not, another if there is a reason besides; 0 if the test did not fail.

        What could not begin, was interrupted or lost its own processes says nothing of the gateway.
        """
        found = {*self._problems.values(), *self.account.codes, CHECK_FAILED if self.problems() else 0}
        return next((code for code in (INTERRUPTED, BAD_INPUT, UNTRUSTED, CHECK_FAILED) if code in found), 0)

    def _problem(self, error: Exception, when: str = "") -> None:
        code = error.code if isinstance(error, LoadError) else getattr(error, "exit_code", UNTRUSTED)
        self._problems[f"{when}{error}"] = code

    def _judge(self) -> None:
        """Note what is too wide to be judged, and a limit that is not kept."""
        names = {worker: one.name for worker, one in self._fleet.workers.items()}
        widths = {names.get(worker, worker): ns for worker, ns in self.account.widths_ns().items()}
        for line in too_wide(widths, self._options.limit_ms):
            self._problem(LoadError(line))
        if (said := self._judged()) and not said.kept:
            self._problem(LoadError(said.line, UNTRUSTED if said.kept is None else CHECK_FAILED))

    def _judged(self) -> Judged | None:
        if not (self._options.limit_ms and self._shape.judged and self.releases):
            return None
        first = min(self.releases)
        report = self.account.deliveries.get(first)
        return judged(first, report, self._options.limit_ms) if report else None

    def story(self) -> str:
        """What was done, and the table of what became of it."""
        playing, account = self._playing, self.account
        done = f"{self._options.shape}: {account.reported:,} swarm processes of {self._options.clients:,} clients"
        back = f"{account.tallies['returned']:,} hung up and returned"
        late = f"{playing.late_joiners if playing else 0:,} were given the report in force as they connected"
        lines = [f"{done}; {back}; {late}", *(self._clocks.story() if self._clocks else ())]
        lines.append(account.table(sorted(self.releases)))
        if (said := self._judged()) and said.kept:
            lines.append(said.line)
        return "\n".join(lines)


def gateway(options: Any, host: str | None, fleet: Fleet, clients: int) -> Gateway:
    """The gateway that options ask for. Raises InputError or LoadError where it is not to be had, or has no room."""
    if not host or host == OWN:
        if options.control:
            raise InputError("--control: needs --host, the gateway that it is of")
        others = fleet.elsewhere(this_host())
        return own(listens(options.listen, not others, {one.here["master"] for one in others}))
    found = running(host, options.control, options.secret_file, options.ca, options.signing_key)
    if (room := found.room()) < clients:
        raise InputError(f"--host: {clients:,} clients, the gateway has room for {room:,}")
    return found
