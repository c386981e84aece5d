"""A finished run as a briefing tells of it: its files, checked once, and the sums that several parts share."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ewarn.errors import InputError
from ewarn.runs import run_files, sound
from ewarn.runs.run_files import RunFiles
from ewarn.seismic.origin import Report
from ewarn.verdict.balance import Balance, Fates, balance, by_report, fates, was_due
from ewarn.verdict.document import Document
from ewarn.verdict.fate import alarms_of, first_due, first_public, first_read, warnings_of
from ewarn.verdict.people import people_each
from ewarn.verdict.receipts import NEVER

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Run:
    """A finished run: its files and the sums of them. Arrays by report have shape (reports, users), times are seconds.

    Infinite stands for never.
    """

    files: RunFiles

    @property
    def told(self) -> Document:
        """Its verdict."""
        return self.files.verdict

    @property
    def folder(self) -> Path:
        """Where it stands."""
        return self.files.folder

    @property
    def users(self) -> NDArray[Any]:
        """Dtype `USERS`."""
        return self.files.users

    @cached_property
    def reports(self) -> list[Report]:
        """Those that were released; their times are seconds after the true origin."""
        return self.files.reports

    @cached_property
    def table(self) -> NDArray[Any]:
        """The ledger in shape (reports, users)."""
        return by_report(self.files.ledger)

    @cached_property
    def due(self) -> NDArray[np.bool_]:
        """By report: whether it was for them."""
        return was_due(self.table)

    @cached_property
    def delay_s(self) -> Floats:
        """By report: from its release to their reading it, infinite for never."""
        received = self.table["received"]
        return np.where(received == NEVER, np.inf, (received - self.table["released"]) / 1e9)

    @cached_property
    def first_s(self) -> Floats:
        """When each user read their first warning of any number, seconds after origin; infinite for never.

        The release of a report is on the clock of the quake, its delivery is what it took: so it holds for a drill
        that was played at another speed too.
        """
        release_s = np.array([report.released for report in self.reports])
        warned = self.first_due < len(self.reports)
        return first_read(release_s[:, None] + self.delay_s, self.counts_as_warning, self._alarms, warned)

    @cached_property
    def fates(self) -> Fates:
        """What came of the run for each user, by the reports that count as warnings; shape (users,)."""
        return fates(self.files.warnings, self.files.alarms)

    @cached_property
    def balance(self) -> Balance:
        """Sums over all users of fates, lead time lost (s) and blind zones (km), of what counts as a warning."""
        theoretical = self.told.warned.blind_zone_km.theoretical
        return balance(
            self.files.warnings,
            self.users,
            np.inf if theoretical is None else theoretical,
            residents_per_user=people_each(
                self.told.residents, self.told.concentrated, self.users["distance_km"].astype(np.float64)
            ),
            alarms=self.files.alarms,
        )

    @property
    def order(self) -> str:
        """Name of the order in which dispatch told users."""
        return self.told.environment.order or "unknown"

    @cached_property
    def first(self) -> int | None:
        """Row of the first report that was public, for which everyone is in a hurry; None: there was none."""
        return first_public(self.due, self._alarms)

    @property
    def shown(self) -> int:
        """Row of the report whose delivery is shown: the first public one, or the first of all where none was."""
        return self.first or 0

    @cached_property
    def first_due(self) -> NDArray[np.intp]:
        """Row of the first warning that was due to each user; the number of reports where none was."""
        return first_due(self.due, self._alarms)

    @cached_property
    def _alarms(self) -> NDArray[np.bool_]:
        return alarms_of(self.reports)

    @property
    def closed_s(self) -> float:
        """When nothing more was waited for, seconds after origin; the last reading, where a run does not tell."""
        if self.told.closed_s is not None:
            return self.told.closed_s
        return float(self.first_s[np.isfinite(self.first_s)].max(initial=0))

    @cached_property
    def counts_as_warning(self) -> NDArray[np.bool_]:
        """By report, shape (reports,): whether it is judged as a warning; the reviewed origin tells of what is over."""
        return warnings_of(self.reports)


def load(folder: Path) -> Run:
    """Raises InputError where a file is missing, cannot be read, or does not go with the others."""
    files = run_files.read(folder)
    if not len(files.warnings):
        raise InputError(f"{folder / 'ledger.npy'}: no report was released, there is nothing to tell")
    shape = by_report(files.ledger).shape
    for name, found, wanted in (
        ("users.npy", len(files.users), files.verdict.users),
        ("ledger.npy", shape[1], files.verdict.users),
        ("reports.json", len(files.reports), shape[0]),
    ):
        if found != wanted:
            raise InputError(f"{folder / name}: {found:,} rows, {wanted:,} by the other files")
    sound.same_reports(folder, files.ledger, files.reports)
    return Run(files)
