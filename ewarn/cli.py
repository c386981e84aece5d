"""The command line: verbs, options, exit codes. Human text goes to stderr, results to stdout."""

import json
import logging
import math
import os
import signal
import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from rich.console import Console

from ewarn import __version__
from ewarn.errors import EwarnError, InputError

if TYPE_CHECKING:  # what a verb needs is imported when it is called, so that help comes at once
    from ewarn.config.drill import DrillSettings
    from ewarn.drill.conductor import Outcome
    from ewarn.drill.gateways import External
    from ewarn.terminal import TerminalView
    from ewarn.verdict.judge import Verdict

INTERRUPTED = 130


class Verbs(click.Group):
    """Prints errors as lines, and exits with the code that each kind has."""

    def invoke(self, context: click.Context) -> Any:
        """Run a verb."""
        try:
            return super().invoke(context)
        except EwarnError as error:
            for line in str(error).splitlines():
                click.echo(f"ewarn: {line}", err=True)
            sys.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("ewarn: interrupted; every process of it has ended", err=True)
            sys.exit(INTERRUPTED)


def _example(text: str) -> dict[str, Any]:
    return {"epilog": "\b\nExample:\n  " + text, "context_settings": {"help_option_names": ["-h", "--help"]}}


def _make_folder(path: Path) -> None:
    """Find out that results cannot be kept before there are any."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"--out: cannot write to {path} ({error.strerror})") from None
    if not os.access(path, os.W_OK):
        raise InputError(f"--out: cannot write to {path} (Permission denied)")


class Number(click.FloatRange):
    """A range of numbers; comparisons with nan are all false, so that click's own lets it through."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Also refuse nan."""
        number = float(super().convert(value, param, ctx))
        if math.isnan(number):
            self.fail("nan is not a number", param, ctx)
        return number


def _amount(*names: str, most: float, **given: Any) -> Callable[[Any], Any]:
    """An option for a number above zero."""
    return click.option(*names, type=Number(0, most, min_open=True), show_default=True, **given)


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


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, package_name="ewarn")
def main() -> None:
    """Earthquake early-warning fan-out simulator: from a quake to a verdict, over real WebSockets.

    Everything it sends is marked as a drill.
    """
    # A plain `kill` ends a command as Ctrl-C does: children first.
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    if not sys.platform.startswith("linux"):
        raise InputError(f"this is {sys.platform}, and it runs on Linux alone (epoll, io_uring)")
    from ewarn.machine import use_all_files

    use_all_files()


RUNS = Path("runs")
"""where the folders of runs stand unless another is named"""

KEYS = {
    "quake": "quake",
    "users": "audience.users",
    "places": "audience.places",
    "engine": "gateway.engine",
    "order": "gateway.order",
    "rate_per_s": "gateway.rate_per_s",
    "seed": "seed",
    "speed": "speed",
}
"""by option, the key of a drill file that it stands for"""


