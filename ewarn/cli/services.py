"""Verbs that talk to a gateway that runs: `publish` reports into it, have a `swarm` listen, change its `shards`."""

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import click

from ewarn.cli.joining import or_join
from ewarn.cli.language import echo, in_force
from ewarn.cli.options import (
    PHONES,
    Number,
    at_ca,
    at_control,
    check_new,
    make_folder,
    noting,
    tell_problems,
    verb,
)
from ewarn.cli.outlets import tell
from ewarn.cli.plain import plain_console
from ewarn.cli.releasing import Way, at_control_or_bus, releasing
from ewarn.errors import InputError, WriteError, WrongKeyError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ewarn.seismic.origin import Report
    from ewarn.swarm.kind import Phones

HEADING = "Reach a gateway that runs"
HABITS = ("connects_per_s", "seed", "reconnect", "chat_per_s")
"""options of a swarm that are habits of its clients"""


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
    "--speed", type=Number(0, 1000, min_open=True), default=1.0, help="Divide the waits between reports by this number."
)
@click.option("--first", type=click.IntRange(1), default=1, help="First report to publish, of each quake.")
@click.option("--last", type=click.IntRange(1), help="Last report to publish, of each quake.")
@at_control_or_bus
def publish(
    quakes: tuple[str, ...],
    way: Way,
    apart: float,
    config: Path | None,
    speed: float,
    first: int,
    last: int | None,
) -> None:
    """Play the reports of a quake into a gateway, or over the bus.

    The bus brings them to the gateways of all hosts. One JSON line is printed at each release. Several quakes start
    one after the other, and their reports are interleaved.
    """
    from ewarn.centre.centre import Centre
    from ewarn.config.catalogues import find_quakes
    from ewarn.config.drill import load_centre
    from ewarn.publish import play
    from ewarn.seismic.reports import interleaved
    from ewarn.system.clock import WallClock

    centre = Centre(load_centre(config))
    played = find_quakes(quakes)
    found = [quake.at(played[0].origin.time + index * apart) for index, quake in enumerate(played)]
    chosen = interleaved(_chosen(quake.id, centre.reports(quake), first, last) for quake in found)
    clock = WallClock()
    with releasing(way, clock) as to:
        play(found[0], chosen, to, clock, speed, _tell_release)


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
@click.option(
    "--to",
    help="Address of a gateway, ws://HOST:PORT, or wss://HOST:PORT for TLS. For --find, and for packets, several, with "
    "commas between.  [required, or --join]",
)
@click.option(
    "--find",
    is_flag=True,
    help="Ask there for the list of gateways. Each client goes to its home, where that fails to the next, and back.",
)
@click.option(
    "--home-s",
    type=Number(0, 3600, min_open=True),
    default=30.0,
    show_default=True,
    help="For --find: seconds over which clients go home, and for which none does after a report was read.",
)
@at_ca
@click.option("--clients", type=click.IntRange(1), help="Number of clients to connect.  [required, or --join]")
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
@click.option(
    "--phones",
    type=PHONES,
    default="sockets",
    show_default=True,
    help="What the clients are. Packets cost less, and reach gateways on other hosts alone; auto uses them there.",
)
@click.option("--interface", help="Network interface through which packets reach a gateway on another host.")
@click.option("--range", "range_", help="Private addresses of the packets there, such as 10.9.0.0/16.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for receipts.npy. An existing file is refused.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON on stdout.")
@click.option("--allow-network", is_flag=True, help="Allow a --to address that is not loopback.")
@or_join
def swarm(to: str, out: Path | None, as_json: bool, mix: bool, find: bool, home_s: float, **given: Any) -> None:
    """Connect real clients to a gateway and record what they read.

    On SIGUSR1 all clients hang up, and return at the rate of --connects-per-s. A returning client tries again until
    the gateway accepts it, or the swarm ends. With --join a conductor leads it, ewarn drill --fleet.

    Exit codes: 3, a connection or a report was lost; 4, a process of the swarm died, it cannot be trusted, or the
    conductor that it was led by is gone.
    """
    from ewarn.audience.mix import REALISTIC, Mix
    from ewarn.drill.attend import Visit, attend, quake_id
    from ewarn.swarm.fleet import Rules
    from ewarn.swarm.habits import Habits
    from ewarn.system.files import write_array
    from ewarn.watching.terminal import TerminalView
    from ewarn.words import say

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
    with TerminalView(plain_console(stderr=True), language=in_force()) as view:
        rules = Rules(home_s) if find else None
        habits = Habits(quake=quake_id(given.pop("quake")), finding=rules, **{name: given.pop(name) for name in HABITS})
        phones = _phones(*(given.pop(name) for name in ("phones", "interface", "range_")))
        visit = Visit(to, mix=REALISTIC if mix else Mix(), habits=habits, phones=phones, **given)
        found = attend(visit, view, storms, keep)
    placed = {name: {"home": home, "others": others} for name, (home, others) in (found.placed or {}).items()}
    if as_json:
        tell(found.counts | ({"gateways": placed} if found.placed is not None else {}))
    else:
        for name, count in found.counts.items():
            click.echo(f"{name}: {count:,}")
        for name, on in placed.items():
            click.echo(f"{name}: {on['home']:,} at home, {on['others']:,} others")
    for line in found.lost:
        echo(say("attended.failed", line), err=True)
    for line in found.untrusted:
        echo(say("compare.untrusted", line), err=True)
    sys.exit(max(tell_problems(problems), 4 if found.untrusted else 3 if found.lost else 0))


def _phones(wish: Any, interface: str | None, range_: str | None) -> "Phones":
    """Raises InputError where the options do not go together."""
    from ewarn.swarm.kind import Phones

    if wish == "sockets" and (interface or range_):
        raise InputError(f"--{'interface' if interface else 'range'}: sockets have no use for it; add --phones packets")
    try:
        return Phones(wish, interface, range_)
    except WrongKeyError as error:
        raise InputError(f"--{error}") from None


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
