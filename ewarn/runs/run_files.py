"""The files of a run from which it is compared and explained; beside them stand its verdict, receipts and settings."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from msgspec import Struct
from numpy.typing import DTypeLike, NDArray
from pydantic import BaseModel

from ewarn import __version__
from ewarn.centre.centre import earth_model
from ewarn.clocks.bound import PlainBound
from ewarn.config.catalogues import write_toml
from ewarn.config.drill import CentreSettings, EarthTable
from ewarn.config.quakes import load_quake
from ewarn.config.tables import FromFile, validated
from ewarn.config.tables import read as read_toml
from ewarn.dispatch.gates import Gates
from ewarn.errors import InputError
from ewarn.runs import sound
from ewarn.runs.folder import UNFINISHED
from ewarn.seismic.earth import Earth
from ewarn.seismic.intensity import Levels
from ewarn.seismic.origin import Quake, Report
from ewarn.system import files, json_files
from ewarn.verdict.document import FORMAT, Document
from ewarn.verdict.fate import alarms_of
from ewarn.verdict.fleet import EARLIEST, HOST, Clocks, OfFleet
from ewarn.verdict.ledger import LEDGER, USERS, codes

PLACE = np.dtype(
    [
        ("user", "<u4"),  # who follows it
        ("latitude", "<f8"),  # degrees north
        ("longitude", "<f8"),  # degrees east
    ]
)
"""A row a followed place, by user."""


class ClocksFile(Struct, frozen=True, kw_only=True):
    """`clocks.json`: of a play over several hosts, which swarms there were, and how their clocks stood."""

    swarms: tuple[str, ...]
    """by the numbers in `hosts.npy`, from 0"""
    bounds: dict[str, PlainBound]
    """by host; none of who has the conductor's own clock"""
    gateways: tuple[str, ...] = ()
    """by the numbers in `via` of `ledger.npy`, from 1"""


class Resized(BaseModel):
    """Of `[gateway]`, what happens to it meanwhile."""

    resize: tuple[tuple[float, int], ...] = ()
    """seconds after origin, and the number of shards from then on"""


class InForce(BaseModel):
    """Of the settings of a run, those that its files are read with. What else is in the file is no matter here."""

    seed: int = 1
    earth: FromFile[EarthTable] = EarthTable()
    levels: FromFile[Levels] = Levels()
    detection: dict[str, object] = {}
    """as it stands there; what it makes are the reports"""
    delivery: FromFile[Gates] = Gates()
    gateway: Resized = Resized()


class _By(Struct):
    ewarn: str = "of another version"


class _Stamp(Struct):
    """What is looked at first."""

    format: int = 0
    made: _By | None = None


@dataclass(frozen=True)
class RunFiles:
    """What a folder holds, each read when it is first wanted. Raises InputError naming a file that cannot be."""

    folder: Path

    @cached_property
    def ledger(self) -> NDArray[Any]:
        """Dtype `LEDGER`; not read into memory but where it is looked at."""
        bounds = sound.LEDGER
        if self.clocks and self.clocks.gateways:
            bounds = {**bounds, "via": (0, len(self.clocks.gateways))}
        return _array(self.folder / "ledger.npy", LEDGER, bounds, "r")

    @cached_property
    def warnings(self) -> NDArray[Any]:
        """The ledger without the reports that do not count as warnings: reviewed origins tell of what is over."""
        numbers = [report.number for report in self.reports if not report.counts_as_warning]
        return self.ledger[~np.isin(self.ledger["report"], numbers)] if numbers else self.ledger

    @property
    def alarms(self) -> NDArray[np.bool_]:
        """Of each report in `warnings`, shape (reports,): whether it warns; a cancel does not."""
        return alarms_of(report for report in self.reports if report.counts_as_warning)

    @cached_property
    def users(self) -> NDArray[Any]:
        """Dtype `USERS`."""
        return _array(self.folder / "users.npy", USERS, sound.USERS)

    @cached_property
    def places(self) -> NDArray[Any]:
        """Dtype `PLACE`."""
        return _array(self.folder / "places.npy", PLACE, {"user": (0, len(self.users) - 1), **sound.HOMES})

    @cached_property
    def clocks(self) -> ClocksFile | None:
        """None: the play was on one host."""
        path = self.folder / "clocks.json"
        return json_files.read(path, ClocksFile) if path.exists() else None

    @cached_property
    def hosts(self) -> NDArray[Any]:
        """Of a play over several hosts, dtype `HOST`: where each user's client was."""
        most = len(self.clocks.swarms) - 1 if self.clocks else 0
        path = self.folder / "hosts.npy"
        return sound.as_many(path, _array(path, HOST, {"host": (0, most)}), len(self.users))

    @cached_property
    def earliest(self) -> NDArray[Any]:
        """Of a play over several hosts, dtype `EARLIEST`, of every report in turn; not read into memory at once."""
        found = _array(self.folder / "earliest.npy", EARLIEST, sound.EARLIEST, "r")
        return sound.earliest(self.folder, found, self.ledger, len(self.users))

    @cached_property
    def reports(self) -> list[Report]:
        """As they were released; times are seconds after the true origin."""
        path = self.folder / "reports.json"
        return sound.reports(path, json_files.read(path, list[Report]))

    @cached_property
    def quake(self) -> Quake | None:
        """The true one, as it was when it was played. None: a run of an earlier version, which did not keep it."""
        path = self.folder / "quake.toml"
        return load_quake(path) if path.exists() else None

    @cached_property
    def verdict(self) -> Document:
        """The content of `verdict.json`; of an earlier version what it lacks is as if it were not known."""
        path = self.folder / "verdict.json"
        try:
            return json_files.read(path, Document)
        except InputError as error:
            if json_files.read(path, _Stamp).format:
                raise
            raise InputError(f"{error} (it has no format, so an earlier ewarn wrote it)") from None

    @cached_property
    def settings(self) -> InForce:
        """Of `drill.toml`."""
        path = self.folder / "drill.toml"
        return validated(InForce, read_toml(path), path)

    @property
    def earth(self) -> Earth:
        """As the run took it. A path in `drill.toml` counts from the folder of the run, or from where one is."""
        table = self.settings.earth
        beside = self.folder / table.velocity
        found = replace(table, velocity=str(beside)) if beside.exists() else table
        return Earth(earth_model(CentreSettings(earth=found, levels=self.settings.levels)))


