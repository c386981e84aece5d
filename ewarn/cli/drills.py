"""Verbs that play whole drills: `drill` in a terminal, `demo` on a page."""

import sys
from collections.abc import Generator, Iterable
from contextlib import closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ewarn.cli.language import echo, in_force
from ewarn.cli.options import (
    CONTROL_WORDS,
    ENGINE,
    PHONES,
    SOME_ORDERS,
    asked_by,
    at_ca,
    make_folder,
    noting,
    signing_key,
    tell_problems,
    verb,
    was_said,
)
from ewarn.cli.outlets import tell
from ewarn.cli.plain import plain_console
from ewarn.errors import InputError, WriteError
from ewarn.system.address import CONTROL, LISTEN

if TYPE_CHECKING:
    from rich.console import Console

    from ewarn.config.drill import DrillSettings
    from ewarn.drill.gateways import External
    from ewarn.drill.outcome import Outcome
    from ewarn.verdict.document import Document
    from ewarn.verdict.judge import Verdict
    from ewarn.watching.terminal import TerminalView

HEADING = "Play a drill"
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
    "phones": "swarm.clients",
}
"""by option, the key of a drill file that it stands for"""
REACH = ("to", "control", "secret_file", "signing_key", "allow_network", "ca")
"""options by which a gateway is reached that runs already"""

NOT_OF_A_FLEET = dict.fromkeys(("engine", "order", "rate_per_s"), "who runs a gateway gives it its own")
NOT_OF_A_FLEET |= dict.fromkeys(
    ("to", "control", "secret_file"), "its file names the gateways, and the bus by which they hear"
)
NOT_OF_A_FLEET |= {
    "signing_key": "its file has bus.signing_key",
    "ca": "its file has ca",
    "allow_network": "its file names hosts on purpose",
    "phones": "its file has the phones of each swarm",
}
"""options of a drill that a fleet cannot have, and why"""


