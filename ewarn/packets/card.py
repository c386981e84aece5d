"""The network card of all clients: segments in, segments out, by two rings over one interface."""

import select
import socket
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ewarn.packets.addresses import LIVES, address_of, addresses_for, port_of, row_and_life
from ewarn.packets.arp import answer
from ewarn.packets.headers import (
    HEADERS,
    IPV4,
    RECEIVED_AT,
    TCP,
    Ends,
    folded,
    ours_by_kind,
    pseudo,
    sound,
    summed,
    template,
    write,
)
from ewarn.packets.path import Path
from ewarn.packets.plain import Plain
from ewarn.packets.ring import ReceiveRing, SendRing, interface_mtu, ring_bytes
from ewarn.packets.segments import ACK, RST, Segments
from ewarn.packets.stamps import Shift
from ewarn.system.descriptors import as_socket

SENT_SLOTS = 8192
"""of the ring for what goes out, at most: it is emptied at once"""
SAMPLE, IN_A_ROW = 64, 64
"""of so many frames, the checksums of one are verified; so many one after the other, as it costs little more"""
_SUM_NOT_READY = 1 << 3
"""TP_STATUS_CSUMNOTREADY: the sender left it to a card, which veth has none of"""
_IP_AT = RECEIVED_AT + 14
_TCP_AT, _PAYLOAD_AT = _IP_AT + IPV4, RECEIVED_AT + HEADERS
Kind = TypeVar("Kind", np.uint16, np.uint32)
_ARP_FRAMES = 64
"""ARP frames read in a look"""


def memory(path: Path) -> int:
    """Bytes that the rings of a card take, none of which can be paged out."""
    return ring_bytes(path.slots, path.slot_bytes) + ring_bytes(min(path.slots, SENT_SLOTS), path.slot_bytes)


@dataclass(frozen=True)
class Counts:
    """What a card has seen since the beginning."""

    received: int = 0
    """segments handed on"""
    sent: int = 0
    """segments given to the kernel"""
    dropped: int = 0
    """frames that the kernel dropped, as the ring was full: what was measured cannot be trusted"""
    truncated: int = 0
    """frames longer than a slot, as of a sender that leaves segmenting to its card; not handed on"""
    foreign: int = 0
    """frames of another protocol, or for no client's present connection"""
    bad: int = 0
    """frames for a client, not handed on: fragments, lengths that disagree, or a wrong sum where verified"""
    verified: int = 0
    """frames whose checksums were verified"""


def losses(before: Counts, now: Counts) -> dict[str, int]:
    """By name, frames that clients did not get in between, so that what was measured cannot be trusted."""
    return {name: getattr(now, name) - getattr(before, name) for name in ("dropped", "truncated", "bad")}


