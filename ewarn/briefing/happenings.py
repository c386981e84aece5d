"""What happened in a run beside its reports, and when, as far as its files tell: marks over curves, and a list.

They tell of a storm, of a platform that failed and came back, of shards that were added or taken away, and of a run
that ended early. No file notes down when a process died by itself.
"""

from dataclasses import dataclass
from typing import Any

from msgspec import UNSET

from ewarn.briefing.run import Run
from ewarn.words import Said, say

MARKS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


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
    found = sorted([*_fault(run), *_resized(run), *_others(run)], key=lambda one: one[0])
    return [Happening(mark, at_s, words) for mark, (at_s, words) in zip(MARKS, found, strict=False)]


def _fault(run: Run) -> list[tuple[float, Said]]:
    platforms = run.told.platforms
    fault: Any = None if platforms is UNSET else platforms.get("fault")
    if not isinstance(fault, dict) or fault.get("kind") not in ("down", "degraded"):
        return []
    on, kind = str(fault.get("on")), str(fault.get("kind"))
    begun = say("report.down", on) if kind == "down" else say("report.degraded", on)
    found = [(float(fault["from_s"]), begun)]
    if fault.get("back_s") is not None:
        found.append((float(fault["back_s"]), say("report.back", on)))
    return found


def _resized(run: Run) -> list[tuple[float, Said]]:
    return [(after_s, say("report.resized", str(shards))) for after_s, shards in run.files.settings.gateway.resize]


def _others(run: Run) -> list[tuple[float, Said]]:
    found = []
    storm_s = run.told.commotion.storm_s
    if storm_s is not UNSET:
        found.append((float(storm_s), say("report.storm")))
    if (why := run.told.harness.cut_short) and run.told.closed_s is not None:
        found.append((run.told.closed_s, say("report.ended-early", run.told.in_words(why))))
    return found
