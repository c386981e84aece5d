"""`ewarn swarm --join`: a swarm that a conductor leads. It says who comes, so that most options go with the others."""

import re
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from ewarn.cli.options import Number, was_said
from ewarn.cli.plain import visible
from ewarn.errors import InputError, WrongKeyError, quoted

if TYPE_CHECKING:
    from ewarn.swarm.kind import Phones

OWN = ("key", "bus_ca", "name", "ear_port", "lease_s", "sources", "stay", "until_eof")
"""options that go with --join alone"""
SHARED = ("ca", "allow_network", "interface", "range_")
"""those that go with it as well; the network is allowed to whoever joins a fleet"""
REQUIRED = ("to", "clients")
"""without it"""


def or_join(run: Callable[..., None]) -> Callable[..., None]:
    """Give a verb `--join`, which does something else altogether, and what goes with it."""

    @click.option(
        "--join",
        metavar="URL[,URL]",
        help="Join a fleet, over the servers of its bus, tls://HOST[:PORT]: the conductor of a drill says the rest.",
    )
    @click.option("--key", metavar="FILE", help="With --join: file with the swarms' key, see ewarn bus keys.")
    @click.option(
        "--bus-ca",
        metavar="FILE",
        help="With --join: certificates to trust for the bus, PEM.  "
        "[default: ca.pem beside --key, else those of this system]",
    )
    @click.option("--name", help="With --join: what this host is called in the fleet.")
    @click.option(
        "--ear-port", type=click.IntRange(0, 65_535), help="With --join: UDP port of the ear.  [default: any]"
    )
    @click.option(
        "--lease-s",
        type=Number(0, 3600, min_open=True),
        help="With --join: let all go after so long without a word of the conductor.  [default: as it says]",
    )
    @click.option(
        "--sources",
        metavar="A[,B...]",
        help="With --join: addresses of this host to connect from, in turn. One has some 28,000 ports for a gateway.",
    )
    @click.option("--stay", is_flag=True, help="With --join: wait for the next conductor after each.")
    @click.option("--until-eof", is_flag=True, help="With --join: end when standard input does, with who started it.")
    @wraps(run)
    def chosen(*, join: str | None, **given: Any) -> None:
        own = {name: given.pop(name) for name in OWN}
        context = click.get_current_context()
        said = {str(one.name): one.opts[-1] for one in context.command.params if was_said(context, str(one.name))}
        if join is None:
            _refuse([option for name, option in said.items() if name in OWN], "goes with --join alone")
            for name in REQUIRED:
                if given[name] is None:
                    raise click.UsageError(f"Missing option '--{name}'{', or --join' if name == 'to' else ''}.")
            run(**given)
            return
        others = [option for name, option in said.items() if name not in ("join", *OWN, *SHARED)]
        _refuse(others, "goes with no --join: the conductor says it")
        _join(join, ca=given["ca"], phones=_phones(given["interface"], given["range_"]), **own)

    return chosen


def _refuse(options: list[str], why: str) -> None:
    if options:
        raise InputError(f"{options[0]}: {why}")


def _phones(interface: str | None, range_: str | None) -> "Phones":
    """How packets go, where the conductor wants them. Raises InputError."""
    from ewarn.swarm.kind import Phones

    try:
        return Phones("packets" if interface else "sockets", interface, range_)
    except WrongKeyError as error:
        raise InputError(f"--{error}") from None


def _join(
    join: str,
    *,
    ca: str | None,
    phones: "Phones",
    key: str | None,
    bus_ca: str | None,
    name: str | None,
    **given: Any,
) -> None:
    from ewarn.agent.agent import serve
    from ewarn.agent.run import Joining
    from ewarn.bus.addresses import parse_bus, read_identity
    from ewarn.bus.lines import NAME
    from ewarn.bus.roles import role
    from ewarn.system.clock import WallClock
    from ewarn.system.owner import end_with_input

    if not key:
        raise InputError("--join: give the swarms' key by --key (ewarn bus keys makes one)")
    if not name:
        raise InputError("--join: give this host a name in the fleet by --name")
    if not NAME.fullmatch(name):
        raise InputError(f"--name: expected up to 63 of a-z, 0-9 and -, got {quoted(name)}")
    sources = _sources(given.pop("sources"))
    try:
        lines = parse_bus(join)
    except InputError as error:
        raise InputError(re.sub("^--bus", "--join", str(error))) from None
    identity = read_identity(role("swarm"), key, bus_ca)
    joining = Joining(name, given["ear_port"] or 0, sources, phones, ca, given["stay"], given["lease_s"])
    if given["until_eof"]:
        end_with_input()
    serve(joining, lines, identity, WallClock(), lambda line: click.echo(f"ewarn: {visible(line)}", err=True))


def _sources(given: str | None) -> tuple[str, ...]:
    """IPv4 addresses of this host. Raises InputError."""
    from ipaddress import IPv4Address

    from ewarn.system.address import is_own, literal

    found = tuple(one.strip() for one in given.split(",")) if given else ()
    for one in found:
        if not isinstance(literal(one), IPv4Address) or ":" in one:
            raise InputError(f"--sources: expected IPv4 addresses with commas between, got {quoted(one)}")
        if not is_own((one, 0)):
            raise InputError(f"--sources: {one} is no address of this host")
    if len(set(found)) < len(found):
        raise InputError(f"--sources: {max(found, key=found.count)} is there twice")
    return found
