"""The process that plays a drill for the page: a real one, of which it tells its parent as it goes on.

When all is played, gateway and users stay as they are, so that phones remain connected, until the parent lets go.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

from ewarn.centre.centre import Centre
from ewarn.centre.scenery import scenery
from ewarn.config.drill import DrillSettings
from ewarn.demo.teller import Teller
from ewarn.drill.clients import notes
from ewarn.drill.conductor import run
from ewarn.drill.outcome import Outcome
from ewarn.drill.scenario import Scenario
from ewarn.errors import EwarnError, WriteError
from ewarn.runs import results
from ewarn.runs.folder import new_folder
from ewarn.system.clock import WallClock
from ewarn.system.machine import this_machine
from ewarn.system.process import Channel
from ewarn.words import say, spelled

WRITE_S = 4.0
"""that a play has to be written when the parent is gone: after a second more it would end this process"""


@dataclass(frozen=True)
class Performance:
    """What is to be played."""

    settings: DrillSettings
    orders: tuple[str, ...]
    out: Path
    """folder in which each play leaves its files"""
    guests: int
    """phones that a gateway has room for"""
    command: tuple[str, ...]
    """of the demo, as it was typed"""
    origins: tuple[str, ...]
    """of the pages that have the phones"""


def main(channel: Channel, wanted: Performance) -> None:
    """Entry of the child process."""
    lock, writing = Lock(), Lock()

    def tell(message: dict[str, Any] | bytes) -> None:
        with lock:
            channel.send(message)

    Thread(target=_leave_with_parent, args=(channel, writing), daemon=True).start()
    settings = wanted.settings
    rate_per_s = settings.gateway.rate_per_s
    with Teller(tell, WallClock(), _scenery(settings), notes(settings), rate_per_s=rate_per_s) as teller:
        try:
            first = None
            for index, outcome in enumerate(_plays(wanted, teller)):
                teller.state("judging")
                with writing:
                    line, folder = _keep(outcome, wanted, index)
                teller.judged(results.document(outcome))
                teller.say(line)
                if folder:
                    first = first or folder
                    tell({"type": "kept", "play": index, "run": first.name, "folder": str(folder)})
                if index + 1 == len(wanted.orders):
                    teller.state("done")
                    Event().wait()
        except EwarnError as error:
            teller.state("failed", line=str(error), words=spelled(str(error)))
    Event().wait()


def _scenery(settings: DrillSettings) -> Callable[[Scenario], Any]:
    return lambda scenario: scenery(scenario.quake, Centre(settings))


def _plays(wanted: Performance, teller: Teller) -> Iterator[Outcome]:
    return run(
        wanted.settings,
        machine=this_machine(),
        clock=WallClock(),
        view=teller,
        orders=wanted.orders if len(wanted.orders) > 1 else (),
        guests=wanted.guests,
        command=wanted.command,
        origins=wanted.origins,
    )


def _keep(outcome: Outcome, wanted: Performance, index: int) -> tuple[str, Path | None]:
    """Write the play's files, and say where; that they cannot be written spoils no show."""
    name = results.run_name(outcome)
    try:
        folder = new_folder(wanted.out, name if len(wanted.orders) == 1 else f"{name}-{wanted.orders[index]}")
        results.write(outcome, folder)
    except WriteError as error:
        return say("log.no-results", str(error)), None
    return say("log.results", str(folder)), folder


def _leave_with_parent(channel: Channel, writing: Lock, leave: Callable[[int], None] = os._exit) -> None:
    """Gateways and users have channels of their own to this process, and leave with it in turn.

    A play that is being written is there whole before that, or nothing of it.
    """
    with contextlib.suppress(EOFError, OSError):
        channel.recv()
    writing.acquire(timeout=WRITE_S)
    leave(0)