@verb("ewarn drill configs/drill.toml --users 100000 --order fifo --out runs/fifo")
@click.argument("config", type=click.Path(path_type=Path), required=False)
@click.option(
    "--quake", type=click.Path(path_type=Path), help="A quake, instead of the one in the drill file: a file or a name."
)
@click.option("--users", type=int, help="Number of users to connect.")
@click.option("--engine", type=ENGINE, help="System calls that send frames.")
@click.option("--order", type=SOME_ORDERS, help="Order of dispatch. Several, with commas, are played in turn.")
@click.option("--rate-per-s", type=float, help="Limit of frames sent per second. It stands for a busy service.")
@click.option("--places", help="Where users live: sichuan, china, or a CSV file of places with residents.")
@click.option("--seed", type=int, help="Random seed.")
@click.option("--speed", type=float, help="Divide the waits between reports by this number.")
@click.option(
    "--phones",
    type=PHONES,
    help="What the clients are. Packets cost less, and need root or user namespaces; auto uses them where it can.",
)
@click.option("--repeat", type=click.IntRange(1, 1000), default=1, help="Number of plays over the same connections.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the results.  [default: a new one in runs/]")
@click.option("--replace", is_flag=True, help="Replace the run in the folder of --out.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON on stdout, and nothing else.")
@click.option("--to", help="Use a gateway that is already running: ws://HOST:PORT, or wss:// for TLS.")
@click.option("--control", help=f"The control address of that gateway, {CONTROL_WORDS}.")
@at_ca
@click.option(
    "--secret-file",
    help="File with the secret of that gateway.  [default: EWARN_SECRET, or a file in the runtime folder]",
)
@signing_key
@click.option("--allow-network", is_flag=True, help="Allow a --to address that is not loopback.")
@click.option(
    "--fleet",
    type=click.Path(path_type=Path),
    help="Play over the hosts in this file, which have gateways and users.",
)
def drill(
    config: Path | None,
    fleet: Path | None,
    order: list[str] | None,
    repeat: int,
    out: Path | None,
    replace: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Play a quake to real users and judge the delivery.

    CONFIG is a drill file. The default is the drill file that came with the program. A folder that already holds a
    run is refused.

    Exit codes: 0, no check failed; 3, a check failed; 4, the measurement cannot be trusted, or a file of the run
    could not be written.
    """
    from ewarn.runs import results
    from ewarn.runs.folder import claimed, earlier
    from ewarn.watching.terminal import TerminalView

    settings = _settings(config, given | {"order": order[0] if order else None})
    if fleet:
        _check_fleet_options(given | {"order": order})
    external = _external(given)
    results.check(settings)
    if replace and out is None:
        raise InputError("--replace: needs --out; without it every run has a new folder")
    make_folder(out or RUNS, "--out" if out else "results")
    in_turn = order or []
    console, several = plain_console(stderr=True), len(in_turn) > 1
    with (
        claimed(out) if out else nullcontext(),
        TerminalView(console, settings.budgets, in_force()) as view,
        # However it ends, gateway and users do so before anything is said of it.
        closing(
            _over_fleet(settings, view, fleet, repeat)
            if fleet
            else _plays(settings, view, external, repeat, in_turn if several or external else [])
        ) as plays,
    ):
        place = Place(out, earlier(out, replace=replace) if out else [])
        by_play = repeat > 1 or len(set(in_turn)) < len(in_turn)
        kept = _keep(plays, place, by_order=several, by_play=by_play, show=None if as_json else console)
    if as_json:
        tell(kept.told if len(kept.told) > 1 else kept.told[0])
    else:
        _sum_up(kept, several, console)
    failed = tell_problems(kept.problems)
    sys.exit(max(failed, *(verdict.exit_code for verdicts in kept.verdicts.values() for verdict in verdicts)))


def _settings(config: Path | None, given: dict[str, Any]) -> "DrillSettings":
    """The drill file's, or those of the one that came along; what an option says instead wins."""
    from ewarn.config.drill import load_drill
    from ewarn.config.tables import shipped

    changes = {key: given[option] for option, key in KEYS.items() if given[option] is not None}
    options = {key: f"--{option.replace('_', '-')}" for option, key in KEYS.items() if key in changes}
    if "quake" in changes:
        changes["quake"] = str(changes["quake"])
    return load_drill(config or shipped() / "drill.toml", changes, options)


def _external(given: dict[str, Any]) -> "External | None":
    """The gateway that runs already, by its options; None: the drill is to have one of its own."""
    to, control, secret_file, signing_key, allow_network, ca = (given[name] for name in REACH)
    if to and (given["engine"] or given["rate_per_s"] is not None):
        raise InputError("--engine and --rate-per-s: not with --to, whose gateway has its own")
    if not to or not control:
        if to or control:
            raise InputError("--to and --control go together")
        if ca:
            raise InputError("--ca: goes with --to and --control")
        return None
    from ewarn.drill.gateways import External
    from ewarn.gateway.intake import secret, trust

    signer = trust.signer_for(control, signing_key)
    return External(to, control, secret.of_control(control, secret_file), allow_network, signer, ca)


def _plays(
    settings: "DrillSettings", view: "TerminalView", external: "External | None", repeat: int, orders: list[str]
) -> "Generator[Outcome, None, None]":
    from ewarn.drill.conductor import run
    from ewarn.system.clock import WallClock
    from ewarn.system.machine import this_machine

    return run(
        settings,
        machine=this_machine(),
        clock=WallClock(),
        view=view,
        external=external,
        repeat=repeat,
        orders=orders,
        command=("ewarn", *sys.argv[1:]),
    )


def _check_fleet_options(given: dict[str, Any]) -> None:
    """Raise InputError for an option that says nothing of a fleet."""
    for option, why in NOT_OF_A_FLEET.items():
        if given[option] not in (None, False):
            raise InputError(f"--{option.replace('_', '-')}: not with --fleet: {why}")


def _over_fleet(
    settings: "DrillSettings", view: "TerminalView", file: Path, repeat: int
) -> "Generator[Outcome, None, None]":
    from ewarn.config.fleet import load_fleet
    from ewarn.drill.fleet.conductor import Fleet, run
    from ewarn.system.clock import WallClock
    from ewarn.system.machine import this_machine

    return run(
        settings,
        Fleet(load_fleet(file), file),
        machine=this_machine(),
        clock=WallClock(),
        view=view,
        repeat=repeat,
        command=("ewarn", *sys.argv[1:]),
    )


class Place(NamedTuple):
    """Where the plays of a drill are to be kept."""

    out: Path | None
    """None: in a new folder of their own in `RUNS`"""
    instead_of: list[Path]
    """folders of an earlier run's plays, which the new ones replace"""


class Kept(NamedTuple):
    """What stays in memory of plays. Half a million users' receipts are let go once they are written."""

    out: Path | None
    """None: nothing could be written"""
    told: list["Document"]
    """of each play, as they were played"""
    verdicts: dict[str, list["Verdict"]]
    """by order"""
    problems: list[WriteError | str]
    """plays that could not be written"""


def _keep(plays: "Iterable[Outcome]", place: Place, *, by_order: bool, by_play: bool, show: "Console | None") -> Kept:
    """Write each play as soon as it is judged, and show it, whether or not it could be written."""
    from ewarn.runs import results
    from ewarn.runs.folder import new_folder

    out, instead_of, written = place.out, place.instead_of, False
    problems: list[WriteError | str] = []
    told: list[Document] = []
    verdicts: dict[str, list[Verdict]] = {}
    for outcome in plays:
        name = results.run_name(outcome)
        order = outcome.settings.gateway.order
        told.append(results.document(outcome))
        verdicts.setdefault(order, []).append(outcome.verdict)
        with noting(problems):
            out = out or new_folder(RUNS, name)
            play = Path(order if by_order else ".") / (str(len(verdicts[order])) if by_play else ".")
            results.write(outcome, out, str(play), instead_of)
            written, instead_of = True, []
        if show:
            show.print("", results.table(outcome), "")
    return Kept(out if written else None, told, verdicts, problems)


def _sum_up(kept: Kept, several: bool, console: "Console") -> None:
    from ewarn.runs import results
    from ewarn.words import say

    for order, verdicts in kept.verdicts.items():
        if len(verdicts) > 1:
            console.print(results.summary(verdicts, order if several else ""))
    if kept.out:
        console.print(say("log.results", str(kept.out)))


@verb("ewarn demo configs/drill.toml --listen 127.0.0.1:8600")
@click.argument("config", type=click.Path(path_type=Path), required=False)
@click.option("--listen", default=LISTEN, show_default=True, help="Address of the page, HOST:PORT, on loopback.")
@click.option("--control", default=CONTROL, show_default=True, help="Address that starts and stops drills, HOST:PORT.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("runs"), show_default=True, help="Folder for the results."
)
@click.option(
    "--kiosk",
    metavar="[LIST]",
    is_flag=False,
    flag_value="",
    help="Play a list of drills by itself, full screen, for a lobby; without a token. Without LIST, the list that "
    "came with the program.",
)
@asked_by
@click.option("--json", "as_json", is_flag=True, help="Print addresses and token as one JSON line on stdout.")
def demo(config: Path | None, out: Path, kiosk: str | None, as_json: bool, **given: Any) -> None:
    """Serve a page that starts, shows and replays drills, until Ctrl-C.

    CONFIG is a drill file, a quake file, or the name of a quake that came with the program. The page offers that quake
    first.

    The printed address contains a token. Anyone who opens it with the token can start and stop drills. Without the
    token, the page only shows them.
    """
    make_folder(out)
    if kiosk is not None:
        if was_said(click.get_current_context(), "control"):
            raise InputError("--control: not with --kiosk, in which nothing can be started")
        _kiosk(Path(kiosk) if kiosk else None, config, out, as_json, given)
        return
    from dataclasses import asdict

    from ewarn.demo.server import DemoSettings, DemoStarted, run
    from ewarn.demo.serving import Place
    from ewarn.words import say

    def on_start(started: DemoStarted) -> None:
        if as_json:
            tell(asdict(started))
            return
        echo(say("cli.open", started.page), err=True)
        echo(say("cli.keep-secret"), err=True)

    place = Place(given["listen"], given["allow_host"], given["allow_origin"])
    run(DemoSettings(config, out, place, given["control"]), on_start)
    echo(say("cli.demo-stopped"), err=True)


def _kiosk(playlist: Path | None, config: Path | None, out: Path, as_json: bool, given: dict[str, Any]) -> None:
    """A demo that plays a list by itself."""
    from dataclasses import asdict

    from ewarn.demo.kiosk import KioskSettings, KioskStarted, run
    from ewarn.demo.serving import Place
    from ewarn.words import say

    def on_start(started: KioskStarted) -> None:
        if as_json:
            tell(asdict(started))
            return
        echo(say("cli.open", started.page), err=True)
        echo(say("cli.kiosk-plays", str(started.entries)), err=True)

    place = Place(given["listen"], given["allow_host"], given["allow_origin"])
    run(KioskSettings(playlist, config, out, place), on_start)
    echo(say("cli.kiosk-stopped"), err=True)
