"""Whether two runs are alike but for their strategy, so that what came of them can be compared.

They are where quake, reports, audience, gates and targets are the same, and so are the clients and their last mile; and
where all was on one host in both, or on a fleet in both. The quake counts by its content, wherever its file lies and
whatever its id: where, how deep, how large and how it breaks; not when, as all times count from it. All is read from
the runs' own files.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields, is_dataclass
from itertools import chain, islice
from math import isclose
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ewarn.errors import InputError
from ewarn.runs.explain import apart
from ewarn.runs.run_files import RunFiles
from ewarn.seismic.origin import Report
from ewarn.verdict.balance import by_report, was_due
from ewarn.verdict.fleet import OfFleet
from ewarn.words import Said, chained, counted, say

LATE_S = 0.5
"""between releases of the same report: a busy machine hands one over late, and then says so in its time"""
ROUNDED_S = 0.02
"""the same where the centres were set up differently, so that another time is no accident"""
RELATIVE, ABSOLUTE = 1e-6, 1e-5
"""between numbers that are the same, but were computed by another machine or on another clock"""
PLAYS_OWN = ("quake", "play", "ahead s")
"""of a report: what it is called, and how it was played; no part of what it says"""
NAMES = ("id", "name", "origin time", "note")
"""of a quake: no part of its content"""

Difference = tuple[str, str, str]
"""what differs, and its values in the one run and in the other"""


def differences(one: RunFiles, other: RunFiles) -> list[Difference]:
    """What keeps two runs from being comparable; empty where nothing does. Raises InputError for files amiss."""
    found = [difference for look in (_quakes, _reports, _audiences, _gates) for difference in look(one, other)]
    # Where all from which targets follow is the same, they are looked at by themselves.
    found = found or list(_targets(one, other))
    if found and one.settings.seed != other.settings.seed:
        found.append((say("alike.seeds"), str(one.settings.seed), str(other.settings.seed)))
    # By what was measured, whoever was told: no reason that the rest differs.
    return found + list(_clients(one, other)) + list(_hosts(one, other))


def unknown(run: RunFiles) -> str | None:
    """What cannot be checked of a run, in words."""
    if run.quake is not None:
        return None
    return say("compare.no-quake", str(run.folder))


def said(found: Sequence[Difference], one: RunFiles, other: RunFiles) -> Said:
    """The differences, one at least, in a line, the other run's values first."""
    (what, mine, its), *more = found
    lines = [say("alike.differ", what, its, mine, str(one.folder))]
    lines += [say("alike.differ-too", what, its, mine) for what, mine, its in more]
    return say("compare.of-run", str(other.folder), chained(lines, "figure.also"))


def _quakes(one: RunFiles, other: RunFiles) -> Iterator[Difference]:
    mine, its = one.quake, other.quake
    if mine is None or its is None:
        ids = [run.verdict.quake for run in (one, other)]
        if ids[0] != ids[1]:
            yield say("alike.quakes"), ids[0], ids[1]
        return
    first, second = ({key: value for key, value in _flat(one).items() if key not in NAMES} for one in (mine, its))
    yield from _differing("quakes", first, second)


def _reports(one: RunFiles, other: RunFiles) -> Iterator[Difference]:
    series = [[report for report in run.reports if report.counts_as_warning] for run in (one, other)]
    most_s = LATE_S if one.settings.detection == other.settings.detection else ROUNDED_S
    for mine, its in zip(*series, strict=False):
        # Within what a busy machine makes of it, the time of release is the same.
        late = abs(mine.released - its.released) > most_s
        if values := _values(_bulletin(mine, late), _bulletin(its, late)):
            numbered = zip((mine, its), values, strict=True)
            first, second = (say("alike.report", str(one.number), said) for one, said in numbered)
            yield say("alike.reports"), first, second
            return
    if len(series[0]) != len(series[1]):
        yield say("alike.counts"), str(len(series[0])), str(len(series[1]))


def _bulletin(report: Report, released: bool) -> dict[str, Any]:
    own = PLAYS_OWN if released else (*PLAYS_OWN, "released")
    return {key: value for key, value in _flat(report).items() if key not in own}


COLUMNS: dict[str, tuple[str, ...]] = {
    "homes": ("latitude", "longitude"),
    "thresholds": ("threshold",),
    "followed": ("places",),
    "platforms": ("platforms",),
    "arrivals": ("s_s",),
    "intensities": ("intensity",),
}
"""of `USERS`, by the key of their words; what is true at a user's home follows from the quake and the earth"""


def _audiences(one: RunFiles, other: RunFiles) -> Iterator[Difference]:
    if len(one.users) != len(other.users):
        yield say("alike.users"), f"{len(one.users):,}", f"{len(other.users):,}"
        return
    found = (_rows(what, one.users, other.users, columns) for what, columns in COLUMNS.items())
    # Where users live elsewhere, the rest is hardly ever the same; one thing says that they are others.
    yield from islice(chain(chain.from_iterable(found), _places(one.places, other.places)), 1)


