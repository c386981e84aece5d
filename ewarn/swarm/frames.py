"""Frames of clients that are packets: found whole in what came in order, and kept until there is time to parse."""

import time

import numpy as np
from numpy.typing import NDArray

from ewarn.packets.segments import Segments
from ewarn.packets.taken import Taken
from ewarn.swarm.batch import Batch
from ewarn.swarm.whole_frames import Unfinished, alone, apart


class Frames:
    """Of all clients of a process. A frame is read once it is here whole: the clock is read then."""

    def __init__(self, *, when_told: bool) -> None:
        """With `when_told`, nothing is read before `let_read`."""
        self.kept = 0
        self._batches: list[Batch] = []
        self._unfinished = Unfinished()
        self._unread: dict[int, bytes] | None = {} if when_told else None
        """by row"""

    @property
    def when_told(self) -> bool:
        """Whether they are read only when that is said."""
        return self._unread is not None

    def keep_alone(self, segments: Segments, taken: Taken, framed: NDArray[np.bool_]) -> NDArray[np.intp]:
        """Keep whole frames that came alone; which of the pieces are left, to be looked at one by one.

        `framed`: by piece, whether frames are what comes there, since the handshake is done.
        """
        index = taken.index
        every = len(index) == len(segments) and bool((index[1:] > index[:-1]).all())
        """each segment has one piece"""
        length = segments.length if every else segments.length[index]
        found = alone(segments.payload, segments.length)
        whole = framed & (taken.last - taken.first == length) & (found if every else found[index])
        if len(self._unfinished):
            whole &= ~self._unfinished.of(taken.row)
        if self.when_told:
            whole[:] = False
        if every and whole.all():
            self._put(taken.row, segments.arrived, segments.payload, length)
            return np.empty(0, np.intp)
        whole = apart(taken.row, whole)
        if whole.any():
            which = index[whole]
            self._put(taken.row[whole], segments.arrived[which], segments.payload[which], length[whole])
        return np.flatnonzero(~whole)

    def piece(self, row: int, piece: bytes, arrived: int) -> None:
        """Keep the frames that are whole with it, or, where they read when told, all of it for then."""
        if self._unread is not None:
            self._unread[row] = self._unread.get(row, b"") + piece
        else:
            self._finish(row, piece, arrived)

    def let_read(self, row: int, most: int) -> int:
        """Have one read that waits to be told to, so many bytes at most; how many there were."""
        assert self._unread is not None  # noqa: S101  the others read by themselves
        data = self._unread.pop(row, b"")
        piece, rest = data[:most], data[most:]
        if rest:
            self._unread[row] = rest
        if piece:
            self._finish(row, piece, 0)
        return len(piece)

    def forget(self, row: int) -> None:
        """Its connection is over."""
        self._unfinished.forget(row)
        if self._unread:
            self._unread.pop(row, None)

    def take(self) -> list[Batch]:
        """Hand over what is kept, in order."""
        batches, self._batches, self.kept = self._batches, [], 0
        return batches

    def _finish(self, row: int, piece: bytes, arrived: int) -> None:
        for frame in self._unfinished.more(row, piece):
            data = np.frombuffer(frame, np.uint8)[None, :]
            self._put(np.array([row]), np.array([arrived]), data, np.array([len(frame)]))

    def _put(
        self, rows: NDArray[np.int64], arrived: NDArray[np.int64], data: NDArray[np.uint8], lengths: NDArray[np.int64]
    ) -> None:
        self._batches.append(Batch(rows, np.full(len(rows), time.monotonic_ns()), arrived, data, lengths))
        self.kept += len(rows)
