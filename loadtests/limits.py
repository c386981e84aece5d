"""The promise that a test is judged by, where two clocks are told apart by bounds only. Pure; no I/O.

A limit is kept if the latest that a time can be meets it, and failed if the earliest misses it. In between, nobody
knows: the test is not to be trusted then.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from loadtests.account import milliseconds
from loadtests.reached import Reached

SHARE = 0.99
WIDEST = 0.01
"""of the limit: a bound that is wider judges nothing"""


@dataclass(frozen=True)
class Judged:
    """One line, and what it stands for."""

    line: str
    kept: bool | None
    """None: nobody knows"""


def too_wide(widths_ns: Mapping[str, int], limit_ms: float) -> list[str]:
    """A line for each worker whose times are not known to within 1 % of the limit; none where there is no limit."""
    most_ns = WIDEST * limit_ms * 1e6
    return [
        f"{worker}: its times are known to within {width_ns / 1e6:,.3f} ms, expected {most_ns / 1e6:g} ms at most, "
        f"{WIDEST:.0%} of the limit of {limit_ms:g} ms"
        for worker, width_ns in widths_ns.items()
        if limit_ms and width_ns > most_ns
    ]


def judged(number: int, report: Reached, limit_ms: float) -> Judged:
    """Whether the p99 of a report over all clients, those who never got it included, keeps the limit."""
    high = report.times.percentile_ns(SHARE, report.targets)
    low = report.earliest.at_least_ns(SHARE, report.targets)
    what, limit = f"report {number}: p99 is", f"the limit is {limit_ms:g} ms"
    if high <= limit_ms * 1e6:
        return Judged(f"{what} {milliseconds(high)} ms, {limit}", kept=True)
    if low > limit_ms * 1e6:
        return Judged(f"{what} {milliseconds(high)} ms, {limit}", kept=False)
    return Judged(
        f"{what} between {milliseconds(low)} and {milliseconds(high)} ms, and {limit}: nobody knows", kept=None
    )
