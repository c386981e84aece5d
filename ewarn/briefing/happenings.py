"""What happened in a run beside its reports, and when: marks over curves, and a list.

Its files tell. Those that were written before they did are read by the settings: what was planned is in them, and when
a process died by itself is not.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from msgspec import UNSET, structs

from ewarn.briefing.run import Run
from ewarn.errors import InputError
from ewarn.system.happenings import Kind
from ewarn.verdict.happened import Happened, in_turn
from ewarn.words import Said

MARKS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
FAULTS = {"down": Kind.PLATFORM_DOWN, "degraded": Kind.PLATFORM_SLOW}


@dataclass(frozen=True)
class Happening:
    """Something at an instant."""

    mark: str
    """the letter by which a chart names it"""
    at_s: float
    """after origin"""
    words: Said


def happenings(run: Run) -> list[Happening]:
    """In the order of time; as many as there are letters."""
    return [Happening(mark, one.at_s, one.said) for mark, one in zip(MARKS, happened_in(run), strict=False)]


def happened_in(run: Run) -> tuple[Happened, ...]:
    """All of it, in the order of time."""
    told = run.told.happened
    found = in_turn([*_fault(run), *_others(run)]) if told is None else told
    return tuple(structs.replace(one, why=run.told.in_words(one.why)) for one in found)


def _fault(run: Run) -> Iterator[Happened]:
    platforms = run.told.platforms
    fault: Any = None if platforms is UNSET else platforms.get("fault")
    if not isinstance(fault, dict) or fault.get("kind") not in FAULTS:
        return
    on = str(fault.get("on"))
    yield Happened(kind=FAULTS[str(fault["kind"])], at_s=float(fault["from_s"]), of=on)
    if fault.get("back_s") is not None:
        yield Happened(kind=Kind.PLATFORM_BACK, at_s=float(fault["back_s"]), of=on)


def _others(run: Run) -> Iterator[Happened]:
    with suppress(InputError):  # a run may be shown without its settings
        for after_s, shards in run.files.settings.gateway.resize:
            yield Happened(kind=Kind.RESIZED, at_s=after_s, count=shards)
    if run.told.commotion.storm_s is not UNSET:
        yield Happened(kind=Kind.STORM, at_s=float(run.told.commotion.storm_s))
    if (why := run.told.harness.cut_short) and run.told.closed_s is not None:
        yield Happened(kind=Kind.ENDED_EARLY, at_s=run.told.closed_s, why=why)
