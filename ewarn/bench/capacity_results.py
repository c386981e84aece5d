"""What `ewarn plan` leaves: JSON for tools, a table for people, and in words what the figures stand on."""

from dataclasses import asdict
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ewarn.bench.capacity import PACKET_BYTES, Need, Sizing
from ewarn.system.machine import RESERVED_FILES

FORMULA = (
    "hosts = users / users a host, rounded up; users a host = the least of",
    "  cpu: cores x within x headroom / send_us",
    "  memory: memory x headroom / (gateway_bytes + {kernel})",
    f"  link: gbit / 8 x within x headroom / (bytes_per_frame + {PACKET_BYTES} a packet)",
    f"shards a host = its cores, or users / (open_files - {RESERVED_FILES}) if that is more",
)
ASSUMPTIONS = (
    "a send costs on every core of a host what it cost on the machine measured: linear in cores",
    "no TLS, no last mile; the limit is for sending, not for the users' reading",
    "memory that a process has without connections is not counted",
    "the range of costs is that of the plays measured; how wrong the model may be is not in it",
    "every user is a target, users are spread evenly, and no host is spare",
    "connecting is linear in cores too, and was measured beside the clients on the same cores",
)
KERNEL = {"sockets": "kernel_bytes / 2", "packets": "kernel_bytes"}
BY_CLIENTS = {
    "sockets": (
        "measured over loopback, where the sender also does the receiver's softirq work, so pessimistic; a network "
        "card's own cost is not in it",
        "loopback holds both ends of a connection: half of its kernel memory is the gateway's",
    ),
    "packets": (
        "measured with clients as packets over a veth pair, whose own cost is in a send, in place of a network card's",
        "clients as packets are no sockets: all kernel memory of a connection is the gateway's",
    ),
}


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
    notes = [*_formula(sizing), *(f"- {one}" for one in _assumptions(sizing))]
    return Group(*_headlines(sizing), "", _grid(sizing), "", *(Text(note, "dim") for note in notes))


def _formula(sizing: Sizing) -> list[str]:
    return [line.replace("{kernel}", KERNEL[sizing.row.clients.kind]) for line in FORMULA]


def _assumptions(sizing: Sizing) -> list[str]:
    return [*ASSUMPTIONS, *BY_CLIENTS[sizing.row.clients.kind], *_caveats(sizing)]


def _headlines(sizing: Sizing) -> list[str]:
    promise, host, row, machine = sizing.promise, sizing.host, sizing.row, sizing.machine
    hosts = {name: one.hosts for name, one in sizing.needs.items()}
    return [
        f"Modelled, not measured: hosts for {promise.users:,} users in {promise.within_s:g} s: {hosts['median']:,} "
        f"({hosts['least']:,} to {hosts['most']:,})",
        f"each with {host.cores} cores, {host.memory_gib:g} GiB, {host.gbit:g} Gbit/s, used to {host.headroom:.0%}; "
        f"{host.open_files:,} open files a process",
        f"from costs measured at {row.users:,} users with {row.name}, clients as {row.clients.kind}, own frames of "
        f"{row.bytes_per_frame:g} bytes, on {machine.cpus} cores, {machine.memory_gib:g} GiB",
    ]


def _grid(sizing: Sizing) -> Table:
    grid = Table(box=None, pad_edge=False)
    grid.add_column("modelled, if a send costs", no_wrap=True)
    for name, cost in asdict(sizing.row.send_us).items():
        grid.add_column(f"{cost:g} us\n({name})", justify="right", no_wrap=True)
    columns = [_cells(one) for one in sizing.needs.values()]
    for label in columns[0]:
        grid.add_row(label, *(cells[label] for cells in columns))
    return grid


def _cells(one: Need) -> dict[str, str]:
    return {
        "hosts": f"{one.hosts:,}",
        "  bound by": one.binding,
        "users on a host": f"{one.users_per_host:,}",
        **{f"  its {name} bears": _or_not(users, "bounded", ",") for name, users in one.limits.items()},
        "shards on a host": f"{one.shards_per_host:,}",
        "all users reconnect in, s": _or_not(one.reconnect_s, "modelled", ",.1f"),
    }


def _or_not(value: float | None, otherwise: str, form: str) -> str:
    return f"not {otherwise}" if value is None else format(value, form)


def _caveats(sizing: Sizing) -> list[str]:
    host, row, need = sizing.host, sizing.row, sizing.needs["median"]
    said = [
        f"extrapolated from {row.users:,} users on {sizing.machine.cpus} cores, measured, to {need.users_per_host:,} "
        f"users on a host of {host.cores} cores, modelled: {need.users_per_host / row.users:.2g} times as many"
    ]
    if need.limits["memory"] is None:
        said.append("memory is not bounded: gateway_bytes or kernel_bytes was not measured")
    if need.reconnect_s is None:
        said.append("reconnecting is not modelled: connects_per_s was not measured")
    if row.delivered < row.users:
        said.append(f"doubtful: {row.delivered:,} of the {row.users:,} users measured got their frame")
    return said
