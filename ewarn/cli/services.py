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
@click.option("--listen", default=LISTEN, show_default=True, help="Public HOST:PORT.")
@click.option("--control", default=CONTROL, show_default=True, help="HOST:PORT for reports.")
@click.option("--secret-file", help="File with the control secret; made if it is not there.")
@click.option("--shards", default="auto", show_default=True, help="Processes that hold connections.")
@click.option("--capacity", type=click.IntRange(1), help="Connections in all [default: what the shards hold].")
@click.option("--engine", type=ENGINE, default=ENGINE.first, show_default="the first", help="How frames leave.")
@click.option("--order", type=ORDER, default=ORDER.first, show_default="the first", help="Order of dispatch.")
@click.option("--rate-per-s", type=float, help="Frames a second to send at most, over all shards.")
@click.option("--config", type=click.Path(path_type=Path), help="Drill file whose [earth] and [delivery] to go by.")
@click.option("--seed", type=click.IntRange(0), default=0, help="Of the random order.")
@click.option("--allow-network", is_flag=True, help="Bind an address other than loopback.")
@click.option("--json", "as_json", is_flag=True, help="Print addresses and layout as one JSON line on stdout.")
def gateway(shards: str, config: Path | None, as_json: bool, **given: Any) -> None:
    """Serve alerts until Ctrl-C. Clients connect to ws://LISTEN/v1/alerts?user=ID&place=LAT,LON."""
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
        click.echo(f"secret in {started.secret_file or 'EWARN_SECRET'}; Ctrl-C stops", err=True)

    run(Supervisor(wanted), on_start)
    click.echo("gateway: stopped; every shard has ended", err=True)


@verb("ewarn shards 4 --control 127.0.0.1:8601 --wait")
@click.argument("count", type=int)
@click.option("--secret-file", help="The gateway's secret [default: EWARN_SECRET, or the runtime folder].")
@click.option("--force", is_flag=True, help="Remove shards even if the rest cannot hold all connections.")
@click.option("--wait", is_flag=True, help="Return once shards that start are up, and those that drain have ended.")
@at_control
def shards(count: int, control: str, secret_file: str | None, force: bool, wait: bool) -> None:
    """Have a running gateway hold its connections in COUNT shards.

    A shard that is removed takes no connections any more and goes on alerting those it has; it sends them away one by
    one, with close code 1012 (service restart), to connect anew.
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


@verb("ewarn publish configs/quakes/luding-2022.toml --control 127.0.0.1:8601 --speed 4")
@click.argument("quakes", metavar="QUAKE...", nargs=-1, required=True)
@click.option("--apart", type=Number(0, 3600), default=5.0, show_default=True, help="Of several quakes, s.")
@click.option("--config", type=click.Path(path_type=Path), help="Drill file whose earth and network make the reports.")
@click.option("--secret-file", help="The gateway's secret [default: EWARN_SECRET, or the runtime folder].")
@click.option("--speed", type=Number(0, 1000, min_open=True), default=1.0, help="Divides the waits.")
@click.option(
    "--first", type=click.IntRange(1), default=1, help="Of each quake, leave out the reports before this number."
)
@click.option("--last", type=click.IntRange(1), help="Of each quake, leave out the reports after this number.")
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
    """Play a quake's reports into a running gateway; prints a JSON line at each release.

    Several quakes begin one after the other, and their reports go out interleaved.
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
@click.option("--listen", default=LISTEN, show_default=True, help="HOST:PORT of the page, on loopback.")
@click.option("--control", default=CONTROL, show_default=True, help="HOST:PORT that starts and stops drills.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("runs"), show_default=True, help="For results.")
@click.option("--json", "as_json", is_flag=True, help="Print addresses and token as one JSON line on stdout.")
def demo(config: Path | None, listen: str, control: str, out: Path, as_json: bool) -> None:
    """Serve the page on which drills are started, seen as they happen, and replayed, until Ctrl-C.

    CONFIG is a drill file, or a quake file, or the name of a quake that came with the program, which is then the one to
    begin with.

    Whoever opens the address with its token may start and stop drills; without the token the page only shows them.
    """
    from dataclasses import asdict

    from ewarn.demo.server import Started, Wanted, run

    def on_start(started: Started) -> None:
        if as_json:
            tell(asdict(started))
            return
        click.echo(f"open {started.page}", err=True)
        click.echo("the part after # lets a page start and stop drills: keep it to yourself; Ctrl-C stops", err=True)

    make_folder(out)
    run(Wanted(config, out, listen, control), on_start)
    click.echo("demo: stopped; every process of it has ended", err=True)
