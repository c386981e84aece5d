"""TCP segments as arrays: what clients send, and what comes for them. Pure."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
"""flags (RFC 9293, section 3.1)"""


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """Segments in the order in which they came, or are to go; all arrays are as long as there are segments."""

    row: NDArray[np.int64]
    """which client"""
    sequence: NDArray[np.uint32]
    acknowledged: NDArray[np.uint32]
    flags: NDArray[np.uint8]
    window: NDArray[np.uint16]
    """bytes, as no scale is offered"""
    length: NDArray[np.int64]
    """bytes of payload"""
    payload: NDArray[np.uint8]
    """(n, widest): of each row the first `length` bytes; what follows means nothing. (n, 0) where none has any"""
    arrived: NDArray[np.int64]
    """the kernel's stamp, monotonic nanoseconds; 0 for what goes out, or where it is not known"""

    def __len__(self) -> int:
        return len(self.row)

    def some(self, which: NDArray[np.bool_] | NDArray[np.int64] | slice) -> Self:
        """Those that a mask, indices or a slice takes, no wider than the longest of them."""
        length = self.length[which]
        widest = int(length.max(initial=0))
        return type(self)(
            self.row[which],
            self.sequence[which],
            self.acknowledged[which],
            self.flags[which],
            self.window[which],
            length,
            self.payload[:, :widest][which],
            self.arrived[which],
        )

    @classmethod
    def joined(cls, parts: list[Self]) -> Self:
        """All of them, one after the other, as wide as the widest."""
        if not parts:
            return cls.none()
        if len(parts) == 1:
            return parts[0]
        widest = max(part.payload.shape[1] for part in parts)
        payload = np.zeros((sum(map(len, parts)), widest), np.uint8)
        at = 0
        for part in parts:
            payload[at : at + len(part), : part.payload.shape[1]] = part.payload
            at += len(part)
        return cls(
            np.concatenate([part.row for part in parts]),
            np.concatenate([part.sequence for part in parts]),
            np.concatenate([part.acknowledged for part in parts]),
            np.concatenate([part.flags for part in parts]),
            np.concatenate([part.window for part in parts]),
            np.concatenate([part.length for part in parts]),
            payload,
            np.concatenate([part.arrived for part in parts]),
        )

    @classmethod
    def none(cls) -> Self:
        """No segment."""
        return cls(
            np.empty(0, np.int64),
            np.empty(0, np.uint32),
            np.empty(0, np.uint32),
            np.empty(0, np.uint8),
            np.empty(0, np.uint16),
            np.empty(0, np.int64),
            np.empty((0, 0), np.uint8),
            np.empty(0, np.int64),
        )
