"""`python -m ewarn.cli.last_mile RUN [REPORT]`: a finished run over a last mile, beside what TCP would have it take."""

import sys
from pathlib import Path

import click
import numpy as np

from ewarn.bench import last_mile
from ewarn.cli.outlets import exit_code, outlets
from ewarn.cli.plain import plain_console, visible
from ewarn.errors import EwarnError
from ewarn.packets.expected import share_within
from ewarn.runs import run_files

WITHIN_MS = np.array([500.0, 1000.0, 2000.0])


def main(arguments: list[str]) -> int:
    """RUN [REPORT]: 0, or 2 for wrong input."""
    with outlets() as used:
        return exit_code(_told(arguments), used)


def _told(arguments: list[str]) -> int:
    if len(arguments) not in (1, 2) or not all(one.isdecimal() for one in arguments[1:]):
        click.echo("usage: python -m ewarn.cli.last_mile RUN [REPORT]", err=True)
        return 2
    try:
        run = run_files.read(Path(arguments[0]))
        mile, expected = last_mile.modelled(run, np.random.default_rng(1))
        measured = last_mile.delays(run, int(arguments[1]) if len(arguments) == 2 else run.verdict.first or 1)
    except EwarnError as error:
        click.echo(visible(str(error)), err=True)
        return 2
    console = plain_console()
    console.print(last_mile.table(measured, expected, mile))
    shares = ", ".join(f"{share:.2%}" for share in share_within(WITHIN_MS, mile))
    console.print(f"by formula within 0.5, 1, 2 s: {shares}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