@main.command(**_example("ewarn drill configs/drill.toml --users 100000 --order fifo --out runs/fifo"))
@click.argument("config", type=click.Path(path_type=Path), required=False)
@click.option("--quake", type=click.Path(path_type=Path), help="Quake file, instead of the drill file's.")
@click.option("--users", type=int, help="Users to connect.")
@click.option("--engine", help="How frames leave: auto, uring, write.")
@click.option(
    "--order", help="Order of dispatch: deadline, nearest, intensity, random, fifo; of several each is played in turn."
)
@click.option("--rate-per-s", type=float, help="Frames a second to send at most: stands for a loaded service.")
@click.option("--places", help="Where users live: sichuan, china, or a CSV file of units with residents.")
@click.option("--seed", type=int, help="Of everything that is drawn.")
@click.option("--speed", type=float, help="Divide the waits before reports by this.")
@click.option("--repeat", type=click.IntRange(1, 1000), default=1, help="Play so many times on the same connections.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for results [default: runs/TIME-QUAKE].")
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON, and nothing else, on stdout.")
@click.option("--to", help="Drill a gateway that runs already: its ws://HOST:PORT.")
@click.option("--control", help="That gateway's control HOST:PORT.")
@click.option("--secret-file", help="That gateway's secret [default: EWARN_SECRET, or the runtime folder].")
@click.option("--allow-network", is_flag=True, help="Let --to be elsewhere than on loopback.")
def drill(
    config: Path | None,
    order: str | None,
    repeat: int,
    out: Path | None,
    as_json: bool,
    to: str | None,
    control: str | None,
    secret_file: str | None,
    allow_network: bool,
    **given: Any,
) -> None:
    """Play a quake to real users, and judge the delivery.

    Without CONFIG, by the drill file that came along.

    Exit code 0: no check failed; 3: one did; 4: the measurement itself cannot be trusted.
    """
    from ewarn.dispatch.orders import ORDERS
    from ewarn.terminal import TerminalView
    from ewarn.verdict.budgets import Budgets

    orders = [name.strip() for name in order.split(",")] if order else []
    settings = _settings(config, given | {"order": orders[0] if orders else None})
    if bool(to) != bool(control):
        raise InputError("--to and --control go together")
    if to and (given["engine"] or given["rate_per_s"] is not None):
        raise InputError("--engine and --rate-per-s: the gateway of --to has its own")
    external = _external(to, control, secret_file, allow_network) if to and control else None
    _make_folder(out or RUNS)
    if wrong := [name for name in orders if name not in ORDERS]:
        raise InputError(f"--order: {wrong[0]!r} is not one of {', '.join(ORDERS)}")
    console, several = Console(stderr=True), len(orders) > 1
    with (
        TerminalView(console, Budgets(**settings.budgets.model_dump())) as view,
        # However it ends, gateway and users do so before anything is said of it.
        closing(_plays(settings, view, external, repeat, orders if several or external else [])) as plays,
    ):
        kept = _keep(plays, out, by_order=several, by_play=repeat > 1, show=None if as_json else console)
    if as_json:
        click.echo(json.dumps(kept.told if len(kept.told) > 1 else kept.told[0]))
    else:
        _sum_up(kept, several, console)
    sys.exit(max(verdict.exit_code for verdicts in kept.verdicts.values() for verdict in verdicts))


def _settings(config: Path | None, given: dict[str, Any]) -> "DrillSettings":
    """The drill file's, or those of the one that came along; what an option says instead wins."""
    from ewarn.config.drill import load_drill
    from ewarn.config.tables import shipped

    changes = {key: given[option] for option, key in KEYS.items() if given[option] is not None}
    if "quake" in changes:
        changes["quake"] = str(changes["quake"])
    return load_drill(config or shipped() / "drill.toml", changes)


def _external(to: str, control: str, secret_file: str | None, allow_network: bool) -> "External":
    """The gateway that runs already."""
    from ewarn.drill.gateways import External
    from ewarn.gateway import secret
    from ewarn.gateway.supervisor import split_address

    _, port = split_address("--control", control)
    return External(to, control, secret.find(secret_file, port), allow_network)


def _plays(
    settings: "DrillSettings", view: "TerminalView", external: "External | None", repeat: int, orders: list[str]
) -> "Generator[Outcome, None, None]":
    from ewarn.clock import WallClock
    from ewarn.drill.conductor import run
    from ewarn.machine import this_machine

    return run(
        settings,
        machine=this_machine(),
        clock=WallClock(),
        view=view,
        external=external,
        repeat=repeat,
        orders=orders,
    )


class Kept(NamedTuple):
    """What stays in memory of plays. Half a million users' receipts are let go once they are written."""

    out: Path | None
    told: list[dict[str, Any]]
    """a verdict as JSON each, as they were played"""
    verdicts: dict[str, list["Verdict"]]
    """by order"""


def _keep(plays: "Iterable[Outcome]", out: Path | None, *, by_order: bool, by_play: bool, show: Console | None) -> Kept:
    """Write each play as soon as it is judged, and show it."""
    from ewarn import results

    told: list[dict[str, Any]] = []
    verdicts: dict[str, list[Verdict]] = {}
    for outcome in plays:
        out = out or RUNS / results.run_name(outcome)
        order = outcome.settings.gateway.order
        told.append(results.as_json(outcome))
        verdicts.setdefault(order, []).append(outcome.verdict)
        folder = out / order if by_order else out
        results.write(outcome, folder / str(len(verdicts[order])) if by_play else folder)
        if show:
            show.print("", results.table(outcome), "", highlight=False, markup=False)
    return Kept(out, told, verdicts)