class Card:
    """Sends and receives for rows of clients; what comes for a life that is over is answered with a reset.

    Of one frame in 64 the IP header's checksum is verified, and TCP's where the kernel does not say that it is still to
    be filled in. Over veth it says so of all that its own TCP sends: the sum is left to a card, and between two ends in
    one memory there is none.
    """

    def __init__(
        self, path: Path, lives: NDArray[np.uint8], to_address: NDArray[np.uint32], to_port: NDArray[np.uint16]
    ) -> None:
        """`lives`, `to_address`, `to_port`: by row; the first is shared with its owner. Raises OSError."""
        self.mss = min(path.mss, interface_mtu(path.receive) - IPV4 - TCP)
        """bytes of payload that a segment may have, either way"""
        self._path = path
        self._lives, self._to_address, self._to_port = lives, all_alike(to_address), all_alike(to_port)
        self._macs, self._hop = hops(path, to_address)
        self._plain = Plain(path.first, lives, to_address, to_port)
        self._in = ReceiveRing(path.receive, path.slots, path.slot_bytes)
        head = template(path.mac, path.gateway_mac)
        self._out = SendRing(path.send, min(path.slots, SENT_SLOTS), path.slot_bytes, head)
        self._received = self._sent = self._truncated = self._foreign = self._broken = self._bad = self._verified = 0
        self._seen, self._shift = 0, Shift()
        self._over: list[tuple[Segments, NDArray[np.int64]]] = []
        """resets of what came for earlier lives, and these"""
        self._poll: select.epoll | None = None
        if path.arp >= 0:
            self._poll = select.epoll()
            self._poll.register(path.receive, select.EPOLLIN)
            self._poll.register(path.arp, select.EPOLLIN)

    def fileno(self) -> int:
        """A descriptor that is readable when there is something to look at."""
        return self._poll.fileno() if self._poll else self._path.receive

    @property
    def counts(self) -> Counts:
        """What was seen until now; asks the kernel for what it dropped."""
        dropped = self._in.dropped()
        return Counts(
            self._received,
            self._sent,
            dropped,
            self._truncated,
            self._foreign,
            self._broken + self._bad,
            self._verified,
        )

    @property
    def came_round(self) -> bool:
        """The last look went to the ring's end, as far as one can: more may lie at its beginning."""
        return self._in.at == 0

    def look(self, most: int = 8192) -> Segments:
        """At most so many frames that the ring holds, as segments for clients in their present lives; never waits.

        None only where none of so many was for a client, so that the ring may hold others if they are `most`.
        """
        if self._poll:
            self._answer()
        while len(slots := self._in.ready(most)):
            segments = self._taken(slots)
            self._in.give_back(len(slots))
            while self._over:
                self.send(*self._over.pop())
            if len(segments):
                return segments
            most -= len(slots)
        return Segments.none()

    def _taken(self, slots: NDArray[np.uint8]) -> Segments:
        shift = self._shift.since_last()
        heads = self._in.heads(slots)
        plain = self._plain.read(heads, shift)
        rows, keep = self._ours(heads) if plain is None else (plain.row, np.ones(len(slots), np.bool_))
        bad = self._verify(slots, heads, keep)
        self._seen += len(slots)
        if plain is not None and not bad:
            widest = int(plain.length.max())
            segments = replace(plain, payload=slots[:, _PAYLOAD_AT : _PAYLOAD_AT + widest].copy())
        else:
            segments = _copied(slots, heads, rows, keep, shift)
        self._received += len(segments)
        return segments

    def _ours(self, heads: NDArray[np.void]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Whose each frame is, and whether it is to be handed on."""
        rows, life = row_and_life(
            heads["target"].astype(np.uint32), heads["to_port"].astype(np.uint16), self._path.first
        )
        meant = (rows >= 0) & (rows < len(self._lives))
        if not meant.all():
            rows[~meant] = 0
        if len(self._lives):
            meant &= heads["source"] == _of(self._to_address, rows)
            meant &= heads["from_port"] == _of(self._to_port, rows)
        present = life == self._lives[rows] % LIVES if len(self._lives) else meant
        truncated = heads["kept"] < heads["bytes"]
        meant &= ours_by_kind(heads) & ~truncated
        if (over := meant & ~present & sound(heads)).any():
            self._refuse(heads[over], rows[over], life[over])
        meant &= present
        keep = meant & sound(heads)
        cut, for_us, kept = (int(np.count_nonzero(which)) for which in (truncated, meant, keep))
        self._truncated += cut
        self._foreign += len(keep) - for_us - cut
        self._broken += for_us - kept
        return rows, keep

    def _refuse(self, heads: NDArray[np.void], rows: NDArray[np.int64], life: NDArray[np.uint8]) -> None:
        """Whoever is back has nothing left of the life before: RFC 9293, section 3.10.7.1, of what acknowledges."""
        asks = (heads["flags"] & (ACK | RST)) == ACK
        rows, sequence = rows[asks], heads["acknowledged"][asks].astype(np.uint32)
        nought, none = np.zeros(len(rows), np.int64), np.zeros((len(rows), 0), np.uint8)
        flags = np.full(len(rows), RST, np.uint8)
        window = nought.astype(np.uint16)
        resets = Segments(rows, sequence, nought.astype(np.uint32), flags, window, nought, none, nought)
        self._over.append((resets, life[asks].astype(np.int64)))

    def _verify(self, slots: NDArray[np.uint8], heads: NDArray[np.void], keep: NDArray[np.bool_]) -> int:
        """Take those of the sample whose checksums are wrong out of `keep`; how many these are."""
        turn = SAMPLE * IN_A_ROW
        before = self._seen % turn
        if before >= IN_A_ROW and before + len(slots) <= turn:
            return 0
        sample = np.flatnonzero(((before + np.arange(len(slots))) % turn < IN_A_ROW) & keep)
        if not len(sample):
            return 0
        some = heads[sample]
        header = slots[sample, _IP_AT:_TCP_AT].view(">u4")
        wrong = folded(header.sum(axis=1, dtype=np.int64)) != 0xFFFF
        length = some["total"].astype(np.int64) - IPV4
        data = slots[sample, _TCP_AT : _TCP_AT + int(length.max())]
        sums = summed(data, length) + pseudo(some["source"].astype(np.uint32), some["target"].astype(np.uint32), length)
        wrong |= (folded(sums) != 0xFFFF) & ((some["status"] & _SUM_NOT_READY) == 0)
        keep[sample[wrong]] = False
        bad = int(np.count_nonzero(wrong))
        self._bad += bad
        self._verified += len(sample)
        return bad

    def send(self, segments: Segments, lives: NDArray[np.int64] | None = None) -> None:
        """Send all, in order, from the ports of these lives (n,), or else of the rows' present ones.

        Raises OSError where the interface is down, ValueError for a payload above `mss`.
        """
        of = self._lives[segments.row] if lives is None else lives
        longest = int(segments.length.max(initial=0))
        if longest > self.mss:
            raise ValueError(f"a payload of {longest} bytes: a segment has at most {self.mss}")
        at = 0
        while at < len(segments):
            slots = self._out.room(len(segments) - at)
            part = segments if len(slots) == len(segments) else segments.some(slice(at, at + len(slots)))
            write(slots, part, self._ends(part.row, of[at : at + len(slots)]), self.mss)
            self._out.go(len(slots))
            at += len(slots)
        self._sent += len(segments)

    def _ends(self, rows: NDArray[np.int64], lives: NDArray[np.int64] | NDArray[np.uint8]) -> Ends:
        return Ends(
            address_of(rows, self._path.first),
            port_of(rows, lives),
            _of(self._to_address, rows),
            _of(self._to_port, rows),
            self._macs[self._hop[rows]] if len(self._macs) > 1 else None,
        )

    def _answer(self) -> None:
        """Say where our addresses are to whoever asks."""
        with as_socket(self._path.arp) as one:
            for _ in range(_ARP_FRAMES):
                try:
                    asked = one.recv(128, socket.MSG_DONTWAIT)
                except BlockingIOError:
                    return
                answered = answer(asked, self._path.mac, self._path.first, addresses_for(len(self._lives)))
                if answered:
                    one.send(answered)


def hops(path: Path, to_address: NDArray[np.uint32]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Hardware addresses of next hops, shape (hops, 6), and by row (rows,) which of them leads to its gateway."""
    macs = sorted({path.gateway_mac, *path.besides.values()}, key=lambda mac: mac != path.gateway_mac)
    hop = np.zeros(len(to_address), np.uint8)
    for address, mac in path.besides.items():
        hop[to_address == address] = macs.index(mac)
    return np.array([list(mac) for mac in macs], np.uint8), hop


def all_alike(column: NDArray[Kind]) -> NDArray[Kind]:
    """The same, as one number where all are: next to no memory has to be read for it."""
    return np.broadcast_to(column[:1], column.shape) if len(column) and (column == column[0]).all() else column


def _of(column: NDArray[Kind], rows: NDArray[np.int64]) -> NDArray[Kind]:
    """What rows (n,) have in a column, (n,), or (1,) where all have the same."""
    return column[:1] if column.strides == (0,) else column[rows]


def _copied(
    slots: NDArray[np.uint8],
    heads: NDArray[np.void],
    rows: NDArray[np.int64],
    keep: NDArray[np.bool_],
    shift: int | None,
) -> Segments:
    """Copies of what is kept; `shift`, ns, leads from the clock of the stamps to the monotonic one, if it is known."""
    everything = bool(keep.all())
    which = np.arange(len(keep)) if everything else np.flatnonzero(keep)
    if not everything:
        heads, rows = heads[which], rows[which]
    offset = (heads["offset"] >> 4).astype(np.int64) * 4
    length = heads["total"].astype(np.int64) - IPV4 - offset
    widest = int(length.max(initial=0))
    body = slots[:, _PAYLOAD_AT : _PAYLOAD_AT + widest]
    payload = body.copy() if everything else body[which]
    optional = (offset != TCP) & (length > 0)
    for skipped in set(offset[optional].tolist()):
        these = np.flatnonzero(optional & (offset == skipped))
        found = slots[which[these], _TCP_AT + skipped : _TCP_AT + skipped + widest]
        payload[these, : found.shape[1]] = found
    stamps = heads["seconds"].astype(np.int64) * 1_000_000_000 + heads["nanoseconds"]
    arrived = np.zeros(len(stamps), np.int64) if shift is None else stamps + shift
    return Segments(
        rows,
        heads["sequence"].astype(np.uint32),
        heads["acknowledged"].astype(np.uint32),
        heads["flags"].copy(),
        heads["window"].astype(np.uint16),
        length,
        payload,
        arrived,
    )
