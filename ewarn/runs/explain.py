"""Why one user was warned in time, or was not: each report of a run, with the numbers that decided."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from ewarn.audience.forecast import forecast
from ewarn.dispatch.gates import TIERS, Gate, Gates
from ewarn.errors import InputError, quoted
from ewarn.runs import run_files
from ewarn.runs.explained import Decided, Explained, Explanation, Spared, There, User
from ewarn.runs.run_files import RunFiles
from ewarn.seismic.earth import Earth
from ewarn.seismic.intensity import LEVELS, numeral, shown
from ewarn.seismic.origin import Report
from ewarn.verdict.fate import Fate
from ewarn.verdict.figures import instant
from ewarn.verdict.receipts import NEVER
from ewarn.words import called, say


def user_number(text: str) -> int:
    """Of `123` or `u123`. Raises InputError."""
    digits = text.removeprefix("u")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 10):
        raise InputError(f"--user: expected a number such as 123 or u123, got {quoted(text)}")
    return int(digits)


def explain(folder: Path, user: int) -> Explanation:
    """Raises InputError for a folder that is no run, or a user who is not in it."""
    run = run_files.read(folder)
    if not 0 <= user < len(run.users):
        raise InputError(f"--user: no user {user:,}, {folder} has 0 to {len(run.users) - 1:,}")
    rows = {int(row["report"]): row for row in run.ledger[run.ledger["user"] == user]}
    places, gates, earth = run.places[run.places["user"] == user], run.settings.delivery, run.earth
    threshold, told, reports = _number(run.users[user]["threshold"]), False, []
    for report in run.reports:
        if (row := rows.get(report.number)) is None:
            raise InputError(f"{folder}: report {report.number} is in reports.json, and not in ledger.npy")
        explained = _report(report, row, places, threshold, told, gates, earth)
        reports.append(replace(explained, earliest_ms=_earliest_ms(run, row), gateway=_gateway(run, row)))
        told = told or row["gate"] == Gate.OPEN
    return Explanation(
        user=_user(run, user),
        gates=asdict(run.settings.delivery),
        reports=tuple(reports),
        clients=run.verdict.environment.clients,
    )


def lines(told: Explanation) -> Iterator[str]:
    """The document as plain text."""
    user = told.user
    home = f"{user.latitude:.3f}", f"{user.longitude:.3f}", f"{user.distance_km:.1f}"
    yield say("explain.user", str(user.user), *home, f"{user.s_s:.1f}", _felt(user))
    places = say("explain.place" if user.places == 1 else "explain.places", str(user.places))
    asks = say("explain.from", f"{user.threshold:g}") if user.threshold > 0 else say("explain.everything")
    yield say("explain.follows", places, asks, say(f"explain.on-{PLATFORMS[user.platforms]}"))
    if user.host is not None:
        yield say("explain.host", user.host)
    yield from told.clients.notes
    if user.host is not None:
        yield say("explain.latest")
    for report in told.reports:
        yield ""
        yield from _report_lines(report)


PLATFORMS = ("none", "first", "second", "both")


def judged(
    gates: Gates, magnitude: float, intensity: float, threshold: float, told: bool
) -> tuple[Gate, tuple[float, float] | None]:
    """What holds a report back from a user, and the two numbers that decide: theirs or the report's, and the least.

    `intensity` is the strongest at their places. None instead of numbers where nothing holds it back.
    """
    one = gates.judge(magnitude, np.array([intensity]), np.array([threshold]), np.array([told]))[0]
    compared = {
        Gate.MAGNITUDE: (magnitude, gates.magnitude),
        Gate.INTENSITY: (intensity, gates.intensity),
        Gate.THRESHOLD: (intensity, threshold),
    }
    return Gate(int(one)), compared.get(Gate(int(one)))


def held_back(gate: Gate, compared: tuple[float, float]) -> str:
    """In words, with as many digits as tell the two numbers apart."""
    mine, least = apart(*compared)
    return say("explain.held-back", say(f"gate.{gate.name.lower()}"), mine, least)


def apart(one: float, other: float) -> tuple[str, str]:
    """Two numbers with one decimal, or as many as it takes for different ones to look different."""
    for digits in range(1, 17):
        said = f"{one:.{digits}f}", f"{other:.{digits}f}"
        if said[0] != said[1]:
            return said
    return (repr(one), repr(other)) if one != other else (f"{one:.1f}", f"{other:.1f}")


def _user(run: RunFiles, user: int) -> User:
    row = run.users[user]
    numbers = ("latitude", "longitude", "distance_km", "s_s", "intensity", "threshold")
    return User(
        user=user,
        level=LEVELS[row["level"]],
        places=int(row["places"]),
        platforms=int(row["platforms"]),
        host=run.clocks.swarms[run.hosts["host"][user]] if run.clocks else None,
        **{name: _number(row[name]) for name in numbers},
    )


def _earliest_ms(run: RunFiles, row: Any) -> float | None:
    """The earliest that a row of the ledger was received, after release; None: never, or there was one host."""
    if run.clocks is None or row["received"] == NEVER:
        return None
    at = (int(row["report"]) - 1) * len(run.users) + int(row["user"])
    return int(run.earliest["read"][at] - row["released"]) / 1e6


def _gateway(run: RunFiles, row: Any) -> str | None:
    """Of a fleet, which one brought a row of the ledger; None: none did, or there was one host."""
    names = run.clocks.gateways if run.clocks else ()
    return names[int(row["via"]) - 1] if names and row["via"] else None


def _report(
    report: Report,
    row: Any,
    places: NDArray[Any],
    threshold: float,
    told: bool,
    gates: Gates,
    earth: Earth,
) -> Explained:
    due = forecast(report.origin, report.zone, places["latitude"], places["longitude"], earth)
    s_in_s = due.s_s - report.release_s
    estimates = zip(due.distance_km, s_in_s, due.intensity, earth.level_index(due.intensity), strict=True)
    return Explained(
        number=report.number,
        status=report.status,
        released_s=report.released,
        magnitude=report.origin.magnitude,
        places=tuple(
            There(distance_km=float(km), s_in_s=float(s), intensity=float(strength), level=LEVELS[level])
            for km, s, strength, level in estimates
        ),
        gate=Gate(int(row["gate"])).name.lower(),
        decided=_decided(report, due.intensity, threshold, told, gates) if len(places) else None,
        via=int(row["via"]) or None,
        planned_ms=_after_release_ms(row, "planned"),
        written_ms=_after_release_ms(row, "written"),
        received_ms=_after_release_ms(row, "received"),
        outcome=Fate(int(row["outcome"])).key,
        lead_s=float(row["lead_s"]) if np.isfinite(row["lead_s"]) else None,
        s_after_release_s=int(row["s_arrival"] - row["released"]) / 1e9,
    )


def _decided(report: Report, intensity: NDArray[np.float64], threshold: float, told: bool, gates: Gates) -> Decided:
    """What the gates say to these numbers; `spared` by which of them they would be held back, if not told before."""
    strongest, magnitude, told = float(intensity.max()), report.origin.magnitude, told or report.cancels
    gate, compared = judged(gates, magnitude, strongest, threshold, told)
    otherwise, then = judged(gates, magnitude, strongest, threshold, False)
    return Decided(
        gate=gate.name.lower(),
        compared=compared,
        intensity=strongest,
        tier=TIERS[int(gates.tier(np.array([strongest]), may_alarm=report.may_alarm)[0])],
        spared=Spared(gate=otherwise.name.lower(), compared=then) if told and then else None,
    )


def _after_release_ms(row: Any, name: str) -> float | None:
    return None if row[name] == NEVER else int(row[name] - row["released"]) / 1e6


def _number(value: Any) -> float:
    """As it was before it was stored in half the digits: 2.1, not 2.0999999."""
    return float(str(value))


def _report_lines(report: Explained) -> Iterator[str]:
    yield say("explain.report", str(report.number), _decision(report))
    status = called("status", report.status)
    yield say("explain.released", status, instant(report.released_s), f"{report.magnitude:.1f}")
    for index, place in enumerate(report.places, 1):
        yield say("explain.at", str(index), f"{place.distance_km:.1f}", _ahead(place.s_in_s), _felt(place))
    planned, written, received = _ms(report, "planned"), _ms(report, "written"), _received(report)
    by = say("explain.via", received, str(report.via)) if report.via else received
    if report.gateway is not None:
        by = say("explain.by-gateway", received, report.gateway)
    yield say("explain.times", planned, written, by, _ahead(report.s_after_release_s))
    yield say("explain.end", _ended(report))


def _decision(report: Explained) -> str:
    if (decided := report.decided) is None:
        return say("explain.for-nobody")
    if report.gate != decided.gate:
        return say("explain.recorded", report.gate, decided.gate)
    if decided.compared:
        return held_back(Gate[decided.gate.upper()], decided.compared)
    how = say("explain.shown", say(f"explain.tier-{decided.tier}"), f"{shown(decided.intensity):.1f}")
    if (spared := decided.spared) is None:
        return say("explain.let", how)
    return say("explain.spared", say(f"gate.{spared.gate}"), *apart(*spared.compared), how)


def _felt(there: User | There) -> str:
    """Intensity as phones show it, which never contradicts the level."""
    level = called("level", there.level)
    return say("explain.felt", f"{shown(there.intensity):.1f}", numeral(there.intensity), level)


def _ahead(seconds: float) -> str:
    return say("explain.ahead" if seconds > 0 else "explain.ago", _tenths(abs(seconds)))


def _tenths(seconds: float) -> str:
    """What is not nothing does not read as nothing: 0.0 s before S would leave open whether it was in time."""
    return say("figure.seconds", f"{seconds:.1f}") if seconds >= 0.05 else say("explain.under", "0.1")


def _ms(report: Explained, name: str) -> str:
    if (value := getattr(report, f"{name}_ms")) is not None:
        return say("figure.milliseconds", f"{value:,.1f}")
    # What was received was planned and written, whether or not anyone noted it down.
    return say("figure.never") if report.received_ms is None else say("explain.not-recorded")


def _received(report: Explained) -> str:
    """Both ends of what is known of it, and how far they are apart, where its host has a clock of its own."""
    latest, earliest = report.received_ms, report.earliest_ms
    if latest is None or earliest is None or earliest == latest:
        return _ms(report, "received")
    ends = (say("figure.milliseconds", f"{one:,.3f}") for one in (earliest, latest))
    return say("explain.bounded", *ends, f"{(latest - earliest) * 1e3:,.0f}")


def _ended(report: Explained) -> str:
    """What became of it, and how long before S or after."""
    end, lead_s = say(f"ended.{report.outcome}"), report.lead_s
    if lead_s is None:
        return end
    return say("explain.ended", end, say("explain.before" if lead_s > 0 else "explain.after", _tenths(abs(lead_s))))
