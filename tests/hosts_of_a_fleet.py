"""A fleet as verdicts have it: two swarms, one of them on the conductor's own clock or lost, and two gateways."""

import numpy as np

from ewarn.runs import run_files
from ewarn.verdict.fleet import EARLIEST, Clocks, OfClock, OfFleet, OfHost, Width
from ewarn.verdict.receipts import NEVER, RECEIPT

WIDTHS_NS = np.array([40_000, 900_000])
"""of every bound on the first swarm, and on the second"""


def fleet(users=300, lost=None):
    """Half of the users on each swarm; `lost` says why the second went missing."""

    def clock(width_us, offset_s):
        width = Width(p50=width_us, p99=width_us, max=width_us)
        return OfClock(exchanges=612, lost=3, width_us=width, wander_us=1.25, drift_ppm=-3.4, offset_s=offset_s)

    swarm = {"kind": "swarm", "clients": "sockets", "ewarn": "0.22.0", "cpus": 4, "memory_gib": 15.5}
    gateway = {"kind": "gateway", "ewarn": "0.22.0", "cpus": 8, "memory_gib": 31.0}
    half = users // 2
    hosts = {
        "s1": OfHost(users=half, connected=half, clock=clock(40.0, 3600.2), **swarm),
        "s2": OfHost(users=users - half, connected=half, clock=clock(900.0, -1800.0), lost=lost, **swarm),
        "g1": OfHost(users=half, connected=half, clock=clock(55.0, 12.0), **gateway),
        "g2": OfHost(users=users - half, connected=half, **gateway),
    }
    return OfFleet(hosts=hosts, width_us=Width(p50=470.0, p99=900.0, max=900.0))


def on(users):
    """Which swarm each user is on."""
    return (np.arange(users) >= users // 2).astype(np.uint8)


def earliest(receipts, users, widths_ns=WIDTHS_NS):
    """Beside receipts, by report and then user, the earliest ends of bounds so wide on each swarm."""
    rows, width = np.empty(len(receipts), EARLIEST), np.tile(widths_ns[on(users)], len(receipts) // users)
    for name in EARLIEST.names:
        rows[name] = np.where(receipts[name] == NEVER, NEVER, receipts[name] - width)
    return rows


BOUND = {
    "host": "s2",
    "far_ns": 9_000_000_000,
    "near_ns": 5_000_000_000,
    "low": [(0, -450_000), (60_000_000_000, -450_000)],
    "high": [(0, 450_000), (60_000_000_000, 450_000)],
    "wander_ns": 625,
    "exchanges": 612,
}
"""as `clocks.json` has it"""


def write(folder, rows, users=300, lost=None):
    """Beside the files of a run with such a ledger, those that a fleet has; gives its table for the verdict."""
    receipts, of = np.zeros(len(rows), RECEIPT), fleet(users, lost)
    receipts["read"], receipts["kernel"] = rows["received"], NEVER
    bounds = {"s2": BOUND, "s1": BOUND | {"host": "s1"}}
    run_files.write_clocks(folder, of, Clocks(earliest(receipts, users), on(users), bounds))
    return of
