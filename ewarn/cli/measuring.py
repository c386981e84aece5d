"""Verbs about costs: `bench` measures them, `plan` models hosts from what was measured."""

import sys
from pathlib import Path
from typing import Any

import click

from ewarn.cli.options import Number, amount, check_new, counts, make_folder, names, tell_problems, verb
from ewarn.cli.outlets import tell
from ewarn.cli.plain import plain_console
from ewarn.errors import InputError, WriteError, not_one_of


@verb("ewarn bench --users 20000,96000 --engines uring,write --orders deadline,fifo")
@click.option(
    "--engines",
    default="uring,write,broadcast,sequential,picows,floor,null",
    callback=names,
    help="Contenders.  [default: uring, write, broadcast, sequential, picows, floor, null]",
)
@click.option(
    "--orders", default="deadline", show_default=True, callback=names, help="Orders of dispatch, with commas."
)
@click.option("--users", default="20000", show_default=True, callback=counts, help="Numbers of users, with commas.")
@click.option(
    "--frames",
    default="own,shared",
    show_default=True,
    callback=names,
    help="Kinds of frames: own, one a user; shared, one for all; apart, one a place.",
)
@click.option("--mix", is_flag=True, help="Users follow 0 to 10 places, instead of one each.")
@click.option(
    "--repeats", type=click.IntRange(1, 1000), default=5, show_default=True, help="Number of plays of each contender."
)
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
@click.option("--quake", default="luding-2022", show_default=True, help="A quake: a file or a name.")
@click.option("--seed", type=click.IntRange(0), default=1, help="Random seed.")
@click.option("--connects-per-s", type=Number(0, min_open=True), default=20_000.0, help="New connections per second.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for bench.json and bench.svg, or within.json.")
@click.option("--replace", is_flag=True, help="Replace the results of an earlier bench in --out.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on stdout, and nothing else.")
def bench(within: tuple[float, ...], out: Path | None, replace: bool, as_json: bool, **given: Any) -> None:
    """Compare dispatch strategies on real sockets, in one run.

    The contenders take turns, so that all meet the same conditions.

    Exit code 3: a user was not reached.
    """
    from ewarn.bench import results, runner
    from ewarn.bench.within import search
    from ewarn.dispatch.orders import ORDERS
    from ewarn.system import json_files
    from ewarn.system.machine import this_machine
    from ewarn.watching.terminal import TerminalView
    from ewarn.wire.matrix import BUILDERS

    for option, allowed in (("orders", ORDERS), ("frames", BUILDERS)):
        if unknown := set(given[option]) - set(allowed):
            raise not_one_of(f"--{option}", unknown.pop(), allowed)
    given["engines"], skipped = runner.available(given["engines"])
    if not given["engines"]:
        raise InputError(f"--engines: none of them works here: {'; '.join(skipped)}")
    if within and (given["stuck"] or given["chat"]):
        raise InputError("--within: not with --stuck or --chat")
    if out:
        make_folder(out)
        if not replace:
            check_new(out / ("within.json" if within else "bench.json"))
    problems: list[WriteError | str] = []
    wanted, machine, console = runner.Wanted(**given), this_machine(), plain_console(stderr=True)
    with TerminalView(console) as view:
        if within:
            searched = [search(wanted, limit, machine, view) for limit in within]
        else:
            found = results.document(runner.run(wanted, machine, view), machine, wanted.repeats, skipped)
    if within:
        for one in searched:
            view.say(f"within {one['within_s']:g} s: {one['users']:,} users ({one['engine']}, {one['order']})")
        try:
            if out:
                json_files.write(out / "within.json", searched)
        except WriteError as error:
            problems.append(error)
        if as_json:
            tell(searched)
        missed = any(trial["seconds"] is None for one in searched for trial in one["trials"])
        sys.exit(max(tell_problems(problems), 3 if missed else 0))
    try:
        problems += results.write(found, out) if out else []
    except WriteError as error:
        problems.append(error)
    if as_json:
        tell(found)
    else:
        console.print(results.table(found))
    missing = results.incomplete(found["rows"])
    for line in missing:
        view.say(line)
    sys.exit(max(tell_problems(problems), 3 if missing else 0))


@verb("ewarn plan bench.json --users 500000 --within 1 --cores 8 --gbit 10")
@click.argument("bench", type=click.Path(path_type=Path))
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
@click.option("--engine", help="Engine whose costs to use.  [default: the cheapest at most users]")
@click.option("--order", help="Order whose costs to use.  [default: the cheapest at most users]")
@click.option("--json", "as_json", is_flag=True, help="Print the sizing as JSON on stdout, and nothing else.")
def plan(
    bench: Path,
    users: int,
    within_s: float,
    engine: str | None,
    order: str | None,
    as_json: bool,
    **size: Any,
) -> None:
    """Estimate how many hosts a promise needs, from measured costs.

    BENCH is a file that `ewarn bench` wrote. Numbers of hosts are modelled, not measured. The formula and its
    assumptions are printed.
    """
    from ewarn.bench import capacity, capacity_results

    measured = capacity.load(bench)
    row = capacity.choose(measured, bench, engine, order)
    sizing = capacity.size(capacity.Promise(users, within_s), capacity.Host(**size), measured.machine, row)
    if as_json:
        tell(capacity_results.as_json(sizing))
    else:
        plain_console(stderr=True).print("", capacity_results.table(sizing), "")
