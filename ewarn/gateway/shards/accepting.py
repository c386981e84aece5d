"""Accepts connections and gives them to shards (see `seating`), or refuses them, as many at a time as there is room."""

import asyncio
import logging
import os
from collections import defaultdict, deque

from ewarn.gateway.settings import HANDOFF_BATCH
from ewarn.gateway.shards.muster import Muster
from ewarn.gateway.shards.refusing import Refusing
from ewarn.gateway.shards.seating import HANDFUL, Seating
from ewarn.gateway.tls.arrivals import Arrivals

MOST_ON_THE_WAY = 2048
"""connections handed over and not yet taken; the kernel bounds descriptors in flight by the open-file limit"""
PAUSE_S = 0.005
RUSH_S, GATHER_S = 0.01, 0.002
"""In a rush, which is when the last came less than the first before, those of the second are gathered: to be woken, and
to wake a shard, costs several times what accepting one does."""

logger = logging.getLogger("ewarn.gateway")


class Accepting:
    """Between arrivals and the shards of a muster; needs a running loop from `begin` on."""

    def __init__(self, arrivals: list[Arrivals], muster: Muster, refusing: Refusing, open_files: int) -> None:
        """`open_files`: the limit of this process."""
        self._arrivals, self._muster, self._refusing = arrivals, muster, refusing
        self._seating = Seating()
        self._most_on_the_way = min(MOST_ON_THE_WAY, open_files // 2)
        self._waiting: deque[int] = deque()
        """connections that their shard could not take just now; they are the next to be given one"""
        self._resting: asyncio.TimerHandle | None = None
        """ends a pause"""
        self._last = 0.0
        """when somebody was accepted, by the loop's clock"""
        self._refuses_all = False

    def begin(self) -> None:
        """Let people in."""
        self._watch()

    def refuse_all(self) -> None:
        """Let nobody in any more, and say so to all who come."""
        self._refuses_all = True

    def close(self) -> None:
        """Look at nobody any more."""
        self._watch_no_more()
        if self._resting:
            self._resting.cancel()

    def let_go(self) -> None:
        """Close what is left in hand."""
        for connection in self._waiting:
            os.close(connection)
        self._refusing.close()

    def _watch(self) -> None:
        for arrivals in self._arrivals:
            asyncio.get_running_loop().add_reader(arrivals.fileno(), self._accept, arrivals)

    def _watch_no_more(self) -> None:
        for arrivals in self._arrivals:
            asyncio.get_running_loop().remove_reader(arrivals.fileno())

    def _accept(self, arrivals: Arrivals) -> None:
        """Accept a batch and hand each connection to a shard, see `seating`.

        A full shard is given some too: it says so, and shows pages; whom its door has no room for, it refuses.
        """
        if self._refuses_all:
            self._refuse(arrivals)
            return
        muster, occupancy = self._muster, self._muster.occupancy
        behind = occupancy.on_the_way()
        # What lies in the socket of a shard that stands still must not keep others from getting any.
        if not occupancy.open.any() or behind[occupancy.open].sum() > self._most_on_the_way:
            self._pause()
            return
        room, held = occupancy.room(), occupancy.held()
        batches: dict[int, list[int]] = defaultdict(list)
        shard: int | None = None
        for _ in range(HANDOFF_BATCH):
            if (connection := self._next(arrivals)) is None:
                break
            if shard is None or len(batches[shard]) % HANDFUL == 0 or room[shard] <= 0:
                shard = self._seating.choose(room, held, behind)
            if not occupancy.open[shard]:
                self._turn_away(connection)
                continue
            room[shard] -= 1
            behind[shard] += 1
            batches[shard].append(connection)
        self._gather(sum(map(len, batches.values())))
        for taker, connections in batches.items():
            if not muster.hand_over(taker, connections):
                self._waiting += connections
        if self._waiting:
            self._pause()

    def _refuse(self, arrivals: Arrivals) -> None:
        """All who have come by now, a batch of them."""
        for _ in range(HANDOFF_BATCH):
            if (connection := self._next(arrivals)) is None:
                break
            self._turn_away(connection)

    def _turn_away(self, connection: int) -> None:
        self._refusing.refuse(connection)
        self._muster.counters.add("turned_away")

    def _next(self, arrivals: Arrivals) -> int | None:
        """A connection that its shard could not take, else a new one; None where none is there or can be had now."""
        if self._waiting:
            return self._waiting.popleft()
        try:
            return arrivals.take()
        except BlockingIOError:
            return None
        except OSError as error:
            logger.warning("cannot accept: %s", error.strerror)
            self._pause()
            return None

    def _gather(self, came: int) -> None:
        """In a rush, let some come before they are looked at, unless more are there already."""
        now = asyncio.get_running_loop().time()
        if 0 < came < HANDOFF_BATCH and now - self._last < RUSH_S:
            self._pause(GATHER_S)
        if came:
            self._last = now

    def _pause(self, seconds: float = PAUSE_S) -> None:
        """Accept nobody for a moment; then look again, whether somebody has come by or not: others wait too."""
        if self._resting is None:
            self._watch_no_more()
            self._resting = asyncio.get_running_loop().call_later(seconds, self._go_on)

    def _go_on(self) -> None:
        self._resting = None
        self._watch()
        for arrivals in self._arrivals:
            self._accept(arrivals)
