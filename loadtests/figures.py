"""Locust's statistics, filled with what clients read; they stand in the master, or the local runner, alone.

Deliveries come as histograms, so they are put in in bulk, at full count. A row is written anew each time: in the end
it says what the verdict was made from, not what was known of it before.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from locust.stats import RequestStats, StatsEntry, StatsError

from loadtests.shown import Shown

METHOD = "delivery"
MISSING = "got neither this report nor a newer one"


def fill(stats: RequestStats, rows: Mapping[int, Shown], bytes_read: int, now_s: float) -> None:
    """Write all rows, by report, and their sum; `now_s` is the wall clock's."""
    total = Shown.sum(rows.values())
    share = bytes_read / max(1, total.requests - total.failures)
    for number, row in rows.items():
        _fill(stats.get(f"report {number}", METHOD), row, share, now_s)
        if row.failures:
            _fail(stats, f"report {number}", row, now_s)
    _fill(stats.total, total, share, now_s)


def _fill(entry: StatsEntry, row: Shown, frame_bytes: float, now_s: float) -> None:
    times = {ms: count for ms, count in row.times.items() if count}
    entry.num_requests, entry.num_failures = row.requests, row.failures
    entry.response_times = defaultdict(int, times)
    entry.total_response_time = row.total_ms
    entry.min_response_time, entry.max_response_time = min(times, default=None), max(times, default=0)
    entry.total_content_length = round((row.requests - row.failures) * frame_bytes)
    entry.num_reqs_per_sec = defaultdict(int, row.by_second)
    entry.num_fail_per_sec = defaultdict(int, row.failures_by_second)
    # Rates are of the seconds before this one, so that they fall while nothing comes.
    entry.last_request_timestamp = now_s
    if entry.use_response_times_cache:
        # What its charts take for the last ten seconds; Locust does so whenever a second is over.
        entry._cache_response_times(int(now_s))


def _fail(stats: RequestStats, name: str, row: Shown, now_s: float) -> None:
    error: Any = StatsError(METHOD, name, MISSING, row.failures)
    error.first_seen = error.last_seen = now_s
    stats.errors[StatsError.create_key(METHOD, name, MISSING)] = error
