"""Verbs that serve until they are told to stop, `gateway` and `demo`, and those that talk to a gateway that runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ewarn.cli.options import ENGINE, ORDER, Number, at_control, make_folder, verb
from ewarn.cli.outlets import tell
from ewarn.errors import InputError, quoted
from ewarn.system.address import CONTROL, LISTEN

if TYPE_CHECKING:
    from ewarn.seismic.origin import Report


@verb("ewarn gateway --listen 127.0.0.1:8600 --control 127.0.0.1:8601")
@click.option("--listen", default=LISTEN, show_default=True, help="Public address for clients, HOST:PORT.")
@click.option(
    "--control", default=CONTROL, show_default=True, help="Control address, where reports come in, HOST:PORT."
)
@click.option("--secret-file", help="File with the control secret. It is created if missing.")
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
@click.option("--allow-network", is_flag=True, help="Allow addresses that are not loopback.")
@click.option("--json", "as_json", is_flag=True, help="Print addresses and shards as one JSON line on stdout.")
def gateway(shards: str, config: Path | None, as_json: bool, **given: Any) -> None:
    """Serve alerts to clients until Ctrl-C.

    Clients connect to ws://LISTEN/v1/alerts?user=ID&place=LAT,LON.
    """
    from dataclasses import asdict

    from ewarn.centre.centre import earth_model
    from ewarn.config.drill import load_centre, load_drill
    from ewarn.gateway.settings import Addresses, Alerts, GatewaySettings, Size, Strategy
    from ewarn.gateway.supervisor import Started, Supervisor, run

    if shards != "auto" and (not shards.isdecimal() or len(shards) > 4 or not 1 <= int(shards) <= 4096):
        raise InputError(f"--shards: expected auto or a number from 1 to 4096, got {quoted(shards)}")
    settings = load_drill(config) if config else None
    earth, count = earth_model(settings or load_centre(None)), None if shards == "auto" else int(shards)
    wanted = GatewaySettings(
        addresses=Addresses(**{name: given[name] for name in ("listen", "control", "secret_file", "allow_network")}),
        size=Size(count, given["capacity"]),
        alerts=Alerts(settings.delivery, earth) if settings else Alerts(earth=earth),
        strategy=Strategy(given["order"], given["rate_per_s"]),
        engine=given["engine"],
        seed=given["seed"],
    )

    def on_start(started: Started) -> None:
        if as_json:
            tell(asdict(started))
            return
        click.echo(f"gateway: {started.layout.why}", err=True)
        click.echo(f"alerts on ws://{started.listen}/v1/alerts, reports on {started.control}", err=True)
        click.echo(f"secret in {started.secret_file or 'EWARN_SECRET'}; Ctrl-C stops the gateway", err=True)

    run(Supervisor(wanted), on_start)
    click.echo("gateway: stopped; all shards have ended", err=True)


@verb("ewarn shards 4 --control 127.0.0.1:8601 --wait")
@click.argument("count", type=int)
@click.option(
    "--secret-file", help="File with the gateway's secret.  [default: EWARN_SECRET, or a file in the runtime folder]"
)
@click.option("--force", is_flag=True, help="Remove shards even if the others cannot hold all connections.")
@click.option("--wait", is_flag=True, help="Return when all new shards are up and all removed ones have ended.")
@at_control
def shards(count: int, control: str, secret_file: str | None, force: bool, wait: bool) -> None:
    """Change the number of shards of a running gateway.

    COUNT is the desired number. You can repeat or change it at any time. A removed shard takes no new connections. It
    still alerts those it has, and closes them one by one with code 1012 (service restart), so that they reconnect.
    """
    from ewarn.gateway import secret
    from ewarn.publish import publisher
    from ewarn.system.address import split_address
    from ewarn.system.clock import WallClock

    _, port = split_address("--control", control)
    with publisher(control, secret.find(secret_file, port), WallClock()) as gateway:
        now = gateway.shards(count, force=force)
        click.echo(f"{count} shards: {now.up} up, {len(now.starting)} starting, {len(now.draining)} draining")
        if wait:
            gateway.settle(count)


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
@click.option("--first", type=click.IntRange(1), default=1, help="First report to publish, of each quake.")
@click.option("--last", type=click.IntRange(1), help="Last report to publish, of each quake.")
@at_control
def publish(
    quakes: tuple[str, ...],
    control: str,
    apart: float,
    config: Path | None,
    secret_file: str | None,
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
    from ewarn.gateway import secret
    from ewarn.publish import play, publisher
    from ewarn.seismic.reports import interleaved
    from ewarn.system.address import split_address
    from ewarn.system.clock import WallClock

    centre = Centre(load_centre(config))
    played = find_quakes(quakes)
    found = [quake.at(played[0].origin.time + index * apart) for index, quake in enumerate(played)]
    chosen = interleaved(_chosen(quake.id, centre.reports(quake), first, last) for quake in found)
    clock = WallClock()
    _, port = split_address("--control", control)
    with publisher(control, secret.find(secret_file, port), clock) as gateway:
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


@verb("ewarn demo configs/drill.toml --listen 127.0.0.1:8600")
@click.argument("config", type=click.Path(path_type=Path), required=False)
@click.option("--listen", default=LISTEN, show_default=True, help="Address of the page, HOST:PORT, on loopback.")
@click.option("--control", default=CONTROL, show_default=True, help="Address that starts and stops drills, HOST:PORT.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("runs"), show_default=True, help="Folder for the results."
)
@click.option("--json", "as_json", is_flag=True, help="Print addresses and token as one JSON line on stdout.")
def demo(config: Path | None, listen: str, control: str, out: Path, as_json: bool) -> None:
    """Serve a page that starts, shows and replays drills, until Ctrl-C.

    CONFIG is a drill file, a quake file, or the name of a quake that came with the program. The page offers that quake
    first.

    The printed address contains a token. Anyone who opens it with the token can start and stop drills. Without the
    token, the page only shows them.
    """
    from dataclasses import asdict

    from ewarn.demo.server import Started, Wanted, run

    def on_start(started: Started) -> None:
        if as_json:
            tell(asdict(started))
            return
        click.echo(f"open {started.page}", err=True)
        click.echo(
            "the part after # lets a page start and stop drills: keep it secret; Ctrl-C stops the demo",
            err=True,
        )

    make_folder(out)
    run(Wanted(config, out, listen, control), on_start)
    click.echo("demo: stopped; all its processes have ended", err=True)
