"""What a briefing says in sentences: the verdict, what outcomes mean, how each figure was measured."""

import math
import shlex
from collections.abc import Callable
from typing import Any

from msgspec.structs import asdict

from ewarn.briefing.run import Run
from ewarn.runs.results import in_unit
from ewarn.verdict.balance import Balance
from ewarn.verdict.clients import Clients
from ewarn.verdict.document import Check, Document, Environment, Made
from ewarn.words import Said, called, joined, listed, say

MEASURED = ("delivery", "stands", "due", "lead", "zone", "people", "promises")
"""terms of which every run tells"""
ENVIRONMENT = (
    "engine", "order", "rate_per_s", "shards", "gateway", "path", "clients", "tls", "speed", "seed", "cpus",
    "memory_gib", "memory_used_gib", "open_files", "kernel", "python",
)  # fmt: skip
"""keys of what a play ran on, as they are shown"""
MACHINE = ("cpus", "memory_gib", "memory_used_gib", "open_files", "kernel", "python")
"""those of one machine"""


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
        return say("figure.none")
    percent = 100 * part / whole
    if 0 < percent < 0.1:
        return say("figure.under", "0.1")
    if 99.9 < percent < 100:
        return say("figure.over", "99.9")
    return say("figure.percent", f"{percent:.0f}" if percent in (0, 100) else f"{percent:.1f}")


