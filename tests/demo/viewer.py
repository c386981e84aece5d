"""What it costs a drill to be watched, over the same connections: plays of which a page is told, and plays unseen.

`python -m tests.demo.viewer configs/one-report.toml --users 20000 --pairs 10`: plays go A B B A. In A a `Teller` looks
at the receipts, and a server as the demo's sends the show to a reader in a process of its own; in B nothing is told.
With `--terminal`, what is told in A is a terminal, which is drawn on into nowhere. The processes of a drill are looked
at in A and in B, as in every drill.
"""

import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.console import Console
from websockets.asyncio.server import serve
from websockets.sync.client import connect

from ewarn.centre.centre import Centre
from ewarn.centre.scenery import scenery
from ewarn.config.drill import load_drill
from ewarn.demo.feed import PATH, Feed
from ewarn.demo.library import Library
from ewarn.demo.log import ShowLog
from ewarn.demo.static import Files, folder
from ewarn.demo.teller import Teller
from ewarn.drill.conductor import run
from ewarn.drill.meter import Meter
from ewarn.drill.scenario import Scenario
from ewarn.drill.watcher import Watcher
from ewarn.gateway.sending.journal import Journal
from ewarn.swarm.client import Target
from ewarn.system import process
from ewarn.system.address import address_of, bind
from ewarn.system.clock import WallClock
from ewarn.system.machine import this_machine
from ewarn.verdict.document import Delivery, Summary
from ewarn.verdict.happened import Happened
from ewarn.verdict.judge import Verdict
from ewarn.verdict.receipts import ReceiptBook
from ewarn.watching.terminal import TerminalView
from ewarn.wire.releases import Release

MEASURES = ("p50", "p99", "max")


class Sometimes:
    """A `Watcher` that hands on to another where the play at hand is to be watched."""

    def __init__(self, watcher: Watcher, watched: Callable[[int], bool]) -> None:
        self._watcher, self._watched, self.play = watcher, watched, -1

    def say(self, line: str) -> None:
        """See `View`."""
        click.echo(line, err=True)

    def progress(self, doing: str, done: int, total: int) -> None:
        """See `View`."""

    def opens(self, scenario: Scenario, targets: Sequence[Target], key: bytes | None) -> None:
        """See `Watcher`."""
        self._watcher.opens(scenario, targets, key)

    def begins(self, order: str, origin_ns: int, book: ReceiptBook) -> None:
        """See `Watcher`."""
        self.play += 1
        if self._watched(self.play):
            self._watcher.begins(order, origin_ns, book)

    def metered(self, meter: Meter, journal: Journal | None) -> None:
        """See `Watcher`."""
        if self._watched(self.play):
            self._watcher.metered(meter, journal)

    def happened(self, one: Happened) -> None:
        """See `Watcher`."""
        if self._watched(self.play):
            self._watcher.happened(one)

    def released(self, release: Release) -> None:
        """See `Watcher`."""
        if self._watched(self.play):
            self._watcher.released(release)


class Drawn:
    """A `Watcher`: a terminal anew for each play, drawn on until the play is over."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._opened: tuple[Any, ...] = ()
        self._view: TerminalView

    def say(self, line: str) -> None:
        """See `View`."""

    def progress(self, doing: str, done: int, total: int) -> None:
        """See `View`."""

    def opens(self, *opened: Any) -> None:
        """See `Watcher`."""
        self._opened = opened

    def begins(self, order: str, origin_ns: int, book: ReceiptBook) -> None:
        """See `Watcher`."""
        nowhere = self._stack.enter_context(Path(os.devnull).open("w"))  # noqa: SIM115  the stack closes it
        self._view = self._stack.enter_context(TerminalView(Console(file=nowhere, force_terminal=True, width=100)))
        self._view.opens(*self._opened)
        self._view.begins(order, origin_ns, book)

    def metered(self, meter: Meter, journal: Journal | None) -> None:
        """See `Watcher`."""
        self._view.metered(meter, journal)

    def happened(self, one: Happened) -> None:
        """See `Watcher`."""
        self._view.happened(one)

    def released(self, release: Release) -> None:
        """See `Watcher`."""
        self._view.released(release)

    def judged(self, _verdict: None) -> None:
        """The play is over."""
        self._stack.close()


def feed(channel: process.Channel, _nothing: None) -> None:
    """Entry of the process that serves the show, as the demo does; it says its address."""

    async def go() -> None:
        log, page = ShowLog(), bind("listen", "127.0.0.1:0", False)
        loop, over = asyncio.get_running_loop(), asyncio.Event()

        def hear() -> None:
            try:
                log.add(channel.recv())
            except EOFError:
                loop.remove_reader(channel.fileno())
                over.set()

        loop.add_reader(channel.fileno(), hear)
        served = Feed(Files(folder()), Library(), log, {"type": "hello"})
        async with serve(served.tell, sock=page, process_request=served.let_in, compression=None):
            channel.send(f"ws://{address_of(page)}{PATH}")
            await over.wait()

    asyncio.run(go())


def read(channel: process.Channel, url: str) -> None:
    """Entry of the reader's process: says how much it was sent, once the show is over."""
    received = 0
    with connect(url, max_size=None, proxy=None) as show:
        for message in show:
            received += len(message)
            if isinstance(message, str) and '"verdict"' in message[:40]:
                channel.send(received)


def _first(verdict: Verdict) -> Delivery:
    """What came of the first public report, or of report 1 where there was none."""
    return next((one for one in verdict.reports if one.number == verdict.first), verdict.reports[0])


@click.command()
@click.argument("config", type=click.Path(path_type=Path), default=Path("configs/one-report.toml"))
@click.option("--users", default=20_000)
@click.option("--pairs", default=10)
@click.option("--terminal", is_flag=True)
def main(config: Path, users: int, pairs: int, terminal: bool) -> None:
    """Print times of the first report's delivery, watched and not, and the ratio of their medians."""
    settings, clock = load_drill(config, {"audience.users": users}), WallClock()
    server = process.spawn("tests.demo.viewer:feed", None)
    reader = process.spawn("tests.demo.viewer:read", server.channel.recv())
    found: dict[bool, list[Summary]] = {True: [], False: []}
    sent = 0

    def watched(play: int) -> bool:
        return play % 4 in (0, 3)

    try:
        with Teller(server.channel.send, clock, lambda scenario: scenery(scenario.quake, Centre(settings))) as teller:
            watcher = Drawn() if terminal else teller
            view = Sometimes(watcher, watched)
            for outcome in run(settings, machine=this_machine(), clock=clock, view=view, repeat=2 * pairs):
                found[watched(view.play)].append(_first(outcome.verdict).delivery_ms)
                if watched(view.play):
                    watcher.judged(None)
                    sent = 0 if terminal else reader.channel.recv()
                click.echo(f"{'watched' if watched(view.play) else 'plain'} {found[watched(view.play)][-1]}", err=True)
    finally:
        reader.stop()
        server.stop()
    for measure in MEASURES:
        with_, without = (float(np.median([getattr(one, measure) for one in found[kind]])) for kind in (True, False))
        click.echo(f"{measure}: {with_:.1f} ms watched, {without:.1f} ms plain, ratio {with_ / without:.3f}")
    click.echo(f"sent to the reader in all: {sent / 1e6:.2f} MB, {users:,} users, {pairs} plays")


if __name__ == "__main__":
    main()
