"""The page of a campaign, made of the JSON of its run."""

import math
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ewarn import __version__
from ewarn.drill.made import CHECKOUT, commit_of
from ewarn.system.machine import this_machine
from tests.campaign.rows import Row

PAGE = Path("docs/reference/campaign.md")
HEAD = """# The campaign

<!-- generated: `python -m tests.campaign --page`, of the JSON of a run -->

`make campaign` attacks the program, and holds it to what it promises. `make campaign SHORT=1` is the part that CI runs.
This page is one run of it.

| what | |
| --- | --- |
"""
ABOUT = {
    "conformance": "Cases of RFC 6455, and of the HTTP around it, against a gateway over real sockets.",
    "fuzz": "Inputs that nobody meant to send. Bystanders must get every alert meanwhile.",
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


def written(run: Mapping[str, Any]) -> str:
    """The page. Pure."""
    rows = [Row(**row) for row in run["rows"]]
    failed = sum(not row.passed for row in rows)
    about = {
        "run": f"{run['date']}{', the bounded part' if run['short'] else ''}",
        "version": f"{run['version']}, commit {run['commit'][:12]}",
        "machine": run["machine"],
        "rows": f"{len(rows)}, {failed} failed",
    }
    parts = [HEAD + "".join(f"| {key} | {_cell(value)} |\n" for key, value in about.items())]
    for part in dict.fromkeys(row.part for row in rows):
        of_it = [row for row in rows if row.part == part]
        took = run["took_s"].get(part)
        after = f" It took {took:,.0f} s." if took is not None else ""
        parts.append(f"## {part.capitalize()}\n\n{ABOUT.get(part, '')}{after}\n\n{_table(of_it)}")
    return "\n".join(parts)


def _table(rows: Iterable[Row]) -> str:
    lines = ["| | name | figure | expected | seen |", "| --- | --- | --- | --- | --- |"]
    for row in rows:
        figure = "" if row.figure is None else f"{row.figure:,.4g} {row.unit}".strip()
        cells = ("ok" if row.passed else "**FAILED**", row.name, figure, row.expected, row.seen)
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
