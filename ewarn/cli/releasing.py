"""Into what `publish` plays reports: one gateway, by its control address, or those of all hosts, by the bus."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ewarn.cli.options import CONTROL_WORDS, at_bus, at_ca, formerly
from ewarn.errors import InputError

if TYPE_CHECKING:
    from ewarn.bus.centre import BusPublisher
    from ewarn.system.clock import Clock
    from ewarn.wire.releases import Releases

STAY_S = 1.0
"""from one look of who stays at whether the bus is still served to the next"""


@dataclass(frozen=True)
class Way:
    """As it was given."""

    control: str | None
    ca: str | None
    secret_file: str | None
    bus: str | None
    key: str | None
    bus_ca: str | None
    stay: bool
    signing_key: str | None


def at_control_or_bus(run: Callable[..., None]) -> Callable[..., None]:
    """Give a verb both ways, of which one is to be taken: it gets a `way`."""

    @click.option("--control", help=f"The gateway's control address, {CONTROL_WORDS}.  [required, or --bus]")
    @at_ca
    @formerly("--to", "--control")
    @click.option(
        "--secret-file",
        help="File with the gateway's secret.  [default: EWARN_SECRET, or a file in the runtime folder]",
    )
    @at_bus
    @click.option(
        "--stay",
        is_flag=True,
        help="With --bus: stay after the last report until Ctrl-C, and go on while no server can be reached.",
    )
    @click.option(
        "--signing-key",
        help="File with the key that signs the reports, see ewarn keys. Required with --bus.  "
        "[default: the key that the gateway made itself]",
    )
    @wraps(run)
    def chosen(**given: Any) -> None:
        way = Way(**{name: given.pop(name) for name in Way.__dataclass_fields__})
        _check(way)
        run(way=way, **given)

    return chosen


def _check(way: Way) -> None:
    """Raises UsageError, or InputError, for what does not go together."""
    if way.control is None and way.bus is None:
        raise click.UsageError("Missing option '--control', or '--bus'.")
    if way.control is not None and way.bus is not None:
        raise InputError("--control, --bus: give one of them")
    for other, names in (("bus", ("key", "bus_ca", "stay")), ("control", ("ca", "secret_file"))):
        for name in names if getattr(way, other) is None else ():
            if getattr(way, name):
                hint = "; for the bus it is --bus-ca" if name == "ca" else ""
                raise InputError(f"--{name.replace('_', '-')}: goes with --{other} alone{hint}")
    if way.bus and not way.key:
        raise InputError("--bus: give the centre's key by --key (ewarn bus keys makes one)")
    if way.bus and not way.signing_key:
        raise InputError("--bus: give the key that signs the reports by --signing-key (ewarn keys makes one)")


@contextmanager
def releasing(way: Way, clock: "Clock") -> Iterator["Releases"]:
    """What reports are handed over to; on the bus, what lines lack in the end is told. Raises InputError."""
    from ewarn.gateway.intake import keys, secret, trust

    if way.control is not None:
        from ewarn.publish import publisher

        known = secret.of_control(way.control, way.secret_file)
        with publisher(way.control, known, clock, trust.signer_for(way.control, way.signing_key), ca=way.ca) as to:
            yield to
        return
    from ewarn.bus.addresses import parse_bus, read_identity
    from ewarn.bus.centre import bus_publisher
    from ewarn.bus.roles import role

    lines, signer = parse_bus(way.bus or ""), keys.signing_key(Path(way.signing_key or ""))
    with bus_publisher(lines, read_identity(role("centre"), way.key or "", way.bus_ca), clock, signer) as bus:
        bus.stays = way.stay
        yield bus
        if way.stay:
            _stay(clock, bus)
        for line in bus.settle():
            click.echo(f"ewarn: {line}", err=True)


def _stay(clock: "Clock", bus: "BusPublisher") -> None:
    click.echo("ewarn: all reports are out; this centre stays until Ctrl-C", err=True)
    try:
        while True:
            clock.sleep(STAY_S)
            bus.check()
    except KeyboardInterrupt:
        pass
