"""Verbs that run a gateway: `gateway` itself, and the `keys` that it trusts."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ewarn.cli.options import ENGINE, ORDER, asked_by, at_bus, verb
from ewarn.cli.outlets import tell
from ewarn.cli.plain import visible
from ewarn.errors import InputError, quoted
from ewarn.system.address import CONTROL, LISTEN

if TYPE_CHECKING:
    from ewarn.gateway.settings import GatewaySettings, Notes

HEADING = "Run a gateway"
DRILL_REPORTS = 32
"""of a quake, for which a journal has room unless told otherwise"""


@verb("ewarn gateway --listen 127.0.0.1:8600 --control 127.0.0.1:8601")
@click.option("--listen", default=LISTEN, show_default=True, help="Public address for clients, HOST:PORT.")
@click.option(
    "--control", default=CONTROL, show_default=True, help="Control address, where reports come in, HOST:PORT."
)
@click.option("--secret-file", help="File with the control secret. It is created if missing.")
@click.option(
    "--trusted-keys",
    help="File with the public keys of the centre, see ewarn keys. It is read again when it changes.  "
    "[default: a key that is made for this run, for publishers on this machine]",
)
@click.option("--unsigned", is_flag=True, help="Accept reports without a signature.")
@click.option(
    "--state",
    help="Folder that keeps the reports, so that a gateway that starts again goes on, and audit.jsonl, who sent what.  "
    "[default: one by the control port in XDG_STATE_HOME or ~/.local/state; '' keeps nothing]",
)
@click.option("--shards", default="auto", show_default=True, help="Number of processes that hold connections, or auto.")
@click.option("--capacity", type=click.IntRange(1), help="Most connections.  [default: what the shards can hold]")
@click.option(
    "--engine",
    type=ENGINE,
    default=ENGINE.first,
    help="System calls that send frames.  [default: the first name]",
)
@click.option("--order", type=ORDER, default=ORDER.first, help="Order of dispatch.  [default: the first name]")
@click.option("--rate-per-s", type=float, help="Limit of frames sent per second, over all shards.")
@click.option("--config", type=click.Path(path_type=Path), help="Drill file whose [earth] and [delivery] apply.")
@click.option("--seed", type=click.IntRange(0), default=0, help="Random seed of the random order.")
@click.option("--tls-cert", help="Speak TLS on both addresses: file with the certificate and its chain, PEM.")
@click.option("--tls-key", help="File with the key of that certificate, PEM. SIGHUP reads both files anew.")
@click.option(
    "--proxy-from",
    metavar="ADDR[/BITS]",
    multiple=True,
    help="Connections to --listen from here begin with a PROXY header. Can be repeated.",
)
@click.option("--allow-network", is_flag=True, help="Allow addresses that are not loopback.")
@at_bus
@click.option("--name", help="Name of this host among gateways.  [default: what the machine is called]")
@click.option(
    "--public-url",
    metavar="URL",
    help="Where users connect, as other gateways tell them, ws://HOST:PORT or wss://.  [default: by --listen]",
)
@click.option(
    "--drain-s",
    type=click.FloatRange(0, 3600),
    default=10.0,
    show_default=True,
    help="Seconds over which a shard, or with --bus all of the gateway on SIGTERM, lets its clients go.",
)
@click.option(
    "--drill-users",
    type=click.IntRange(1, 1 << 21),
    help="With --bus: keep a journal, for ewarn drill --fleet, of when each of so many users was planned for and "
    "written to.  [default: none is kept]",
)
@click.option(
    "--drill-reports",
    type=click.IntRange(1, 1024),
    help=f"With --drill-users: reports of a quake that the journal has room for.  [default: {DRILL_REPORTS}]",
)
@click.option(
    "--ear-port",
    type=click.IntRange(0, 65_535),
    help="With --drill-users: UDP port on which it answers a drill that asks for its clock.  [default: any]",
)
@asked_by
@click.option(
    "--per-address",
    type=click.IntRange(1, 100_000_000),
    help="Most connections from one address, or one IPv6 /64.  [default: any number]",
)
@click.option("--until-eof", is_flag=True, help="End, as by Ctrl-C, when standard input does: with who started it.")
@click.option("--json", "as_json", is_flag=True, help="Print addresses and shards as one JSON line on stdout.")
def gateway(
    shards: str,
    config: Path | None,
    until_eof: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Serve alerts to clients until Ctrl-C.

    Clients connect to ws://LISTEN/v1/alerts?user=ID&place=LAT,LON, or to wss:// with --tls-cert and --tls-key.

    With --bus it is one of several hosts. On SIGTERM it then lets its clients go to others first; a second ends it.
    """
    from dataclasses import asdict

    from ewarn.gateway.supervisor import Started, Supervisor, run

    wanted = _wanted(shards, config, **given)

    def on_start(started: Started) -> None:
        if as_json:
            tell(asdict(started))
            return
        click.echo(f"gateway: {started.layout.why}", err=True)
        scheme, how = ("wss", " with TLS") if started.tls else ("ws", "")
        click.echo(f"alerts on {scheme}://{started.listen}/v1/alerts, reports on {started.control}{how}", err=True)
        if wanted.notes.journal:
            click.echo(_of_journal(wanted.notes), err=True)
        if wanted.notes.state:
            click.echo(f"reports and audit.jsonl are kept in {wanted.notes.state}", err=True)
        click.echo(f"secret in {started.secret_file or 'EWARN_SECRET'}; Ctrl-C stops the gateway", err=True)

    run(Supervisor(wanted), on_start, until_eof=until_eof)
    click.echo("gateway: stopped; all shards have ended", err=True)


