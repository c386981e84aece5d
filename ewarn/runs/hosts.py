"""The hosts of a fleet in words, for every view of a finished run."""

from collections.abc import Iterator
from typing import Literal

from rich.console import RenderableType
from rich.styled import Styled
from rich.table import Table

from ewarn.verdict.document import Delivery, Document, Environment
from ewarn.verdict.fleet import OfClock, OfFleet, OfHost, Width
from ewarn.words import Said, called, counted, say

NOTHING = "-"
"""of what is not known, or is none"""
WIDTHS = ("host", "kind", "users", "connected", "exchanges", "unanswered", "p50", "p99", "max")
"""columns of a table of hosts and how well their clocks are known, by the names of their words"""
OTHERS = ("host", "wander", "drift", "offset", "clients", "cpu", "cpus", "memory", "kernel", "python", "ewarn")
"""columns of what else is known of them"""
IN_A_TERMINAL = ("host", "kind", "users", "connected", "exchanges", "p50", "p99", "max", "drift")
"""those that a terminal has room for"""
LONG_US = 100_000


def rows(fleet: OfFleet) -> Iterator[dict[str, str]]:
    """A row a host, by the columns of all tables."""
    for name, host in fleet.hosts.items():
        kind = called("hosts", host.kind)
        yield {
            "host": name,
            "kind": say("hosts.is-lost", kind) if host.lost else kind,
            "users": f"{host.users:,}",
            "connected": NOTHING if host.connected is None else f"{host.connected:,}",
            **(_clock(host.clock) if host.clock else _no_clock(host)),
            "clients": NOTHING if host.clients is None else called("hosts", host.clients),
            "cpus": NOTHING if host.cpus is None else str(host.cpus),
            "memory": NOTHING if host.memory_gib is None else f"{host.memory_gib:g}",
            "kernel": host.kernel or NOTHING,
            "python": host.python or NOTHING,
            "cpu": NOTHING if host.cpu_s is None else f"{host.cpu_s:,.2f}",
            "ewarn": host.ewarn or NOTHING,
        }


def in_a_terminal(fleet: OfFleet | None) -> list[RenderableType]:
    """The table, and how well receipts are known; nothing of one host."""
    if not fleet:
        return []
    grid = Table(title=say("hosts.title"), box=None, title_justify="left", pad_edge=False)
    # Where a clock could not be told, widths are long, and leave no room for how fast it ran.
    columns = IN_A_TERMINAL[:-1] if (fleet.width_us.max or 0) >= LONG_US else IN_A_TERMINAL
    for column in columns:
        side: Literal["left", "right"] = "left" if column in ("host", "kind") else "right"
        grid.add_column(say(f"hosts.{column}"), justify=side, overflow="fold")
    for row in rows(fleet):
        grid.add_row(*(row[column] for column in columns))
    return [grid, Styled(say("hosts.widths", *widths(fleet.width_us).values()), "dim"), ""]


def machines(fleet: OfFleet | None, place: Environment) -> Said:
    """On what a play ran, which it had besides the network."""
    if fleet is None:
        return say("hosts.one-machine", str(place.cpus), str(place.memory_gib), str(place.memory_used_gib))
    cpus, memory_gib = fleet.together(place.cpus or 0, place.memory_gib or 0.0)
    kinds = counted("swarms", len(fleet.swarms)), counted("gateways", len(fleet.gateways))
    unknown = any(fleet.hosts[name].cpus is None for name in fleet.gateways)
    return say("hosts.machines-but" if unknown else "hosts.machines", *kinds, str(cpus), f"{memory_gib:.1f}")


def _no_clock(host: OfHost) -> dict[str, str]:
    """Of who has the conductor's clock, or was lost before it was known how theirs stands."""
    cells = dict.fromkeys((*WIDTHS[4:], *OTHERS[1:4]), NOTHING)
    return cells if host.lost else cells | {"exchanges": say("hosts.same-clock")}


def _clock(clock: OfClock) -> dict[str, str]:
    return {
        "exchanges": f"{clock.exchanges:,}",
        "unanswered": f"{clock.lost:,}",
        **widths(clock.width_us),
        "wander": _figure(clock.wander_us, 1),
        "drift": _figure(clock.drift_ppm, 2),
        "offset": _figure(clock.offset_s, 3),
    }


def _figure(value: float | None, digits: int) -> str:
    return NOTHING if value is None else f"{value:,.{digits}f}"


def widths(of: Width) -> dict[str, str]:
    """In whole us, rounded up, by the percentile."""
    found = {"p50": of.p50, "p99": of.p99, "max": of.max}
    return {name: NOTHING if value is None else f"{-(-value // 1):,.0f}" for name, value in found.items()}


def lost(told: Document, *kinds: str) -> list[Said]:
    """Each host of these kinds that went missing, and why, a line each."""
    return [
        say("hosts.was-lost", called("hosts", host.kind), name, told.in_words(host.lost))
        for name, host in (told.fleet.hosts if told.fleet else {}).items()
        if host.lost and host.kind in kinds
    ]


def strayed(key: str, report: Delivery, order: str) -> Said | None:
    """How far users were from their place in an order, as it can be, in words; None: nobody was in it."""
    if not (found := report.displacement).users:
        return None
    shares = (_share(report, name) for name in ("p50", "p95"))
    return say(key, str(report.number), f"{found.users:,}", *shares, order)


def _share(report: Delivery, name: str) -> str:
    """One share, or two where clocks leave that open in the digits that are shown."""
    found = [report.displacement]
    if between := report.displacement_between:
        found = [between.least, between.most]
    said = list(dict.fromkeys(f"{getattr(one, name):.1%}" for one in found))
    return said[0] if len(said) == 1 else say("figure.from-to", *said)
