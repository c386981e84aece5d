"""A drill as a terminal shows it while it goes on: plain values to styled text of a few lines. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from ewarn.seismic.origin import Quake
from ewarn.verdict.fate import Fate
from ewarn.verdict.figures import beside_limit, instant
from ewarn.watching.load import LoadNow
from ewarn.watching.load_lines import load_lines
from ewarn.watching.standing import Promise, Standing, Told
from ewarn.words import ENGLISH, called, chained, into, say

NEWEST = 4
"""reports that are shown"""
BAR_CELLS = 32
Reader = Callable[[str], str]
"""gives what is said in the reader's language"""
REPORT_CELLS, LABEL_CELLS, MEASURED_CELLS = 12, 15, 10
SHOWN = {
    Fate.IN_TIME: ("●", "green"),
    Fate.WAITING: ("○", ""),
    Fate.LATE: ("■", "red"),
    Fate.BLIND_ZONE: ("◆", "magenta"),
    Fate.SUPPRESSED: ("▽", "yellow"),
    Fate.MISSING: ("✕", "bold red"),
}
"""by fate: its mark and its colour; never colour alone"""
ALWAYS = (Fate.IN_TIME, Fate.WAITING, Fate.LATE, Fate.BLIND_ZONE)
"""fates that are shown though nobody has them"""


@dataclass(frozen=True)
class Step:
    """A long step, and how far it is."""

    doing: str
    done: int
    total: int
    since_s: int
    """whole seconds"""


def drawn(
    quake: Quake | None,
    standing: Standing | None,
    step: Step | None,
    live: LoadNow | None = None,
    language: str = ENGLISH,
) -> Text:
    """All that is known, in a language. It changes once a second at most while nothing happens but time."""
    read = partial(into, language=language)
    lines: list[Text] = []
    if quake and standing:
        lines += _play(quake, standing, read)
    if live:
        lines += load_lines(live, LABEL_CELLS, language)
    if step:
        lines.append(_step(step, read))
    return Text("\n", no_wrap=True, overflow="ellipsis").join(lines)


def _play(quake: Quake, standing: Standing, read: Reader) -> list[Text]:
    origin = quake.origin
    newest = standing.reports[-1] if standing.reports else None
    after = say("standing.after", str(int(standing.after_s)))
    reach = f"{standing.p_km:.0f}", f"{standing.s_km:.0f}"
    waves = Text(read(say("standing.waves", after, *reach, called("order", standing.order))))
    waves.highlight_words([read(after)], "bold")
    return [
        Text(""),
        Text(read(say("standing.head", quake.called, f"{origin.magnitude:g}", f"{origin.depth_km:g}")), "bold"),
        waves,
        Text(read(_newest(newest) if newest else say("standing.no-report"))),
        *(_report(report, read) for report in standing.reports[: -NEWEST - 1 : -1]),
        _users(standing.users, read),
        *(_promise(promise, read) for promise in standing.promises),
    ]


def _newest(told: Told) -> str:
    status = called("status", told.status)
    return say("standing.newest", str(told.number), status, f"{told.magnitude:.1f}", instant(told.release_s))


def _report(report: Told, read: Reader) -> Text:
    """Delivered of targets."""
    name = set_cell_size("  " + read(say("standing.report", str(report.number))), REPORT_CELLS)
    far = read(_of(report.delivered, report.targets))
    return Text.assemble(name, _bar(report.delivered, report.targets), " ", far)


def _of(done: int, total: int) -> str:
    return say("standing.delivered", f"{done:,}", f"{total:,}")


def _users(users: dict[str, int] | None, read: Reader) -> Text:
    """Counters; each has its mark beside its colour."""
    if users is None:
        return Text(read(say("standing.who-later")), "dim")
    return Text("   ").join(
        Text(f"{mark} {read(_counted(users[fate.key], fate))}", style)
        for fate, (mark, style) in SHOWN.items()
        if fate in ALWAYS or users[fate.key]
    )


def _counted(users: int, fate: Fate) -> str:
    return say("standing.count", f"{users:,}", say(f"standing.{fate.key}"))


def _promise(promise: Promise, read: Reader) -> Text:
    style, parts = "yellow" if promise.note else "green", [promise.note]
    so_far = "-"
    if promise.measured is not None:
        so_far = read(say("load.seconds", beside_limit(promise.measured, promise.limit)))
        parts.insert(0, say("standing.broken" if promise.broken else "standing.within"))
    if promise.broken:
        style = "bold red"
    measured = " " * max(0, MEASURED_CELLS - cell_len(so_far)) + so_far
    name = read(say(f"standing.{promise.name.replace(' ', '_')}"))
    limit = read(say("standing.of-limit", f"{promise.limit:g}"))
    there = [part for part in parts if part]
    said = read(chained(there, "standing.besides")) if there else ""
    return Text.assemble(set_cell_size(f"  {name}", LABEL_CELLS), f"{measured} {limit}  ", (said, style))


def _step(step: Step, read: Reader) -> Text:
    far = _of(step.done, step.total)
    took = say("standing.took", far, str(step.since_s)) if step.since_s else far
    return Text.assemble(f"{read(step.doing)} ", _bar(step.done, step.total), f" {read(took)}")


def _bar(done: int, total: int) -> Text:
    full = BAR_CELLS * done // total if total else 0
    return Text.assemble(("━" * min(full, BAR_CELLS), "green"), ("─" * (BAR_CELLS - full), "dim"))
