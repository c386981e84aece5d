"""What a swarm has taken down, as arrays that travel. Pure.

| array | dtype, shape | what |
|---|---|---|
| `read_base`, `kernel_base` | i8, (reports,) | ns of this host's monotonic clock; 0: nobody has the report |
| `read`, `kernel` | u4, (reports, users) | microseconds after it, rounded up; 2^32 - 1: never |
| `via` | u1, (reports, users) | by which gateway, an index from 1 into `Collected.gateways`; 0: by none |
| `there` | u1, (users,) | connections of each that are up |
| `duplicates`, `out_of_order` | i8, (processes, reports) | as `verdict.receipts.ReceiptBook` has them |
| `tallies` | i8, (processes, tallies) | the same |
| `frames` | u1, (bytes,) | MessagePack: [user, payload] of each frame of a sampled user; users count from 0 here |
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ewarn.errors import InputError, MeasurementError
from ewarn.verdict.receipts import ReceiptBook
from ewarn.wire.pieces import Hands, Micros, pack_frames

Stamps = Callable[[NDArray[np.int64]], NDArray[np.int64]]
Known = Sequence[tuple[range, tuple[str, ...]]]
"""by process: its users, and the gateways that they know, as `via` counts them"""


def gathered(
    book: ReceiptBook, frames: Sequence[tuple[int, bytes]], known: Known, stamps: Stamps
) -> tuple[Hands, tuple[str, ...]]:
    """All of a book, its times by `stamps` (zero is never, and stays), and the gateways that `via` counts.

    Raises MeasurementError where it cannot be told.
    """
    names = tuple(dict.fromkeys(name for _, theirs in known for name in theirs))
    arrays: dict[str, NDArray[Any]] = {}
    for what, times in (("read", book.read), ("kernel", book.kernel)):
        try:
            micros = Micros.of(np.where(times > 0, stamps(times), 0))
        except InputError as error:
            raise MeasurementError(str(error)) from None
        arrays[f"{what}_base"], arrays[what] = micros.base, micros.after
    arrays |= {
        "via": in_common(book.via, known, names),
        "there": book.there.copy(),
        "duplicates": book.duplicates.copy(),
        "out_of_order": book.out_of_order.copy(),
        "tallies": book.tallies.copy(),
        "frames": np.frombuffer(pack_frames(frames), np.uint8),
    }
    return Hands(arrays), names


def in_common(via: NDArray[np.uint8], known: Known, names: Sequence[str]) -> NDArray[np.uint8]:
    """`via` by one list of gateways, where each process has counted them as it came to know them."""
    found = via.copy()
    for users, theirs in known:
        index = np.zeros(256, np.uint8)
        index[1 : len(theirs) + 1] = [names.index(name) + 1 for name in theirs]
        mine = slice(users.start, users.stop)
        found[:, mine] = index[via[:, mine]]
    return found
