"""The page of a campaign, made of the JSON of its run."""

import csv
import math
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ewarn import __version__
from ewarn.drill.made import CHECKOUT, commit_of
from ewarn.system.machine import this_machine
from tests.campaign.rows import Row

PAGE = Path("docs/reference/campaign.md")
BEFORE, BEFORE_COMMIT = Path(__file__).with_name("attacks_before.csv"), "commit d4f55e1"
HEAD = """# The campaign

<!-- generated: `python -m tests.campaign --page`, of the JSON of a run -->

`make campaign` attacks the program, and holds it to what it promises. `make campaign SHORT=1` is the part that CI runs.
{runs}

| part | run | commit | machine |
| --- | --- | --- | --- |
"""
ABOUT = {
    "conformance": "Cases of RFC 6455, and of the HTTP around it, against a gateway over real sockets.",
    "fuzz": "Inputs that nobody meant to send. Bystanders must get every alert meanwhile.",
    "packets": """Frames that nobody meant to send go through the card's parser into phones that are rows of arrays. One
in five is spoilt: cut, changed, for others. Their segments are early, late, repeated, with numbers and flags of every
kind. Beside them stand a plain parser and, for each row, a plain reference of one flow by RFC 9293: whose a frame is,
what it says, what may be read, what goes out, states and numbers agree after every look. The figure is how many
segments both took a second.""",
    "attacks": """Strangers without a secret, in processes and at an address of their own, against a gateway of
two shards. 60 bystanders listen, 8 reports are published meanwhile, 88 newcomers connect. A latency runs from the
hand-over on the control address to the kernel's stamp at the bystander, of this report or of a later one, which
supersedes it; where neither came it counts as infinite.
*Clients' own lateness* is the longest that the bystanders' process took to read what the kernel had: it is no part of
the latency. `quiet` and `busy` are the lines to compare with: nobody else there, and two processes that burn the cores
and never touch the gateway. Strangers run at the lowest priority, since here they share the gateway's cores, and
elsewhere they would not.""",
    "faults": """Processes killed and stopped at each phase of the reports, in drills of 1,000 users and in services;
disks and clocks, each in a namespace of its own. A command leaves no process, no shared memory, no file in the runtime
folder and no half run behind. A stepped wall clock is left out: a time namespace shares it with the whole machine.""",
    "hosts": """A bus of two servers, three gateways, a centre and phones, each on a host of its own on this machine.
The same ten reports, a second apart, go in turn by the bus and by the control addresses of the same gateways, to as
many phones, which find their gateways. Latencies run from the release to a gateway's answer, as the centre hears it,
and to the reading of a phone; they are medians of plays. A play by control addresses has no bus in it. In the restart,
clients of one gateway say what they knew when it sent them away.""",
    "fleet": """Drills over a bus of two servers, gateways and swarms, each on a host of its own on this machine, with
clocks up to an hour apart. The swarms' clocks also drift, by +30 and -100 parts of a million, as the trial makes them:
so it knows when each receipt truly was, and holds the verdict's bounds against that. A clock steps, oscillator
included. Gateways that keep a rate have one report of one-report.toml to send; *modelled* is what `ewarn plan --held`
says of the run, and all hosts share this machine's cores, so *cores in use* says what a play may have waited for. A
swarm's host is killed or cut off, a conductor is killed, a key and a version are wrong.""",
    "soak": """One gateway under churn, chat, follow, snapshots, resets and a quake every five seconds. Slopes are by
least squares over samples; the first quarter of the time is left out.""",
}
"""by part, what it is"""


def told(rows: Iterable[Row], took: Mapping[str, float], *, short: bool) -> dict[str, Any]:
    """What is kept of a run, for JSON: when, where, by which version, and every row."""
    machine = this_machine()
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "version": __version__,
        "commit": commit_of(CHECKOUT) or "unknown",
        "machine": f"{machine.cpus} cores of {_processor()}, {machine.memory_gib:.1f} GiB, Linux {platform.release()}, "
        f"Python {platform.python_version()}",
        "short": short,
        "took_s": dict(took),
        "rows": [{**asdict(row), "figure": _finite(row.figure)} for row in rows],
    }


def written(runs: Sequence[Mapping[str, Any]], before: Mapping[str, str] | None = None, notes: str = "") -> str:
    """The page of one run, or of several that each played other parts; `before`: by attack, what it once did. Pure.

    `notes` say what a reader has to know of these runs.
    """
    parts, about = [], []
    for run in runs:
        rows = [Row(**row) for row in run["rows"]]
        for part in dict.fromkeys(row.part for row in rows):
            of_it = [row for row in rows if row.part == part]
            kind = f"{run['date']}{', the bounded part' if run['short'] else ''}"
            about.append(f"| {part} | {kind} | {_cell(run['commit'][:12])} | {_cell(run['machine'])} |\n")
            parts.append(_part(part, of_it, run["took_s"].get(part), before if part == "attacks" else None))
    said = "This page is one run of it." if len(runs) == 1 else "This page is made of the runs that the table names."
    head = HEAD.format(runs=f"{said} {notes}".strip())
    return "\n".join([head + "".join(about), *parts])


def _part(part: str, rows: Sequence[Row], took_s: float | None, before: Mapping[str, str] | None) -> str:
    failed = sum(not row.passed for row in rows)
    after = f" It took {took_s:,.0f} s." if took_s is not None else ""
    against = f" *Before* is what {BEFORE_COMMIT} did." if before else ""
    counted = f"{len(rows)} rows, {failed} failed."
    return f"## {part.capitalize()}\n\n{ABOUT.get(part, '')}{against}{after}\n\n{counted}\n\n{_table(rows, before)}"


def attacks_before() -> dict[str, str]:
    """By attack, its figures at the commit before."""
    lines = [line for line in BEFORE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {row["name"]: _once(row) for row in csv.DictReader(lines)}


def _once(row: Mapping[str, str]) -> str:
    full = f", {row['full']} told that it is full" if row["full"] != "0" else ""
    p99 = f"{row['p99_ms']} ms" if row["p99_ms"] else "never"
    return f"p99 {p99}, {row['missing']} missing, {row['in']} in{full}"


def _table(rows: Iterable[Row], before: Mapping[str, str] | None = None) -> str:
    names = ["", "name", "figure", *(["before"] if before else []), "expected", "seen"]
    lines = [f"| {' | '.join(names)} |".replace("|  |", "| |"), f"| {' | '.join('---' for _ in names)} |"]
    for row in rows:
        figure = "" if row.figure is None else f"{row.figure:,.4g} {row.unit}".strip()
        once = [before.get(row.name, "not tried")] if before else []
        cells = ("ok" if row.passed else "**FAILED**", row.name, figure, *once, row.expected, row.seen)
        lines.append(f"| {' | '.join(map(_cell, cells))} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """Text that cannot end a cell, a line or the page's own markup."""
    plain = " ".join(text.split()).replace("\\", "\\\\")
    for one in "|<>`[]":
        plain = plain.replace(one, f"\\{one}")
    return plain


def _finite(figure: float | None) -> float | None:
    return figure if figure is not None and math.isfinite(figure) else None


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
