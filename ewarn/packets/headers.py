"""Ethernet, IPv4 and TCP headers of many frames at once, as they lie in the slots of a ring. Pure.

Headers are 54 bytes: no client offers an option that would stand in others than a SYN. Those of the gateway may have
TCP options, which are skipped. Checksums are those of RFC 1071.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ewarn.packets.path import BEFORE_FRAME_BYTES, ETHERNET_BYTES
from ewarn.packets.segments import SYN, Segments

ETHERNET, IPV4, TCP = ETHERNET_BYTES, 20, 20
"""bytes of each header"""
HEADERS = ETHERNET + IPV4 + TCP
RECEIVED_AT = BEFORE_FRAME_BYTES
VIRTIO_AT, VIRTIO = 32, 10
"""where what goes out begins, TPACKET2_HDRLEN - sizeof(sockaddr_ll), and bytes of struct virtio_net_hdr before it"""
SENT_AT = VIRTIO_AT + VIRTIO
ETH_P_IP, PROTOCOL_TCP, PLAIN, DO_NOT_FRAGMENT = 0x0800, 6, 0x45, 0x4000
_FRAME = {
    "kind": (">u2", 12),
    "version": ("u1", 14),
    "total": (">u2", 16),
    "fragment": (">u2", 20),
    "protocol": ("u1", 23),
    "header_sum": (">u2", 24),
    "source": (">u4", 26),
    "target": (">u4", 30),
    "from_port": (">u2", 34),
    "to_port": (">u2", 36),
    "sequence": (">u4", 38),
    "acknowledged": (">u4", 42),
    "offset": ("u1", 46),
    "flags": ("u1", 47),
    "window": (">u2", 48),
    "checksum": (">u2", 50),
}
"""IEEE 802.3; RFC 791, section 3.1; RFC 9293, section 3.1"""


def _slot(own: dict[str, tuple[str, int]], frame_at: int) -> np.dtype[np.void]:
    """What a slot holds up to the end of the TCP header."""
    fields = own | {name: (kind, frame_at + at) for name, (kind, at) in _FRAME.items()}
    return np.dtype(
        {
            "names": list(fields),
            "formats": [kind for kind, _ in fields.values()],
            "offsets": [at for _, at in fields.values()],
            "itemsize": frame_at + HEADERS,
        }
    )


IN_SLOT = _slot(
    {
        "status": ("=u4", 0),
        "bytes": ("=u4", 4),
        "kept": ("=u4", 8),
        "frame_at": ("=u2", 12),
        "seconds": ("=u4", 16),
        "nanoseconds": ("=u4", 20),
    },
    RECEIVED_AT,
)
"""struct tpacket2_hdr (linux/if_packet.h): `kept` bytes of the frame's are in the slot; and the frame"""
OUT_SLOT = _slot({"status": ("=u4", 0), "bytes": ("=u4", 4), "copied": ("<u2", VIRTIO_AT + 2)}, SENT_AT)
"""the same for what goes out: `bytes` with the virtio header, whose hdr_len `copied` is; and the frame"""


def ours_by_kind(heads: NDArray[np.void]) -> NDArray[np.bool_]:
    """Which frames (n,) of dtype `IN_SLOT` have all headers of IPv4 and TCP."""
    there: NDArray[np.bool_] = (heads["frame_at"] == RECEIVED_AT) & (heads["kept"] >= HEADERS)
    there &= (heads["kind"] == ETH_P_IP) & (heads["protocol"] == PROTOCOL_TCP)
    return there


def sound(heads: NDArray[np.void]) -> NDArray[np.bool_]:
    """Which of these are whole segments, whose lengths agree with each other.

    Others: fragments, IP options. A frame may be longer than its packet, as short ones are padded.
    """
    total, offset = heads["total"].astype(np.int64), (heads["offset"] >> 4).astype(np.int64) * 4
    whole: NDArray[np.bool_] = heads["version"] == PLAIN
    whole &= (heads["fragment"] & 0x3FFF) == 0  # neither more to come nor an offset
    whole &= (offset >= TCP) & (total >= IPV4 + offset) & (total + ETHERNET <= heads["kept"])
    return whole


