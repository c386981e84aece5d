"""What `ewarn plan` says of fleets: how many hosts, how long they take, and finished runs beside their forecast."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.styled import Styled
from rich.table import Table

from ewarn.bench.bearing import RECORD_BYTES, RECORD_HOLDS, TLS_FILES, Bounds
from ewarn.bench.capacity import PACKET_BYTES, Goal
from ewarn.bench.forecast import CHANCE, LINES, REPORT_BYTES, Forecast, Terms
from ewarn.bench.held import Held
from ewarn.words import Said, say


@dataclass(frozen=True)
class Fleet:
    """What was asked of a fleet, and what comes of it."""

    promise: Goal
    bounds: Sequence[Bounds]
    """of each gateway, or of all where there is one"""
    terms: Terms
    given: str | None
    """`hosts` where their number was given, `fleet` where a file was; None: they are what is asked for"""
    forecasts: Mapping[str, Forecast]
    """at the `median`, `least` and `most` that a send cost"""


def fleet_json(fleet: Fleet) -> dict[str, Any]:
    """What was asked, and what it stands on; what is modelled stands in the sizing's own."""
    return {
        "given": fleet.given,
        **asdict(fleet.terms),
        "bounds": [asdict(one) for one in fleet.bounds],
        "formula": _formula(fleet.bounds[0]),
        "assumptions": _assumptions(fleet),
    }


def forecasts_json(fleet: Fleet) -> dict[str, Any]:
    """What is modelled, at each cost of a send."""
    return {name: asdict(one) for name, one in fleet.forecasts.items()}


def held_json(held: Sequence[Held]) -> list[dict[str, Any]]:
    """Of each run what was measured, and what is modelled."""
    return [
        {"measured": asdict(one.measured), "modelled": asdict(one.modelled), "difference": one.difference}
        for one in held
    ]


def fleet_table(fleet: Fleet) -> RenderableType:
    """A fleet in words and numbers."""
    notes = [*_formula(fleet.bounds[0]), *(say("survey.assumption", one) for one in _assumptions(fleet))]
    return Group(*_headlines(fleet), "", _grid(fleet), "", *(Styled(note, "dim") for note in notes))


def held_table(held: Sequence[Held]) -> RenderableType:
    """Runs beside their forecasts."""
    grid = Table(box=None, pad_edge=False)
    grid.add_column(say("sizing.run"), overflow="fold")
    for name in ("users", "gateways", "per-s", "measured-s", "forecast-s", "at-most-s", "difference"):
        grid.add_column(say(f"sizing.{name}"), justify="right", no_wrap=True)
    for one in held:
        was, would = one.measured, one.modelled
        grid.add_row(
            was.run,
            f"{was.users:,}",
            f"{was.gateways:,}",
            f"{would.per_s:,.0f}",
            f"{was.seconds:.3f}",
            _seconds(would.expected_s),
            _seconds(would.seconds),
            f"{one.difference:+.1%}",
        )
    doubts = [say("sizing.untrusted", one.measured.run) for one in held if not one.measured.trusted]
    note = say("sizing.held-note", f"{CHANCE:.0%}")
    return Group(say("sizing.held"), "", grid, "", *doubts, Styled(note, "dim"))


def _headlines(fleet: Fleet) -> list[Said]:
    promise, found = fleet.promise, fleet.forecasts
    asked = f"{promise.users:,}", f"{promise.within_s:g}"
    three = [found[name] for name in ("median", "least", "most")]
    if fleet.given is None:
        said = say("sizing.fleet-needed", *asked, *(f"{one.hosts:,}" for one in three))
    elif three[0].seconds is None:
        said = say("sizing.fleet-cannot", f"{three[0].hosts:,}", asked[0])
    else:
        said = say("sizing.fleet-takes", f"{three[0].hosts:,}", asked[0], *(_seconds(one.seconds) for one in three))
    gone = say("sizing.fleet-gone", str(fleet.terms.spare), f"{fleet.terms.chance:.0%}")
    return [said, gone] if fleet.given is None else [said, gone, _whether(three[0], promise)]


def _whether(one: Forecast, promise: Goal) -> Said:
    """Whether the promise is kept, at the median cost."""
    limit, binding = f"{promise.within_s:g}", say(f"sizing.{one.binding}")
    if one.seconds is None:
        return say("sizing.fleet-full", f"{one.fullest:,}", binding, f"{one.users[one.binding]:,}")
    return say(f"sizing.fleet-{'keeps' if one.seconds <= promise.within_s else 'fails'}", limit, binding)


def _grid(fleet: Fleet) -> Table:
    grid = Table(box=None, pad_edge=False)
    grid.add_column(say("sizing.of-fleet"), no_wrap=True)
    for name in fleet.forecasts:
        grid.add_column(say(f"sizing.{name}"), justify="right", no_wrap=True)
    for label, *cells in zip(*map(_cells, fleet.forecasts.values()), strict=True):
        grid.add_row(label[0], *(cell for _, cell in (label, *cells)))
    return grid


def _cells(one: Forecast) -> list[tuple[Said, str]]:
    """What each line is called, and its value."""
    return [
        (say("sizing.hosts-in-all"), f"{one.hosts:,}"),
        (say("sizing.of-these-spare"), f"{one.spare:,}"),
        (say("sizing.bound-by"), say(f"sizing.{one.binding}")),
        (say("sizing.users-on-fullest"), f"{one.fullest:,}"),
        *((say("sizing.bears", say(f"sizing.{name}")), f"{most:,}") for name, most in one.users.items()),
        (say("sizing.sends-per-s"), f"{one.per_s:,.0f}"),
        (say("sizing.told-after"), _seconds(one.seconds)),
        (say("sizing.told-after-all"), _seconds(one.expected_s)),
    ]


def _seconds(value: float | None) -> str:
    return say("sizing.no-room-short") if value is None else f"{value:.3f}"


def _formula(bounds: Bounds) -> list[Said]:
    found = [
        say("sizing.formula-t"),
        say("sizing.formula-fullest"),
        say("sizing.formula-rate", str(PACKET_BYTES)),
        say("sizing.formula-limit"),
        say("sizing.formula-rooms"),
    ]
    if tls := bounds.tls:
        found.append(
            say("sizing.formula-tls", f"{tls.send_us:g}", str(RECORD_BYTES), str(RECORD_HOLDS), f"{tls.kib:g} KiB")
        )
    return found


def _assumptions(fleet: Fleet) -> list[Said]:
    one, terms, bounds = fleet.forecasts["median"], fleet.terms, fleet.bounds[0]
    said = [
        say("sizing.theory", f"{terms.chance:.0%}"),
        say("sizing.skew", f"{terms.skew_s * 1e3:g}"),
        say("sizing.bus", str(LINES), str(REPORT_BYTES), f"{one.bus_s * 1e3:.3g}"),
        say("sizing.tls-assumed", str(TLS_FILES)) if bounds.tls else say("sizing.no-tls"),
    ]
    if one.bus_s > terms.skew_s:
        said.append(say("sizing.bus-longer", f"{one.bus_s * 1e3:.3g}", f"{terms.skew_s * 1e3:g}"))
    if bounds.ports is None:
        said.append(say("sizing.ports-free"))
    return said
