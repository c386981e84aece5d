"""Verbs about costs: `bench` measures them, `plan` models hosts from what was measured."""

import sys
from pathlib import Path
from typing import Any

import click

from ewarn.cli.options import Number, amount, check_new, counts, make_folder, names, tell_problems, verb
from ewarn.cli.outlets import tell
from ewarn.cli.plain import plain_console
from ewarn.errors import InputError, WriteError, not_one_of


@verb("ewarn bench --users 20000,96000 --engines uring,write,floor --orders deadline,fifo")
@click.option(
    "--engines",
    default="uring,write,broadcast,sequential,picows,floor,null",
    show_default=True,
    callback=names,
    help="Whom to hold side by side.",
)
@click.option("--orders", default="deadline", show_default=True, callback=names, help="Orders of dispatch.")
@click.option("--users", default="20000", show_default=True, callback=counts, help="Sizes, connected at once.")
@click.option(
    "--frames",
    default="own,shared",
    show_default=True,
    callback=names,
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
@click.option("--replace", is_flag=True, help="Write over what an earlier bench left in --out.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, and nothing else, on stdout.")
def bench(within: tuple[float, ...], out: Path | None, replace: bool, as_json: bool, **given: Any) -> None:
    """Hold dispatch strategies side by side, on real sockets, in one interleaved run.

    Exit code 3: somebody was not reached.
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
        raise InputError("--within: its users neither get stuck nor chat")
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
    "--users", type=click.IntRange(1, 10**10), default=500_000, show_default=True, help="Promised to so many."
)
@amount("--within", "within_s", most=3600, default=1.0, help="The limit, seconds.")
@click.option("--cores", type=click.IntRange(1, 4096), default=8, show_default=True, help="Of a host.")
@amount("--memory-gib", most=10**6, default=32.0, help="Of a host.")
@click.option(
    "--open-files",
    type=click.IntRange(257, 2**31),
    default=20_000,
    show_default=True,
    help="A process may have, 256 of them for itself.",
)
@amount("--gbit", most=10**6, default=10.0, help="A second, of a host's network link.")
@amount("--headroom", most=1, default=0.7, help="Share of cores, memory and link that may be used.")
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
    from ewarn.bench import capacity, capacity_results

    measured = capacity.load(bench)
    row = capacity.choose(measured, bench, engine, order)
    sizing = capacity.size(capacity.Promise(users, within_s), capacity.Host(**size), measured.machine, row)
    if as_json:
        tell(capacity_results.as_json(sizing))
    else:
        plain_console(stderr=True).print("", capacity_results.table(sizing), "")
