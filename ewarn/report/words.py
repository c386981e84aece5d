"""What a report says in sentences: the verdict, what outcomes mean, how each figure was measured."""

import math
from typing import Any

from ewarn.report.run import Run
from ewarn.runs.results import in_unit
from ewarn.seismic.earth import basis
from ewarn.verdict.checks import Check
from ewarn.words import Said, has, listed, say

MEASURED = ("clock", "delivery", "stands", "due", "lead", "zone", "people", "promises")
"""terms of which every run tells"""


def seconds(value: float | None) -> Said:
    """With as many digits as matter; None or infinite: never."""
    if value is None or not math.isfinite(value):
        return say("figure.never")
    return (
        say("figure.milliseconds", f"{value * 1e3:,.0f}") if abs(value) < 1 else say("figure.seconds", f"{value:,.1f}")
    )


def share(part: float, whole: float) -> str:
    """Per cent, never rounded up to all of them or down to none."""
    if not whole:
        return "-"
    percent = 100 * part / whole
    if 0 < percent < 0.1:
        return say("figure.under", "0.1")
    if 99.9 < percent < 100:
        return say("figure.over", "99.9")
    return say("figure.percent", f"{percent:.0f}" if percent in (0, 100) else f"{percent:.1f}")


def named(check: Check) -> str:
    """The name of a check; one that we have no words for has its own."""
    key = f"check.{check.name}"
    return say(key) if has(key) else check.name


def judged(check: Check) -> str:
    """What the judge says of it; why something is not shown, in English alone."""
    if check.passed is None:
        return check.note or say("verdict.not-shown")
    if check.passed:
        return say("verdict.kept")
    if check.landed is None:
        return say("verdict.failed")
    return say("verdict.failed-landed", f"{check.landed:,}", f"{check.users:,}")


def verdict(run: Run) -> Said:
    """One sentence that stands for the whole."""
    checks, harness = run.told.checks, run.told.harness
    due, in_time = int(run.fates.due.sum()), int(run.fates.in_time.sum())
    warned = say("report.in-time-of-due", f"{in_time:,}", f"{due:,}")
    if harness.untrusted:
        return say("report.untrusted", listed(harness.untrusted, "figure.also"), warned)
    failed = [
        say(
            "report.failed", named(check.check), in_unit(check.check, check.measured), in_unit(check.check, check.limit)
        )
        for check in checks
        if check.passed is False
    ]
    if len(failed) == 1:
        return say("report.failed-one", failed[0], warned)
    if failed:
        return say("report.failed-more", str(len(failed)), listed(failed, "figure.last"), warned)
    kept, open_ = (sum(check.passed is state for check in checks) for state in (True, None))
    if open_:
        return say("report.kept-open", warned, str(kept), str(len(checks)), str(open_))
    return say("report.kept", warned, str(kept), str(len(checks)))


def warned(run: Run) -> list[Said]:
    """Lead time, who was lost, and the blind zone, a line each."""
    lead, zone, lost = run.told.warned.lead_s, run.told.warned.blind_zone_km, run.balance.lost
    if zone.theoretical is None:
        return [say("report.nobody")]
    half = say("report.had-none") if lead.p50 is None else say("report.had", seconds(lead.p50))
    least = say("report.tenth-none") if lead.p10 is None else say("report.tenth", seconds(lead.p10))
    return [
        say("report.lead-half", half, least),
        say("report.lost", f"{lost:,}"),
        say("report.zone-was", kilometres(zone.theoretical), kilometres(zone.effective)),
    ]


def kilometres(value: float | None) -> Said:
    """Of a blind zone; None: it has no end."""
    return say("figure.no-end") if value is None else say("figure.kilometres", f"{value:.1f}")


def measured(run: Run) -> list[tuple[Said, str]]:
    """What each figure rests on: term and explanation."""
    place, harness = run.told.environment, run.told.harness
    path = place.get("path") or say("measured.unknown-path")
    given = {"stands": (path, say("measured.tls" if place.get("tls") else "measured.no-tls"))}
    told: list[tuple[Said, str]] = [_term(name, *given.get(name, ())) for name in MEASURED]
    if shaking := run.told.shaking:
        levels = [say("measured.level-from", _level(name), _plain(least)) for name, least in shaking["levels"].items()]
        told.append(_term("intensity", basis(shaking), listed(levels)))
    if place.get("speed", 1) != 1:
        told.append(_term("speed", _plain(place["speed"])))
    if harness.lag_ms.get("p50") is not None:
        lags = (f"{harness.lag_ms.get(point) or math.nan:.1f}" for point in ("p50", "p99"))
        told.append(_term("harness", f"{harness.stamped:,}", *lags))
    told.append(_term("content", f"{harness.checked_frames:,}", f"{harness.wrong_frames:,}"))
    if harness.cut_short:
        told.append((say("measured.cut-short"), harness.cut_short))
    return told + [(say("measured.untrusted"), why) for why in harness.untrusted]


def environment(run: Run) -> list[tuple[str, str]]:
    """What the run ran on, named."""
    told, sent = run.told.environment, run.told.sent
    known = {key: say(f"environment.{key}") for key in told if has(f"environment.{key}")}
    rows = [(known.get(key, key), _plain(value)) for key, value in told.items()]
    rows.sort(key=lambda row: not isinstance(row[0], Said))
    return rows + [
        (say("environment.sent", key.replace("_", " ")), _plain(value))
        for key, value in sent.items()
        if value is not None
    ]


def _term(name: str, *given: str) -> tuple[Said, Said]:
    return say(f"measured.{name}"), say(f"measured.{name}-is", *given)


def _level(name: str) -> str:
    return say(f"level.{name}") if has(f"level.{name}") else name


def _plain(value: Any) -> str:
    if value is None:
        return say("figure.unset")
    if isinstance(value, bool):
        return say("figure.yes" if value else "figure.no")
    return f"{value:,.15g}" if isinstance(value, int | float) else str(value)
