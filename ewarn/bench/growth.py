"""How what a delivery costs grows with the number of users. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ewarn.words import Said, say

Row = Mapping[str, Any]
TENTH = 10
"""the largest size is held against the one that is nearest to such a part of it"""


@dataclass(frozen=True)
class Growth:
    """One contender, from one size to its largest."""

    name: str
    """as `label` has it"""
    frames: str
    few: int
    """users"""
    many: int
    few_us: float
    """CPU of all cores together for a delivery, microseconds"""
    many_us: float

    @property
    def ratio(self) -> float:
        """What a delivery to many costs, in deliveries to few."""
        return self.many_us / self.few_us

    def __str__(self) -> Said:
        """In words."""
        many, few = (f"{self.many_us:.1f}", f"{self.many:,}"), (f"{self.few_us:.1f}", f"{self.few:,}")
        return say("contest.growth", self.name, say(f"contest.sort-{self.frames}"), *many, *few, f"{self.ratio:.2f}")


def label(row: Row) -> str:
    """A row's name, from which those of one contender with either kind of clients can be told apart."""
    name, kind = str(row["name"]), clients_of(row)
    return name if kind == "sockets" or kind in name else f"{name}, {kind}"


def clients_of(row: Row) -> str:
    """The kind of a row's clients; files of versions that had sockets alone say nothing of it."""
    return str(row["clients"]["kind"]) if "clients" in row else "sockets"


def trusted(rows: Iterable[Row]) -> list[Row]:
    """Those that there is nothing to doubt in."""
    return [row for row in rows if not row.get("doubts")]


def growths(rows: Iterable[Row]) -> list[Growth]:
    """Of every contender that was held at several sizes.

    Rows that cannot be trusted are left out, and those that were over before the kernel had counted anything.
    """
    sizes: dict[tuple[str, str], dict[int, float]] = {}
    for row in trusted(rows):
        if cost := row["busy_us"]["median"]:
            sizes.setdefault((label(row), row["frames"]), {})[row["users"]] = cost
    return [_growth(*which, costs) for which, costs in sizes.items() if len(costs) > 1]


def _growth(name: str, frames: str, costs: dict[int, float]) -> Growth:
    many = max(costs)
    few = min((users for users in costs if users != many), key=lambda users: _times(users * TENTH, many))
    return Growth(name, frames, few, many, costs[few], costs[many])


def _times(one: int, other: int) -> float:
    return max(one, other) / min(one, other)
