"""A load as a terminal shows it: a line each for deliveries, parts, processes, the machine and the bottleneck. Pure."""

from collections.abc import Sequence

from rich.cells import set_cell_size
from rich.text import Text

from ewarn.verdict.load import OfProcess, Usage, machine_said, share
from ewarn.watching.load import LoadNow
from ewarn.words import ENGLISH, chained, into, say

MOST_PARTS, MOST_PROCESSES = 2, 4
"""of which each is told; of more, the least and the most"""
MIB = 2**20


def load_lines(live: LoadNow, label_cells: int, language: str = ENGLISH) -> list[Text]:
    """A line each, its label in so many cells, in a language."""
    usage, here = live.usage, say("load.here")
    rows = [
        (say("load.rate"), say("load.per-second", f"{live.rate.now_per_s:,}", f"{live.rate.peak_per_s:,}")),
        (say("load.now"), _machine(live)),
        (say("load.report", str(live.report)) if live.report else say("load.newest"), _times(live)),
        (say(f"load.{live.parted}"), _parts(live)),
        (say("load.gateway"), _side(usage, live.memory.gateway, phones=False, where=live.host or here)),
        (say("load.phones"), _side(usage, live.memory.phones, phones=True, where=live.phones or here)),
        (say("load.bottleneck"), live.bottleneck),
    ]
    return [Text(set_cell_size(f"  {into(name, language)}", label_cells) + into(said, language)) for name, said in rows]


def milliseconds(value: float | None) -> str:
    """A time, or that so many have not yet read it."""
    return say("load.not-yet") if value is None else say("load.milliseconds", f"{value:,.0f}")


def _times(live: LoadNow) -> str:
    if live.report is None:
        return say("load.none-yet")
    if not live.timed:
        return say("load.later")
    times = (milliseconds(one) for one in (live.times.p50, live.times.p99, live.times.last))
    return say("load.times", *times)


def _machine(live: LoadNow) -> str:
    """Who has the cores of this machine."""
    if not live.now:
        return say("load.not-yet")
    if live.host and live.phones:
        return say("load.of-conductor", f"{live.now.busy:.2f}", str(live.now.cores))
    return machine_said(live.now)


def _parts(live: LoadNow) -> str:
    parts = live.parts
    if not parts:
        return say("load.not-yet" if live.report is None else "load.elsewhere")
    if len(parts) <= MOST_PARTS:
        return _apart(
            [say("load.part", one.name, f"{one.rate.delivered:,}", milliseconds(one.times.p99)) for one in parts]
        )
    p99 = sorted((one.times.p99 for one in parts), key=lambda one: float("inf") if one is None else one)
    return say("load.between", str(len(parts)), milliseconds(p99[0]), milliseconds(p99[-1]))


def _side(usage: Usage | None, memory: int | None, *, phones: bool, where: str) -> str:
    """What the gateway or the clients use: each process of one core, and their memory."""
    mine = [one for one in usage.processes if (one.kind == "phones") == phones] if usage else []
    parts = [_cores(mine) if mine else say("load.elsewhere" if usage or where != say("load.here") else "load.not-yet")]
    parts += [] if memory is None else [say("load.memory", f"{memory / MIB:,.0f}")]
    # Of one that is not known here it is not known either whether it is on this machine.
    return _apart(parts if usage and not mine and where == say("load.here") else [*parts, where])


def _cores(processes: Sequence[OfProcess]) -> str:
    if len(processes) <= MOST_PROCESSES:
        return _apart([say("load.core", one.said, share(one.cores)) for one in processes])
    used = sorted(one.cores for one in processes)
    return say("load.cores-between", str(len(processes)), share(used[0]), share(used[-1]))


def _apart(parts: Sequence[str]) -> str:
    return chained(parts, "load.apart")
