"""The commands that a shape has: reports are released, and clients waited for."""

import json
import subprocess
import time
from collections.abc import Callable
from typing import Any

import gevent

from loadtests.account import Account
from loadtests.children import CHECK_FAILED, EWARN, UNTRUSTED, LoadError, end, start
from loadtests.clocks import Clocks
from loadtests.gateways import Gateway
from loadtests.shapes import Shape

TICK_S = 0.2
QUIET_S = 1.0
"""everyone has had the newest report once the gateway's frames to those connected have not grown for so long"""
PATIENCE_S = 120.0
"""longest wait for anything, besides the ramp itself"""


class Playing:
    """The play of one test; `tell` is called whenever there is something that swarms are to know."""

    def __init__(
        self, options: Any, shape: Shape, account: Account, gateway: Gateway, clocks: Clocks, tell: Callable[[], None]
    ) -> None:
        self._options, self._shape, self._account = options, shape, account
        self._gateway, self._clocks, self._tell = gateway, clocks, tell
        self._before = gateway.counters()
        """as the test began"""
        self._publishing: subprocess.Popen[str] | None = None
        self.releases: dict[int, int] = {}
        """monotonic ns by report"""
        self.storms = 0
        """how many times all were to hang up"""
        self.late_joiners = 0
        """clients that were given the report in force as they connected"""

    def whole(self) -> None:
        """The shape from its beginning until everybody has the newest report. Raises LoadError."""
        self._shape.conduct(self)
        self._await_quiet()

    def end(self) -> None:
        """End what was started."""
        if self._publishing:
            end(self._publishing)

    def await_clients(self, share: float) -> None:
        """See `Commands`."""
        wanted = round(share * self._account.wanted)
        ramp_s = self._options.num_users / (self._options.spawn_rate or 1) + self._shape.connecting_s
        self._await(lambda: self._account.there >= wanted, ramp_s + PATIENCE_S)

    def publish(self, first: int = 1, last: int | None = None, *, storm: bool = False) -> None:
        """See `Commands`."""
        self._await(lambda: self._clocks.begun, PATIENCE_S)
        words = [*self._gateway.publishing, "--speed", str(self._options.speed), "--first", str(first)]
        words += ["--last", str(last)] if last else []
        self._publishing = start(EWARN, "publish", self._options.quake, *words, stderr=subprocess.PIPE)
        for line in self._publishing.stdout or ():
            release = json.loads(line)
            self.releases[release["number"]] = release["released_monotonic_ns"]
            if storm and len(self.releases) == 1:
                self.storms += 1
            self._tell()
        complaint = self._publishing.stderr.read() if self._publishing.stderr else ""
        if status := self._publishing.wait():
            self._gateway.check()  # or the fault is the publisher's own
            why = f": {complaint.strip().splitlines()[-1]}" if complaint.strip() else ""
            raise LoadError(f"publishing ended with exit code {status}{why}", max(status, 0) or UNTRUSTED)

    def expect_late_joiners(self) -> None:
        """See `Commands`."""
        self._await(lambda: self._account.there >= self._account.wanted, PATIENCE_S)
        self.late_joiners = self._grown()["late_joins"]
        if not self.late_joiners:
            raise LoadError(
                f"no client of {self._account.wanted:,} connected while an alert was on; is the ramp too short?"
            )

    def _grown(self) -> dict[str, int]:
        """The gateway's counters since the test began."""
        return {name: count - self._before.get(name, 0) for name, count in self._gateway.counters().items()}

    def _await_quiet(self) -> None:
        """Wait until the newest report is out to all who were connected, and then until all others are back.

        Who is connected after that was either written to or given the report on connecting; churn never ends, so
        frames to those who come are left out of what must be quiet.
        """
        last, since = -1, time.monotonic()

        def quiet() -> bool:
            nonlocal last, since
            counters = self._grown()
            self.late_joiners = counters["late_joins"]
            if (sent := counters["frames"] - counters["late_joins"]) != last:
                last, since = sent, time.monotonic()
            return time.monotonic() - since >= QUIET_S and counters["parked"] >= self._account.wanted

        self._await(quiet, PATIENCE_S)

    def _await(self, true: Callable[[], bool], patience_s: float) -> None:
        deadline = time.monotonic() + patience_s
        while not true():
            self._gateway.check()
            if time.monotonic() > deadline:
                there, wanted = self._account.there, self._account.wanted
                raise LoadError(f"{there:,} of {wanted:,} clients were there after {patience_s:.0f} s", CHECK_FAILED)
            gevent.sleep(TICK_S)
