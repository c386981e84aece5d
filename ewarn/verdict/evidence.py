"""All that a check looks at: what a drill saw, on one clock, and what follows from it for more than one check. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ewarn.verdict.bounds import widths_ns
from ewarn.verdict.budgets import Budgets
from ewarn.verdict.fate import alarms_of, first_public, newer_read, warnings_of
from ewarn.verdict.observed import Observed, Released, Truth
from ewarn.verdict.receipts import NEVER

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Evidence:
    """Arrays have shape (reports, users) where nothing else is said. Times are seconds, infinite for never."""

    reports: Sequence[Released]
    observed: Observed
    truth: Truth
    budgets: Budgets

    @cached_property
    def read(self) -> Floats:
        """From release to reading."""
        return self._since_release("read")

    @cached_property
    def kernel(self) -> Floats:
        """From release to the arrival in a client's kernel."""
        return self._since_release("kernel")

    @cached_property
    def earliest_read(self) -> Floats:
        """`read`, at the earliest that it can have been; `read` itself where there is one clock."""
        return self.read if self.observed.earliest is None else self._since_release("read", self.observed.earliest)

    @cached_property
    def earliest_kernel(self) -> Floats:
        """`kernel`, in the same way."""
        return self.kernel if self.observed.earliest is None else self._since_release("kernel", self.observed.earliest)

    @cached_property
    def width(self) -> Floats | None:
        """Of the bound of each reading, 0 where there was none; None: there is one clock."""
        if self.observed.earliest is None:
            return None
        widths = widths_ns(self.observed.receipts, self.observed.earliest)
        return np.asarray(np.maximum(widths, 0).reshape(self.read.shape) / 1e9)

    def host(self, user: int) -> str | None:
        """Name of the swarm's host that a user is on; None: not known."""
        fleet, on = self.observed.fleet, self.observed.on
        return None if fleet is None or on is None else fleet.swarms[on[user]]

    @cached_property
    def due(self) -> Bools:
        """Whether each report was for each user."""
        return np.ones(self.read.shape, np.bool_) if self.observed.due is None else self.observed.due

    @cached_property
    def newer(self) -> Bools:
        """Whether a newer report was read in the place of each."""
        return newer_read(np.isfinite(self.read), self.warnings)

    @cached_property
    def warnings(self) -> Bools:
        """Which reports count as warnings, shape (reports,).

        The quick report tells of what is over: it must reach everyone, but nobody is in a hurry for it.
        """
        return warnings_of(self.reports)

    @cached_property
    def alarms(self) -> Bools:
        """Which reports warn, shape (reports,): not a cancel either."""
        return alarms_of(self.reports)

    @cached_property
    def planned(self) -> int | None:
        """Row of the report that was to be the first public one; None: there was none."""
        return first_public(self.due, self.alarms)

    @cached_property
    def went_out(self) -> Bools:
        """Which reports were released, shape (reports,); not all were where the drill was cut short."""
        return np.asarray((self._receipts["released"] != NEVER).all(axis=1))

    @cached_property
    def public(self) -> Bools:
        """`due`, of the reports that went out alone.

        One that never did was no public one; it is missing all the same.
        """
        return self.due & self.went_out[:, None]

    @cached_property
    def next_s(self) -> Floats:
        """From the release of each report to that of the next one that was for anyone; shape (reports,)."""
        rows = np.flatnonzero(self.public.any(axis=1))
        found = np.full(len(self.reports), np.inf)
        found[rows[:-1]] = np.diff(self._receipts["released"][rows, 0]) / 1e9
        return found

    @cached_property
    def first(self) -> int | None:
        """Row of the first report that was public: due to one user at least, and out. None: there was none."""
        return first_public(self.public, self.alarms)

    @cached_property
    def near(self) -> Bools:
        """Near the epicentre, with S still to come at the release of the first public report; shape (users,)."""
        if self.first is None:
            return np.zeros(len(self.truth.s_s), np.bool_)
        in_reach: Bools = self.truth.distance_km <= self.budgets.epicentre_km
        s_to_come: Bools = self.truth.s_s > self.reports[self.first].release_s
        due: Bools = self.due[self.first]
        return in_reach & s_to_come & due

    @property
    def _receipts(self) -> NDArray[Any]:
        return self.observed.receipts.reshape(len(self.reports), -1)

    def _since_release(self, field: str, instants: NDArray[Any] | None = None) -> Floats:
        """`instants` are row by row beside the receipts; None: they are the receipts' own."""
        receipts = self._receipts
        at = receipts[field] if instants is None else instants[field].reshape(receipts.shape)
        never = (at == NEVER) | (receipts["released"] == NEVER)
        return np.where(never, np.inf, (at - receipts["released"]) / 1e9)
