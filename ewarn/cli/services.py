"""Verbs that run a part of a drill by itself: a `gateway`, and those that talk to one that runs."""

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import click

from ewarn.cli.options import (
    ENGINE,
    ORDER,
    Number,
    asked_by,
    at_ca,
    at_control,
    check_new,
    make_folder,
    noting,
    signing_key,
    tell_problems,
    verb,
)
from ewarn.cli.outlets import tell
from ewarn.cli.plain import plain_console, visible
from ewarn.errors import InputError, WriteError, quoted
from ewarn.system.address import CONTROL, LISTEN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ewarn.seismic.origin import Report

HEADING = "Run the parts of a drill by themselves"
HABITS = ("connects_per_s", "seed", "reconnect", "chat_per_s")
"""options of a swarm that are habits of its clients"""


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
@asked_by
@click.option(
    "--per-address",
    type=click.IntRange(1, 100_000_000),
    help="Most connections from one address, or one IPv6 /64.  [default: any number]",
)
@click.option("--json", "as_json", is_flag=True, help="Print addresses and shards as one JSON line on stdout.")
def gateway(
    shards: str,
    config: Path | None,
    as_json: bool,
    trusted_keys: str | None,
    unsigned: bool,
    state: str | None,
    **given: Any,
) -> None:
    """Serve alerts to clients until Ctrl-C.

    Clients connect to ws://LISTEN/v1/alerts?user=ID&place=LAT,LON, or to wss:// with --tls-cert and --tls-key.
    """
    from dataclasses import asdict

    from ewarn.centre.centre import earth_model
    from ewarn.config.drill import load_centre, load_drill
    from ewarn.gateway.settings import Addresses, Alerts, Callers, GatewaySettings, Size, Strategy, Tls, Trust
    from ewarn.gateway.supervisor import Started, Supervisor, run

    if shards != "auto" and (not shards.isdecimal() or len(shards) > 4 or not 1 <= int(shards) <= 4096):
        raise InputError(f"--shards: expected auto or a number from 1 to 4096, got {quoted(shards)}")
    if unsigned and trusted_keys:
        raise InputError("--unsigned and --trusted-keys: give one of them")
    certificate, key = given["tls_cert"], given["tls_key"]
    if bool(certificate) != bool(key):
        raise InputError("--tls-cert and --tls-key go together")
    settings = load_drill(config) if config else None
    earth, count = earth_model(settings or load_centre(None)), None if shards == "auto" else int(shards)
    wanted = GatewaySettings(
        addresses=Addresses(
            **{name: given[name] for name in ("listen", "control", "secret_file", "allow_network", "proxy_from")},
            tls=Tls(certificate, key) if certificate else None,
        ),
        trust=Trust(file=trusted_keys, unsigned=unsigned),
        size=Size(count, given["capacity"]),
        callers=Callers(per_address=given["per_address"], hosts=given["allow_host"], origins=given["allow_origin"]),
        alerts=Alerts(settings.delivery, earth) if settings else Alerts(earth=earth),
        strategy=Strategy(given["order"], given["rate_per_s"]),
        engine=given["engine"],
        seed=given["seed"],
        state=_state(given["control"]) if state is None else state or None,
    )

    def on_start(started: Started) -> None:
        if as_json:
            tell(asdict(started))
            return
        click.echo(f"gateway: {started.layout.why}", err=True)
        scheme, how = ("wss", " with TLS") if started.tls else ("ws", "")
        click.echo(f"alerts on {scheme}://{started.listen}/v1/alerts, reports on {started.control}{how}", err=True)
        click.echo(f"secret in {started.secret_file or 'EWARN_SECRET'}; Ctrl-C stops the gateway", err=True)

    run(Supervisor(wanted), on_start)
    click.echo("gateway: stopped; all shards have ended", err=True)


def _state(control: str) -> str | None:
    """The folder for what a gateway at this control address keeps; None where it takes any port that is free."""
    import os

    from ewarn.system.address import split_address

    _, port = split_address("--control", control)
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return str(Path(home) / "ewarn" / str(port)) if port else None


