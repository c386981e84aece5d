"""Which shard the next connections go to: each in turn, for a run of them.

Linux lays out sockets in memory as they are made, and a send costs less where the one before it was to a socket not
far away. So a shard is given neighbours, as long as all stay about equally full.
"""

import numpy as np
from numpy.typing import NDArray

HANDFUL = 16
"""of a rush, so many go to one shard before it is asked again which is next: waking 26 shards for two each costs more
than they do"""
RUN, SHARE = 1024, 16
"""connections that a shard may be ahead of the emptiest, or one in so many of what that one has where that is less"""
MOST_BEHIND = 192
"""A shard that has so many still to take is passed over: its socket holds some 270 messages, of one connection at
least, and the handshakes of a rush should not all be one shard's."""


class Seating:
    """Remembers whose turn it is."""

    def __init__(self) -> None:
        self._turn: int | None = None

    def choose(self, room: NDArray[np.int64], held: NDArray[np.int64], behind: NDArray[np.int64]) -> int:
        """The shard to give the next few connections to.

        By shard: `room`, how many more it can hold, `held`, how many it has, and `behind`, how many of these it has
        yet to take.
        """
        emptiest, turn = int(room.argmax()), self._turn
        ahead = max(1, min(RUN, int(held[emptiest]) // SHARE))
        if turn is None or room[turn] <= 0 or room[emptiest] - room[turn] >= ahead or behind[turn] >= MOST_BEHIND:
            ready = (room > 0) & (behind < MOST_BEHIND)
            turn = int(np.where(ready, room, 0).argmax()) if ready.any() else emptiest
        self._turn = turn
        return turn
