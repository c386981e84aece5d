"""Clients that are packets: rows of arrays that speak TCP over a cable, instead of sockets of this kernel."""

import select
import time
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address
from random import Random

import numpy as np
from numpy.typing import NDArray

from ewarn.packets.addresses import LIVES
from ewarn.packets.card import Card
from ewarn.packets.flows import Flows
from ewarn.packets.mile import Mile
from ewarn.packets.segments import Segments
from ewarn.packets.taken import Taken
from ewarn.swarm.batch import Batch
from ewarn.swarm.opening import Way
from ewarn.swarm.over import Wired
from ewarn.swarm.recorder import Heard
from ewarn.swarm.transport import Told
from ewarn.swarm.upgrading import HUNG_UP, NO_ANSWER, REFUSED, Upgrading
from ewarn.swarm.whole_frames import Unfinished, alone, apart

GATHER_S, OPENING_S = 0.005, 0.006
"""While frames pour in, or clients connect, the ring is looked into so often: who sleeps is not woken by each, and
arrays get long."""
DOUBTS = ("dropped", "truncated", "bad")
"""of what a card counts: frames that the harness lost"""
MOST_LOOKS = 16
"""in a row: the conductor may want something, even where segments never end"""
POURING = 64
"""segments of a look: then more are on their way"""


