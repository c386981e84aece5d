"""Verbs that connect users: `drill` plays a quake to them, `swarm` has them listen to any gateway."""

import signal
import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import closing, nullcontext
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ewarn.cli.options import ENGINE, SOME_ORDERS, Number, check_new, make_folder, tell_problems, verb
from ewarn.cli.outlets import tell
from ewarn.cli.plain import plain_console
from ewarn.errors import InputError, WriteError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from rich.console import Console

    from ewarn.config.drill import DrillSettings
    from ewarn.drill.gateways import External
    from ewarn.drill.outcome import Outcome
    from ewarn.verdict.document import Document
    from ewarn.verdict.judge import Verdict
    from ewarn.watching.terminal import TerminalView

RUNS = Path("runs")
"""where the folders of runs stand unless another is named"""

HABITS = ("connects_per_s", "seed", "reconnect", "chat_per_s")
"""options of a swarm that are habits of its clients"""
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
@click.option("--repeat", type=click.IntRange(1, 1000), default=1, help="Number of plays over the same connections.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the results.  [default: a new one in runs/]")
@click.option("--replace", is_flag=True, help="Replace the run in the folder of --out.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON on stdout, and nothing else.")
@click.option("--to", help="Use a gateway that is already running: ws://HOST:PORT.")
@click.option("--control", help="The control address of that gateway, HOST:PORT.")
@click.option(
    "--secret-file",
    help="File with the secret of that gateway.  [default: EWARN_SECRET, or a file in the runtime folder]",
)
@click.option("--allow-network", is_flag=True, help="Allow a --to address that is not loopback.")
def drill(
    config: Path | None,
    order: list[str] | None,
    repeat: int,
    out: Path | None,
    replace: bool,
    as_json: bool,
    to: str | None,
    control: str | None,
    secret_file: str | None,
    allow_network: bool,
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
    if bool(to) != bool(control):
        raise InputError("--to and --control go together")
    if to and (given["engine"] or given["rate_per_s"] is not None):
        raise InputError("--engine and --rate-per-s: not with --to, whose gateway has its own")
    external = _external(to, control, secret_file, allow_network) if to and control else None
    results.check(settings)
    if replace and out is None:
        raise InputError("--replace: needs --out; without it every run has a new folder")
    make_folder(out or RUNS, "--out" if out else "results")
    in_turn = order or []
    console, several = plain_console(stderr=True), len(in_turn) > 1
    with (
        claimed(out) if out else nullcontext(),
        TerminalView(console, settings.budgets) as view,
        # However it ends, gateway and users do so before anything is said of it.
        closing(_plays(settings, view, external, repeat, in_turn if several or external else [])) as plays,
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


def _external(to: str, control: str, secret_file: str | None, allow_network: bool) -> "External":
    """The gateway that runs already."""
    from ewarn.drill.gateways import External
    from ewarn.gateway import secret
    from ewarn.system.address import split_address

    _, port = split_address("--control", control)
    return External(to, control, secret.find(secret_file, port), allow_network)


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
    problems: list[WriteError]
    """plays that could not be written"""


def _keep(plays: "Iterable[Outcome]", place: Place, *, by_order: bool, by_play: bool, show: "Console | None") -> Kept:
    """Write each play as soon as it is judged, and show it, whether or not it could be written."""
    from ewarn.runs import results
    from ewarn.runs.folder import new_folder

    out, instead_of, written = place.out, place.instead_of, False
    problems: list[WriteError] = []
    told: list[Document] = []
    verdicts: dict[str, list[Verdict]] = {}
    for outcome in plays:
        name = results.run_name(outcome)
        order = outcome.settings.gateway.order
        told.append(results.document(outcome))
        verdicts.setdefault(order, []).append(outcome.verdict)
        try:
            out = out or new_folder(RUNS, name)
            play = Path(order if by_order else ".") / (str(len(verdicts[order])) if by_play else ".")
            results.write(outcome, out, str(play), instead_of)
            written, instead_of = True, []
        except WriteError as error:
            problems.append(error)
        if show:
            show.print("", results.table(outcome), "")
    return Kept(out if written else None, told, verdicts, problems)


def _sum_up(kept: Kept, several: bool, console: "Console") -> None:
    from ewarn.runs import results

    for order, verdicts in kept.verdicts.items():
        if len(verdicts) > 1:
            console.print(results.summary(verdicts, order if several else ""))
    if kept.out:
        console.print(f"results in {kept.out}")


@verb("ewarn swarm --to ws://127.0.0.1:8600 --clients 5000 --for 60")
@click.option("--to", required=True, help="Address of a gateway, ws://HOST:PORT.")
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
    problems: list[WriteError] = []

    def keep(receipts: "NDArray[Any]") -> None:
        if out:
            try:
                out.mkdir(parents=True, exist_ok=True)
                write_array(out / "receipts.npy", receipts)
            except WriteError as error:
                problems.append(error)
            except OSError as error:
                problems.append(WriteError(out, error))

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
