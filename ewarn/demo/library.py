"""Finished runs that can be viewed, by name: what a request says is looked up here, and never becomes a path."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from ewarn.demo.viewing import Told, encoded_show, hello, missing, show
from ewarn.errors import InputError, quoted

KEPT = 2
"""shows that stay in memory; half a million users take 9 MB a play"""
LISTED = 20
"""names that a page offers, the newest"""
MOST_PLAYS = 2
"""that one page shows side by side"""
NAMED = 120
"""letters of a name that is not known that are said again"""


class Library:
    """Lives in an event loop; files are read in a thread."""

    def __init__(self) -> None:
        self._folders: dict[str, tuple[Path, ...]] = {}
        self._shows: dict[str, list[Told]] = {}
        self._reading = asyncio.Lock()

    def __contains__(self, name: object) -> bool:
        """Whether there is a run of that name."""
        return name in self._folders

    @property
    def first(self) -> str:
        """Its name."""
        return next(iter(self._folders))

    def add(self, name: str, folder: Path) -> None:
        """A play of a run."""
        self._folders[name] = (*self._folders.get(name, ()), folder)[:MOST_PLAYS]
        self._shows.pop(name, None)

    def put(self, name: str, folders: Sequence[Path], told: list[Told] | None = None) -> None:
        """A run with all its plays; `told`: its show, where that was made already."""
        self._folders[name] = tuple(folders)
        if told is not None:
            self._shows[name] = told

    def forget(self, folder: Path) -> None:
        """The files of a play are gone."""
        for name in [name for name, folders in self._folders.items() if folder in folders]:
            del self._folders[name]
            self._shows.pop(name, None)

    async def told(self, name: str | None) -> list[Told]:
        """What a viewer is told of a run, of the first where none is named; of one that cannot be read, why."""
        async with self._reading:
            wanted = self.first if name is None else name
            greeting = hello(wanted[:NAMED], list(self._folders)[-LISTED:])
            try:
                return [greeting, *await self._show(wanted)]
            except InputError as error:
                return [greeting, missing(self._without_paths(str(error)))]

    def _without_paths(self, line: str) -> str:
        """Viewers are told names alone, and not where a run stands on this machine."""
        for name, folders in self._folders.items():
            for folder in folders:
                line = line.replace(str(folder), name)
        return line

    async def _show(self, name: str) -> list[Told]:
        if name not in self._folders:
            raise InputError(f"{quoted(name, NAMED)}: no run of this name is here, or no longer")
        if name not in self._shows:
            folders = self._folders[name]
            found = await asyncio.to_thread(lambda: encoded_show(show(folders)))
            if folders == self._folders.get(name):  # it may have grown, or gone, meanwhile
                self._shows[name] = found
            while len(self._shows) > KEPT:
                del self._shows[next(iter(self._shows))]
            return found
        return self._shows[name]
