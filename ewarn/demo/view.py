"""`ewarn view`: the page of runs that are over. There is no control, no token, and nothing that could be started."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import NamedTuple

from ewarn.demo.feed import Feed
from ewarn.demo.library import MOST_PLAYS, Library
from ewarn.demo.serving import Place, asked_to_stop, serving, url_of
from ewarn.demo.static import Files, folder
from ewarn.demo.viewing import Told, encoded_show, show
from ewarn.runs.run_files import plays


@dataclass(frozen=True)
class ViewSettings:
    """What is served, and where."""

    runs: tuple[Path, ...]
    """folders of runs, or of their plays"""
    place: Place


@dataclass(frozen=True)
class ViewStarted:
    """What is said once it listens."""

    page: str
    """address that a browser opens"""
    runs: list[str]
    """names of what can be viewed there"""


class Shown(NamedTuple):
    """What one page shows."""

    name: str
    folders: list[Path]
    """of one play, or of two"""
    told: list[Told] | None
    """None: read again when it is asked for"""


def run(wanted: ViewSettings, on_start: Callable[[ViewStarted], None]) -> None:
    """Serve in the foreground until SIGINT or SIGTERM. Raises InputError, before anything is served."""
    asyncio.run(_serve(wanted, gathered(wanted.runs), on_start))


def gathered(runs: Sequence[Path]) -> list[Shown]:
    """What can be viewed: one play, or two side by side, or each by itself where there are more.

    Raises InputError where a file is missing or damaged, of a newer format, or where two are not alike.
    """
    found = {play: _name(run, play) for run in runs for play in plays(run)}
    groups = [list(found)] if len(found) <= MOST_PLAYS else [[play] for play in found]
    shown: list[Shown] = []
    for group in groups:
        name = _own(", ".join(found[play] for play in group), [one.name for one in shown])
        told = encoded_show(show(group))  # all are read, to find out that they can be; the first stays in memory
        shown.append(Shown(name, group, None if shown else told))
    return shown


def _name(run: Path, play: Path) -> str:
    """The folder of a run, and below it that of a play."""
    return "/".join([run.resolve().name, *play.relative_to(run).parts])


def _own(name: str, taken: Sequence[str]) -> str:
    """Two folders may have the same name."""
    others = (f"{name} ({number})" for number in count(2))
    return name if name not in taken else next(one for one in others if one not in taken)


async def _serve(wanted: ViewSettings, shows: Sequence[Shown], on_start: Callable[[ViewStarted], None]) -> None:
    library = Library()
    for one in shows:
        library.put(one.name, one.folders, one.told)
    page, own = wanted.place.take()
    stop = asked_to_stop()
    async with serving(Feed(Files(folder()), library), page, own):
        on_start(ViewStarted(url_of(page), [one.name for one in shows]))
        await stop.wait()
