"""Segments on their way through the card's parser: written as frames, some of them spoilt, and read both ways.

Beside the card stands the plain reader of `frames`. What the card hands on must be what that reads, in the same order,
but for frames whose checksums are wrong, which the card may leave out, as it verifies a sample.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ewarn.packets.card import Card
from ewarn.packets.headers import RECEIVED_AT
from ewarn.packets.path import Path
from ewarn.packets.plain import Plain
from ewarn.packets.ring import ReceiveRing
from ewarn.packets.segments import Segments
from ewarn.packets.stamps import Shift
from tests.packets.frames import LIVES, ROWS, Clients, read, sound, written
from tests.packets.reference import Segment
from tests.packets.side_by_side import OutOfStepError, spelt

FIRST, GATEWAY = 0x0A640001, 0x0A630001
SPREAD = 13
"""the card has so many rows for each flow, so that addresses differ"""
SPOILT, STAMP_S = 0.2, 7
OPTIONS = [b"\1\1\1\1", b"\2\4\5\xb4", b"\1\1\x08\x0a" + bytes(8), b"\1" * 40]


@dataclass
class Frame:
    """As the kernel lays it into a slot."""

    data: bytes
    whole: int
    """bytes that it had on the line"""


class Carrier:
    """A card without its sockets, and what went through it."""

    def __init__(
        self, flows: int, rng: np.random.Generator, slot_bytes: int = 512, *, gateways: int = 2, quiet: int = 0
    ) -> None:
        """`gateways`: that the flows talk to, in turn; `quiet`: in one of so many looks nothing is spoilt."""
        rows = flows * SPREAD
        self.lives = rng.integers(LIVES, size=rows).astype(np.uint8)
        to_address = (GATEWAY + np.arange(rows) % gateways).astype(np.uint32)
        to_port = (7000 + np.arange(rows) % (2 * gateways - 1)).astype(np.uint16)
        self._lists = to_address.tolist(), to_port.tolist()
        self.card = _card(self.lives, to_address, to_port, slot_bytes)
        self._rng, self._slot_bytes, self._quiet = rng, slot_bytes, quiet
        self._slots = np.empty((0, slot_bytes), np.uint8)
        self.frames = self.spoilt = self.cut = self.handed = self.left_out = 0
        """frames in; of them spoilt ones, ones of which not all was kept, and ones that the card handed on, or left out
        for their checksums"""
        self.plain = self._looks = 0
        """looks of which all frames were plain"""

    @property
    def clients(self) -> Clients:
        """As they are now."""
        return Clients(FIRST, self.lives.tolist(), *self._lists)

    def live_again(self, flows: NDArray[np.int64]) -> None:
        """These take their next ports."""
        self.lives[flows * SPREAD] = (self.lives[flows * SPREAD] + 1) % LIVES

    def carried(self, segments: Segments) -> Segments:
        """What comes of them, for the rows of flows; raises `OutOfStepError`."""
        clients = self.clients
        frames = [
            Frame(data := written(clients, row * SPREAD, one), len(data))
            for one, row in zip(spelt(segments), segments.row.tolist(), strict=True)
        ]
        self._looks += 1
        spoilt = 0.0 if self._quiet and self._looks % self._quiet == 0 else SPOILT
        for at in np.flatnonzero(self._rng.random(len(frames)) < spoilt).tolist():
            frames[at] = self._spoil(frames[at], int(segments.row[at]) * SPREAD, clients)
            self.spoilt += 1
        self.frames += len(frames)
        slots = np.frombuffer(self._rng.bytes(len(frames) * self._slot_bytes), np.uint8).reshape(len(frames), -1).copy()
        again = self._slots[: len(frames)]
        slots[: len(again)] = np.roll(
            again, 1, axis=0
        )  # of a frame that is short, the one before it is what lies behind
        self._slots = laid(frames, slots)
        heads = ReceiveRing.heads(self._slots)
        self.plain += self.card._plain.read(heads, None) is not None
        found = self.card._taken(self._slots)
        self._compare(found, frames, clients)
        ours = found.row % SPREAD == 0
        mine = found.some(ours)
        return Segments(mine.row // SPREAD, *(getattr(mine, name) for name in Segments.__slots__[1:]))

    def _compare(self, found: Segments, frames: list[Frame], clients: Clients) -> None:
        handed = list(zip(found.row.tolist(), spelt(found), strict=True))
        at = 0
        for frame in frames:
            wanted = read(clients, frame.data, frame.whole)
            if wanted is None:
                continue
            if at < len(handed) and handed[at] == wanted:
                at += 1
            elif sound(frame.data):
                raise OutOfStepError(f"{frame!r} says {wanted}; the card has {handed[at : at + 1]}")
            else:
                self.left_out += 1
        if at < len(handed):
            raise OutOfStepError(f"the card has {handed[at]}, and no frame says so")
        self.cut += sum(frame.whole > len(frame.data) for frame in frames)
        self.handed += len(handed)
        card, others = self.card, self.frames - self.cut - self.handed - self.left_out
        counted = card._seen, card._received, card._truncated, card._bad, card._foreign + card._broken
        wanted = self.frames, self.handed, self.cut, self.left_out, others
        if counted != wanted:
            raise OutOfStepError(
                f"seen, received, truncated, bad, all others: the card counts {counted}, {wanted} came"
            )

    def _spoil(self, frame: Frame, row: int, clients: Clients) -> Frame:
        """One of many things that can be wrong with it; some leave it right."""
        rng, data = self._rng, bytearray(frame.data)
        kind = int(rng.integers(14))
        if kind == 0:
            data = bytearray(rng.bytes(int(rng.integers(len(data) + 60))))
        elif kind == 1:  # less of it came, or was kept
            data = data[: int(rng.integers(len(data)))]
        elif kind == 2:
            data += bytes(2)
            return Frame(bytes(data[: int(rng.integers(len(data) - 4, len(data)))]), len(data))
        elif kind == 3:  # as short frames are padded
            data += rng.bytes(int(rng.integers(1, 20)))
        elif kind == 4:
            some = OPTIONS[int(rng.integers(len(OPTIONS)))]
            data = bytearray(written(clients, row, Segment(*rng.integers(2**32, size=2).tolist(), 16, 9, b"abc"), some))
        elif kind == 5:
            data[46] = int(rng.integers(256))  # where TCP's payload begins
        elif kind == 6:
            data[16:18] = int(rng.integers(0, len(data) + 8)).to_bytes(2, "big")  # how long the packet is
        elif kind == 7:  # for another life, or nobody
            port = clients.port(row) + ROWS * int(rng.integers(1, 4))
            data[36:38] = (port % 2**16).to_bytes(2, "big")
        elif kind == 8:
            data[26:30] = int(GATEWAY + rng.integers(3)).to_bytes(4, "big")  # from another
        elif kind == 9:
            data[20:22] = rng.bytes(2)  # a fragment
        elif kind == 10:
            data[30:34] = (clients.address(row) + int(rng.integers(-2, 3))).to_bytes(4, "big")
        else:
            for _ in range(int(rng.integers(1, 4))):
                at = int(rng.integers(54 if rng.random() < 0.8 else len(data)))
                data[at] ^= 1 << int(rng.integers(8))
        return Frame(bytes(data), len(data))


def laid(frames: list[Frame], slots: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Slots (n, slot_bytes) with these frames; what a slot held before lies behind them."""
    for slot, frame in zip(slots, frames, strict=True):
        head = np.array([1, frame.whole, len(frame.data)], np.uint32).view(np.uint8)
        slot[:12] = head
        slot[12:14] = np.array([RECEIVED_AT], np.uint16).view(np.uint8)
        slot[16:24] = np.array([STAMP_S, 5], np.uint32).view(np.uint8)
        slot[RECEIVED_AT : RECEIVED_AT + len(frame.data)] = np.frombuffer(frame.data, np.uint8)
    return slots


def _card(
    lives: NDArray[np.uint8], to_address: NDArray[np.uint32], to_port: NDArray[np.uint16], slot_bytes: int
) -> Card:
    """All of a card but its two rings, which are the kernel's."""
    card = Card.__new__(Card)
    card._path = Path(-1, -1, -1, b"", b"", FIRST, 0, slot_bytes)
    card._lives, card._to_address, card._to_port = lives, to_address, to_port
    card._plain = Plain(FIRST, lives, to_address, to_port)
    card._in = ReceiveRing  # type: ignore[assignment]  # its `heads` is a static method
    card._received = card._sent = card._truncated = card._foreign = card._bad = card._verified = 0
    card._broken = card._seen = 0
    card._over, card._shift = [], Shift()
    return card
