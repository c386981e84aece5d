"""Receipts: the proof, by user and report, that a client read a frame, and when.

While a drill runs they stand in shared memory, which clients write and the conductor reads; what has been received
outlives the process that received it.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ewarn.system import shared_array
from ewarn.words import Said, say

NEVER = -1
"""in place of a time, monotonic ns: it did not happen"""

RECEIPT = np.dtype(
    [
        ("user", "<u4"),
        ("report", "<u2"),  # its number: 1, 2, ...
        ("released", "<i8"),  # handed over to the gateway, monotonic ns; -1 if it never was
        ("kernel", "<i8"),  # arrived in the client's kernel or ring, monotonic ns; -1 where not stamped
        ("read", "<i8"),  # read by the client: found whole, monotonic ns; -1 for never
    ]
)

TALLIES = {
    "connected": "handshakes completed",
    "failed": "connections that could not be made",
    "closed": "connections that ended before the swarm did",
    "left": "connections that ended and are to be made anew",
    "returned": "handshakes completed by those who had been connected before, and came back",
    "moved": "of the handshakes, those with another gateway than the last one",
    "frames": "complete frames read",
    "reads": "times that bytes were read, counted at once, less one an echo; the frames are counted when there is time",
    "bytes": "bytes of these frames",
    "receipts": "first frames of a report for a user",
    "duplicates": "further frames of the same report for a user",
    "twins": "reports that a user already had on another device",
    "stale": "reports older than one that a user already had on another device",
    "dropped": "network frames that the ring of clients as packets had no room for",
    "truncated": "network frames that were longer than a slot of that ring",
    "bad": "network frames that no kernel sends: a wrong checksum, or headers that cannot be",
    "parts": "frames of a report that comes in several, after the first",
    "again": "the newest report that a user had, given once more as they came back",
    "foreign": "reports of other quakes, or from before the drill began",
    "answers": "pings, pongs, closes, and the service's time",
    "chats": "chat messages sent",
    "echoes": "of these, what came back",
    "garbled": "frames that are not what the protocol says",
}
_TALLY = {name: index for index, name in enumerate(TALLIES)}


class ReceiptBook:
    """The shared arrays: receipts by report and user, tallies by process.

    Zero stands for never in here, since shared memory begins as zeros and the monotonic clock is past it.
    """

    @property
    def is_here(self) -> bool:
        """Whether it has receipts while a play goes on; else only how many there are."""
        return True

    def __init__(self, descriptor: int, reports: int, users: int, processes: int) -> None:
        self.shape = (reports, users, processes)
        sizes = ((reports, users), (reports, users), (processes, reports), (processes, reports))
        arrays, offset = [], 0
        for shape in (*sizes, (processes, len(TALLIES))):
            arrays.append(shared_array.attach(descriptor, np.int64, shape, offset))
            offset += 8 * shape[0] * shape[1]
        self.via: NDArray[np.uint8] = shared_array.attach(descriptor, np.uint8, (reports, users), offset)
        """which target's device brought it first, from 1; 0: none"""
        offset += reports * users
        self.there: NDArray[np.uint8] = shared_array.attach(descriptor, np.uint8, (users,), offset)
        """devices of each user that are connected now"""
        self.read: NDArray[np.int64]
        self.kernel: NDArray[np.int64]
        self.duplicates: NDArray[np.int64]
        self.out_of_order: NDArray[np.int64]
        self.tallies: NDArray[np.int64]
        self.read, self.kernel, self.duplicates, self.out_of_order, self.tallies = arrays

    @staticmethod
    def create(reports: int, users: int, processes: int) -> int:
        """Memory for such a book: its descriptor."""
        times, tallies = 2 * reports * users, processes * (2 * reports + len(TALLIES))
        return shared_array.create(8 * (times + tallies) + reports * users + users)

    def count(self, process: int, name: str, amount: int = 1) -> None:
        """Add to one process's tally."""
        self.tallies[process, _TALLY[name]] += amount

    def clear(self, process: int) -> None:
        """Set what one process counted of frames to zero; connections stay counted."""
        self.duplicates[process], self.out_of_order[process] = 0, 0
        self.tallies[process, _TALLY["frames"] :] = 0

    def total(self, name: str) -> int:
        """A tally over all processes."""
        return int(self.tallies[:, _TALLY[name]].sum())

    def received(self, number: int) -> int:
        """How many users have read a report, by its number."""
        return int(np.count_nonzero(self.read[number - 1]))

    def disagreements(self) -> list[Said]:
        """Sums that must agree and do not, in words: then the harness cannot be trusted."""
        found = []
        parts = (
            "receipts",
            "duplicates",
            "twins",
            "stale",
            "parts",
            "again",
            "foreign",
            "answers",
            "echoes",
            "garbled",
        )
        accounted = sum(self.total(name) for name in parts)
        if (frames := self.total("frames")) != accounted:
            found.append(say("doubt.frames", f"{frames:,}", f"{accounted:,}"))
        if (stored := int(np.count_nonzero(self.read))) != (receipts := self.total("receipts")):
            found.append(say("doubt.receipts", f"{receipts:,}", f"{stored:,}"))
        return found

    def table(self, released: NDArray[np.int64]) -> NDArray[Any]:
        """All receipts (dtype `RECEIPT`), by report and then user; `released` by report, monotonic ns."""
        reports, users, _ = self.shape
        table = np.zeros(reports * users, RECEIPT)
        table["user"] = np.tile(np.arange(users), reports)
        table["report"] = np.repeat(np.arange(1, reports + 1), users)
        table["released"] = np.repeat(released, users)
        for name, times in (("kernel", self.kernel), ("read", self.read)):
            table[name] = np.where(times > 0, times, NEVER).ravel()
        return table
