"""A fleet: drills over hosts with clocks of their own, of which the trial knows the truth, and what befalls hosts.

Two servers of the bus, three gateways and swarms, each on a host of its own, with clocks up to an hour apart that
drift; then one to eight gateways that keep a rate, beside the forecast; then hosts that are killed, cut off, or wrong.

`python -m tests.campaign fleet`; with other numbers, `python -m tests.campaign.fleet --help`.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ewarn.errors import InputError
from ewarn.fleet.lab import Fleet, found_here
from ewarn.fleet.plan import Plan
from tests.campaign import fleet_clocks, fleet_faults, fleet_rate
from tests.campaign.fleet_ground import Ground, laid
from tests.campaign.guard import guarded
from tests.campaign.page import told
from tests.campaign.rows import Row, printed

PART = "fleet"


@dataclass(frozen=True)
class Size:
    """Of what is tried."""

    users: int = 30_000
    """of ten reports, with clocks that drift"""
    others: int = 3_000
    """of ten reports, where something befalls a fleet, or a line is slow"""
    rated: int = 40_000
    """of gateways that keep a rate"""
    rate_per_s: float = 8_000.0
    gateways: tuple[int, ...] = (1, 2, 4, 8)
    plays: int = 5
    """of each number of gateways"""
    speed: float = 1.0
    """divides the second between two reports"""

    def of(self, name: str) -> int:
        """Users of a scene of ten reports."""
        return self.users if name == fleet_clocks.TRUTH else self.others


SHORT = Size(users=1_500, others=300, speed=4.0)
Scene = Callable[[Ground, int], Row]
CLOCKS: dict[str, Scene] = {
    fleet_clocks.TRUTH: fleet_clocks.truth,
    fleet_clocks.STEPPED: fleet_clocks.stepped,
    fleet_clocks.SLOW: fleet_clocks.slow,
}
FAULTS: dict[str, Scene] = {
    fleet_faults.KILLED: fleet_faults.killed,
    fleet_faults.CUT: fleet_faults.cut,
    fleet_faults.ORPHANED: fleet_faults.orphaned,
    fleet_faults.KEY: fleet_faults.wrong_key,
    fleet_faults.VERSION: fleet_faults.version,
}
IN_SHORT = (fleet_clocks.TRUTH, fleet_clocks.STEPPED)
"""`tests/fleet` has smaller ones of what befalls a fleet."""


def names_of(size: Size) -> list[str]:
    """Of all rows, in turn."""
    return [*CLOCKS, *map(fleet_rate.name_of, size.gateways), *FAULTS]


def fleet(*, short: bool = False, only: str = "") -> list[Row]:
    """All of it; one row that says why where there can be no hosts here."""
    size = SHORT if short else Size()
    return tried(size, [name for name in names_of(size) if only in name and (not short or name in IN_SHORT)])


def tried(size: Size, names: Sequence[str], out: Path | None = None) -> list[Row]:
    """The rows of these names; runs and logs are kept in `out`."""
    try:
        found_here()
    except InputError as error:
        return [Row(PART, "fleet", "hosts on this machine", f"left out: {error}", passed=True)]
    with tempfile.TemporaryDirectory(prefix="campaign-") as name:
        folder = (out or Path(name)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        return [
            *_over(folder / "clocks", size, {one: CLOCKS[one] for one in CLOCKS if one in names}),
            *_rated(folder / "rates", size, [k for k in size.gateways if fleet_rate.name_of(k) in names]),
            *_over(folder / "faults", size, {one: FAULTS[one] for one in FAULTS if one in names}),
        ]


def _over(folder: Path, size: Size, scenes: dict[str, Scene]) -> list[Row]:
    """All over one fleet."""
    if not scenes:
        return []
    folder.mkdir()
    plan = Plan(swarms=3, cables=fleet_clocks.cables())
    with laid(folder, Fleet(folder / "fleet", plan), size.speed) as ground:

        def trial(name: str, scene: Scene) -> Row:
            return guarded(PART, name, lambda: scene(ground, size.of(name)), print)

        return [trial(*one) for one in scenes.items()]


def _rated(folder: Path, size: Size, ks: Sequence[int]) -> list[Row]:
    if not ks:
        return []
    folder.mkdir()
    found: dict[int, list[fleet_rate.Held]] = {}

    def one(k: int) -> Row:
        if not found:
            found.update(fleet_rate.held(folder, size.rated, size.rate_per_s, ks, size.plays))
        return fleet_rate.judged(k, size.rated, size.rate_per_s, found[k])

    return [guarded(PART, fleet_rate.name_of(k), lambda k=k: one(k), print) for k in ks]


def table(rows: Sequence[Row]) -> str:
    """Markdown."""
    lines = ["| what | must be | was | |", "|---|---|---|---|"]
    lines += [f"| {row.name} | {row.expected} | {row.seen} | {'ok' if row.passed else '**failed**'} |" for row in rows]
    return "\n".join(lines) + "\n"


def main() -> int:
    """The exit code: 0 where every row passed, else 3."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaign.fleet", description="Drill over fleets, and tell.")
    parser.add_argument("--users", type=int, default=Size.users, help="of ten reports with clocks that drift")
    parser.add_argument("--others", type=int, default=Size.others, help="where something befalls a fleet")
    parser.add_argument("--rated", type=int, default=Size.rated, help="of gateways that keep a rate")
    parser.add_argument("--rate-per-s", type=float, default=Size.rate_per_s, help="of each of these")
    parser.add_argument("--plays", type=int, default=Size.plays, help="of each number of gateways")
    parser.add_argument("--only", default="", metavar="WORD", help="rows whose names hold it")
    parser.add_argument("--out", type=Path, help="new folder: runs, logs, fleet.json and fleet.md")
    given = parser.parse_args()
    size = Size(given.users, given.others, given.rated, given.rate_per_s, plays=given.plays)
    began = time.monotonic()
    rows = tried(size, [name for name in names_of(size) if given.only in name], given.out)
    print(printed(rows))
    if given.out:
        document = told(rows, {PART: round(time.monotonic() - began, 1)}, short=False) | {"size": vars(size)}
        (given.out / "fleet.json").write_text(json.dumps(document, indent=1, ensure_ascii=False))
        (given.out / "fleet.md").write_text(table(rows), encoding="utf-8")
    return 0 if all(row.passed for row in rows) else 3


if __name__ == "__main__":
    sys.exit(main())
