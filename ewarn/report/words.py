"""What a report says in words: the verdict in a sentence, what outcomes mean, how each figure was measured."""

import math
import shlex
from typing import Any

from msgspec.structs import asdict

from ewarn.report.run import Run
from ewarn.runs.results import in_unit
from ewarn.verdict.checks import words_of
from ewarn.verdict.document import Document, Environment, Made

ENVIRONMENT = {
    "engine": "engine: by which system calls frames left",
    "order": "order of dispatch",
    "rate_per_s": "frames a second, at most",
    "shards": "shards: processes that hold connections",
    "gateway": "gateway",
    "path": "path from gateway to client",
    "tls": "TLS",
    "speed": "speed: divides the waits between reports",
    "seed": "seed of everything that was drawn",
    "cpus": "cores, for gateway and clients together",
    "memory_gib": "memory, GiB",
    "memory_used_gib": "memory the drill took, GiB",
    "open_files": "open files a process may have",
    "kernel": "kernel",
    "python": "Python",
}


def seconds(value: float | None) -> str:
    """With as many digits as matter; None or infinite: never."""
    if value is None or not math.isfinite(value):
        return "never"
    return f"{value * 1e3:,.0f} ms" if abs(value) < 1 else f"{value:,.1f} s"


def share(part: float, whole: float) -> str:
    """Per cent, never rounded up to all of them or down to none."""
    if not whole:
        return "-"
    percent = 100 * part / whole
    if 0 < percent < 0.1:
        return "under 0.1 %"
    if 99.9 < percent < 100:
        return "over 99.9 %"
    return f"{percent:.0f} %" if percent in (0, 100) else f"{percent:.1f} %"


def verdict(run: Run) -> str:
    """One sentence that stands for the whole."""
    checks, harness = run.told.checks, run.told.harness
    due, in_time = int(run.fates.due.sum()), int(run.fates.in_time.sum())
    warned = f"{in_time:,} of the {due:,} users who were to be warned had a report before the S wave"
    if harness.untrusted:
        return f"This measurement cannot be trusted ({'; '.join(harness.untrusted)}); by it, {warned}."
    failed = [
        f"{words_of(check.name)} (measured {in_unit(check, check.measured)}, limit {in_unit(check, check.limit)})"
        for check in checks
        if check.passed is False
    ]
    if failed:
        many = "a promise" if len(failed) == 1 else f"{len(failed)} promises"
        return f"The drill failed {many}: {_listed(failed)}. {warned}."
    open_ = [check for check in checks if check.passed is None]
    kept = sum(check.passed is True for check in checks)
    rest = f"; {len(open_)} could not be shown at this number of users" if open_ else ""
    return f"No promise was broken: {warned}, and {kept} of {len(checks)} promises were kept{rest}."


def warned(run: Run) -> list[str]:
    """Lead time, who was lost, and the blind zone, a line each."""
    lead, zone, lost = run.told.warned.lead_s, run.told.warned.blind_zone_km, run.balance.lost
    least = "no warning" if lead.p10 is None else f"less than {seconds(lead.p10)}"
    half = f"had {seconds(lead.p50)} or more" if lead.p50 is not None else "had no warning"
    if zone.theoretical is None:
        return ["No report was released to the public: nobody was warned."]
    received = "has no end" if zone.effective is None else f"was {zone.effective:.1f} km"
    return [
        f"Lead time: half of those who were to be warned {half}; one in ten had {least}.",
        f"Lost to dispatch: {lost:,} users, whose S came after the release of the first report due to them, yet before "
        "they had read any.",
        f"The blind zone was {zone.theoretical:.1f} km when the first public report was released, and {received} when "
        "it was read.",
    ]


def measured(run: Run) -> list[tuple[str, str]]:
    """What each figure rests on: term and explanation."""
    return _of_every_run(run.told.environment) + _of_this_one(run.told)


def _of_every_run(place: Environment) -> list[tuple[str, str]]:
    path, tls = place.path or "a path unknown", "with TLS" if place.tls else "no TLS"
    return [
        ("Clock", "Releases, writes and readings are stamped by one machine's monotonic clock, in nanoseconds."),
        (
            "Delivery time",
            "from the instant at which a report was handed over to the gateway to the instant at which a client had "
            "read its frame. Percentiles are exact and over everyone it was due to; who never got it counts as "
            "infinite (“never”), not as absent.",
        ),
        (
            "What it stands for",
            f"real WebSocket connections over {path}, {tls}, no last mile: mobile networks and phones add to it.",
        ),
        (
            "Due",
            "a report is due to who follows a place, and from whom no gate holds it back. Whoever is owed a report and "
            "got a newer one instead counts as reached, and the older report as never read.",
        ),
        (
            "Lead time",
            "the true S arrival at a user's home less the instant at which he read his first report. What a frame says "
            "rests on the report's estimate; what is judged, on the quake.",
        ),
        (
            "Blind zone",
            "theoretical: how far S had come when the first public report was released. Effective: the smallest radius "
            "beyond which, in the next 10 km or as far as the next 20 users live, 95 % of those who were to be told "
            "were warned in time; never less than the theoretical one.",
        ),
        (
            "People",
            "the residents for whom the users of the drill stand, in proportion: modelled, not counted.",
        ),
        (
            "Promises",
            "kept, FAILED, or within the limit with fewer users than promised, which shows nothing of the promise.",
        ),
    ]


def _of_this_one(told_by: Document) -> list[tuple[str, str]]:
    told: list[tuple[str, str]] = []
    place, harness, lag = told_by.environment, told_by.harness, told_by.harness.lag_ms
    if shaking := told_by.shaking:
        begins = ", ".join(f"{level} from {_plain(least)}" for level, least in shaking.levels.items())
        told.append(("Intensity", f"by {shaking.basis}. Levels: {begins}; blue below."))
    if place.speed != 1:
        waits = f"the waits between reports were divided by {_plain(place.speed)}; deliveries and waves were not."
        told.append(("Speed", waits))
    if lag.p50 is not None:
        text = (
            f"{harness.stamped:,} frames of sampled users were read {lag.p50:.1f} ms (half of them) and "
            f"{lag.p99 or math.nan:.1f} ms (99 %) after the kernel had them. Gateway and clients share the "
            "machine, so this lag is part of every delivery time."
        )
        told.append(("Harness", text))
    text = (
        f"{harness.checked_frames:,} frames were computed anew from their users' places; {harness.wrong_frames:,} of "
        "them said something else."
    )
    told.append(("Content", text))
    if harness.cut_short:
        told.append(("Cut short", harness.cut_short))
    told += [("Not trustworthy", why) for why in harness.untrusted]
    return told


def environment(run: Run) -> list[tuple[str, str]]:
    """What the run ran on, named."""
    place, sent = asdict(run.told.environment), asdict(run.told.sent)
    known = [(label, place[key]) for key, label in ENVIRONMENT.items() if key == "rate_per_s" or place[key] is not None]
    known += [(f"sent: {key.replace('_', ' ')}", value) for key, value in sent.items() if value is not None]
    return _made(run.told.made) + [(label, _plain(value)) for label, value in known]


def _made(by: Made | None) -> list[tuple[str, str]]:
    if by is None:
        return []
    version = f"ewarn {by.ewarn}" + (f", commit {by.commit}" if by.commit else "")
    return [("made by", version), ("date", by.date), ("host", by.host), ("command", shlex.join(by.command))]


def _plain(value: Any) -> str:
    if value is None:
        return "none set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,.15g}" if isinstance(value, int | float) else str(value)


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
