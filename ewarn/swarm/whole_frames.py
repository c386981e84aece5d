"""Which WebSocket frames came whole, of pieces of thousands of connections; pure.

Next to all frames of a fan-out come alone, in one segment: these are found as arrays, the rest put together one by one.
"""

import numpy as np
from numpy.typing import NDArray

from ewarn.wire.framing import next_frame

_MASKED, _LENGTH = 0x80, 0x7F
_TWO_BYTES = 126
"""in place of a length: it follows in two bytes (RFC 6455, section 5.2)"""


def alone(data: NDArray[np.uint8], lengths: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each piece is one whole frame that a server sent: `data` (pieces, widest), `lengths` (pieces,)."""
    if data.shape[1] < 4:
        return np.zeros(len(lengths), np.bool_)
    begin = np.ascontiguousarray(data[:, :4]).view(">u4")[:, 0].astype(np.int64)
    second, long = begin >> 16 & 0xFF, (begin & 0xFFFF) + 4
    found: NDArray[np.bool_] = (second == _TWO_BYTES) & (long == lengths)
    if not found.all():
        found |= (second < _TWO_BYTES) & (second + 2 == lengths)
    return found


def apart(rows: NDArray[np.int64], whole: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Of pieces (n,), which are whole, as all others of their rows are: so that they may go before those.

    What follows the beginning of a frame may look like a whole one.
    """
    return whole if whole.all() else whole & ~np.isin(rows, rows[~whole])


class Unfinished:
    """By row, the beginning of a frame whose rest is still to come; most rows have none."""

    def __init__(self) -> None:
        self._begun: dict[int, bytes] = {}

    def __len__(self) -> int:
        """How many rows have one."""
        return len(self._begun)

    def of(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether each has one."""
        return np.fromiter((row in self._begun for row in rows.tolist()), np.bool_, len(rows))

    def more(self, row: int, piece: bytes) -> list[bytes]:
        """The frames that are whole once this piece is there."""
        data, at, found = self._begun.pop(row, b"") + piece, 0, []
        while (frame := next_frame(data, at)) is not None:
            found.append(data[at : frame.end])
            at = frame.end
        if at < len(data):
            self._begun[row] = data[at:]
        return found

    def forget(self, row: int) -> None:
        """Its connection is over."""
        self._begun.pop(row, None)
