"""A drill as a terminal shows it while it goes on: plain values to styled text of a few lines. Pure."""

from dataclasses import dataclass

from rich.text import Text

from ewarn.seismic.origin import Quake
from ewarn.verdict.fate import Fate
from ewarn.verdict.figures import beside_limit, instant
from ewarn.watching.standing import Promise, Standing, Told

NEWEST = 4
"""reports that are shown"""
BAR_CELLS = 32
SHOWN = {
    Fate.IN_TIME: ("●", "warned in time", "green"),
    Fate.WAITING: ("○", "waiting", ""),
    Fate.LATE: ("■", "late", "red"),
    Fate.BLIND_ZONE: ("◆", "in the blind zone", "magenta"),
    Fate.SUPPRESSED: ("▽", "held back until S", "yellow"),
    Fate.MISSING: ("✕", "never told", "bold red"),
}
"""by fate: its mark, its words, its colour; never colour alone"""
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


def drawn(quake: Quake | None, standing: Standing | None, step: Step | None) -> Text:
    """All that is known. It changes once a second at most while nothing happens but time."""
    lines: list[Text] = []
    if quake and standing:
        lines += _play(quake, standing)
    if step:
        lines.append(_step(step))
    return Text("\n", no_wrap=True, overflow="ellipsis").join(lines)


def _play(quake: Quake, standing: Standing) -> list[Text]:
    origin = quake.origin
    head = Text(f"{quake.name}: magnitude {origin.magnitude:g}, depth {origin.depth_km:g} km", "bold")
    newest = standing.reports[-1] if standing.reports else None
    said = (
        f"report {newest.number} ({newest.status}), magnitude {newest.magnitude:.1f}, "
        f"out at +{instant(newest.release_s)} s"
        if newest
        else "no report yet"
    )
    return [
        Text(""),
        head,
        Text.assemble(
            (f"+{int(standing.after_s)} s", "bold"),
            f" after origin   P {standing.p_km:.0f} km   S {standing.s_km:.0f} km   order {standing.order}",
        ),
        Text(said),
        *(_report(report) for report in standing.reports[: -NEWEST - 1 : -1]),
        _users(standing.users),
        *(_promise(promise) for promise in standing.promises),
    ]


def _report(report: Told) -> Text:
    """Delivered of targets."""
    return Text.assemble(
        f"  report {report.number:<3}",
        _bar(report.delivered, report.targets),
        f" {report.delivered:,} of {report.targets:,}",
    )


def _users(users: dict[str, int]) -> Text:
    """Counters; each has its mark beside its colour."""
    return Text("   ").join(
        Text(f"{mark} {users[fate.key]:,} {words}", style)
        for fate, (mark, words, style) in SHOWN.items()
        if fate in ALWAYS or users[fate.key]
    )


def _promise(promise: Promise) -> Text:
    so_far = "-" if promise.measured is None else f"{beside_limit(promise.measured, promise.limit)} s"
    if promise.broken:
        verdict, style = "BROKEN", "bold red"
    else:
        verdict, style = "" if promise.measured is None else "within", "yellow" if promise.note else "green"
    said = ", ".join(part for part in (verdict, promise.note) if part)
    return Text.assemble(f"  {promise.name:<13}{so_far:>8} of {promise.limit:g} s  ", (said, style))


def _step(step: Step) -> Text:
    took = f", {step.since_s} s" if step.since_s else ""
    return Text.assemble(f"{step.doing} ", _bar(step.done, step.total), f" {step.done:,} of {step.total:,}{took}")


def _bar(done: int, total: int) -> Text:
    full = BAR_CELLS * done // total if total else 0
    return Text.assemble(("━" * min(full, BAR_CELLS), "green"), ("─" * (BAR_CELLS - full), "dim"))
