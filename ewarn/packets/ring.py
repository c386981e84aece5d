"""Rings of slots that the kernel fills and empties: PACKET_RX_RING and PACKET_TX_RING, TPACKET_V2, as numpy views.

Numbers are those of linux/if_packet.h. A slot belongs to whoever its status says. A status is read before all else that
is in its slot, and written after it. x86 keeps that order. ARM need not, and numpy has no barrier: there nothing but
the thousands of instructions in between stands for it.
"""

import errno
import fcntl
import mmap
import struct
import time

import numpy as np
from numpy.typing import NDArray

from ewarn.packets.headers import IN_SLOT, SENT_AT
from ewarn.system.descriptors import as_socket

SOL_PACKET = 263
_RX_RING, _STATISTICS, _VERSION, _TX_RING, _VNET_HDR, _QDISC_BYPASS = 5, 6, 10, 13, 15, 20
_TPACKET_V2 = 1
_SIOCGIFMTU = 0x8921
FREE, FOR_US = 0, 1
"""TP_STATUS_KERNEL or _AVAILABLE; TP_STATUS_USER or _SEND_REQUEST"""
WRONG_FORMAT = 4
"""of what was to go out"""
BLOCK_BYTES = 1 << 16
"""memory is had in pieces of so much: larger ones are hard to find on a machine that has run for long"""
MOST_AT_ONCE = 4096
"""slots sent by one system call: what was just written is still in the processor's cache"""
READ_ON = 256
"""slots whose statuses are read at once: each is a line of cache by itself, and most are the kernel's"""
AGAIN_S, PATIENCE_S = 0.0005, 5.0
"""after so long what the kernel had no room for is tried again; after so long it is given up"""


