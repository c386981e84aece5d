"""What a swarm lost, as lines of two numbers each; pure. A swarm that lost anything has failed as a load test."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

SETTLE_NS = 2_000_000_000
"""a report that somebody read so long before the end has had its time with everybody"""


def losses(
    tallies: Mapping[str, int],
    read: NDArray[np.int64],
    there: NDArray[np.bool_],
    end_ns: int,
    *,
    quake: str,
    all_hear: bool,
) -> list[str]:
    """Every two numbers that must agree and do not, a line each; none if nothing was lost.

    `tallies` are those of `TALLIES`. `read` has a row a report, from number 1, and a column a client: when it was read,
    monotonic ns, 0 for never. `there`: clients that are connected at the end, `end_ns`. `all_hear`: no gate of the
    gateway's, nor a wish of their own, keeps the reports that others are told from any client.
    """
    clients = len(there)
    away = tallies["left"] - tallies["returned"]
    lines = [
        (tallies["connected"] < clients, f"{tallies['connected']:,} of {clients:,} clients connected"),
        (tallies["closed"] > 0, f"the gateway hung up on {tallies['closed']:,} of {clients:,} clients"),
        (away > 0, f"{away:,} of {clients:,} clients lost their connection, and have not come back"),
        (tallies["garbled"] > 0, f"{tallies['garbled']:,} of {tallies['frames']:,} frames are garbled"),
        (
            tallies["foreign"] > 0 and not tallies["receipts"],
            f"{tallies['receipts']:,} reports of {quake} were read, and {tallies['foreign']:,} of other quakes",
        ),
    ]
    return [line for lost, line in lines if lost] + _unheard(read, there, end_ns, all_hear)


def _unheard(read: NDArray[np.int64], there: NDArray[np.bool_], end_ns: int, all_hear: bool) -> list[str]:
    """Those who did not hear what others did; who is not connected was counted above."""
    first = np.where(read > 0, read, np.iinfo(np.int64).max).min(axis=1, initial=np.iinfo(np.int64).max)
    settled = np.flatnonzero(first <= end_ns - SETTLE_NS)
    if not len(settled):
        return []
    told, current = (read > 0).any(axis=0) & there, (read[settled[-1] :] > 0).any(axis=0) & there
    lines = []
    if (behind := int((told & ~current).sum())) > 0:
        lines.append(
            f"{behind:,} of {told.sum():,} clients that were told of the quake did not get report {settled[-1] + 1}, "
            "nor a newer one"
        )
    if all_hear and told.sum() < there.sum():
        lines.append(f"{told.sum():,} of {there.sum():,} clients were told of the quake")
    return lines
