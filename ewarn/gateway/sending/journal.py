"""The journal of a drill: when each of its users was planned for, and written to, by report.

It stands in shared memory, a row a report and a column a user, so that keeping it costs a shard one assignment a slice.
By which shard a user is told is noted as they are planned for, all at once.
A frame is noted as written once the system call that wrote it, with up to 1,023 others, has returned; its client may
have read it by then. Zero stands for never, since shared memory begins as zeros and the monotonic clock is past it. A
drill calls its users `u0`, `u1`, ...; of anyone else no journal is kept.
"""

import numpy as np
from numpy.typing import NDArray

from ewarn.system import shared_array


class Journal:
    """When each user was `planned` for and `written` to: shape (reports, users), monotonic ns, 0 for never.

    `shard` has the same shape: 1 more than the index of the shard that planned for them, 0 for none.
    """

    def __init__(self, descriptor: int, reports: int, users: int, shard: int = 0) -> None:
        """`shard`: index of whoever keeps it."""
        self.planned: NDArray[np.int64] = shared_array.attach(descriptor, np.int64, (reports, users))
        self.written: NDArray[np.int64] = shared_array.attach(
            descriptor, np.int64, (reports, users), 8 * reports * users
        )
        self.shard: NDArray[np.uint16] = shared_array.attach(
            descriptor, np.uint16, (reports, users), 2 * 8 * reports * users
        )
        self._mine = shard + 1

    @staticmethod
    def bytes_for(reports: int, users: int) -> int:
        """Of memory that such a journal takes."""
        return (2 * 8 + 2) * reports * users

    @staticmethod
    def create(reports: int, users: int) -> int:
        """Memory for such a journal: its descriptor."""
        return shared_array.create(Journal.bytes_for(reports, users))

    def column_of(self, user: str) -> int:
        """The column of a user by their name, -1 where they have none."""
        number = user[1:] if user.startswith("u") else ""
        return int(number) if number.isdecimal() and int(number) < self.written.shape[1] else -1

    def plan(self, number: int, users: NDArray[np.int64], at_ns: int) -> None:
        """Of a report's users, by column or -1, note that this shard planned for them, unless they were written to."""
        known = self.note(self.planned, number, users, at_ns)
        if len(known):
            self.shard[number - 1, known[self.written[number - 1, known] == 0]] = self._mine

    def note(self, what: NDArray[np.int64], number: int, users: NDArray[np.int64], at_ns: int) -> NDArray[np.int64]:
        """Of a report's users, by column or -1, note the time at which they were planned for or written to.

        The first time stands: who comes back is told again. Returns the columns of whom a journal is kept.
        """
        if number > len(what):
            return users[:0]
        known = users[users >= 0]
        row = what[number - 1]
        row[known] = np.where(row[known] > 0, row[known], at_ns)
        return known

    def clear(self) -> None:
        """Begin anew."""
        self.planned[:], self.written[:], self.shard[:] = 0, 0, 0