def _sum_up(kept: Kept, several: bool, console: Console) -> None:
    from ewarn import results

    for order, verdicts in kept.verdicts.items():
        if len(verdicts) > 1:
            console.print(results.summary(verdicts, order if several else ""), highlight=False)
    console.print(f"results in {kept.out}", highlight=False, markup=False)


@main.command(**_example("ewarn gateway --listen 127.0.0.1:8600 --control 127.0.0.1:8601"))
@click.option("--listen", default="127.0.0.1:8600", show_default=True, help="Public HOST:PORT.")
@click.option("--control", default="127.0.0.1:8601", show_default=True, help="HOST:PORT for reports.")
@click.option("--secret-file", help="File with the control secret; made if it is not there.")
@click.option("--shards", default="auto", show_default=True, help="Processes that hold connections.")
@click.option("--capacity", type=click.IntRange(1), help="Connections in all [default: what the shards hold].")
@click.option("--engine", default="auto", show_default=True, help="How frames leave: auto, uring, write.")
@click.option(
    "--order",
    default="deadline",
    show_default=True,
    help="Order of dispatch: deadline, nearest, intensity, random, fifo.",
)
@click.option("--rate-per-s", type=float, help="Frames a second to send at most, over all shards.")
@click.option("--config", type=click.Path(path_type=Path), help="Drill file whose [earth] and [delivery] to go by.")
@click.option("--seed", type=click.IntRange(0), default=0, help="Of the random order.")
@click.option("--allow-network", is_flag=True, help="Bind an address other than loopback.")
@click.option("--json", "as_json", is_flag=True, help="Print addresses and layout as one JSON line on stdout.")
def gateway(shards: str, config: Path | None, as_json: bool, **given: Any) -> None:
    """Serve alerts until Ctrl-C. Clients connect to ws://LISTEN/v1/alerts?user=ID&place=LAT,LON."""
    from dataclasses import asdict

    from ewarn.centre import earth_model
    from ewarn.config.drill import load_centre, load_drill
    from ewarn.dispatch.gates import Gates
    from ewarn.drill.gateways import gates_of
    from ewarn.gateway.settings import GatewaySettings
    from ewarn.gateway.supervisor import Started, Supervisor, run

    if shards != "auto" and (not shards.isdecimal() or not 1 <= int(shards) <= 4096):
        raise InputError(f"--shards: expected auto or a number from 1 to 4096, got {shards!r}")
    settings = load_drill(config) if config else None
    wanted = GatewaySettings(
        shards=None if shards == "auto" else int(shards),
        earth=earth_model(settings or load_centre(None)),
        gates=gates_of(settings) if settings else Gates(),
        **given,
    )

    def on_start(started: Started) -> None:
        if as_json:
            click.echo(json.dumps(asdict(started)))
            return
        click.echo(f"gateway: {started.layout.why}", err=True)
        click.echo(f"alerts on ws://{started.listen}/v1/alerts, reports on {started.control}", err=True)
        click.echo(f"secret in {started.secret_file or 'EWARN_SECRET'}; Ctrl-C stops", err=True)

    run(Supervisor(wanted), on_start)
    click.echo("gateway: stopped; every shard has ended", err=True)


