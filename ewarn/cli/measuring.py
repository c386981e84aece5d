"""Verbs about costs: `bench` measures them, `plan` models hosts from what was measured."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ewarn.cli.language import echo, in_force
from ewarn.cli.options import (
    HELP,
    SOME_ORDERS,
    Number,
    OneOf,
    SomeOf,
    amount,
    check_new,
    counts,
    example,
    formerly,
    make_folder,
    noting,
    tell_problems,
    verb,
    was_said,
)
from ewarn.cli.outlets import tell
from ewarn.cli.plain import plain_console
from ewarn.errors import InputError, WriteError
from ewarn.words import say

if TYPE_CHECKING:
    from ewarn.bench.plan import Plan
    from ewarn.bench.runner import Contest
    from ewarn.system.machine import Machine

HEADING = "Measure and plan"
SIZES = (500_000, 10_000_000)
"""users that a part is timed with"""
SIZE = ("cores", "memory_gib", "open_files", "gbit", "headroom")
"""options of `plan` that say what a host has"""


@click.group(
    invoke_without_command=True,
    subcommand_metavar="[COMMAND]",
    epilog=example("ewarn bench --users 20000,96000 --engines uring,write --orders deadline,fifo"),
    context_settings=HELP,
)
@click.option(
    "--engines",
    default="uring,write,broadcast,sequential,picows,floor,null",
    show_default="all",
    type=SomeOf("ewarn.bench.runner:NAMES"),
    help="Contenders, with commas.",
)
@click.option("--orders", default="deadline", show_default=True, type=SOME_ORDERS, help="Orders, with commas.")
@click.option("--users", default="20000", show_default=True, callback=counts, help="Numbers of users, with commas.")
@click.option(
    "--frames",
    default="own,shared",
    show_default=True,
    type=SomeOf("ewarn.wire.matrix:BUILDERS"),
    help="Kinds of frames: own, one a user; shared, one for all; apart, one a place.",
)
@click.option(
    "--phones",
    default="sockets",
    show_default=True,
    type=SomeOf("ewarn.swarm.kind:KINDS"),
    help="Kinds of clients, with commas: sockets; packets, which need root or user namespaces.",
)
@click.option("--mix", is_flag=True, help="Users follow 0 to 10 places, instead of one each.")
@click.option("--repeat", type=click.IntRange(1, 1000), default=5, show_default=True, help="Plays of each contender.")
@click.option(
    "--stuck",
    type=Number(0, 1),
    default=0.0,
    help="Also play our engines with this share of extra clients that never read.",
)
@click.option(
    "--chat",
    type=Number(0, 1),
    default=0.0,
    help="Also play our engines while this share of clients chats each second.",
)
@click.option(
    "--within",
    type=Number(0, min_open=True),
    multiple=True,
    help="Instead, find how many users the first engine and order reach within this many seconds. Can be repeated.",
)
@click.option("--budget", is_flag=True, help="Also print where each microsecond of a delivery goes.")
@click.option("--quake", default="luding-2022", show_default=True, help="A quake: a file or a name.")
@click.option("--seed", type=click.IntRange(0), default=1, help="Random seed.")
@click.option("--connects-per-s", type=Number(0, min_open=True), default=20_000.0, help="New connections per second.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for bench.json and bench.svg, or within.json.")
@click.option("--replace", is_flag=True, help="Write over what an earlier bench left in --out.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, and nothing else, on stdout.")
@formerly("--repeats", "--repeat", type=click.IntRange(1, 1000))
@click.pass_context
def bench(context: click.Context, /, within: tuple[float, ...], budget: bool, **given: Any) -> None:
    """Compare dispatch strategies on real sockets, in one run.

    The contenders take turns, so that all meet the same conditions. With a COMMAND, time one part alone instead.

    Exit code 3: a user was not reached; 4: the swarm alone did not read everything, or packets were lost on the way to
    the clients, so not every row can be trusted.
    """
    if context.invoked_subcommand:
        for option in context.command.params:
            if was_said(context, str(option.name)):
                raise InputError(f"{max(option.opts, key=len)}: goes with no {context.invoked_subcommand}")
    elif within:
        if budget:
            raise InputError("--within: not with --budget")
        _search(within, **given)
    else:
        _side_by_side(budget, **given)


@bench.command(epilog=example("taskset -c 1 ewarn bench arrivals 500000"), context_settings=HELP)
@click.argument("places", type=click.IntRange(1), nargs=-1)
def arrivals(places: tuple[int, ...]) -> None:
    """Time arrivals and intensity at so many PLACES.

    On one core, and the level too; by default 500000 and 10000000 of them.
    """
    from ewarn.bench import speed

    for line in speed.arrivals(places or SIZES):
        click.echo(line)


@bench.command(epilog=example("taskset -c 1 ewarn bench audience sichuan"), context_settings=HELP)
@click.argument("places", nargs=-1)
@click.option("--users", callback=counts, default="500000,10000000", show_default=True, help="Sizes.")
def audience(places: tuple[str, ...], users: list[int]) -> None:
    """Time the drawing of users.

    On one core. PLACES are named as in a drill file; by default all that came along.
    """
    from ewarn.bench import speed
    from ewarn.config.places import SHIPPED

    for line in speed.audiences(places or tuple(SHIPPED), users):
        click.echo(line)


@bench.command(epilog=example("ewarn bench growth sockets/bench.json packets/bench.json"), context_settings=HELP)
@click.argument("benches", metavar="BENCH...", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--out", type=click.Path(path_type=Path), help="File for the plot, SVG.")
@click.option("--replace", is_flag=True, help="Write over what stands at --out.")
def growth(benches: tuple[Path, ...], out: Path | None, replace: bool) -> None:
    """Tell and draw how costs grow, from several runs.

    BENCH is a file that `ewarn bench` wrote. A row that cannot be trusted is left out.
    """
    from ewarn.bench.drawn import joined
    from ewarn.bench.growth import growths, trusted

    if out and out.exists() and not replace:
        raise InputError(f"--out: {out} already exists; --replace writes over it")
    found = joined(benches)
    for one in growths(found["rows"]):
        echo(str(one))
    if not out:
        return
    if not trusted(found["rows"]):
        raise InputError(say("fit.no-row-out"))
    try:
        from ewarn.bench.plot import draw
    except ImportError:
        raise InputError(say("fit.no-matplotlib", say("fit.add", "bench"))) from None
    draw(found, out)


def _prepared(
    given: dict[str, Any], out: Path | None, replace: bool, file: str
) -> tuple["Contest", "Machine", list[str]]:
    """What is to be held side by side, on what, and which engines cannot be. Raises InputError."""
    from ewarn.bench.runner import Contest, Crowd, available
    from ewarn.system.machine import this_machine

    engines, skipped = available(given.pop("engines"))
    if not engines:
        raise InputError(f"--engines: none of them works here: {'; '.join(skipped)}")
    if out:
        make_folder(out)
        if not replace:
            check_new(out / file)
    crowd = Crowd(**{name: given.pop(name) for name in ("stuck", "chat", "mix", "seed", "connects_per_s")})
    return Contest(engines=engines, repeats=given.pop("repeat"), crowd=crowd, **given), this_machine(), skipped


def _search(limits: tuple[float, ...], out: Path | None, replace: bool, as_json: bool, **given: Any) -> None:
    from ewarn.bench.results import clients_said
    from ewarn.bench.within import searches
    from ewarn.system import json_files
    from ewarn.watching.terminal import TerminalView

    if given["stuck"] or given["chat"]:
        raise InputError("--within: not with --stuck or --chat")
    contest, machine, _ = _prepared(given, out, replace, "within.json")
    problems: list[WriteError | str] = []
    with TerminalView(plain_console(stderr=True), language=in_force()) as view:
        found = searches(contest, limits, machine, view)
    for one in found:
        users = f"{one['users']:,}", clients_said(one["clients"]["kind"])
        view.say(say("contest.within", f"{one['within_s']:g}", *users, one["engine"], one["order"]))
    with noting(problems):
        if out:
            json_files.write(out / "within.json", found)
    if as_json:
        tell(found)
    trials = [trial for one in found for trial in one["trials"]]
    missed, doubtful = any(one["seconds"] is None for one in trials), any(one["doubts"] for one in trials)
    sys.exit(max(tell_problems(problems), 4 if doubtful else 3 if missed else 0))


def _side_by_side(budget: bool, out: Path | None, replace: bool, as_json: bool, **given: Any) -> None:
    from ewarn.bench import results, runner
    from ewarn.watching.terminal import TerminalView

    contest, machine, skipped = _prepared(given, out, replace, "bench.json")
    problems: list[WriteError | str] = []
    console = plain_console(stderr=True)
    with TerminalView(console, language=in_force()) as view:
        found = results.document(runner.run(contest, machine, view), machine, contest.repeats, skipped)
    with noting(problems):
        problems += results.write(found, out) if out else []
    if as_json:
        tell(found)
    else:
        console.print(results.table(found, budget))
    for line in results.incomplete(found["rows"]) + results.doubtful(found["rows"]):
        view.say(line)
    sys.exit(max(tell_problems(problems), results.exit_code(found["rows"])))


@verb("ewarn plan bench.json --users 500000 --within 1 --cores 8 --spare 1")
@click.argument("bench", type=click.Path(path_type=Path), required=False)
@click.option(
    "--users",
    type=click.IntRange(1, 10**10),
    default=500_000,
    show_default=True,
    help="Users that the promise is made to.",
)
@amount("--within", "within_s", most=3600, default=1.0, help="Time limit of the promise, seconds.")
@click.option("--cores", type=click.IntRange(1, 4096), default=8, show_default=True, help="Cores of a host.")
@amount("--memory-gib", most=10**6, default=32.0, help="Memory of a host, GiB.")
@click.option(
    "--open-files",
    type=click.IntRange(257, 2**31),
    default=20_000,
    show_default=True,
    help="Limit of open files of a process. It needs 256 for itself.",
)
@amount("--gbit", most=10**6, default=10.0, help="Network link of a host, Gbit/s.")
@amount("--headroom", most=1, default=0.7, help="Share of cores, memory and link that may be used.")
@click.option(
    "--phones",
    default="sockets",
    show_default=True,
    type=OneOf("ewarn.swarm.kind:KINDS"),
    help="Kind of clients with which the costs were measured.",
)
@click.option("--engine", help="Engine whose costs to use.  [default: the cheapest at most users]")
@click.option("--order", help="Order whose costs to use.  [default: the cheapest at most users]")
@click.option(
    "--spare",
    type=click.IntRange(0, 10**6),
    default=0,
    show_default=True,
    help="Hosts of the fleet that may be gone while the promise holds.",
)
@click.option(
    "--skew-ms",
    type=Number(0, 3_600_000),
    default=10.0,
    show_default=True,
    help="From the release until the last gateway begins to send, milliseconds.",
)
@click.option(
    "--rate-per-s", type=Number(0, 10**9, min_open=True), help="Limit of frames that each gateway sends per second."
)
@click.option("--capacity", type=click.IntRange(1, 10**9), help="Most connections of each gateway.")
@click.option(
    "--sources",
    type=click.IntRange(1, 10**6),
    help="Addresses that all clients come from, as in a drill. Each has 28,232 ports.  [default: no bound]",
)
@click.option("--tls", is_flag=True, help="Users connect by TLS. What it costs is assumed.")
@amount("--tls-us", most=10**6, default=16.0, help="For --tls: CPU that it adds to a send, microseconds.")
@amount("--tls-kib", most=10**6, default=26.0, help="For --tls: memory that it adds to a connection, KiB.")
@click.option("--hosts", type=click.IntRange(1, 10**6), help="How long do so many hosts take? Instead of how many.")
@click.option(
    "--fleet",
    type=click.Path(path_type=Path),
    help="How long do the gateways of a fleet file take? With the capacities and rates of the file.",
)
@click.option(
    "--held",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Also hold the forecast against a finished run. Can be repeated. Without BENCH, the run must have a rate.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the sizing as JSON on stdout, and nothing else.")
@click.pass_context
def plan(context: click.Context, /, bench: Path | None, as_json: bool, **given: Any) -> None:
    """Estimate how many hosts a promise needs, from measured costs.

    BENCH is a file that `ewarn bench` wrote. Numbers of hosts, and the times that fleets take, are modelled, not
    measured. The formula and its assumptions are printed.
    """
    _check_wish(context, bench, given)
    found = _planned(bench, **given)
    if as_json:
        tell(found.as_json())
    else:
        plain_console(stderr=True).print("", found.table(), "")


def _check_wish(context: click.Context, bench: Path | None, given: dict[str, Any]) -> None:
    """Raise where options do not go together."""
    if given["hosts"] and given["fleet"]:
        raise InputError("--hosts: not with --fleet, whose file says how many")
    for option in ("tls_us", "tls_kib"):
        if was_said(context, option) and not given["tls"]:
            raise InputError(f"--{option.replace('_', '-')}: goes with --tls")
    if bench is not None:
        return
    if not given["held"]:
        raise click.MissingParameter(ctx=context, param_hint="'BENCH'", param_type="argument")
    if said := [name for name in ("hosts", "fleet") if given[name]]:
        raise InputError(f"--{said[0]}: needs BENCH, for what a send costs")


def _planned(
    bench: Path | None,
    *,
    users: int,
    within_s: float,
    fleet: Path | None,
    held: tuple[Path, ...],
    hosts: int | None,
    **given: Any,
) -> "Plan":
    from ewarn.bench import capacity
    from ewarn.bench import plan as planning
    from ewarn.bench.bearing import PORTS, Bounds, Tls
    from ewarn.bench.forecast import Terms
    from ewarn.config.fleet import load_fleet

    wish = planning.Wish(
        capacity.Goal(users, within_s),
        capacity.Host(**{name: given[name] for name in SIZE}),
        Terms(given["spare"], given["skew_ms"] / 1e3),
        Bounds(
            given["rate_per_s"],
            given["capacity"],
            given["sources"] and given["sources"] * PORTS,
            Tls(given["tls_us"], given["tls_kib"]) if given["tls"] else None,
        ),
        hosts,
        load_fleet(fleet) if fleet else None,
    )
    if bench is None:
        return planning.plan(wish, None, held)
    measured = capacity.load(bench)
    row = capacity.choose(measured, bench, given["engine"], given["order"], given["phones"])
    return planning.plan(wish, (measured.machine, row), held)