def _wanted(
    shards: str, config: Path | None, trusted_keys: str | None, unsigned: bool, state: str | None, **given: Any
) -> "GatewaySettings":
    """What the options say. Raises InputError where two do not go together."""
    from ewarn.centre.centre import earth_model
    from ewarn.config.drill import load_centre, load_drill
    from ewarn.gateway.settings import (
        Addresses,
        Alerts,
        Bus,
        Callers,
        Draws,
        GatewaySettings,
        Notes,
        Size,
        Strategy,
        Tls,
        Trust,
    )

    if shards != "auto" and (not shards.isdecimal() or len(shards) > 4 or not 1 <= int(shards) <= 4096):
        raise InputError(f"--shards: expected auto or a number from 1 to 4096, got {quoted(shards)}")
    if unsigned and trusted_keys:
        raise InputError("--unsigned and --trusted-keys: give one of them")
    _check_together(given)
    certificate, key = given["tls_cert"], given["tls_key"]
    settings = load_drill(config) if config else None
    earth, count = earth_model(settings or load_centre(None)), None if shards == "auto" else int(shards)
    return GatewaySettings(
        addresses=Addresses(
            **{name: given[name] for name in ("listen", "control", "secret_file", "allow_network", "proxy_from")},
            tls=Tls(certificate, key) if certificate else None,
        ),
        trust=Trust(file=trusted_keys, unsigned=unsigned),
        size=Size(count, given["capacity"], drain_s=given["drain_s"]),
        callers=Callers(per_address=given["per_address"], hosts=given["allow_host"], origins=given["allow_origin"]),
        alerts=Alerts(settings.delivery, earth) if settings else Alerts(earth=earth),
        strategy=Strategy(given["order"], given["rate_per_s"]),
        engine=given["engine"],
        draws=Draws(given["seed"]),
        notes=Notes(
            _state(given["control"]) if state is None else state or None,
            _journal(given["drill_reports"] or DRILL_REPORTS, given["drill_users"]),
            ear_port=given["ear_port"] or 0,
        ),
        bus=Bus(*(given[name] for name in ("bus", "key", "bus_ca", "name", "public_url"))),
    )


def _check_together(given: Mapping[str, Any]) -> None:
    """Raise InputError for an option without the one that it goes with."""
    goes_with = {"key": "bus", "bus_ca": "bus", "drill_users": "bus"}
    goes_with |= {"drill_reports": "drill_users", "ear_port": "drill_users"}
    for name, other in goes_with.items():
        if given[name] is not None and not given[other]:
            raise InputError(f"--{name.replace('_', '-')}: goes with --{other.replace('_', '-')}")
    if bool(given["tls_cert"]) != bool(given["tls_key"]):
        raise InputError("--tls-cert and --tls-key go together")


def _journal(reports: int, users: int | None) -> tuple[int, int, int] | None:
    """Memory for a journal, which ends with this process; None: none is kept. Raises InputError where there is none."""
    from ewarn.gateway.sending.journal import Journal
    from ewarn.system.machine import available_bytes

    if users is None:
        return None
    if (needs := Journal.bytes_for(reports, users)) > (free := available_bytes()):
        raise InputError(
            f"--drill-users: a journal of {users:,} users and {reports:,} reports takes {needs / 2**20:,.0f} MiB of "
            f"memory, {free / 2**20:,.0f} MiB are free"
        )
    return Journal.create(reports, users), reports, users


def _of_journal(notes: "Notes") -> str:
    """The journal in a line."""
    from ewarn.gateway.sending.journal import Journal

    assert notes.journal  # noqa: S101  there is one
    _, reports, users = notes.journal
    mib = Journal.bytes_for(reports, users) / 2**20
    return f"a journal is kept of u0 to u{users - 1}, for {reports} reports of a quake: {mib:,.1f} MiB of memory"


def _state(control: str) -> str | None:
    """The folder for what a gateway at this control address keeps; None where it takes any port that is free."""
    import os

    from ewarn.system.address import split_address

    _, port = split_address("--control", control)
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return str(Path(home) / "ewarn" / str(port)) if port else None


@verb("ewarn keys /etc/ewarn")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--rotate", is_flag=True, help="Make another signing key. The one before it stays trusted.")
@click.option("--retire", is_flag=True, help="Stop trusting the key before the present one.")
def keys(folder: Path, rotate: bool, retire: bool) -> None:
    """Make the keys with which a centre signs its reports.

    FOLDER gets signing.pem, which only its owner can read, for the centre (publish, drill), and trusted.pem, the public
    keys, for gateways and phones. To change a key: --rotate, give trusted.pem to all gateways, then sign with the new
    key, and at last --retire.
    """
    from ewarn.gateway.intake import keys

    if rotate and retire:
        raise InputError("--rotate and --retire: give one of them, the other when all gateways have the new key")
    signer = keys.rotate(folder) if rotate else keys.retire(folder) if retire else keys.make(folder)
    trusted = keys.trusted_keys(folder / keys.TRUSTED)
    names = ", ".join(key.hex()[:16] for key in trusted)
    click.echo(f"signing key {signer.public.hex()[:16]} in {visible(str(folder / keys.SIGNING))}")
    click.echo(f"{len(trusted)} trusted: {names} in {visible(str(folder / keys.TRUSTED))}")