class Packets:
    """See `Transport`; a handle is a row.

    A frame is read once it was found whole: its segments taken out of the ring and put in order, its WebSocket header
    understood.
    """

    name = "packets"

    def __init__(
        self,
        wired: Wired,
        ways: Sequence[Way],
        way_of: NDArray[np.int64],
        epoll: select.epoll,
        random: Random,
        told: Told,
        *,
        window: int | None = None,
    ) -> None:
        """`way_of`: by row, which of the ways it goes; `epoll` tells of the conductor.

        With a `window`, none reads before it is told to by `let_read`, and none is sent more bytes than that till then.
        """
        clients, path = len(way_of), wired.path
        self._told = told
        self._lives = np.zeros(clients, np.uint8)
        self._lived, self._open = np.zeros(clients, np.bool_), np.zeros(clients, np.bool_)
        """by row: it was connected before; its handshake is done, and its end was not read yet"""
        addresses = np.array([int(IPv4Address(way.address[0])) for way in ways], np.uint32)[way_of]
        ports = np.array([way.address[1] for way in ways], np.uint16)[way_of]
        which = way_of.tolist()
        self._card = Card(path, self._lives, addresses, ports)
        self._mss = self._card.mss
        rng = np.random.default_rng(random.getrandbits(64))
        self._mile = Mile(wired.last_mile, clients, rng, self._lives) if wired.last_mile else None
        self._flows = Flows(clients, rng, mss=self._mss, ack_delay_ns=wired.ack_delay_ns)
        self._upgrading = Upgrading(clients, lambda row: ways[which[row]].target, told.path, random)
        self._unfinished = Unfinished()
        self._unread: dict[int, bytes] | None = None if window is None else {}
        """by row, where they read only when they are told to"""
        if window is not None:
            for row in range(clients):
                self._flows.narrow(row, window)
        self._poll = select.poll()
        for one in (self._card, epoll):
            self._poll.register(one.fileno(), select.POLLIN)
        self._batches: list[Batch] = []
        self._gone: list[int] = []
        self._pouring = False
        self._counts = self._card.counts
        self.kept = 0

    @property
    def busy(self) -> bool:
        """See `Transport`."""
        return self._upgrading.busy

    # Opening

    def call(self, rows: Iterable[int] | Sequence[int], per_s: float) -> None:
        """See `Transport`."""
        self._upgrading.call(rows, per_s, time.monotonic())

    def go_on(self) -> None:
        """See `Transport`."""
        now = time.monotonic()
        if len(rows := self._upgrading.begin(now)):
            again = rows[self._lived[rows]]
            if len(again):
                self._flush()  # by the address of the life before
                self._lives[again] = (self._lives[again] + 1) % LIVES
            self._lived[rows] = True
            self._flows.connect(rows, time.monotonic_ns())
            self._flush()
        for row in self._upgrading.late(now):
            self._flows.reset(np.array([row]))
            self._fail(row, NO_ANSWER)

    def ready(self, descriptor: int) -> None:
        """See `Transport`: nothing is watched."""
        raise NotImplementedError(descriptor)

    def _ask(self, rows: list[int], now: int) -> None:
        """They are connected, and say what they want."""
        requests = {row: self._upgrading.request(row) for row in rows}
        short = [row for row, said in requests.items() if len(said) <= self._mss]
        self._flows.say_first(short, [requests[row] for row in short], now)
        for row in requests.keys() - short:
            self._flows.say(row, requests[row], now)

    def _answered(self, row: int, data: bytes) -> None:
        heard = self._upgrading.hear(row, data)
        if isinstance(heard, str):
            self._flows.reset(np.array([row]))
            self._fail(row, heard)
        elif heard is not None:
            self._upgrading.over(row)
            self._open[row] = True
            self._told.opened(row, row)
            if heard:
                self._piece(row, heard, 0)

    def _fail(self, row: int, why: str) -> None:
        self._upgrading.over(row)
        self._told.failed(row, why)

    # Reading

    def read(self, wait_s: float) -> tuple[int, list[int]]:
        """See `Transport`; a piece is a whole frame."""
        before = self.kept
        self._wait(wait_s)
        self._pouring = False
        for _ in range(MOST_LOOKS):
            if not len(segments := self._card.look()):
                break
            self._hear(self._mile.inward(segments, time.monotonic_ns()) if self._mile else segments)
            if len(segments) < POURING:
                break
            self._pouring = True
        if self._mile:
            self._hear(self._mile.inward(Segments.none(), time.monotonic_ns()))
        self._flows.due(time.monotonic_ns())
        self._flush()
        gone, self._gone = self._gone, []
        return self.kept - before, gone

    def _wait(self, wait_s: float) -> None:
        if self._gone:
            return
        now = time.monotonic()
        due_ns = min(self._flows.next_ns, self._mile.next_ns) if self._mile else self._flows.next_ns
        wait_s = min(wait_s, self._upgrading.next_s(now), max(0.0, due_ns / 1e9 - now))
        if self._pouring:
            time.sleep(min(wait_s, GATHER_S))
        elif self._upgrading.busy:
            time.sleep(min(wait_s, OPENING_S))
        else:
            self._poll.poll(1000 * wait_s)

    def _hear(self, segments: Segments) -> None:
        now = time.monotonic_ns()
        taken = self._flows.take(segments, now)
        if len(taken.opened):
            self._ask([row for row in taken.opened.tolist() if row in self._upgrading], now)
        for row in taken.refused.tolist():
            self._fail(row, REFUSED)
        if len(taken.row):
            self._keep(segments, taken)
        for row in taken.ended.tolist():
            self._end(row)
        self._flows.due(now)
        self._flush()

    def _keep(self, segments: Segments, taken: Taken) -> None:
        """Whole frames that came alone, as they stand in the segments; of the others, what is whole now."""
        whole = (taken.first == 0) & (taken.last == segments.length[taken.index])
        whole &= alone(segments.payload, segments.length)[taken.index]
        if not self._upgrading.none or len(self._unfinished):
            rows = taken.row.tolist()
            whole &= ~np.fromiter((row in self._upgrading for row in rows), np.bool_, len(rows))
            whole &= ~self._unfinished.of(taken.row)
        if self._unread is not None:
            whole[:] = False
        whole = apart(taken.row, whole)
        index = taken.index[whole]
        if len(index):
            stamps = np.full(len(index), time.monotonic_ns())
            all_alone = len(index) == len(segments) and bool((index[1:] > index[:-1]).all())
            data = segments.payload if all_alone else segments.payload[index]
            self._batches.append(Batch(taken.row[whole], stamps, segments.arrived[index], data, segments.length[index]))
            self.kept += len(index)
        for at in np.flatnonzero(~whole).tolist():
            row, which = int(taken.row[at]), int(taken.index[at])
            piece = segments.payload[which, taken.first[at] : taken.last[at]].tobytes()
            if row in self._upgrading:
                if self._unread is not None:
                    self._flows.read(row, len(piece))
                self._answered(row, piece)
            elif not self._open[row]:
                continue  # it was refused by what came before in this look
            elif self._unread is not None:
                self._unread[row] = self._unread.get(row, b"") + piece
            else:
                self._piece(row, piece, int(segments.arrived[which]))

    def _piece(self, row: int, piece: bytes, arrived: int) -> None:
        """Keep the frames that are whole with it."""
        frames, read_at = self._unfinished.more(row, piece), time.monotonic_ns()
        for frame in frames:
            data = np.frombuffer(frame, np.uint8)[None, :]
            who, read, came, length = (np.array([number]) for number in (row, read_at, arrived, len(frame)))
            self._batches.append(Batch(who, read, came, data, length))
            self.kept += 1

    def doubts(self) -> list[tuple[str, int]]:
        """See `Transport`."""
        now = self._card.counts
        found = [(name, getattr(now, name) - getattr(self._counts, name)) for name in DOUBTS]
        self._counts = now
        return [one for one in found if one[1]]

    def let_read(self, row: int, most: int) -> int:
        """Have one read that waits to be told to, so many bytes at most; how many there were."""
        assert self._unread is not None  # noqa: S101  the others read by themselves
        data = self._unread.pop(row, b"")
        piece, rest = data[:most], data[most:]
        if rest:
            self._unread[row] = rest
        if piece:
            self._flows.read(row, len(piece))
            self._piece(row, piece, 0)
        return len(piece)

    def take(self) -> Iterator[Heard]:
        """See `Transport`."""
        batches, self._batches, self.kept = self._batches, [], 0
        for batch in batches:
            yield from batch.pieces()

    # Saying and ending

    def say(self, handle: int, frame: bytes) -> int:
        """See `Transport`."""
        return self._flows.say(handle, frame, time.monotonic_ns())

    def hang_up(self, handle: int) -> None:
        """See `Transport`."""
        self._flows.hang_up(handle, time.monotonic_ns())
        self._go(handle)

    def close(self, handle: int) -> None:
        """See `Transport`."""
        self._flows.hang_up(handle, time.monotonic_ns())
        self._unfinished.forget(handle)
        if self._unread:
            self._unread.pop(handle, None)

    def leave(self, _handles: Iterable[int]) -> None:
        """See `Transport`; also those whose handshake is under way."""
        self._upgrading.give_up()
        self._flows.reset(np.arange(len(self._lives)))
        self._flush()

    def _end(self, row: int) -> None:
        """The gateway has hung up."""
        if row in self._upgrading:
            self._flows.hang_up(row, time.monotonic_ns())
            self._fail(row, HUNG_UP)
        else:
            self._go(row)

    def _go(self, row: int) -> None:
        """Its end was read, which is told once; one that was refused has none."""
        if self._open[row]:
            self._open[row] = False
            self._gone.append(row)

    def _flush(self) -> None:
        out, lives = self._flows.outgoing(), None
        if self._mile:
            out, lives = self._mile.outward(out, time.monotonic_ns())
        if len(out):
            self._card.send(out, lives)
