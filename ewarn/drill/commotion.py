"""What a drill does to its connections while a quake is played: a reconnect storm, and churn."""

from collections.abc import Callable
from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from ewarn.config.drill import DrillSettings, SwarmTable
from ewarn.drill.scenario import Scenario
from ewarn.drill.sides import Readers
from ewarn.drill.view import View
from ewarn.errors import InputError
from ewarn.publish import Interlude
from ewarn.system.clock import Clock
from ewarn.verdict.document import Disturbed
from ewarn.verdict.percentiles import finite
from ewarn.verdict.receipts import NEVER
from ewarn.words import say


class Commotion:
    """One play's storm and churn, and what became of those who came back."""

    def __init__(
        self,
        settings: SwarmTable,
        swarm: Readers,
        clock: Clock,
        view: View,
        on_storm: Callable[[], None] = lambda: None,
    ) -> None:
        self._settings, self._swarm, self._clock, self._view = settings, swarm, clock, view
        self._on_storm = on_storm
        self._storm_ns: int | None = None
        self._returned = swarm.book.total("returned")

    def interludes(self, until_s: float) -> list[Interlude]:
        """What is to happen until so long after origin."""
        found = []
        if self._settings.storm_s is not None:
            found.append(Interlude(self._settings.storm_s, self._storm))
        if share := self._settings.churn_per_s:
            found += [Interlude(float(second), lambda: self._swarm.bounce(share)) for second in range(int(until_s))]
        return found

    def told(self, receipts: NDArray[Any], due: NDArray[np.bool_]) -> Disturbed:
        """For the results: seconds from the storm until the last user had heard anything, and had the newest report.

        `due`, of shape (reports, users): of whom each report was for. Who had it when the storm came waits 0 s for it.
        """
        told = Disturbed(
            stuck=self._settings.stuck,
            churn_per_s=self._settings.churn_per_s,
            returned=self._swarm.book.total("returned") - self._returned,
            chat_per_s=self._settings.chat_per_s,
            chats=self._swarm.book.total("chats"),
            echoes=self._swarm.book.total("echoes"),
        )
        if self._storm_ns is None:
            return told
        read = np.where(receipts["read"] == NEVER, np.inf, np.maximum(0, receipts["read"] - self._storm_ns))
        by_report = read.reshape(-1, due.shape[1]) / 1e9
        anything, newest = by_report.min(axis=0)[due.any(axis=0)], by_report[-1][due[-1]]
        return replace(
            told,
            storm_s=self._settings.storm_s,
            all_told_s=finite(float(anything.max(initial=-np.inf)), 3),
            newest_s=finite(float(newest.max(initial=-np.inf)), 3),
            on_newest=int(np.isfinite(newest).sum()),
        )

    def _storm(self) -> None:
        self._storm_ns = self._clock.monotonic_ns()
        self._swarm.bounce(1.0)
        self._on_storm()
        self._view.say(say("log.storm"))


def check_commotion(settings: DrillSettings, scenario: Scenario, plays: int) -> None:
    """Raise InputError for a storm or churn that cannot be what was asked for."""
    storm_s, last_s = settings.swarm.storm_s, scenario.reports[-1].release_s
    if storm_s is not None and storm_s > last_s:
        raise InputError(f"swarm.storm_s: {storm_s:g} s is after the last report, {last_s:.1f} s after origin")
    table = settings.platforms
    befalls = {"gateway.resize": [after_s for after_s, _ in settings.gateway.resize]}
    if table and table.fault != "none":
        befalls |= {"platforms.fault_s": [table.fault_s], "platforms.back_s": [table.back_s or 0.0]}
    for key, times in befalls.items():
        if times and max(times) > last_s:
            raise InputError(f"{key}: {max(times):g} s is after the last report, {last_s:.1f} s after origin")
    if settings.swarm.slow and (table or settings.gateway.resize):
        raise InputError(
            "swarm.slow: slow clients never reconnect; [platforms] and gateway.resize need clients that do"
        )
    if plays > 1 and (storm_s is not None or settings.swarm.churn_per_s):
        raise InputError(
            "--repeat: a user who reconnects in a second play would get the first one's report, which is still in force"
        )
    if plays > 1 and settings.swarm.slow:
        raise InputError("--repeat: swarm.slow clients catch up after the first play, so a second play would differ")
    if plays > 1 and (settings.gateway.resize or (settings.platforms and settings.platforms.fault != "none")):
        raise InputError("--repeat: changes to the gateway in the first play would last into the second")
