"""Looks of which all frames are plain: whole segments without options, for clients in their present lives. Pure.

Next to all looks of a fan-out are. Their headers are read as columns of numbers of 32 bits, compared by a mask at once.
"""

import numpy as np
from numpy.typing import NDArray

from ewarn.packets.addresses import FIRST_PORT, LIVES, ROWS_AN_ADDRESS, addresses_for
from ewarn.packets.headers import ETH_P_IP, ETHERNET, IN_SLOT, IPV4, PLAIN, PROTOCOL_TCP, RECEIVED_AT, TCP
from ewarn.packets.segments import Segments

HEADERS_FROM = (RECEIVED_AT + ETHERNET) // 4
"""where the IPv4 header begins, in words of 32 bits; the kernel lays it so that it fits these"""
_OWN, _FRAME = slice(1, 6), slice(HEADERS_FROM - 1, HEADERS_FROM + 9)
"""of the kernel's header: `bytes`, `kept`, `frame_at`, `seconds`, `nanoseconds`; of the frame's, what `_MASK` is for"""
_MASK = np.array([0xFFFF, 0xFF << 24, 0x3FFF, 0xFF << 16, 0, 0, 0, 0, 0, 0xF << 28], np.uint32)
_PLAIN = np.array([ETH_P_IP, PLAIN << 24, 0, PROTOCOL_TCP << 16, 0, 0, 0, 0, 0, TCP << 26], np.uint32)
"""Ethernet's type; version and total; fragment; protocol; source; target; ports; sequence; acknowledged; offset, flags
and window"""
_SOURCE, _PORTS = 4, 6


class Plain:
    """Reads looks for rows of clients, as `Card` does."""

    def __init__(
        self, first: int, lives: NDArray[np.uint8], to_address: NDArray[np.uint32], to_port: NDArray[np.uint16]
    ) -> None:
        """See `Card`; `first`: address of row 0, as a number."""
        self._first, self._lives, self._to_address, self._to_port = np.uint32(first), lives, to_address, to_port
        self._mask, self._plain = _MASK[:, None].copy(), _PLAIN[:, None].copy()
        self._alike = len(lives) > 0 and bool((to_address == to_address[0]).all() and (to_port == to_port[0]).all())
        if self._alike:
            self._mask[[_SOURCE, _PORTS], 0] = 0xFFFFFFFF, 0xFFFF << 16
            self._plain[[_SOURCE, _PORTS], 0] = to_address[0], int(to_port[0]) << 16

    def read(self, heads: NDArray[np.void], shift: int | None) -> Segments | None:
        """Segments (n,) without their payloads, of headers of dtype `IN_SLOT`; None where one is not plain.

        `shift`, ns, leads from the clock of the stamps to the monotonic one, if it is known.
        """
        words = heads.view(np.uint32).reshape(len(heads), IN_SLOT.itemsize // 4).T
        frame = words[_FRAME].view(">u4").astype(np.uint32, order="C")
        own = np.ascontiguousarray(words[_OWN])
        if ((frame & self._mask) != self._plain).any():
            return None
        _, total, _, _, source, target, ports, sequence, acknowledged, rest = frame
        total = total & np.uint32(0xFFFF)
        if not _whole(own, total):
            return None
        rows = self._rows(target, ports)
        if rows is None or not (self._alike or self._from_theirs(rows, source, ports)):
            return None
        return Segments(
            rows,
            sequence,
            acknowledged,
            (rest >> np.uint32(16)).astype(np.uint8),
            rest.astype(np.uint16),
            total.astype(np.int64) - (IPV4 + TCP),
            np.empty((len(rows), 0), np.uint8),
            np.zeros(len(rows), np.int64) if shift is None else own[3] * np.int64(1_000_000_000) + own[4] + shift,
        )

    def _rows(self, target: NDArray[np.uint32], ports: NDArray[np.uint32]) -> NDArray[np.int64] | None:
        """Whose all these are, if they are of present lives; see `addresses.row_and_life`."""
        host = target - self._first
        port = (ports & np.uint32(0xFFFF)) - np.uint32(FIRST_PORT)
        life = port // np.uint32(ROWS_AN_ADDRESS)
        if host.max() >= addresses_for(len(self._lives)) or life.max() >= LIVES:
            return None
        rows = ((host - life) * np.uint32(ROWS_AN_ADDRESS) + port).astype(np.int64)
        if rows.max() >= len(self._lives) or (self._lives[rows] % np.uint8(LIVES) != life).any():
            return None
        return rows

    def _from_theirs(self, rows: NDArray[np.int64], source: NDArray[np.uint32], ports: NDArray[np.uint32]) -> bool:
        """Whether all come from where their clients talk to."""
        right = (source == self._to_address[rows]) & (ports >> np.uint32(16) == self._to_port[rows])
        return bool(right.all())


def _whole(own: NDArray[np.uint32], total: NDArray[np.uint32]) -> bool:
    """Whether all frames are where they belong in their slots, and all of each is."""
    size, kept, frame_at = own[:3]
    there = (size == kept) & (total >= IPV4 + TCP) & (total + np.uint32(ETHERNET) <= kept)
    there &= frame_at & np.uint32(0xFFFF) == RECEIVED_AT
    return bool(there.all())