def judged(check: Check, in_words: Callable[[str], str] = str) -> str:
    """What the judge says of a check; `in_words` as of its `Document`."""
    if check.passed is None:
        within = say("verdict.within", f"{check.users or 0:,}", f"{check.promised_users or 0:,}")
        return within if check.why == within else in_words(check.why) or say("verdict.not-shown")
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
        return say("report.untrusted", joined(*map(run.told.in_words, harness.untrusted)) or "", warned)
    failed = [
        say("report.failed", called("check", check.name), in_unit(check, check.measured), in_unit(check, check.limit))
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
    """Lead time, who was lost, the blind zone, and whether users stand for people unequally, a line each."""
    if run.told.warned.blind_zone_km.theoretical is None:
        return [say("report.nobody")]
    if not run.fates.due.any():
        return [say("report.none-due")]
    of = run.balance
    zone = [kilometres(of.theoretical.km)] if of.effective.km is None else _both(of)
    return [
        _lead(run),
        say("report.lost", f"{of.lost:,}"),
        say("report.zone-none" if of.effective.km is None else "report.zone-was", *zone),
        *_concentrated(run.told),
    ]


def _both(of: Balance) -> list[Said]:
    return [kilometres(of.theoretical.km), kilometres(of.effective.km)]


def _lead(run: Run) -> Said:
    """Of those who were to be warned: what half had, and what one in ten had less than."""
    lead = run.told.warned.lead_s
    if lead.p50 is None:
        return say("report.lead-none")
    half = say("report.had" if lead.p50 >= 0 else "report.had-late", seconds(abs(lead.p50)))
    if lead.p10 is None:
        least = say("report.tenth-none")
    else:
        least = say("report.tenth" if lead.p10 >= 0 else "report.tenth-late", seconds(abs(lead.p10)))
    return say("report.lead-half", half, least)


def _concentrated(told: Document) -> list[Said]:
    if not (near := told.concentrated) or not told.residents:
        return []
    people, circle = share(near.residents, told.residents), say("figure.kilometres", f"{near.within_km:g}")
    return [say("report.concentrated", f"{near.users:,}", f"{told.users:,}", circle, people)]


def kilometres(value: float | None) -> Said:
    """Of a blind zone; None: it has no end."""
    return say("figure.no-end") if value is None else say("figure.kilometres", f"{value:.1f}")


def measured(run: Run) -> list[tuple[Said, str]]:
    """What each figure rests on: term and explanation."""
    clock = "clock-fleet-is" if run.told.fleet else "clock-is"
    return [
        (say("measured.clock"), say(f"measured.{clock}")),
        *_of_every_run(run.told.environment),
        *_of_this_one(run.told),
    ]


def _of_every_run(place: Environment) -> list[tuple[Said, str]]:
    """But for the clock."""
    path = called("environment", place.path) if place.path else say("measured.unknown-path")
    over, clients = (path, say("measured.tls" if place.tls else "measured.no-tls")), place.clients
    stands = say("measured.stands-is", *over)
    if clients.last_mile:
        stands = say("measured.stands-modelled", *over, clients.way)
    told: list[tuple[Said, str]] = [
        (say("measured.stands"), stands) if name == "stands" else _term(name) for name in MEASURED
    ]
    if clients.are_packets:
        told.append(_term("clients", clients.said))
    return told


def _of_this_one(by: Document) -> list[tuple[Said, str]]:
    told: list[tuple[Said, str]] = []
    harness, lag = by.harness, by.harness.lag_ms
    if shaking := by.shaking:
        from_ = shaking.levels.items()
        levels = [say("measured.level-from", called("level", name), _plain(least)) for name, least in from_]
        told.append(_term("intensity", by.in_words(shaking.basis), listed(levels)))
    if by.environment.speed != 1:
        told.append(_term("speed", _plain(by.environment.speed)))
    if lag.p50 is not None:
        told.append(_term("harness", f"{harness.stamped:,}", f"{lag.p50:.1f}", f"{lag.p99 or math.nan:.1f}"))
    told.append(_term("content", f"{harness.checked_frames:,}", f"{harness.wrong_frames:,}"))
    if harness.cut_short:
        told.append((say("measured.cut-short"), by.in_words(harness.cut_short)))
    return told + [(say("measured.untrusted"), by.in_words(why)) for why in harness.untrusted]


def environment(run: Run) -> list[tuple[str, str]]:
    """What the run ran on, named."""
    place, sent = asdict(run.told.environment), asdict(run.told.sent)
    shown = {key: place[key] for key in ENVIRONMENT if key == "rate_per_s" or place[key] is not None}
    rows = [(_of_machine(key, fleet=run.told.fleet is not None), _in_words(key, value)) for key, value in shown.items()]
    counted = run.told.environment.clients.counted()
    rows += [(say(f"environment.clients-{key}"), _plain(value)) for key, value in counted.items()]
    rows += [(say(f"environment.sent-{key}"), _plain(value)) for key, value in sent.items() if value is not None]
    return _made(run.told.made) + rows


def _of_machine(key: str, *, fleet: bool) -> Said:
    """What a key is called; of a fleet, machine and memory are the conductor's."""
    if not fleet or key not in MACHINE:
        return say(f"environment.{key}")
    return say("environment.of-conductor", say("hosts.cpus") if key == "cpus" else say(f"environment.{key}"))


def _in_words(key: str, value: Any) -> str:
    """A value of the environment; some are names."""
    if isinstance(value, Clients):
        return listed((value.said, value.way))
    section = {"order": "order", "gateway": "environment", "path": "environment"}.get(key)
    return called(section, _plain(value)) if section else _plain(value)


def _made(by: Made | None) -> list[tuple[str, str]]:
    if by is None:
        return []
    version = f"ewarn {by.ewarn}" + (f", commit {by.commit}" if by.commit else "")
    values = {"made": version, "date": by.date, "host": by.host, "command": shlex.join(by.command)}
    return [(say(f"environment.{key}"), value) for key, value in values.items()]


def _term(name: str, *given: str) -> tuple[Said, Said]:
    return say(f"measured.{name}"), say(f"measured.{name}-is", *given)


def _plain(value: Any) -> str:
    if value is None:
        return say("figure.unset")
    if isinstance(value, bool):
        return say("figure.yes" if value else "figure.no")
    return f"{value:,.15g}" if isinstance(value, int | float) else str(value)
