"""What `ewarn plan` leaves: JSON for tools, a table for people, and in words what the figures stand on."""

from dataclasses import asdict
from typing import Any

from rich.console import Group, RenderableType
from rich.styled import Styled
from rich.table import Table

from ewarn.bench.capacity import PACKET_BYTES, Need, Sizing
from ewarn.system.machine import RESERVED_FILES
from ewarn.words import Said, say

ASSUMPTIONS = ("linear", "no-mile", "base-memory", "range", "even", "connecting")
BY_CLIENTS = {"sockets": ("loopback", "loopback-kernel"), "packets": ("veth", "veth-kernel")}
"""keys of the words `sizing`"""
KERNEL = {"sockets": "kernel_bytes / 2", "packets": "kernel_bytes"}


def as_json(sizing: Sizing) -> dict[str, Any]:
    """What was asked, what was measured, and under `modelled` all that is."""
    return {
        "promise": asdict(sizing.promise),
        "host": asdict(sizing.host),
        "measured": {"machine": asdict(sizing.machine), "row": asdict(sizing.row)},
        "modelled": {name: asdict(one) for name, one in sizing.needs.items()},
        "formula": _formula(sizing),
        "assumptions": _assumptions(sizing),
    }


def table(sizing: Sizing) -> RenderableType:
    """A sizing in words and numbers."""
    notes = [*_formula(sizing), *(say("survey.assumption", one) for one in _assumptions(sizing))]
    return Group(*_headlines(sizing), "", _grid(sizing), "", *(Styled(note, "dim") for note in notes))


def _formula(sizing: Sizing) -> list[Said]:
    return [
        say("sizing.formula-hosts"),
        say("sizing.formula-cpu"),
        say("sizing.formula-memory", KERNEL[sizing.row.clients.kind]),
        say("sizing.formula-link", str(PACKET_BYTES)),
        say("sizing.formula-shards", str(RESERVED_FILES)),
    ]


def _assumptions(sizing: Sizing) -> list[Said]:
    return [
        *(say(f"sizing.{one}") for one in (*ASSUMPTIONS, *BY_CLIENTS[sizing.row.clients.kind])),
        *_caveats(sizing),
    ]


def _headlines(sizing: Sizing) -> list[Said]:
    promise, host, row, machine = sizing.promise, sizing.host, sizing.row, sizing.machine
    hosts = [f"{sizing.needs[name].hosts:,}" for name in ("median", "least", "most")]
    size = str(host.cores), f"{host.memory_gib:g}", f"{host.gbit:g}", f"{host.headroom:.0%}", f"{host.open_files:,}"
    measured = f"{row.users:,}", row.name, row.clients.kind, f"{row.bytes_per_frame:g}"
    return [
        say("sizing.hosts-needed", f"{promise.users:,}", f"{promise.within_s:g}", *hosts),
        say("sizing.each", *size),
        say("sizing.from-costs", *measured, str(machine.cpus), f"{machine.memory_gib:g}"),
    ]


def _grid(sizing: Sizing) -> Table:
    grid = Table(box=None, pad_edge=False)
    grid.add_column(say("sizing.if-costs"), no_wrap=True)
    for name, cost in asdict(sizing.row.send_us).items():
        grid.add_column(say("sizing.cost", f"{cost:g}", say(f"sizing.{name}")), justify="right", no_wrap=True)
    for label, *cells in zip(*map(_cells, sizing.needs.values()), strict=True):
        grid.add_row(label[0], *(cell for _, cell in (label, *cells)))
    return grid


def _cells(one: Need) -> list[tuple[Said, str]]:
    """What each line is called, and its value."""
    return [
        (say("sizing.hosts"), f"{one.hosts:,}"),
        (say("sizing.bound-by"), say(f"sizing.{one.binding}")),
        (say("sizing.users-on-host"), f"{one.users_per_host:,}"),
        *(
            (say("sizing.bears", say(f"sizing.{name}")), _or(users, "not-bounded", ","))
            for name, users in one.limits.items()
        ),
        (say("sizing.shards-on-host"), f"{one.shards_per_host:,}"),
        (say("sizing.reconnect"), _or(one.reconnect_s, "not-modelled", ",.1f")),
    ]


def _or(value: float | None, otherwise: str, form: str) -> str:
    return say(f"sizing.{otherwise}") if value is None else format(value, form)


def _caveats(sizing: Sizing) -> list[Said]:
    host, row, need = sizing.host, sizing.row, sizing.needs["median"]
    here, there = (f"{row.users:,}", str(sizing.machine.cpus)), (f"{need.users_per_host:,}", str(host.cores))
    said = [say("sizing.extrapolated", *here, *there, f"{need.users_per_host / row.users:.2g}")]
    if need.limits["memory"] is None:
        said.append(say("sizing.memory-unknown"))
    if need.reconnect_s is None:
        said.append(say("sizing.reconnect-unknown"))
    if row.delivered < row.users:
        said.append(say("sizing.doubtful", f"{row.delivered:,}", f"{row.users:,}"))
    return said
