"""What Locust's statistics are to show of a test so far: a delivery is a request, a client never reached a failure.

Pure; no I/O. Locust keeps a response time as a whole number of milliseconds, and by itself with two digits. Here it is
rounded up to the next millisecond, whatever its size, so that no percentile on the page looks better than it is.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from loadtests.histograms import BIN_NS
from loadtests.reached import Reached

MS = 1_000_000
BINS_PER_MS = MS // BIN_NS


@dataclass
class Shown:
    """One row of the statistics, in Locust's words and units."""

    requests: int = 0
    failures: int = 0
    """these are among the requests, too"""
    times: Counter[int] = field(default_factory=Counter)
    """by milliseconds"""
    by_second: Counter[int] = field(default_factory=Counter)
    """requests by second of the master's wall clock"""
    failures_by_second: Counter[int] = field(default_factory=Counter)

    @property
    def total_ms(self) -> int:
        """Sum of all times."""
        return sum(ms * count for ms, count in self.times.items())

    @classmethod
    def of(cls, report: Reached, released_ns: int, wall_ns: int, missing: int, now_ns: int) -> "Shown":
        """A report's row. `wall_ns`: what the wall clock is ahead of the monotonic one that the other times are on.

        A client that was never reached has waited until `now_ns` at least, and that is its time.
        """
        row = cls(requests=report.delivered + missing, failures=missing)
        for number, count in report.times.bins.items():
            row.times[-(-(number + 1) // BINS_PER_MS)] += count
            row.by_second[(released_ns + number * BIN_NS + wall_ns) // 1_000_000_000] += count
        if missing:
            second = (now_ns + wall_ns) // 1_000_000_000
            row.times[-(-(now_ns - released_ns) // MS)] += missing
            row.by_second[second] += missing
            row.failures_by_second[second] += missing
        return row

    @classmethod
    def sum(cls, rows: "Iterable[Shown]") -> "Shown":
        """All rows together."""
        total = cls()
        for row in rows:
            total.requests += row.requests
            total.failures += row.failures
            total.times.update(row.times)
            total.by_second.update(row.by_second)
            total.failures_by_second.update(row.failures_by_second)
        return total


def shown(
    deliveries: Mapping[int, Reached],
    releases: Mapping[int, int],
    wanted: int,
    wall_ns: int,
    now_ns: int,
    *,
    over: bool,
) -> dict[int, Shown]:
    """The rows by report. Before a test is over nobody is missing; `wanted` is the clients in all.

    `releases` has when each was released, monotonic ns.
    """
    found = {}
    for number, released_ns in releases.items():
        report = deliveries.get(number, Reached())
        missing = wanted - report.delivered - report.superseded if over else 0
        found[number] = Shown.of(report, released_ns, wall_ns, max(0, missing), now_ns)
    return found
