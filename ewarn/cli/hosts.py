"""Verbs for a service on many hosts: keys and files of the `bus` between them, and a `fleet` to play with."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ewarn.cli.options import HELP, example, verb
from ewarn.cli.plain import visible
from ewarn.errors import InputError, quoted

if TYPE_CHECKING:
    from ewarn.bus.folder import Places
    from ewarn.bus.lines import NamedLine

HEADING = "Many hosts"
LINES = ("b1", "b2")
GATEWAYS = ("g1", "g2", "g3")
"""names of the servers, and of the gateways, unless told otherwise"""
RELOAD = "nats-server --signal reload"


@click.group(
    epilog=example("ewarn bus keys /etc/ewarn/bus --line b1=10.0.0.1 --line b2=10.0.0.2"), context_settings=HELP
)
def bus() -> None:
    """Prepare the bus, which carries reports to gateways on many hosts.

    The bus is two NATS servers, called lines. Each carries all reports, and does not know of the other.
    """


@bus.command(
    epilog=example("ewarn bus keys /etc/ewarn/bus --line b1=10.0.0.1,b1.example.org --line b2=10.0.0.2"),
    context_settings=HELP,
)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--line",
    "lines",
    metavar="NAME[=ADDRESS[:PORT],...]",
    multiple=True,
    help="A server of the bus, with the names and addresses by which others reach it. One or two.  "
    "[default: b1 and b2, reached by these names]",
)
@click.option(
    "--gateway",
    "gateways",
    metavar="NAME",
    multiple=True,
    help="A gateway, by its --name; each has a key of its own. Can be repeated.  [default: g1, g2 and g3]",
)
@click.option(
    "--swarm",
    "swarms",
    metavar="NAME",
    multiple=True,
    help="A swarm, by its --name, that has a key of its own, in place of swarm.nk. Can be repeated.",
)
@click.option("--port", type=click.IntRange(1, 65535), default=4222, show_default=True, help="Port of the servers.")
@click.option("--at", help="Folder of each server's own files on its host.  [default: where they are made]")
@click.option("--store", help="Folder on the servers' hosts for the stream.  [default: store, beside a server's files]")
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    default=730,
    show_default=True,
    help="Days that the servers' certificates last.",
)
@click.option("--tls", is_flag=True, help="TLS also for servers that only this machine reaches.")
@click.option("--add", is_flag=True, help="Add the servers, gateways and swarms that are named to a folder of keys.")
@click.option(
    "--renew",
    is_flag=True,
    help="Make new certificates for all servers, by the same authority, and bring their files up to this version.",
)
@click.option(
    "--new-key",
    metavar="NAME",
    help="Make a new key for centre, swarm, conductor, a gateway, or one swarm, such as s1.swarm.",
)
def keys(
    folder: Path,
    lines: tuple[str, ...],
    gateways: tuple[str, ...],
    swarms: tuple[str, ...],
    *,
    add: bool,
    renew: bool,
    new_key: str | None,
    **given: Any,
) -> None:
    """Make the keys of the bus, and the files of its servers.

    FOLDER gets a key for each role (centre.nk, swarm.nk, conductor.nk), each gateway (g1.nk) and each --swarm
    (s1.swarm.nk), ca.pem, by which they know the servers, and a folder for each server with all that its host needs.
    Servers speak TLS, except on loopback.
    """
    if add + renew + (new_key is not None) > 1:
        raise InputError("--add, --renew and --new-key: give one of them")
    if (lines or gateways or swarms) and (renew or new_key is not None):
        option = "--line" if lines else "--gateway" if gateways else "--swarm"
        raise InputError(f"{option}: goes with no {'--renew' if renew else '--new-key'}, which is for all servers")
    if add and not (lines or gateways or swarms):
        raise InputError("--add: name the new servers by --line, new gateways by --gateway, new swarms by --swarm")
    if renew:
        _renew(folder, given["days"])
    elif new_key is not None:
        _replace(folder, new_key)
    elif add:
        _make(folder, lines, gateways, swarms, add=True, **given)
    else:
        _make(folder, lines or LINES, gateways or GATEWAYS, swarms, add=False, **given)


def _make(
    folder: Path,
    lines: Sequence[str],
    gateways: Sequence[str],
    swarms: Sequence[str],
    *,
    add: bool,
    port: int,
    tls: bool,
    at: str | None,
    store: str | None,
    days: int,
) -> None:
    from ewarn.bus import folder as kept
    from ewarn.bus.lines import parse_line
    from ewarn.bus.roles import OF_SWARM

    if len(lines) > 2:
        raise InputError(f"--line: {len(lines)} are given; the bus has one or two")
    wanted = [parse_line(one, port, tls_here=tls) for one in lines]
    places = kept.Places(at, store, days)
    if not add:
        kept.make(folder, wanted, gateways, places, swarms)
        _tell_servers(folder, wanted, places)
        _tell_keys(folder, wanted, gateways)
        return
    before = kept.add(folder, wanted, gateways, places, swarms)
    _tell_servers(folder, wanted, places)
    if hosts := [*gateways, *(f"{one}{OF_SWARM}" for one in swarms)]:
        names = " and ".join(before)
        click.echo(f"New keys: {_listed(folder, hosts)}, each for its host, with ca.pem.")
        click.echo(f"They are taken once {names} have their new .conf and have read it: {RELOAD}")


def _tell_servers(folder: Path, lines: "Sequence[NamedLine]", places: "Places") -> None:
    shown = visible(str(folder))
    for line in lines:
        file = visible(f"{places.on_host(folder, line)}/{line.name}.conf")
        copy = f"copy {shown}/{line.name} to its host as {visible(places.folder)}, then " if places.folder else ""
        secure = f", with a certificate for {', '.join(line.hosts)} for {places.days} days" if line.tls else ", no TLS"
        click.echo(f"{line.name}: {line.url}{secure}. To start it: {copy}nats-server -c {file}")


def _listed(folder: Path, gateways: Sequence[str]) -> str:
    from ewarn.bus.seeds import seed_file

    return ", ".join(visible(str(seed_file(folder, one))) for one in gateways)


def _tell_keys(folder: Path, lines: "Sequence[NamedLine]", gateways: Sequence[str]) -> None:
    shown, bus = visible(str(folder)), ",".join(line.url for line in lines)
    one = gateways[0]
    click.echo(f"Each gateway needs its own key ({', '.join(f'{name}.nk' for name in gateways)}) and ca.pem:")
    click.echo(f"ewarn gateway --name {one} --bus {bus} --key {shown}/{one}.nk ...")
    click.echo(f"The centre needs centre.nk and ca.pem: ewarn publish QUAKE --bus {bus} --key {shown}/centre.nk ...")
    click.echo(f"Keep {shown}/ca.key off all of these hosts: whoever has it can pass for a server.")


def _renew(folder: Path, days: int) -> None:
    from ewarn.bus import folder as kept

    made = kept.renew(folder, days)
    if made.certificates:
        click.echo(f"new certificates for {' and '.join(made.certificates)}, for {days} days.")
    if made.files:
        click.echo(f"{' and '.join(made.files)} have a new .conf: this version lets roles do what theirs did not know.")
    click.echo(f"Copy each folder to its host, then: {RELOAD}")


def _replace(folder: Path, name: str) -> None:
    from ewarn.bus import folder as kept

    names = " and ".join(kept.new_key(folder, name))
    click.echo(f"new key in {_listed(folder, [name])}, for whoever had the old one.")
    click.echo(f"The old one is refused once {names} have their new .conf and have read it: {RELOAD}")


@verb("ewarn fleet --gateways 3 --out runs/fleet")
@click.option("--buses", type=click.IntRange(1, 2), default=2, show_default=True, help="Servers of the bus.")
@click.option("--gateways", type=click.IntRange(1, 16), default=3, show_default=True, help="Gateways.")
@click.option("--shards", type=click.IntRange(1, 64), default=1, show_default=True, help="Shards of each gateway.")
@click.option(
    "--capacity", type=click.IntRange(1), help="Most connections of each gateway.  [default: what its shards can hold]"
)
@click.option("--rate-per-s", type=float, help="Limit of frames that each gateway sends per second.")
@click.option(
    "--swarms",
    type=click.IntRange(0, 16),
    default=2,
    show_default=True,
    help="Hosts with a swarm, s1, s2, ..., for ewarn drill --fleet.",
)
@click.option(
    "--phones",
    metavar="KIND[,KIND...]",
    default="sockets",
    show_default=True,
    help="Clients of s1, s2, ...: sockets or packets, one word for all or one for each.",
)
@click.option(
    "--ahead",
    metavar="SECONDS,...",
    help="How far the clocks of s1, s2, ... are ahead of ours.  [default: 3600, a half of it, a third, ...]",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("runs/fleet"),
    show_default=True,
    help="Folder for its keys, logs and scripts.",
)
def fleet(out: Path, ahead: str | None, phones: str, **given: Any) -> None:
    """Run a bus and gateways on hosts of this machine, until Ctrl-C.

    It is a fleet to play with. Each host is a network namespace with an address of its own, which nothing outside
    reaches. It prints commands to try: phones, a quake, a drill over it, a host that is cut off or killed. It needs no
    root where user namespaces are allowed.
    """
    from ewarn.fleet import told
    from ewarn.fleet.lab import Fleet
    from ewarn.fleet.orders import Orders
    from ewarn.fleet.plan import Plan, clocks, kinds

    apart = clocks(given["swarms"], _seconds(ahead) if ahead else ())
    plan = Plan(**given, cables=apart, kinds=kinds(given["swarms"], phones))
    with Fleet(out, plan, _say) as running, Orders(running) as orders:
        for line in told.lines(running, out):
            _say(line)
        with suppress(KeyboardInterrupt):
            while True:
                if done := orders.serve(1.0):
                    _say(done)
                for name, code in running.ended().items():
                    _say(f"{name} has ended ({code}); {out}/logs/{name}.log has what it said")
    _say("fleet: all of it has ended")


def _seconds(given: str) -> list[float]:
    try:
        found = [float(one) for one in given.split(",")]
    except ValueError:
        raise InputError(f"--ahead: expected seconds such as 3600,-1800, got {quoted(given)}") from None
    return found


def _say(line: str) -> None:
    click.echo(visible(line))
