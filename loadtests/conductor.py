"""The conductor of one test, in the local runner or the master: gateway, alerts, and what the swarms say at the end."""

import json
import subprocess
import time
from collections.abc import Callable
from typing import Any

import gevent

from ewarn.config.catalogues import find_quake
from ewarn.errors import InputError
from loadtests.account import Account, Word
from loadtests.children import (
    BAD_INPUT,
    CHECK_FAILED,
    INTERRUPTED,
    UNTRUSTED,
    GatewayProcess,
    LoadError,
    boot,
    end,
    start,
)
from loadtests.shapes import SHAPES

TICK_S = 0.2
QUIET_S = 1.0
"""everyone has had the newest report once the gateway's frames to those connected have not grown for so long"""
PATIENCE_S = 120.0
"""longest wait for anything, besides the ramp itself"""
FAILED_PATIENCE_S = 10.0
"""longest wait for what swarms have to say of a test that has failed already"""

Send = Callable[[str, dict[str, Any]], None]


class Conductor:
    """One test; `options` are Locust's, `send` takes a message to every Locust process that has swarms.

    `workers` says how many Locust processes with swarms there were as it began, and how many of them are gone. Locust
    gives a lost one's users to the others, whose clients then come late; such a test has failed.
    """

    def __init__(self, options: Any, send: Send, workers: Callable[[], tuple[int, int]]) -> None:
        self._options, self._send, self._workers = options, send, workers
        self._shape = SHAPES[options.shape]
        self._id = time.monotonic_ns()
        self.account = Account(options.num_users, options.clients)
        self.over = False
        self._releases: dict[int, int] = {}
        """monotonic ns by report"""
        self._problems: dict[str, int] = {}
        """what went wrong besides the counts, and the exit code that it stands for"""
        self._publishing: subprocess.Popen[str] | None = None
        self._gateway: GatewayProcess | None = None
        self._late_joiners = 0

    @property
    def gateway(self) -> GatewayProcess:
        """The gateway of this test."""
        if self._gateway is None:
            raise LoadError("the gateway has not started")
        return self._gateway

    def open(self) -> None:
        """Start the gateway, and tell the Locust processes where it is."""
        try:
            quake = find_quake(self._options.quake).id
            self._gateway = GatewayProcess()
        except (OSError, InputError, LoadError) as error:
            self._problem(error, "the test cannot begin: ")
            return
        play = {
            "id": self._id,
            "boot": boot(),
            "to": f"ws://{self.gateway.listen}",
            "quake": quake,
            "clients": self._options.clients,
            "churn_per_s": self._shape.churn_per_s,
            "connects_per_s": self._options.clients / self._shape.connecting_s,
        }
        self._send("ewarn-play", play)

    def run(self) -> None:
        """The whole test, once its users are on their way; it never raises."""
        if not self._problems:
            try:
                self._shape.conduct(self)
                self._await_quiet()
            except (LoadError, OSError) as error:
                self._problem(error)
            self._send("ewarn-home", {"releases": list(self._releases.items())})
            try:
                self._await_words()
            except LoadError as error:
                self._problem(error)
        self.close()

    def hear(self, word: Word) -> None:
        """Take a swarm process's word; one of an earlier test comes too late."""
        if word["play"] == self._id and not self.over:
            self.account.add(word)

    def close(self, why: LoadError | None = None) -> None:
        """End what was started, whether all has been done or not; `why` is a problem."""
        self.over = True
        if why:
            self._problem(why)
        if self._publishing:
            end(self._publishing)
        if self._gateway:
            self._gateway.end()

    def problems(self) -> list[str]:
        """Why the test failed, a line each; none if it did not."""
        found = dict.fromkeys([*self._problems, *self.account.problems])
        return [*found, *self.account.disagreements(sorted(self._releases), self._shape.storms)]

    def exit_code(self) -> int:
        """3 if counts that must agree do not, another if there is a reason besides; 0 if the test did not fail.

        What could not begin, was interrupted or lost its own processes says nothing of the gateway.
        """
        found = {*self._problems.values(), *self.account.codes, CHECK_FAILED if self.problems() else 0}
        return next((code for code in (INTERRUPTED, BAD_INPUT, UNTRUSTED, CHECK_FAILED) if code in found), 0)

    def _problem(self, error: Exception, when: str = "") -> None:
        code = error.code if isinstance(error, LoadError) else getattr(error, "exit_code", UNTRUSTED)
        self._problems[f"{when}{error}"] = code

    def story(self) -> str:
        """What was done, and the table of what became of it."""
        done = f"{self._options.shape}: {self.account.reported:,} swarm processes of {self._options.clients:,} clients"
        back = f"{self.account.tallies['returned']:,} hung up and returned"
        late = f"{self._late_joiners:,} were given the report in force as they connected"
        return f"{done}; {back}; {late}\n{self.account.table(sorted(self._releases))}"

    # What shapes ask for; see `shapes.Commands`

    def await_clients(self, share: float) -> None:
        """See `Commands`."""
        wanted = round(share * self.account.wanted)
        ramp_s = self._options.num_users / (self._options.spawn_rate or 1) + self._shape.connecting_s
        self._await(lambda: self.gateway.connections() >= wanted, ramp_s + PATIENCE_S)

    def publish(self, first: int = 1, last: int | None = None, *, storm: bool = False) -> None:
        """See `Commands`."""
        words = ["--control", self.gateway.control, "--speed", str(self._options.speed), "--first", str(first)]
        words += ["--last", str(last)] if last else []
        self._publishing = start("publish", self._options.quake, *words)
        for line in self._publishing.stdout or ():
            self._check_workers()
            release = json.loads(line)
            self._releases[release["number"]] = release["released_monotonic_ns"]
            if storm and len(self._releases) == 1:
                self._send("ewarn-storm", {})
        if status := self._publishing.wait():
            self.gateway.check()  # or the fault is the publisher's own
            raise LoadError(f"publishing ended with exit code {status}")

    def expect_late_joiners(self) -> None:
        """See `Commands`."""
        self._await(lambda: self.gateway.connections() >= self.account.wanted, PATIENCE_S)
        self._late_joiners = self.gateway.counters()["late_joins"]
        if not self._late_joiners:
            raise LoadError(
                f"no client of {self.account.wanted:,} connected while an alert was on; is the ramp too short?"
            )

    # Waiting

    def _await_quiet(self) -> None:
        """Wait until the newest report is out to all who were connected, and then until all others are back.

        Who is connected after that was either written to or given the report on connecting; churn never ends, so
        frames to those who come are left out of what must be quiet.
        """
        last, since = -1, time.monotonic()

        def quiet() -> bool:
            nonlocal last, since
            counters = self.gateway.counters()
            self._late_joiners = counters["late_joins"]
            if (sent := counters["frames"] - counters["late_joins"]) != last:
                last, since = sent, time.monotonic()
            return time.monotonic() - since >= QUIET_S and counters["parked"] >= self.account.wanted

        self._await(quiet, PATIENCE_S)

    def _await(self, true: Callable[[], bool], patience_s: float) -> None:
        deadline = time.monotonic() + patience_s
        while not true():
            self._check_workers()
            if self.account.problems:
                raise LoadError("the test was cut short", CHECK_FAILED)
            if time.monotonic() > deadline:
                there = self.gateway.connections()
                raise LoadError(
                    f"{there:,} of {self.account.wanted:,} clients were there after {patience_s:.0f} s", CHECK_FAILED
                )
            gevent.sleep(TICK_S)

    def _await_words(self) -> None:
        """Wait for every swarm process's word. Raises LoadError where a worker has gone, whose words never come."""
        deadline = time.monotonic() + (FAILED_PATIENCE_S if self._problems else PATIENCE_S)
        while self.account.reported < self.account.processes and time.monotonic() < deadline:
            if not self._problems:
                self._check_workers()
            gevent.sleep(TICK_S)

    def _check_workers(self) -> None:
        began, gone = self._workers()
        if gone:
            raise LoadError(f"{gone:,} of {began:,} Locust workers were lost before the test was over")
