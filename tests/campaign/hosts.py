"""Hosts: a bus of two servers, three gateways and phones, each on a host of its own; reports to all, and restarts.

The same quake is played in turn into the bus and into the control addresses of the same gateways, each time to as many
phones, which find their gateways themselves. Then all gateways are restarted in turn under phones, while it is played.

`python -m tests.campaign hosts`; with other numbers, `python -m tests.campaign.hosts --help`.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ewarn.errors import InputError
from ewarn.fleet.lab import Fleet, found_here
from ewarn.fleet.plan import Plan
from tests.campaign.figures import said_ms
from tests.campaign.guard import guarded
from tests.campaign.hosts_figures import Played, medians, said
from tests.campaign.hosts_fleet import Ground
from tests.campaign.hosts_rolling import BESIDE, Rolled, rolled
from tests.campaign.rows import Row, printed

PART = "hosts"
REPORTS, CONTROL, RESTART = "reports by the bus", "reports by control addresses", "rolling restart under a quake"
NAMES = (REPORTS, CONTROL, RESTART)
IN_SHORT = (REPORTS, RESTART)
"""what promises something; the other is there to be compared with"""


@dataclass(frozen=True)
class Size:
    """Of what is tried."""

    clients: int = 30_000
    plays: int = 5
    """of each way"""
    speed: float = 1.0
    """divides the second between two reports"""
    home_s: float = 30.0
    """over which phones go home"""
    drain_s: float = 10.0
    """over which a gateway lets its users go"""
    beside: int = BESIDE
    capacity: int | None = None
    """of each gateway; what it can hold where it is None"""


SHORT = Size(clients=2_000, plays=1, speed=4.0, home_s=2.0, drain_s=2.0, beside=100)


def hosts(*, short: bool = False, only: str = "") -> list[Row]:
    """All of it; one row that says why where there can be no hosts here."""
    names = [name for name in (IN_SHORT if short else NAMES) if only in name]
    return tried(SHORT if short else Size(), names)


def tried(size: Size, names: Sequence[str], out: Path | None = None) -> list[Row]:
    """The rows of these names; receipts and logs are kept in `out`."""
    try:
        found_here()
    except InputError as error:
        return [Row(PART, "hosts", "hosts on this machine", f"left out: {error}", passed=True)]
    with tempfile.TemporaryDirectory(prefix="campaign-") as name:
        folder = (out or Path(name)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        with Fleet(folder / "fleet", Plan(drain_s=size.drain_s, capacity=size.capacity)) as fleet:
            ground = Ground(fleet, size.clients, folder, size.speed, size.home_s)
            rows = _reports(ground, size.plays, names)
            if RESTART in names:
                rows.append(guarded(PART, RESTART, lambda: restarted(rolled(ground, size.beside)), print))
    return rows


def _reports(ground: Ground, plays: int, names: Sequence[str]) -> list[Row]:
    """In turn by each way, so that whatever else the machine does is shared by both."""
    ways: dict[str, Callable[[], Played]] = {REPORTS: ground.over_bus, CONTROL: ground.over_control}
    ways = {name: play for name, play in ways.items() if name in names}
    found: dict[str, list[Played]] = {name: [] for name in ways}
    failed: dict[str, Row] = {}
    for _ in range(plays):
        for name, play in ways.items():

            def one(name: str = name, play: Callable[[], Played] = play) -> Row:
                found[name].append(play())
                return judged(name, found[name][-1:])

            row = guarded(PART, name, one, print)
            if not found[name]:
                failed[name] = row
    return [judged(name, found[name]) if found[name] else failed[name] for name in ways]


def judged(name: str, plays: Sequence[Played]) -> Row:
    """The row of one way, medians of its plays. Pure."""
    figures = medians(plays)
    missed = sum(one.reached.clients - one.reached.newest for one in plays)
    unanswered = sum(one.answers_due - len(one.answer_s) for one in plays)
    lost = sum(one.counted["lost"] for one in plays)
    seen = [
        f"{plays[0].reached.clients:,} clients, {len(plays)} plays: {missed} without the newest report",
        f"{sum(one.reached.superseded for one in plays):,} superseded",
        f"release to answers {said(figures, 'answers')}",
        f"to phones {said(figures, 'phones')}",
        f"{unanswered} answers missing",
    ]
    if lost:
        seen.append(f"phones say in {lost} plays that something was lost")
    passed = not missed and not unanswered and not lost
    expected = "every client has the newest report, every gateway answers each"
    return Row(PART, name, expected, ", ".join(seen), passed, figures["answers p50"] * 1e3, "ms p50 to answers")


def restarted(found: Rolled) -> Row:
    """The row of a rolling restart. Pure."""
    gates, reached, counted = found.restarted, found.reached, found.counted
    seen = [
        f"{reached.clients:,} clients, {reached.clients - reached.newest} without the newest report",
        f"its last came {said_ms(reached.newest_s)} after its release, all had a report {said_ms(reached.first_s)} "
        "after the first",
        f"{reached.superseded:,} superseded",
        *(f"{one.name} drained in {one.drained_s:.1f} s ({one.code}), up after {one.up_s:.1f} s" for one in gates),
        f"all of it {found.took_s:.0f} s",
        f"{counted['left']:,} connections ended, {counted['returned']:,} made anew, {found.in_vain:,} tries in vain",
        f"of {found.away.count:,} who were sent away beside reports {found.away.untold} had not been told",
    ]
    passed = (
        reached.whole
        and not counted["lost"]
        and not any(one.code for one in gates)
        and found.away.count > 0
        and not found.away.untold
    )
    expected = "nobody misses a report, nobody is sent away before they are told, each ends with 0"
    return Row(PART, RESTART, expected, ", ".join(seen), passed, found.took_s, "s")


def main() -> int:
    """The exit code: 0 where every row passed, else 3."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaign.hosts", description="Play on hosts, and tell.")
    parser.add_argument("--clients", type=int, default=Size.clients)
    parser.add_argument("--plays", type=int, default=Size.plays, help="of each way")
    parser.add_argument("--capacity", type=int, help="of each gateway")
    parser.add_argument("--only", default="", metavar="WORD", help="rows whose names hold it")
    parser.add_argument("--out", type=Path, help="folder to keep: receipts of each play, and what all have said")
    given = parser.parse_args()
    size = Size(clients=given.clients, plays=given.plays, capacity=given.capacity)
    rows = tried(size, [name for name in NAMES if given.only in name], given.out)
    print(printed(rows))
    return 0 if all(row.passed for row in rows) else 3


if __name__ == "__main__":
    sys.exit(main())
