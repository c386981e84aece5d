"""`ewarn demo --kiosk`: a page that plays a list by itself. There is no control and no token."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ewarn.config.catalogues import find_quake
from ewarn.config.drill import load_drill
from ewarn.config.kiosk import load_kiosk
from ewarn.config.tables import shipped
from ewarn.demo.feed import Feed
from ewarn.demo.keeping import Keeping
from ewarn.demo.library import Library
from ewarn.demo.log import ShowLog
from ewarn.demo.playlist import Item, Playlist, Theatre
from ewarn.demo.programme import programme
from ewarn.demo.serving import Place, asked_to_stop, serving, url_of
from ewarn.demo.stage import Stage
from ewarn.demo.static import Files, folder
from ewarn.system.allowed import loopback_pages


@dataclass(frozen=True)
class KioskSettings:
    """How a kiosk is run."""

    playlist: Path | None
    """the list; None: the one that we ship"""
    config: Path | None
    """drill file that every drill here is made of; None: the one that we ship"""
    out: Path
    place: Place


@dataclass(frozen=True)
class KioskStarted:
    """What is said once it listens."""

    page: str
    """address that a browser opens"""
    entries: int
    """of the list"""


def run(wanted: KioskSettings, on_start: Callable[[KioskStarted], None]) -> None:
    """Serve and play in the foreground until SIGINT or SIGTERM. Raises InputError, before anything is served."""
    asyncio.run(_serve(wanted, on_start))


async def _serve(wanted: KioskSettings, on_start: Callable[[KioskStarted], None]) -> None:
    found = load_kiosk(wanted.playlist or shipped() / "kiosk.toml")
    offered = programme(wanted.config)
    items = [Item(entry, find_quake(entry.quake)) for entry in found.entry]
    # The list names quakes as a drill file does.
    offered = replace(offered, found={entry.quake: entry.quake for entry in found.entry})
    log, library, keeping = ShowLog(), Library(), Keeping(wanted.out, found.keep)

    def kept(folders: list[Path]) -> None:
        for gone in (one for made in folders for one in keeping.add(made)):
            library.forget(gone)

    page, own = wanted.place.take()
    defaults = load_drill(offered.config)
    playlist = Playlist(items, defaults.gateway.engine, log.add, kept)
    origins = tuple(sorted(own.origins | loopback_pages(page.getsockname()[1])))
    stage = Stage(offered, wanted.out, log, library, origins, playlist.hear)
    hello = {"type": "hello", "drill": True, "kiosk": {"entries": len(items)}, "promise_s": defaults.budgets.delivery_s}
    stop = asked_to_stop()
    async with serving(Feed(Files(folder()), library, log, hello), page, own):
        on_start(KioskStarted(url_of(page), len(items)))
        await _until(stop, playlist.play(Theatre(stage.start, stage.stop)), stage)


async def _until(stop: asyncio.Event, playing: Coroutine[Any, Any, None], stage: Stage) -> None:
    """Play until it is enough; whatever happens, no process of a drill stays behind."""
    tasks = [asyncio.create_task(playing), asyncio.create_task(stop.wait())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if tasks[0].done():
            await tasks[0]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await stage.stop()