def shape(slots: int, slot_bytes: int) -> tuple[int, int]:
    """Slots, and bytes of each, of a ring of at least so many of at least so much: such as fill its blocks."""
    size = 1 << (max(slot_bytes, 256) - 1).bit_length()
    a_block = max(1, BLOCK_BYTES // size)
    return -(-max(slots, 1) // a_block) * a_block, size


def ring_bytes(slots: int, slot_bytes: int) -> int:
    """Memory that a ring takes, all of it from the start, and none of it to be paged out."""
    count, size = shape(slots, slot_bytes)
    return count * size


def _laid(descriptor: int, kind: int, slots: int, slot_bytes: int) -> NDArray[np.uint8]:
    """A ring on a socket, (slots, bytes), of the `shape` of these two. Raises OSError."""
    count, size = shape(slots, slot_bytes)
    block = max(BLOCK_BYTES, size)
    with as_socket(descriptor) as one:
        one.setsockopt(SOL_PACKET, _VERSION, _TPACKET_V2)
        if kind == _TX_RING:
            one.setsockopt(SOL_PACKET, _QDISC_BYPASS, 1)
            one.setsockopt(SOL_PACKET, _VNET_HDR, 1)
        try:
            one.setsockopt(SOL_PACKET, kind, struct.pack("4I", block, count * size // block, size, count))
        except OSError as error:
            raise OSError(error.errno, f"a ring of {count} slots of {size} bytes: {error.strerror}") from error
        return np.frombuffer(mmap.mmap(descriptor, count * size), np.uint8).reshape(count, size)


class ReceiveRing:
    """Frames that came, in their order. The kernel drops, and counts, what comes while it is full."""

    def __init__(self, descriptor: int, slots: int, slot_bytes: int) -> None:
        """On a bound AF_PACKET socket without one. Raises OSError."""
        self.descriptor = descriptor
        self.slots = _laid(descriptor, _RX_RING, slots, slot_bytes)
        self._status = np.ndarray((len(self.slots),), np.uint32, self.slots, 0, self.slots.strides[:1])
        self.at = 0
        """the slot that is next"""
        self._dropped = 0

    def ready(self, most: int) -> NDArray[np.uint8]:
        """The next slots that are ours (n, bytes), shared; none beyond the ring's end: the next call has those."""
        count, last = 0, min(self.at + most, len(self.slots))
        while self.at + count < last:
            status = self._status[self.at + count : min(self.at + count + READ_ON, last)]
            free = (status & FOR_US) == 0
            if free.any():
                count += int(free.argmax())
                break
            count += len(status)
        return self.slots[self.at : self.at + count]

    @staticmethod
    def heads(slots: NDArray[np.uint8]) -> NDArray[np.void]:
        """A copy of the slots' headers (n,), of dtype `IN_SLOT`."""
        return np.ascontiguousarray(slots[:, : IN_SLOT.itemsize]).view(IN_SLOT)[:, 0]

    def give_back(self, count: int) -> None:
        """The first so many of those that were ready are the kernel's again."""
        self._status[self.at : self.at + count] = FREE
        self.at = (self.at + count) % len(self.slots)

    def dropped(self) -> int:
        """Frames that the kernel dropped for want of room, since the beginning."""
        with as_socket(self.descriptor) as one:
            _, since = struct.unpack("2I", one.getsockopt(SOL_PACKET, _STATISTICS, 8))  # reading sets it to nought
        self._dropped += since
        return self._dropped


class SendRing:
    """Frames that are to go, in their order.

    Each slot begins with a virtio header that has the kernel copy all of the frame. Without it, it hangs pages of the
    ring on what it sends, and copies these for whoever is at the other end of a cable (Linux before 4.20 calls a slot
    free that a gateway has yet to read): an acknowledgement took 2.3 us of system time instead of 1.6.
    """

    def __init__(self, descriptor: int, slots: int, slot_bytes: int, template: NDArray[np.uint8]) -> None:
        """On a bound AF_PACKET socket without one; every frame begins as `template`. Raises OSError."""
        self.descriptor = descriptor
        self.slots = _laid(descriptor, _TX_RING, slots, slot_bytes)
        self.slots[:, SENT_AT : SENT_AT + len(template)] = template
        self._status = np.ndarray((len(self.slots),), np.uint32, self.slots, 0, self.slots.strides[:1])
        self._at = 0

    def room(self, most: int) -> NDArray[np.uint8]:
        """The next slots (n, bytes), shared, at most so many; waits for what is still on its way in them."""
        status = self._status[self._at : self._at + min(most, MOST_AT_ONCE)]
        until = time.monotonic() + PATIENCE_S
        while (status != FREE).any():
            if time.monotonic() > until:
                raise OSError(errno.ENOBUFS, "the interface does not send what is in its ring")
            time.sleep(AGAIN_S)
            self._flush()
        return self.slots[self._at : self._at + len(status)]

    def go(self, count: int) -> None:
        """Send the first so many slots of those that there was room for.

        Raises OSError where the interface takes none, or where the kernel refuses one: from that on, all are forgotten.
        """
        status = self._status[self._at : self._at + count]
        status[:] = FOR_US
        try:
            self._flush()
        except OSError as error:
            wrong = np.flatnonzero(status == WRONG_FORMAT)
            if not len(wrong):
                raise
            status[wrong[0] :] = FREE
            count = int(wrong[0])  # where the kernel stands
            raise OSError(errno.EMSGSIZE, "the kernel refuses a frame, as one that is longer than its slot") from error
        finally:
            self._at = (self._at + count) % len(self.slots)

    def _flush(self) -> None:
        """Have the kernel send all that stands there; it goes on where it stopped when it had no room."""
        until = time.monotonic() + PATIENCE_S
        with as_socket(self.descriptor) as one:
            while True:
                try:
                    one.send(b"")
                    return
                except OSError as error:
                    if error.errno not in (errno.ENOBUFS, errno.EAGAIN) or time.monotonic() > until:
                        raise
                time.sleep(AGAIN_S)


def interface_mtu(descriptor: int) -> int:
    """Bytes of a packet that the interface of a bound AF_PACKET socket takes. Raises OSError."""
    with as_socket(descriptor) as one:
        name: str = one.getsockname()[0]
        told = fcntl.ioctl(descriptor, _SIOCGIFMTU, struct.pack("16si20x", name.encode(), 0))
    return int(struct.unpack_from("i", told, 16)[0])
