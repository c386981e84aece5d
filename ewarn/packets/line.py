"""All clients of a process as their cable has them: card, last mile if there is one, and TCP."""

import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ewarn.packets.addresses import LIVES
from ewarn.packets.card import Card, Counts
from ewarn.packets.flows import Flows
from ewarn.packets.last_mile import LastMile
from ewarn.packets.mile import Mile
from ewarn.packets.path import Path
from ewarn.packets.segments import Segments
from ewarn.packets.taken import Taken

MOST, MOST_LOOKS = 8192, 16
"""segments of a look, and looks in a row: there may be something else to do, even where segments never end"""
POURING, TRICKLING = 64, 8
"""segments of a look: from so many on, more are on their way, until one brings fewer than the other"""
LEAST_GATHER_S, MOST_GATHER_S, GATHER_SHARE = 0.005, 0.02, 0.04
"""of `gather_s`"""


def gather_s(poured_s: float) -> float:
    """How long segments that have poured in for so long are left to gather, seconds: some hundredths of that.

    A look costs as much as a thousand of its segments. Of 48,000 clients, who were looked after again as long as 64
    segments came, a look had 130, and a delivery took 7 us of CPU; after 5, 10 and 20 ms it took 5.4, 4.5 and 4.0. The
    first who are told are in a hurry; to the others some hundredths of what they have waited are little.
    """
    return min(MOST_GATHER_S, max(LEAST_GATHER_S, GATHER_SHARE * poured_s))


class Line:
    """Whatever was said to its `flows` goes out by `flush`."""

    def __init__(
        self,
        path: Path,
        to_address: NDArray[np.uint32],
        to_port: NDArray[np.uint16],
        rng: np.random.Generator,
        ack_delay_ns: int,
        last_mile: LastMile | None = None,
    ) -> None:
        """`to_address`, `to_port`: by row, where its gateway listens. Raises OSError."""
        clients = len(to_address)
        self._lives, self._lived = np.zeros(clients, np.uint8), np.zeros(clients, np.bool_)
        """by row; the second: it was connected before"""
        self._card = Card(path, self._lives, to_address, to_port)
        self._mile = Mile(last_mile, clients, rng, self._lives) if last_mile else None
        self.mss = self._card.mss
        self.flows = Flows(clients, rng, mss=self.mss, ack_delay_ns=ack_delay_ns)
        self._pouring_since: int | None = None
        """monotonic ns"""

    def fileno(self) -> int:
        """A descriptor that is readable when there is something to look at."""
        return self._card.fileno()

    @property
    def counts(self) -> Counts:
        """See `Card`."""
        return self._card.counts

    @property
    def pouring(self) -> bool:
        """The last look found so much that more is on its way: look again after `gather_s`."""
        return self._pouring_since is not None

    @property
    def gather_s(self) -> float:
        """How long to leave what comes now to gather."""
        return 0.0 if self._pouring_since is None else gather_s((time.monotonic_ns() - self._pouring_since) / 1e9)

    @property
    def next_ns(self) -> int:
        """When there is something to do, at the earliest, even if nothing comes."""
        return min(self.flows.next_ns, self._mile.next_ns) if self._mile else self.flows.next_ns

    def connect(self, rows: NDArray[np.int64]) -> None:
        """Begin anew; who was connected before has a life more, and so another port."""
        again = rows[self._lived[rows]]
        if len(again):
            self.flush()  # by the address of the life before
            self._lives[again] = (self._lives[again] + 1) % LIVES
        self._lived[rows] = True
        self.flows.connect(rows, time.monotonic_ns())
        self.flush()

    def looks(self) -> Iterator[tuple[Segments, Taken]]:
        """What has come to the clients, and what came of it; in between, what falls due is done, and all goes out."""
        came = 0
        for _ in range(MOST_LOOKS):
            segments = self._card.look(MOST)
            came += len(segments)
            yield from self._came(self._mile.inward(segments, time.monotonic_ns()) if self._mile else segments)
            if len(segments) < MOST and not (len(segments) and self._card.came_round):
                break
            self._do_what_is_due()
        self._note(came)
        if self._mile:
            yield from self._came(self._mile.inward(Segments.none(), time.monotonic_ns()))
        self._do_what_is_due()

    def _note(self, came: int) -> None:
        """So many segments came at once."""
        if came < (TRICKLING if self.pouring else POURING):
            self._pouring_since = None
        elif not self.pouring:
            self._pouring_since = time.monotonic_ns()

    def _came(self, segments: Segments) -> Iterator[tuple[Segments, Taken]]:
        if len(segments):
            yield segments, self.flows.take(segments, time.monotonic_ns())

    def _do_what_is_due(self) -> None:
        """Whoever leaves segments to gather acknowledges now what falls due meanwhile: rather early than late."""
        soon_ns = 0 if self._mile else round(self.gather_s * 1e9)
        self.flows.due(time.monotonic_ns(), soon_ns)
        self.flush()

    def flush(self) -> None:
        """Send all that is to be sent."""
        out, lives = self.flows.outgoing(), None
        if self._mile:
            out, lives = self._mile.outward(out, time.monotonic_ns())
        if len(out):
            self._card.send(out, lives)

    def reset_all(self) -> None:
        """Be gone at once, with all of them."""
        self.flows.reset(np.arange(len(self._lives)))
        self.flush()
