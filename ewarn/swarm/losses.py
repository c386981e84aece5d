"""What a swarm lost, as lines of two numbers each; pure. A swarm that lost anything has failed as a load test."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ewarn.words import say

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
        (tallies["connected"] < clients, say("attended.connected", f"{tallies['connected']:,}", f"{clients:,}")),
        (tallies["closed"] > 0, say("attended.closed", f"{tallies['closed']:,}", f"{clients:,}")),
        (away > 0, say("attended.away", f"{away:,}", f"{clients:,}")),
        (tallies["garbled"] > 0, say("attended.garbled", f"{tallies['garbled']:,}", f"{tallies['frames']:,}")),
        (
            tallies["foreign"] > 0 and not tallies["receipts"],
            say("attended.others", f"{tallies['receipts']:,}", quake, f"{tallies['foreign']:,}"),
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
    lines: list[str] = []
    if (behind := int((told & ~current).sum())) > 0:
        lines.append(say("attended.behind", f"{behind:,}", f"{told.sum():,}", str(settled[-1] + 1)))
    if all_hear and told.sum() < there.sum():
        lines.append(say("attended.told", f"{told.sum():,}", f"{there.sum():,}"))
    return lines
