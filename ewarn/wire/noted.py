"""What a gateway has noted of a drill's users, as arrays that travel: of those alone whom it noted anything of. Pure.

| array | dtype, shape | what |
|---|---|---|
| `users` | u4, (users,) | who they are, by number, in rising order |
| `planned_base`, `written_base` | i8, (reports,) | ns of the gateway's monotonic clock; 0: nobody was |
| `planned`, `written` | u4, (reports, users) | microseconds after it, rounded up; 2^32 - 1: never |
| `shard` | u2, (reports, users) | 1 more than the index of the shard that planned for them; 0: none did |

Reports after the last of which anything was noted are left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ewarn.errors import InputError
from ewarn.wire.pieces import Micros

SHAPES: Mapping[str, tuple[str, str]] = {
    "users": ("<u4", "u"),
    "planned_base": ("<i8", "r"),
    "planned": ("<u4", "ru"),
    "written_base": ("<i8", "r"),
    "written": ("<u4", "ru"),
    "shard": ("<u2", "ru"),
}
"""by array its dtype, and of what it has an item: reports, users"""
NOTED_BYTES = 48 << 10
"""of an array in one message, before it is compressed: a gateway's account may say 64 KiB at a time"""


@dataclass(frozen=True)
class Noted:
    """Of some users when they were planned for and written to, and by which shard; by report and place in `users`."""

    users: NDArray[np.uint32]
    planned: Micros
    written: Micros
    shard: NDArray[np.uint16]

    @classmethod
    def of(cls, planned: NDArray[np.int64], written: NDArray[np.int64], shard: NDArray[np.uint16]) -> "Noted":
        """Of a whole journal: shape (reports, users), monotonic ns, 0 for never.

        Raises InputError where it cannot be told.
        """
        there = (planned > 0) | (written > 0)
        users = np.flatnonzero(there.any(axis=0))
        reports = int(np.flatnonzero(there.any(axis=1)).max(initial=-1)) + 1
        mine = slice(reports), users
        return cls(users.astype(np.uint32), Micros.of(planned[mine]), Micros.of(written[mine]), shard[mine])

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """As they travel."""
        return {
            "users": self.users,
            "planned_base": self.planned.base,
            "planned": self.planned.after,
            "written_base": self.written.base,
            "written": self.written.after,
            "shard": self.shard,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]], users: int) -> "Noted":
        """What `arrays` said, of dtypes and shapes that were checked by `SHAPES`; of a drill with so many users.

        Raises InputError.
        """
        them = arrays["users"].astype(np.int64)
        if len(them) and (int(them[-1]) >= users or (np.diff(them) <= 0).any()):
            raise InputError(f"users: expected numbers in rising order below {users:,}")
        planned, written = (
            Micros(arrays[f"{what}_base"].astype(np.int64), arrays[what].astype(np.uint32))
            for what in ("planned", "written")
        )
        return cls(them.astype(np.uint32), planned, written, arrays["shard"].astype(np.uint16))
