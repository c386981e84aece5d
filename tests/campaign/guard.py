"""A trial that cannot be played is a row that failed, and the campaign goes on."""

import subprocess
import time
from collections.abc import Callable

import psutil

from ewarn.errors import EwarnError
from tests.campaign.rows import Row


class HarnessError(Exception):
    """The campaign's own processes did not do their part, so that nothing is shown."""


def guarded(part: str, name: str, trial: Callable[[], Row], say: Callable[..., None]) -> Row:
    """The row of a trial, said with the time it took."""
    began = time.monotonic()
    try:
        row = trial()
    except (HarnessError, EwarnError, OSError, ValueError, psutil.Error, subprocess.SubprocessError) as error:
        row = Row(part, name, "a measurement", f"none: {type(error).__name__}: {error}", passed=False)
    took = f"({time.monotonic() - began:.0f} s)"
    say(f"{'ok' if row.passed else 'FAILED'}  {row.name}: {row.seen} {took}", flush=True)
    return row
