"""The budget of a delivery for people: contenders side by side, with a line for each part."""

from collections.abc import Iterator, Sequence

from msgspec import convert
from rich.console import RenderableType
from rich.table import Table

from ewarn.bench.budget import Budgets, less
from ewarn.bench.growth import Row
from ewarn.words import Said, say

WIDTH = 80
"""columns of a terminal; contenders that do not fit beside the others come below them"""
LINES = ("sending", "plan", "frames", "calls", "notes", "rest", "reading", "others", "idle", "whole")
"""names in `Budget`, which are keys of the words `spent`, too"""
BY_TICKS = ("sending_own", "sending_kernel", "reading_own", "reading_kernel")
"""the two sides once more"""
LABEL = 21
"""columns that the longest name of a line takes"""
ENOUGH_S = 1.0
"""Of CPU, which a kernel of 250 ticks a second looks at as often: a share of 0.7 is then known to 0.03, the standard
deviation of a binomial share."""
ROUGH = "~"


def notes() -> list[Said]:
    """What the lines mean."""
    return [say("spent.note-whole"), say("spent.note-parts"), say("spent.note-ticks", ROUGH, f"{ENOUGH_S:g}")]


def tables(rows: Sequence[Row]) -> Iterator[RenderableType]:
    """Of rows of one size, kind of frames and kind of clients: as many tables as a terminal's width demands."""
    known = {str(row["name"]): budgets for row in rows if (budgets := budgets_of(row))}
    floors = {str(row["name"]): row["order"] for row in rows if row["kind"] == "floor" and row["name"] in known}
    for names in _abreast(list(known)):
        grid = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
        grid.add_column("", no_wrap=True, min_width=LABEL)
        for name in names:
            grid.add_column("\n".join(_heading(name)), justify="right", no_wrap=True)
        for part in LINES:
            cells = (_number(getattr(known[name].middle, part)) for name in names)
            grid.add_row(say(f"spent.{part}"), *cells, style="bold" * (part == "whole"))
        grid.add_row(say("spent.ticks"))
        for part in BY_TICKS:
            grid.add_row(
                say(f"spent.{part}"),
                *(_number(getattr(known[name].middle, part), is_rough(known[name], part)) for name in names),
            )
        if floors and any(name not in floors for name in names):
            grid.add_row(say("spent.less"))
        for floor, order in floors.items():
            theirs = known[floor].middle
            more = ["" if name in floors else _number(less(known[name].middle, theirs)) for name in names]
            if any(more):
                grid.add_row(say("spent.floor", order), *more)
        yield say("spent.title")
        yield grid
        yield ""


def is_rough(budgets: Budgets, part: str) -> bool:
    """Whether too few ticks told this part of `BY_TICKS`."""
    return (budgets.sending_s if part.startswith("sending") else budgets.reading_s) < ENOUGH_S


def budgets_of(row: Row) -> Budgets | None:
    """None where there is none, as in files of versions that knew of none."""
    return convert(found, Budgets) if (found := row.get("budget")) else None


def _heading(name: str) -> list[str]:
    """A contender's name in two lines."""
    first, by, second = name.partition("/") if "/" in name else name.partition(" (")
    return [first + by.strip(" ("), "(" * (by == " (") + second]


def _abreast(names: list[str]) -> Iterator[list[str]]:
    """As many of them as fit beside the lines' names, and then the next."""
    some, width = list[str](), LABEL
    for name in names:
        wide = 2 + max(map(len, _heading(name)))
        if some and width + wide > WIDTH:
            yield some
            some, width = [], LABEL
        some.append(name)
        width += wide
    if some:
        yield some


def _number(value: float | None, rough: bool = False) -> str:
    return "-" if value is None else f"{ROUGH * rough}{value:.2f}"
