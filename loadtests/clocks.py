"""The workers' clocks as the master has them: the one that it shares, or bounds on each of the others."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import gevent

from ewarn.clocks.bound import Bound
from loadtests.children import LoadError, Talk

SAME: Mapping[str, Any] = Bound.same().plain()
TICK_S = 0.05
FINISH_S = 10.0
"""far more than `bounds` takes to finish"""


class Clocks:
    """From the first exchange to the last."""

    def __init__(self, key: str, ears: Mapping[str, tuple[str, int]], same: set[str]) -> None:
        """`ears`: host and UDP port of each worker with a clock of its own, by its name; `same`: those with ours."""
        self._same, self._names = same, list(ears)
        self._said: dict[str, Any] = {"begun": not ears, "bounds": {}, "problems": {}, "over": not ears}
        self._talk = Talk("loadtests.bounds", {"key": key, "ears": ears}) if ears else None
        self._complaint: str | None = None
        self._listening = gevent.spawn(self._listen)

    def _listen(self) -> None:
        if self._talk:
            for said in self._talk.lines():
                self._said = said
            self._complaint = self._talk.complaint()

    @property
    def begun(self) -> bool:
        """Whether all have answered. Raises LoadError in the line that names those that do not."""
        if self._complaint is not None and not self._said["over"]:
            raise LoadError(self._complaint.removeprefix("ewarn: "))
        return bool(self._said["begun"])

    def problems(self) -> list[str]:
        """Of clocks that cannot be told, a line each; of what is not over, only that which time does not mend."""
        return list(self._said["problems"].values())

    def of(self, worker: str) -> Mapping[str, Any] | None:
        """The newest that is known of a worker's clock, plain; None where nothing is."""
        return SAME if worker in self._same else self._said["bounds"].get(worker)

    def finish(self) -> None:
        """Have the last exchanges made. Raises LoadError where there is nobody to do so."""
        with suppress(gevent.Timeout), gevent.Timeout(FINISH_S):
            if self._talk:
                self._talk.tell("finish")
            while not self._said["over"] and self.begun:
                gevent.sleep(TICK_S)
        if not self._said["over"]:
            raise LoadError(f"the clocks of {', '.join(self._names)} were not told within {FINISH_S:g} s")

    def story(self) -> list[str]:
        """Each clock in a line."""
        lines = []
        for name, plain in self._said["bounds"].items():
            bound = Bound.from_plain(plain)
            ahead = f"its clock is {-bound.offset_s:+,.3f} s of the master's, and drifts by {-bound.drift_ppm:+.2f} ppm"
            lines.append(f"{name}: {ahead} ({bound.exchanges:,} exchanges)")
        return lines

    def end(self) -> None:
        """Let go of what was started."""
        self._listening.kill()
        if self._talk:
            self._talk.end()