def _places(mine: NDArray[Any], its: NDArray[Any]) -> Iterator[Difference]:
    if len(mine) == len(its) and (mine["user"] == its["user"]).all():
        yield from _rows("places", mine, its, ("latitude", "longitude"))
    else:  # though as many are said to be followed by each
        yield say("alike.rows"), f"{len(mine):,}", f"{len(its):,}"


def _rows(what: str, mine: NDArray[Any], its: NDArray[Any], columns: Sequence[str]) -> Iterator[Difference]:
    """The first of the rows that differ."""
    same = np.all([np.isclose(mine[one], its[one], RELATIVE, ABSOLUTE, equal_nan=True) for one in columns], axis=0)
    if not same.all():
        at = same.argmin()
        pairs = [apart(float(mine[one][at]), float(its[one][at])) for one in columns]
        user = str(mine["user"][at])
        first, second = (say("alike.user", user, ", ".join(values)) for values in zip(*pairs, strict=True))
        yield say(f"alike.{what}"), first, second


def _gates(one: RunFiles, other: RunFiles) -> Iterator[Difference]:
    yield from _differing("gates", asdict(one.settings.delivery), asdict(other.settings.delivery))
    yield from _differing("levels", asdict(one.settings.levels), asdict(other.settings.levels))


def _clients(one: RunFiles, other: RunFiles) -> Iterator[Difference]:
    mine, its = (run.verdict.environment.clients for run in (one, other))
    if mine.said != its.said:
        yield say("alike.clients"), mine.said, its.said
    if mine.last_mile != its.last_mile:
        yield say("alike.miles"), mine.way, its.way


def _hosts(one: RunFiles, other: RunFiles) -> Iterator[Difference]:
    mine, its = (run.verdict.fleet for run in (one, other))
    if (mine is None) != (its is None):
        yield say("alike.hosts"), _on(mine), _on(its)


def _on(fleet: OfFleet | None) -> Said:
    if fleet is None:
        return say("alike.one-host")
    return say(
        "alike.fleet",
        counted("gateway-hosts", len(fleet.gateways)),
        counted("swarm-hosts", len(fleet.swarms)),
    )


def _due(run: RunFiles) -> NDArray[np.bool_]:
    """Whether each warning was due to each user, shape (reports, users).

    Raises InputError where ledger and reports do not go together.
    """
    table = by_report(run.warnings) if len(run.warnings) else run.warnings.reshape(0, len(run.users))
    count = sum(report.counts_as_warning for report in run.reports)
    if table.shape != (count, len(run.users)):
        rows = f"{table.shape[0]} warnings to {table.shape[1]:,} users"
        raise InputError(f"{run.folder / 'ledger.npy'}: {rows}, by the other files {count} to {len(run.users):,}")
    return was_due(table)


def _targets(one: RunFiles, other: RunFiles) -> Iterator[Difference]:
    mine, its = _due(one), _due(other)
    if (unlike := mine != its).any():
        at = int(unlike.any(axis=1).argmax())
        first, second = (say("alike.target", f"{due[at].sum():,}", str(at + 1)) for due in (mine, its))
        yield say("alike.targets"), first, second


def _differing(what: str, mine: dict[str, Any], its: dict[str, Any]) -> Iterator[Difference]:
    if values := _values(mine, its):
        yield say(f"alike.{what}"), *values


def _values(mine: dict[str, Any], its: dict[str, Any]) -> tuple[str, str] | None:
    """Both values of all that differs, in words, with as many digits as it takes; None where nothing does."""
    keys = [key for key in mine | its if not _same(mine.get(key), its.get(key))]
    pairs = {key: _pair(mine.get(key), its.get(key)) for key in keys}
    if not pairs:
        return None
    first, second = (", ".join(f"{key} {pair[side]}" for key, pair in pairs.items()) for side in (0, 1))
    return first, second


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return isclose(one, other, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    return bool(one == other)


def _pair(one: Any, other: Any) -> tuple[str, str]:
    if isinstance(one, float) and isinstance(other, float):
        return apart(one, other)
    first, second = ("none" if value is None else str(value) for value in (one, other))
    return first, second


def _flat(value: Any, prefix: str = "") -> dict[str, Any]:
    """The fields of a dataclass and of those in it, by name in words; none where there is no value."""
    found: dict[str, Any] = {}
    for field in fields(value):
        name, one = f"{prefix}{field.name}".replace("_", " "), getattr(value, field.name)
        if field.name == "origin":
            found |= {"origin time" if key == "time" else key: part for key, part in _flat(one).items()}
        elif is_dataclass(one):
            found |= _flat(one, f"{name} ")
        elif one is not None:
            found[name] = one
    return found