@verb("ewarn publish luding-2022 --control 127.0.0.1:8601 --speed 4")
@click.argument("quakes", metavar="QUAKE...", nargs=-1, required=True)
@click.option(
    "--apart",
    type=Number(0, 3600),
    default=5.0,
    show_default=True,
    help="Seconds between the starts of several quakes.",
)
@click.option(
    "--config", type=click.Path(path_type=Path), help="Drill file with the earth and the network for the reports."
)
@click.option(
    "--secret-file", help="File with the gateway's secret.  [default: EWARN_SECRET, or a file in the runtime folder]"
)
@click.option(
    "--speed", type=Number(0, 1000, min_open=True), default=1.0, help="Divide the waits between reports by this number."
)
@signing_key
@click.option("--first", type=click.IntRange(1), default=1, help="First report to publish, of each quake.")
@click.option("--last", type=click.IntRange(1), help="Last report to publish, of each quake.")
@at_control
def publish(
    quakes: tuple[str, ...],
    control: str,
    ca: str | None,
    apart: float,
    config: Path | None,
    secret_file: str | None,
    signing_key: str | None,
    speed: float,
    first: int,
    last: int | None,
) -> None:
    """Play the reports of a quake into a running gateway.

    It prints one JSON line at each release. Several quakes start one after the other, and their reports are
    interleaved.
    """
    from ewarn.centre.centre import Centre
    from ewarn.config.catalogues import find_quakes
    from ewarn.config.drill import load_centre
    from ewarn.gateway.intake import secret, trust
    from ewarn.publish import play, publisher
    from ewarn.seismic.reports import interleaved
    from ewarn.system.clock import WallClock

    centre = Centre(load_centre(config))
    played = find_quakes(quakes)
    found = [quake.at(played[0].origin.time + index * apart) for index, quake in enumerate(played)]
    chosen = interleaved(_chosen(quake.id, centre.reports(quake), first, last) for quake in found)
    clock = WallClock()
    signer = trust.signer_for(control, signing_key)
    with publisher(control, secret.of_control(control, secret_file), clock, signer, ca=ca) as gateway:
        play(found[0], chosen, gateway, clock, speed, _tell_release)


def _chosen(quake: str, reports: "list[Report]", first: int, last: int | None) -> "list[Report]":
    """Of a quake's reports those from number `first` to `last`. Raises InputError where there are none."""
    if chosen := reports[first - 1 : last]:
        return chosen
    raise InputError(f"--first {first}, --last {last or len(reports)}: none of the {len(reports)} reports of {quake}")


def _tell_release(release: Any) -> None:
    click.echo(release.line())
    if release.note:
        click.echo(f"{release.report.quake}: report {release.report.number}: {release.note}", err=True)