@main.command(**_example("ewarn demo configs/drill.toml --listen 127.0.0.1:8600"))
@click.argument("config", type=click.Path(path_type=Path), required=False)
@click.option("--listen", default="127.0.0.1:8600", show_default=True, help="HOST:PORT of the page, on loopback.")
@click.option("--control", default="127.0.0.1:8601", show_default=True, help="HOST:PORT that starts and stops drills.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("runs"), show_default=True, help="For results.")
@click.option("--json", "as_json", is_flag=True, help="Print addresses and token as one JSON line on stdout.")
def demo(config: Path | None, listen: str, control: str, out: Path, as_json: bool) -> None:
    """Serve the page on which drills are started, seen as they happen, and replayed, until Ctrl-C.

    Whoever opens the address with its token may start and stop drills; without the token the page only shows them.
    """
    from dataclasses import asdict

    from ewarn.config.tables import shipped
    from ewarn.demo.server import Started, Wanted, run

    def on_start(started: Started) -> None:
        if as_json:
            click.echo(json.dumps(asdict(started)))
            return
        click.echo(f"open {started.page}", err=True)
        click.echo("the part after # lets a page start and stop drills: keep it to yourself; Ctrl-C stops", err=True)

    _make_folder(out)
    run(Wanted(config or shipped() / "drill.toml", out, listen, control), on_start)
    click.echo("demo: stopped; every process of it has ended", err=True)


@main.command(**_example("ewarn publish configs/quakes/luding-2022.toml --to 127.0.0.1:8601 --speed 4"))
@click.argument("quakes", metavar="QUAKE...", nargs=-1, required=True)
@click.option("--to", required=True, help="Control HOST:PORT of a gateway.")
@click.option("--apart", type=Number(0, 3600), default=5.0, show_default=True, help="Of several quakes, s.")
@click.option("--config", type=click.Path(path_type=Path), help="Drill file whose earth and network make the reports.")
@click.option("--secret-file", help="The gateway's secret [default: EWARN_SECRET, or the runtime folder].")
@click.option("--speed", type=Number(0, 1000, min_open=True), default=1.0, help="Divides the waits.")
@click.option("--first", type=click.IntRange(1), default=1, help="Leave out the reports before this number.")
@click.option("--last", type=click.IntRange(1), help="Leave out the reports after this number.")
def publish(
    quakes: tuple[str, ...],
    to: str,
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
    from ewarn.centre import Centre
    from ewarn.clock import WallClock
    from ewarn.config.catalogues import find_quake
    from ewarn.config.drill import load_centre
    from ewarn.gateway import secret
    from ewarn.gateway.supervisor import split_address
    from ewarn.publish import play, publisher
    from ewarn.seismic.reports import interleaved

    centre = Centre(load_centre(config))
    origin = find_quake(quakes[0]).origin.time
    found = [find_quake(quake).at(origin + index * apart) for index, quake in enumerate(quakes)]
    reports = list(interleaved(centre.reports(quake) for quake in found))
    chosen = reports[first - 1 : last]
    if not chosen:
        raise InputError(
            f"--first {first}, --last {last or len(reports)}: none of the {len(reports)} reports of {', '.join(quakes)}"
        )
    clock = WallClock()
    _, port = split_address("--to", to)
    with publisher(to, secret.find(secret_file, port), clock) as control:
        play(found[0], chosen, control, clock, speed, _tell_release)


def _tell_release(release: Any) -> None:
    click.echo(release.line())
    if release.note:
        click.echo(f"report {release.report.number}: {release.note}", err=True)


def _places(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> list[Any]:
    found = []
    for value in values:
        latitude, _, rest = value.partition(",")
        longitude, _, name = rest.partition(",")
        try:
            place = name.strip() or value, float(latitude), float(longitude)
        except ValueError:
            raise InputError(f"--at: expected LAT,LON,NAME, got {value!r}") from None
        if not (abs(place[1]) <= 90 and abs(place[2]) <= 180):
            raise InputError(f"--at: {value!r} is not on the globe")
        found.append(place)
    return found


@main.command(**_example("ewarn quake luding-2022 --at 29.61,102.12,Moxi"))
@click.argument("file", required=False)
@click.option("--at", multiple=True, callback=_places, help="LAT,LON,NAME of a place to tell of. May be given again.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of everything that is drawn.")
@click.option("--config", type=click.Path(path_type=Path), help="Drill file whose earth and network to take.")
@click.option("--lat", type=Number(-90, 90), help="Make a quake: latitude.")
@click.option("--lon", type=Number(-180, 180), help="Make a quake: longitude.")
@click.option("--depth", type=Number(0, 100), default=10.0, show_default=True, help="Make a quake: km.")
@click.option("--mag", type=Number(0, 10), help="Make a quake: magnitude.")
@click.option("--strike", type=Number(0, 360, max_open=True), help="Make a quake: of its fault, degrees.")
@click.option("--out", type=click.Path(path_type=Path), help="Write it: .toml, or QuakeML as .xml or .quakeml.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON, and nothing else, on stdout.")
def quake(
    file: str | None, at: list[Any], seed: int, config: Path | None, out: Path | None, as_json: bool, **made: Any
) -> None:
    """Show a quake: what its stations see, each report, and what it means at places.

    FILE is a quake file, QuakeML, USGS GeoJSON, or the name of a quake that came with the program; without one,
    --lat, --lon, --depth and --mag make one.
    """
    from ewarn.centre import Centre
    from ewarn.config.catalogues import find_quake, make_quake, write_quake
    from ewarn.config.drill import load_centre
    from ewarn.outlook import outlook
    from ewarn.outlook_results import show

    if file is None:
        if missing := [name for name in ("lat", "lon", "mag") if made[name] is None]:
            raise InputError(f"quake: give FILE, or --{missing[0]} too")
        found = make_quake(made["lat"], made["lon"], made["depth"], made["mag"], made["strike"], datetime.now(UTC))
    else:
        found = find_quake(file)
    if out:
        write_quake(found, out)
    centre = Centre(load_centre(config, seed=seed))
    told = outlook(found, centre, at)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        show(told, Console())


def _depths(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[float, ...]:
    try:
        depths = tuple(float(word) for word in value.split(","))
    except ValueError:
        raise InputError(f"--depths: expected numbers such as 10,15, got {value!r}") from None
    if wrong := [depth for depth in depths if not 0 <= depth <= 100]:
        raise InputError(f"--depths: 0 to 100 km, got {wrong[0]:g}")
    return depths


@main.command(**_example("ewarn release --depths 10,15 --config configs/drill.toml --out runs/release"))
@click.option("--config", type=click.Path(path_type=Path), help="Drill file whose earth and network to take.")
@click.option("--grid-km", type=Number(5, 200), default=20.0, show_default=True, help="Between origins.")
@click.option("--depths", default="8,10,12,15,17", show_default=True, callback=_depths, help="Of the origins, km.")
@click.option("--mag", type=Number(3, 9), default=5.0, show_default=True, help="Of the origins.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of everything that is drawn.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for release.csv and the map, release.svg.")
@click.option("--json", "as_json", is_flag=True, help="Print figures as JSON, and nothing else, on stdout.")
def release(
    config: Path | None,
    grid_km: float,
    depths: tuple[float, ...],
    mag: float,
    seed: int,
    out: Path | None,
    as_json: bool,
) -> None:
    """How soon the first report comes, all over Sichuan: the promise of 5 to 15 s.

    Exit code 3: some origin's first report is later than 15 s.
    """
    from ewarn import release as province
    from ewarn.centre import Centre
    from ewarn.config.drill import load_centre

    if out:
        _make_folder(out)
    centre = Centre(load_centre(config, seed=seed))
    found = province.survey(centre, grid_km, depths, mag, seed)
    if out:
        province.write(found, out)
    told = province.figures(found)
    if as_json:
        click.echo(json.dumps(told))
    else:
        province.show(found, told, Console())
    sys.exit(0 if told["late"] == 0 else 3)


@main.command(**_example("ewarn swarm --to ws://127.0.0.1:8600 --clients 5000 --for 60"))
@click.option("--to", required=True, help="ws://HOST:PORT of any gateway.")
@click.option("--clients", type=click.IntRange(1), required=True, help="Users to connect.")
@click.option(
    "--for",
    "seconds",
    type=Number(0, min_open=True),
    help="Stay so many seconds [default: until Ctrl-C].",
)
@click.option("--quake", default="luding-2022", show_default=True, help="Id of the quake whose reports count.")
@click.option("--places", default="sichuan", show_default=True, help="Where they live: sichuan, china, or a CSV file.")
@click.option("--seed", type=click.IntRange(0), default=1, help="Of the users' places.")
@click.option("--mix", is_flag=True, help="They follow from none to ten places, and some set a threshold.")
@click.option("--connects-per-s", type=Number(0, min_open=True), default=10_000.0, help="The ramp.")
@click.option(
    "--churn-per-s",
    type=Number(0, 1),
    default=0.0,
    help="Share of the clients, drawn anew each second, that hang up and return.",
)
@click.option(
    "--chat-per-s",
    type=Number(0, 1),
    default=0.0,
    help="Share of the clients, drawn anew each second, that send 200 bytes of chat, which the gateway echoes.",
)
@click.option("--reconnect", is_flag=True, help="Clients that are sent away or lost come back, as phones do.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for receipts.npy.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON on stdout.")
@click.option("--allow-network", is_flag=True, help="Let --to be elsewhere than on loopback.")
def swarm(to: str, out: Path | None, as_json: bool, mix: bool, **given: Any) -> None:
    """Connect real clients to a gateway, and take down what they read.

    On SIGUSR1 all of them hang up, and return at the ramp's rate. A client that is returning tries again until it
    is let in, or the swarm ends.
    """
    from ewarn.audience.mix import REALISTIC, Mix
    from ewarn.drill.attend import attend
    from ewarn.terminal import TerminalView

    if out:
        _make_folder(out)
    storms = _arrivals(signal.SIGUSR1)
    with TerminalView(Console(stderr=True)) as view:
        mixed = REALISTIC if mix else Mix()
        counts = attend(to, view=view, out=out, storm_is_due=storms, mix=mixed, **given)
    click.echo(json.dumps(counts) if as_json else "\n".join(f"{name}: {count:,}" for name, count in counts.items()))
    sys.exit(0 if counts["failed"] == 0 else 3)


def _names(_context: click.Context, parameter: click.Parameter, value: str) -> list[str]:
    names = [name.strip() for name in value.split(",") if name.strip()]
    if not names:
        raise InputError(f"--{parameter.name}: expected names, got {value!r}")
    return names


def _counts(_context: click.Context, parameter: click.Parameter, value: str) -> list[int]:
    words = [word.strip().replace("_", "") for word in value.split(",")]
    if not all(word.isdecimal() and int(word) > 0 for word in words):
        raise InputError(f"--{parameter.name}: expected numbers such as 20000,96000, got {value!r}")
    return [int(word) for word in words]


@main.command(**_example("ewarn bench --users 20000,96000 --engines uring,write,floor --orders deadline,fifo"))
@click.option(
    "--engines",
    default="uring,write,broadcast,sequential,picows,floor,null",
    show_default=True,
    callback=_names,
    help="Whom to hold side by side.",
)
@click.option("--orders", default="deadline", show_default=True, callback=_names, help="Orders of dispatch.")
@click.option("--users", default="20000", show_default=True, callback=_counts, help="Sizes, connected at once.")
@click.option(
    "--frames",
    default="own,shared",
    show_default=True,
    callback=_names,
    help="own; shared: one for all; apart: one a place.",
)
@click.option("--mix", is_flag=True, help="Users follow from none to ten places, instead of one each.")
@click.option("--repeats", type=click.IntRange(1, 1000), default=5, show_default=True, help="Plays of each.")
@click.option(
    "--stuck",
    type=Number(0, 1),
    default=0.0,
    help="Play our engines also with such a share of clients more that never read.",
)
@click.option(
    "--chat",
    type=Number(0, 1),
    default=0.0,
    help="Play our engines also while such a share of the clients chats each second.",
)
@click.option(
    "--within",
    type=Number(0, min_open=True),
    multiple=True,
    help="Instead, search how many users the first engine and order tell within so many seconds. May be given again.",
)
@click.option("--quake", default="luding-2022", show_default=True, help="A quake file, or one that came along.")
@click.option("--seed", type=click.IntRange(0), default=1, help="Of everything that is drawn.")
@click.option("--connects-per-s", type=Number(0, min_open=True), default=20_000.0, help="The ramp.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for bench.json and bench.svg, or within.json.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, and nothing else, on stdout.")
def bench(within: tuple[float, ...], out: Path | None, as_json: bool, **given: Any) -> None:
    """Hold dispatch strategies side by side, on real sockets, in one interleaved run.

    Exit code 3: somebody was not reached.
    """
    from ewarn.bench import results, runner
    from ewarn.bench.within import search
    from ewarn.dispatch.orders import ORDERS
    from ewarn.machine import this_machine
    from ewarn.terminal import TerminalView
    from ewarn.wire.matrix import BUILDERS

    for option, allowed in (("orders", ORDERS), ("frames", BUILDERS)):
        if unknown := set(given[option]) - set(allowed):
            raise InputError(f"--{option}: {unknown.pop()!r} is not one of {', '.join(allowed)}")
    given["engines"], skipped = runner.available(given["engines"])
    if not given["engines"]:
        raise InputError(f"--engines: none of them works here: {'; '.join(skipped)}")
    if within and (given["stuck"] or given["chat"]):
        raise InputError("--within: its users neither get stuck nor chat")
    if out:
        _make_folder(out)
    wanted, machine, console = runner.Wanted(**given), this_machine(), Console(stderr=True)
    with TerminalView(console) as view:
        if within:
            searched = [search(wanted, limit, machine, view) for limit in within]
        else:
            found = results.document(runner.run(wanted, machine, view), machine, wanted.repeats, skipped)
    if within:
        for one in searched:
            view.say(f"within {one['within_s']:g} s: {one['users']:,} users ({one['engine']}, {one['order']})")
        if out:
            (out / "within.json").write_text(json.dumps(searched, indent=1) + "\n", encoding="utf-8")
        if as_json:
            click.echo(json.dumps(searched))
        sys.exit(3 if any(trial["seconds"] is None for one in searched for trial in one["trials"]) else 0)
    problems = results.write(found, out) if out else []
    if as_json:
        click.echo(json.dumps(found))
    else:
        console.print(results.table(found), highlight=False, markup=False)
    missing = results.incomplete(found["rows"])
    for line in (*problems, *missing):
        view.say(line)
    sys.exit(3 if missing else 0)


@main.command(**_example("ewarn plan bench.json --users 500000 --within 1 --cores 8 --gbit 10"))
@click.argument("bench", type=click.Path(path_type=Path))
@click.option(
    "--users", type=click.IntRange(1, 10**10), default=500_000, show_default=True, help="Promised to so many."
)
@_amount("--within", "within_s", most=3600, default=1.0, help="The limit, seconds.")
@click.option("--cores", type=click.IntRange(1, 4096), default=8, show_default=True, help="Of a host.")
@_amount("--memory-gib", most=10**6, default=32.0, help="Of a host.")
@click.option(
    "--open-files",
    type=click.IntRange(257, 2**31),
    default=20_000,
    show_default=True,
    help="A process may have, 256 of them for itself.",
)
@_amount("--gbit", most=10**6, default=10.0, help="A second, of a host's network link.")
@_amount("--headroom", most=1, default=0.7, help="Share of cores, memory and link that may be used.")
@click.option("--engine", help="Plan with this engine's costs [default: the cheapest at most users].")
@click.option("--order", help="Plan with this order's costs [default: the cheapest at most users].")
@click.option("--json", "as_json", is_flag=True, help="Print the sizing as JSON, and nothing else, on stdout.")
def plan(
    bench: Path,
    users: int,
    within_s: float,
    engine: str | None,
    order: str | None,
    as_json: bool,
    **size: Any,
) -> None:
    """Model how many hosts hold a promise, from the costs in a file that `ewarn bench` wrote.

    Everything it says of hosts is modelled, not measured; it prints its formula and what it assumes.
    """
    from ewarn import capacity, capacity_results

    measured = capacity.load(bench)
    row = capacity.choose(measured, bench, engine, order)
    sizing = capacity.size(capacity.Promise(users, within_s), capacity.Host(**size), measured.machine, row)
    if as_json:
        click.echo(json.dumps(capacity_results.as_json(sizing)))
    else:
        Console(stderr=True).print("", capacity_results.table(sizing), "", highlight=False, markup=False)


@main.command(**_example("ewarn check configs/drill.toml configs/quakes/*.toml"))
@click.argument("configs", nargs=-1, required=True, type=click.Path(path_type=Path))
def check(configs: tuple[Path, ...]) -> None:
    """Validate drill and quake files, naming the full key of each error."""
    from ewarn.config.check import check as look_at

    problems: list[str] = []
    for path in configs:
        try:
            click.echo(f"{path}: {look_at(path)}")
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(*problems)


@main.command(**_example("ewarn shards 4 --to 127.0.0.1:8601 --wait"))
@click.argument("count", type=int)
@click.option("--to", required=True, help="Control HOST:PORT of a gateway.")
@click.option("--secret-file", help="The gateway's secret [default: EWARN_SECRET, or the runtime folder].")
@click.option("--force", is_flag=True, help="Remove shards even if the rest cannot hold all connections.")
@click.option("--wait", is_flag=True, help="Return once shards that start are up, and those that drain have ended.")
def shards(count: int, to: str, secret_file: str | None, force: bool, wait: bool) -> None:
    """Have a running gateway hold its connections in COUNT shards.

    A shard that is removed takes no connections any more and goes on alerting those it has; it sends them away one by
    one, with close code 1012 (service restart), to connect anew.
    """
    from ewarn.clock import WallClock
    from ewarn.gateway import secret
    from ewarn.gateway.supervisor import split_address
    from ewarn.publish import publisher

    _, port = split_address("--to", to)
    with publisher(to, secret.find(secret_file, port), WallClock()) as control:
        now = control.shards(count, force=force)
        click.echo(f"{count} shards: {now.up} up, {len(now.starting)} starting, {len(now.draining)} draining")
        if wait:
            control.settle(count)


@main.command(**_example("ewarn compare runs/fifo runs/deadline --out runs/fifo-deadline"))
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Folder for compare.json, compare.svg and compare.png.")
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON, and nothing else, on stdout.")
def compare(runs: tuple[Path, ...], out: Path | None, as_json: bool) -> None:
    """Hold runs of one quake side by side: who was warned in time, who was lost to dispatch, what order is worth.

    A folder of several plays counts with all of them; plays of one strategy go together.
    """
    from ewarn import comparison, comparison_results

    if out:
        _make_folder(out)
    strategies = comparison.load(runs)
    found = comparison.document(strategies)
    problems = comparison_results.write(found, strategies, out) if out else []
    if as_json:
        click.echo(json.dumps(found))
    else:
        Console().print(comparison_results.table(found), highlight=False, markup=False)
    for line in problems:
        click.echo(f"ewarn: {line}", err=True)


@main.command(**_example("ewarn explain runs/deadline --user 123"))
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--user", required=True, help="Number of the user, such as 123 or u123.")
@click.option("--json", "as_json", is_flag=True, help="Print the explanation as JSON, and nothing else, on stdout.")
def explain(run: Path, user: str, as_json: bool) -> None:
    """Say of one user why each report of a run reached him when it did, or what held it back."""
    from ewarn import explain as explanation

    told = explanation.explain(run, explanation.user_number(user))
    if as_json:
        click.echo(json.dumps(told))
    else:
        click.echo("\n".join(explanation.lines(told)))


@main.command(**_example("ewarn report runs/deadline runs/fifo --charts runs/slides"))
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="File to write [default: report.html in the first RUN].")
@click.option("--charts", type=click.Path(path_type=Path), help="Folder for every chart as SVG and PNG, for slides.")
def report(runs: tuple[Path, ...], out: Path | None, charts: Path | None) -> None:
    """Write the report of a run as one file that opens from disk; of several, the first compared with the others.

    A folder of several plays counts with all of them.
    """
    from ewarn.report import page

    if charts:
        _make_folder(charts)
    written = page.write(runs, out, charts)
    click.echo(f"{written}: {written.stat().st_size / 1e6:.1f} MB")