def write(
    folder: Path,
    *,
    ledger: NDArray[Any],
    users: NDArray[Any],
    places: NDArray[Any],
    reports: Sequence[Report],
    origin_s: float,
    quake: Quake | None = None,
    gateways: Sequence[str] = (),
) -> None:
    """`ledger.npy`, `users.npy`, `ledger.json` with the words of their codes, and the others that `RunFiles` reads.

    Arrays have dtypes `LEDGER`, `USERS` and `PLACE`; `reports` are those that were released, and `origin_s` is the
    true origin on the clock of their times. `quake` is the true one; of None nothing is written. `gateways` are those
    of a fleet, which `via` counts. Raises WriteError.
    """
    if quake:
        files.write_text(folder / "quake.toml", write_toml(quake))
    for name, rows in (("ledger", ledger), ("users", users), ("places", places)):
        files.write_array(folder / f"{name}.npy", rows)
    json_files.write(folder / "ledger.json", codes(gateways))
    json_files.write(folder / "reports.json", [_since(report, origin_s) for report in reports])


def write_clocks(folder: Path, fleet: OfFleet, clocks: Clocks) -> None:
    """`hosts.npy`, `clocks.json` and `earliest.npy` of a fleet. Raises WriteError."""
    hosts = np.empty(len(clocks.on), HOST)
    hosts["host"] = clocks.on
    files.write_array(folder / "hosts.npy", hosts)
    told = {"swarms": fleet.swarms, "bounds": clocks.bounds, "gateways": fleet.gateways}
    json_files.write(folder / "clocks.json", told)
    files.write_array(folder / "earliest.npy", clocks.earliest)


def read(folder: Path) -> RunFiles:
    """The files of a run. Raises InputError where the folder is none of a run with a ledger, or of a newer format."""
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder")
    if not (folder / "ledger.npy").is_file():
        raise InputError(f"{folder}: not a run: there is no ledger.npy in it")
    _refuse_newer(folder / "verdict.json")
    return RunFiles(folder)


def _refuse_newer(path: Path) -> None:
    """What a newer ewarn wrote may mean something else in all its files, whichever of them are read."""
    try:
        stamp = json_files.read(path, _Stamp)
    except InputError:
        return  # who needs it will say so
    if stamp.format > FORMAT:
        by = f", written by ewarn {stamp.made.ewarn}" if stamp.made else ""
        raise InputError(f"{path}: format: {stamp.format}{by}; this ewarn, {__version__}, reads up to {FORMAT}")


def plays(folder: Path) -> list[Path]:
    """The folder itself, or all in it that hold a ledger. Raises InputError where there is none."""
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder")
    if (folder / "ledger.npy").is_file():
        return [folder]
    found = sorted(path.parent for path in folder.rglob("ledger.npy"))
    if found := [path for path in found if not path.name.startswith(UNFINISHED)]:
        return found
    raise InputError(f"{folder}: not a run: there is no ledger.npy in it or below")


def _since(report: Report, origin_s: float) -> Report:
    origin = replace(report.origin, time=report.origin.time - origin_s)
    return replace(report, origin=origin, released=report.released - origin_s, sealed=None)


def _array(path: Path, dtype: DTypeLike, bounds: sound.Bounds, mapped: Literal["r"] | None = None) -> NDArray[Any]:
    try:
        found = np.load(path, mapped)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from None
    except Exception:  # noqa: BLE001 -- numpy takes a file's head for Python, and raises what its tokenizer raises
        raise InputError(f"{path}: not a file of numpy") from None
    if not isinstance(found, np.ndarray) or found.dtype != np.dtype(dtype) or found.ndim != 1:
        raise InputError(f"{path}: expected rows of {', '.join(np.dtype(dtype).names or ())}")
    return sound.rows(path, found, bounds)