@verb("ewarn swarm --to ws://127.0.0.1:8600 --clients 5000 --for 60")
@click.option("--to", required=True, help="Address of a gateway, ws://HOST:PORT, or wss://HOST:PORT for TLS.")
@at_ca
@click.option("--clients", type=click.IntRange(1), required=True, help="Number of clients to connect.")
@click.option(
    "--for",
    "seconds",
    type=Number(0, min_open=True),
    help="Stay for this many seconds.  [default: until Ctrl-C]",
)
@click.option(
    "--quake", default="luding-2022", show_default=True, help="Quake whose reports count: its name or its file."
)
@click.option("--places", default="sichuan", show_default=True, help="Where users live: sichuan, china, or a CSV file.")
@click.option("--seed", type=click.IntRange(0), default=1, help="Random seed of the users' places.")
@click.option("--mix", is_flag=True, help="Users follow 0 to 10 places, and some set a threshold.")
@click.option("--connects-per-s", type=Number(0, min_open=True), default=10_000.0, help="New connections per second.")
@click.option(
    "--churn-per-s",
    type=Number(0, 1),
    default=0.0,
    help="Share of clients that hang up and return, drawn anew each second.",
)
@click.option(
    "--chat-per-s",
    type=Number(0, 1),
    default=0.0,
    help="Share of clients that send 200 bytes of chat, drawn anew each second. Chat messages are echoed.",
)
@click.option("--reconnect", is_flag=True, help="Clients that lose their connection come back, as phones do.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for receipts.npy. An existing file is refused.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON on stdout.")
@click.option("--allow-network", is_flag=True, help="Allow a --to address that is not loopback.")
def swarm(to: str, out: Path | None, as_json: bool, mix: bool, **given: Any) -> None:
    """Connect real clients to a gateway and record what they read.

    On SIGUSR1 all clients hang up, and return at the rate of --connects-per-s. A returning client tries again until
    the gateway accepts it, or the swarm ends.

    Exit codes: 3, a connection or a report was lost; 4, a process of the swarm died.
    """
    from ewarn.audience.mix import REALISTIC, Mix
    from ewarn.drill.attend import Visit, attend, quake_id
    from ewarn.swarm.habits import Habits
    from ewarn.system.files import write_array
    from ewarn.watching.terminal import TerminalView

    if out:
        make_folder(out)
        check_new(out / "receipts.npy")
    problems: list[WriteError | str] = []

    def keep(receipts: "NDArray[Any]") -> None:
        if out:
            with noting(problems):
                try:
                    out.mkdir(parents=True, exist_ok=True)
                except OSError as error:
                    raise WriteError(out, error) from None
                write_array(out / "receipts.npy", receipts)

    storms = _arrivals(signal.SIGUSR1)
    with TerminalView(plain_console(stderr=True)) as view:
        habits = Habits(quake=quake_id(given.pop("quake")), **{name: given.pop(name) for name in HABITS})
        visit = Visit(to, mix=REALISTIC if mix else Mix(), habits=habits, **given)
        found = attend(visit, view, storms, keep)
    if as_json:
        tell(found.counts)
    else:
        click.echo("\n".join(f"{name}: {count:,}" for name, count in found.counts.items()))
    for line in found.lost:
        click.echo(f"FAILED: {line}", err=True)
    sys.exit(max(tell_problems(problems), 3 if found.lost else 0))


def _arrivals(number: signal.Signals) -> Callable[[], bool]:
    """Ask it whether a signal has come since it last said so.

    The handler only notes it down: one that acted could do so in the middle of a message to a child.
    """
    noted: SimpleQueue[int] = SimpleQueue()
    signal.signal(number, lambda got, _: noted.put(got))

    def came() -> bool:
        if noted.empty():
            return False
        noted.get()
        return True

    return came


@verb("ewarn shards 4 --control 127.0.0.1:8601 --wait")
@click.argument("count", type=int)
@click.option(
    "--secret-file", help="File with the gateway's secret.  [default: EWARN_SECRET, or a file in the runtime folder]"
)
@click.option("--force", is_flag=True, help="Remove shards even if the others cannot hold all connections.")
@click.option("--wait", is_flag=True, help="Return when all new shards are up and all removed ones have ended.")
@at_control
def shards(count: int, control: str, ca: str | None, secret_file: str | None, force: bool, wait: bool) -> None:
    """Change the number of shards of a running gateway.

    COUNT is the desired number. You can repeat or change it at any time. A removed shard takes no new connections. It
    still alerts those it has, and closes them one by one with code 1012 (service restart), so that they reconnect.
    """
    from ewarn.gateway.intake import secret
    from ewarn.publish import publisher
    from ewarn.system.clock import WallClock

    with publisher(control, secret.of_control(control, secret_file), WallClock(), ca=ca) as gateway:
        now = gateway.shards(count, force=force)
        click.echo(f"{count} shards: {now.up} up, {len(now.starting)} starting, {len(now.draining)} draining")
        if wait:
            gateway.settle(count)


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
    where = visible(str(folder))  # its bytes may be no text, or steer a terminal
    click.echo(f"signing key {signer.public.hex()[:16]} in {where}/{keys.SIGNING}")
    click.echo(f"{len(trusted)} trusted: {', '.join(key.hex()[:16] for key in trusted)} in {where}/{keys.TRUSTED}")
