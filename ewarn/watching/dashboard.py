"""A drill as a terminal shows it while it goes on: plain values to styled text of a few lines. Pure."""

from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from ewarn.drill.conductor import CONNECTING
from ewarn.drill.playing import PLAYING, RECEIVING
from ewarn.seismic.origin import Quake
from ewarn.verdict.fate import Fate
from ewarn.verdict.figures import beside_limit, instant
from ewarn.watching.load import LoadNow
from ewarn.watching.load_lines import load_lines
from ewarn.watching.standing import Promise, Standing, Told
from ewarn.words import called, say

DOING = {CONNECTING: "connecting-users", PLAYING: "playing-the-reports", RECEIVING: "receiving-the-last-report"}
"""steps of a drill by what it calls them, and the key of their words"""
NEWEST = 4
"""reports that are shown"""
BAR_CELLS = 32
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


def drawn(quake: Quake | None, standing: Standing | None, step: Step | None, live: LoadNow | None = None) -> Text:
    """All that is known. It changes once a second at most while nothing happens but time."""
    lines: list[Text] = []
    if quake and standing:
        lines += _play(quake, standing)
    if live:
        lines += load_lines(live, LABEL_CELLS)
    if step:
        lines.append(_step(step))
    return Text("\n", no_wrap=True, overflow="ellipsis").join(lines)


def _play(quake: Quake, standing: Standing) -> list[Text]:
    origin = quake.origin
    newest = standing.reports[-1] if standing.reports else None
    after = say("standing.after", str(int(standing.after_s)))
    reach = f"{standing.p_km:.0f}", f"{standing.s_km:.0f}"
    waves = Text(say("standing.waves", after, *reach, called("order", standing.order)))
    waves.highlight_words([after], "bold")
    return [
        Text(""),
        Text(say("standing.head", quake.name, f"{origin.magnitude:g}", f"{origin.depth_km:g}"), "bold"),
        waves,
        Text(_newest(newest) if newest else say("standing.no-report")),
        *(_report(report) for report in standing.reports[: -NEWEST - 1 : -1]),
        _users(standing.users),
        *(_promise(promise) for promise in standing.promises),
    ]


def _newest(told: Told) -> str:
    status = called("status", told.status)
    return say("standing.newest", str(told.number), status, f"{told.magnitude:.1f}", instant(told.release_s))


def _report(report: Told) -> Text:
    """Delivered of targets."""
    name = set_cell_size("  " + say("standing.report", str(report.number)), REPORT_CELLS)
    return Text.assemble(name, _bar(report.delivered, report.targets), " ", _of(report.delivered, report.targets))


def _of(done: int, total: int) -> str:
    return say("standing.delivered", f"{done:,}", f"{total:,}")


def _users(users: dict[str, int]) -> Text:
    """Counters; each has its mark beside its colour."""
    return Text("   ").join(
        Text(f"{mark} {users[fate.key]:,} {say(f'standing.{fate.key}')}", style)
        for fate, (mark, style) in SHOWN.items()
        if fate in ALWAYS or users[fate.key]
    )


def _promise(promise: Promise) -> Text:
    style, parts = "yellow" if promise.note else "green", [promise.note]
    so_far: str = "-"
    if promise.measured is not None:
        so_far = say("load.seconds", beside_limit(promise.measured, promise.limit))
        parts.insert(0, say("standing.broken" if promise.broken else "standing.within"))
    if promise.broken:
        style = "bold red"
    measured = " " * max(0, MEASURED_CELLS - cell_len(so_far)) + so_far
    name, limit = say(f"standing.{promise.name.replace(' ', '_')}"), say("standing.of-limit", f"{promise.limit:g}")
    said = ", ".join(part for part in parts if part)
    return Text.assemble(set_cell_size(f"  {name}", LABEL_CELLS), f"{measured} {limit}  ", (said, style))


def _step(step: Step) -> Text:
    far = _of(step.done, step.total)
    took = say("standing.took", far, str(step.since_s)) if step.since_s else far
    doing = say(f"doing.{DOING[step.doing]}") if step.doing in DOING else step.doing
    return Text.assemble(f"{doing} ", _bar(step.done, step.total), f" {took}")


def _bar(done: int, total: int) -> Text:
    full = BAR_CELLS * done // total if total else 0
    return Text.assemble(("━" * min(full, BAR_CELLS), "green"), ("─" * (BAR_CELLS - full), "dim"))
