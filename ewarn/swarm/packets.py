"""Clients that are packets: rows of arrays that speak TCP over a cable, instead of sockets of this kernel."""

import select
import time
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address
from random import Random

import numpy as np
from numpy.typing import NDArray

from ewarn.packets.card import losses
from ewarn.packets.line import Line
from ewarn.packets.segments import Segments
from ewarn.packets.taken import Taken
from ewarn.swarm.frames import Frames
from ewarn.swarm.opening import Way
from ewarn.swarm.over import Wired
from ewarn.swarm.recorder import Heard
from ewarn.swarm.transport import Told
from ewarn.swarm.upgrading import HUNG_UP, NO_ANSWER, REFUSED, Upgrading

OPENING_S = 0.006
"""While clients connect, the ring is looked into so often: who sleeps is not woken by each, and arrays get long."""
GRAIN_S = 0.002
"""what falls due within so long is done at once: over a last mile each segment has an instant of its own"""
PARSING_S = 0.02
"""of parsing what was read, between two looks"""


class Packets:
    """See `Transport`; a handle is a row.

    A frame is read once it was found whole: its segments taken out of the ring and put in order, its WebSocket header
    understood (`Frames`).
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
        clients = len(way_of)
        self._told = told
        self._open = np.zeros(clients, np.bool_)
        """by row: its handshake is done, and its end was not read yet"""
        addresses = np.array([int(IPv4Address(way.address[0])) for way in ways], np.uint32)[way_of]
        ports = np.array([way.address[1] for way in ways], np.uint16)[way_of]
        which = way_of.tolist()
        rng = np.random.default_rng(random.getrandbits(64))
        self._line = Line(wired.path, addresses, ports, rng, wired.ack_delay_ns, wired.last_mile)
        self._flows = self._line.flows
        self._upgrading = Upgrading(clients, lambda row: ways[which[row]].target, told.path, random)
        self._frames = Frames(when_told=window is not None)
        if window is not None:
            for row in range(clients):
                self._flows.narrow(row, window)
        self._poll = select.poll()
        for one in (self._line, epoll):
            self._poll.register(one.fileno(), select.POLLIN)
        self._gone: list[int] = []
        self._counts = self._line.counts

    @property
    def kept(self) -> int:
        """See `Transport`."""
        return self._frames.kept

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
            self._line.connect(rows)
        for row in self._upgrading.late(now):
            self._flows.reset(np.array([row]))
            self._fail(row, NO_ANSWER)

    def ready(self, descriptor: int) -> None:
        """See `Transport`: nothing is watched."""
        raise NotImplementedError(descriptor)

    def _ask(self, rows: list[int]) -> None:
        """They are connected, and say what they want."""
        now = time.monotonic_ns()
        requests = {row: self._upgrading.request(row) for row in rows}
        short = [row for row, said in requests.items() if len(said) <= self._line.mss]
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
                self._frames.piece(row, heard, 0)

    def _fail(self, row: int, why: str) -> None:
        self._upgrading.over(row)
        self._told.failed(row, why)

    # Reading

    def read(self, wait_s: float) -> tuple[int, list[int]]:
        """See `Transport`; a piece is a whole frame."""
        before = self.kept
        self._wait(wait_s)
        self._look()
        gone, self._gone = self._gone, []
        return self.kept - before, gone

    def _look(self) -> None:
        """Go on by what has come."""
        for segments, taken in self._line.looks():
            self._hear(segments, taken)

    def _wait(self, wait_s: float) -> None:
        if self._gone:
            return
        now = time.monotonic()
        wait_s = min(wait_s, self._upgrading.next_s(now), max(GRAIN_S, self._line.next_ns / 1e9 - now))
        if self._upgrading.busy:
            time.sleep(min(wait_s, OPENING_S))
        elif self._line.pouring:
            time.sleep(min(wait_s, self._line.gather_s))
        else:
            self._poll.poll(1000 * wait_s)

    def _hear(self, segments: Segments, taken: Taken) -> None:
        if len(taken.opened):
            self._ask([row for row in taken.opened.tolist() if row in self._upgrading])
        for row in taken.refused.tolist():
            self._fail(row, REFUSED)
        if len(taken.row):
            self._keep(segments, taken)
        for row in taken.ended.tolist():
            self._end(row)

    def _keep(self, segments: Segments, taken: Taken) -> None:
        """Frames, and, one by one, answers to handshakes."""
        for at in self._frames.keep_alone(segments, taken, self._open[taken.row]).tolist():
            row, which = int(taken.row[at]), int(taken.index[at])
            piece = segments.payload[which, taken.first[at] : taken.last[at]].tobytes()
            if row in self._upgrading:
                if self._frames.when_told:
                    self._flows.read(row, len(piece))
                self._answered(row, piece)
            elif self._open[row]:  # or it was refused by what came before in this look
                self._frames.piece(row, piece, int(segments.arrived[which]))

    def doubts(self) -> list[tuple[str, int]]:
        """See `Transport`."""
        now = self._line.counts
        found = losses(self._counts, now)
        self._counts = now
        return [one for one in found.items() if one[1]]

    def let_read(self, row: int, most: int) -> int:
        """Have one read that waits to be told to, so many bytes at most; how many there were."""
        count = self._frames.let_read(row, most)
        self._flows.read(row, count)
        return count

    def take(self) -> Iterator[Heard]:
        """See `Transport`; who parses for long goes on acknowledging meanwhile, or the gateway would send again."""
        looked = time.monotonic()
        for batch in self._frames.take():
            yield from batch.pieces()
            if time.monotonic() - looked > PARSING_S:
                self._look()
                looked = time.monotonic()

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
        self._frames.forget(handle)

    def leave(self, _handles: Iterable[int]) -> None:
        """See `Transport`; also those whose handshake is under way."""
        self._upgrading.give_up()
        self._line.reset_all()

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