def folded(sums: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sums (n,), below 2^40, of words of 16 or 32 bits as those of 16 bits in ones' complement (RFC 1071)."""
    for _ in range(3):
        sums = (sums & 0xFFFF) + (sums >> 16)
    return sums


def summed(data: NDArray[np.uint8], length: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sum of the 16-bit words in network order of the first `length` (n,) bytes of each row of `data` (n, widest)."""
    count, widest = data.shape
    words = np.zeros((count, widest + widest % 2), np.uint8)
    np.copyto(words[:, :widest], data, where=np.arange(widest) < length[:, None])
    return np.asarray(words.view(">u2").sum(axis=1, dtype=np.int64))


def pseudo(source: NDArray[np.uint32], target: NDArray[np.uint32], length: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sum of the pseudo-header (RFC 9293, section 3.1) of TCP segments of `length` bytes, header included."""
    return np.add(source, target, dtype=np.int64) + (PROTOCOL_TCP + length)


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """Where segments (n,) come from and go to."""

    source: NDArray[np.uint32]
    from_port: NDArray[np.uint16]
    target: NDArray[np.uint32]
    to_port: NDArray[np.uint16]
    to_mac: NDArray[np.uint8] | None = None
    """(n, 6); None: that of the template"""


def template(from_mac: bytes, to_mac: bytes) -> NDArray[np.uint8]:
    """Headers (54,) with what is the same in all that goes out."""
    head = np.zeros(HEADERS, np.uint8)
    head[:14] = np.frombuffer(to_mac + from_mac + ETH_P_IP.to_bytes(2, "big"), np.uint8)
    head[14], head[20], head[22], head[23] = PLAIN, DO_NOT_FRAGMENT >> 8, 64, PROTOCOL_TCP
    return head


def write(slots: NDArray[np.uint8], segments: Segments, ends: Ends, mss: int) -> None:
    """Write segments into as many slots (n, slot_bytes) that hold the template; a SYN tells `mss`, and has no payload.

    Everything but the status, which is to be set when all else is there.
    """
    # A view by strides, as `view` wants rows without gaps.
    heads = np.ndarray((len(slots),), OUT_SLOT, slots, 0, (slots.strides[0],))
    options = np.flatnonzero(segments.flags & SYN)
    speaking = np.flatnonzero(segments.length)
    offset: NDArray[np.int64] | int = TCP
    total: NDArray[np.int64] | int = IPV4 + TCP
    """bytes of the TCP header, and of the packet: numbers, not arrays, where all are alike"""
    if len(options):
        offset = TCP + 4 * ((segments.flags & SYN) != 0)
    if len(options) or len(speaking):
        total = IPV4 + offset + segments.length
    heads["total"], heads["offset"] = total, offset << 2
    heads["source"], heads["target"] = ends.source, ends.target
    heads["from_port"], heads["to_port"] = ends.from_port, ends.to_port
    heads["sequence"], heads["acknowledged"] = segments.sequence, segments.acknowledged
    heads["flags"], heads["window"] = segments.flags, segments.window
    if ends.to_mac is not None:
        slots[:, SENT_AT : SENT_AT + 6] = ends.to_mac
    heads["bytes"] = total + (ETHERNET + VIRTIO)
    heads["copied"] = total + ETHERNET  # all of it, see `ring.SendRing`
    # Numbers of 32 bits are summed as they are: folding makes words of them.
    between: NDArray[np.int64] = np.add(ends.source, ends.target, dtype=np.int64)
    fixed = (PLAIN << 8) + DO_NOT_FRAGMENT + (64 << 8) + PROTOCOL_TCP
    both = np.empty((2, len(slots)), np.int64)
    np.add(between, fixed + total, out=both[0])
    sums = np.add(between, PROTOCOL_TCP - IPV4 + total + (offset << 10), out=both[1])
    for part in (ends.from_port, ends.to_port, segments.sequence, segments.acknowledged, segments.flags):
        sums += part
    sums += segments.window
    body = SENT_AT + HEADERS
    if len(options):
        option = np.array([2, 4, mss >> 8, mss & 0xFF], np.uint8)
        slots[options, body : body + 4] = option
        sums[options] += 0x0204 + mss
    if len(speaking):
        widest = int(segments.length.max())
        payload = segments.payload[speaking, :widest]
        slots[speaking, body : body + widest] = payload
        sums[speaking] += summed(payload, segments.length[speaking])
    heads["header_sum"], heads["checksum"] = folded(both) ^ 0xFFFF
