"""Frames of Ethernet with TCP in them, written and read one at a time in plain Python, by RFC 791, 1071 and 9293. Pure.

`read` is what the parser of a card is held to: whose a frame is, and what it says, or that nobody is to hear of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from struct import pack, unpack_from

from tests.packets.reference import Segment

ETHERNET, IPV4, TCP = 14, 0x0800, 6
MACS = b"\x02\0\0\0\0\1\x02\0\0\0\0\2"
"""to and from"""
FIRST_PORT, ROWS, LIVES = 1024, 16_000, 4
"""of an address: a client of row r has port 1024 + life * 16,000 + r % 16,000"""
FLAGS = 0xFF


@dataclass(frozen=True)
class Clients:
    """Whose frames may come."""

    first: int
    """IPv4 address of row 0, as a number"""
    lives: Sequence[int]
    """by row"""
    to_address: Sequence[int]
    to_port: Sequence[int]
    """by row, the gateway's side"""

    def address(self, row: int) -> int:
        return self.first + row // ROWS

    def port(self, row: int) -> int:
        return FIRST_PORT + self.lives[row] % LIVES * ROWS + row % ROWS


def checksum(data: bytes) -> int:
    """RFC 1071."""
    data += b"\0" * (len(data) % 2)
    total = sum(unpack_from(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def written(clients: Clients, row: int, segment: Segment, options: bytes = b"") -> bytes:
    """A frame as the gateway's kernel sends it; `options` of TCP, of four bytes or eight or so on."""
    ours = clients.address(row), clients.port(row)
    return frame((clients.to_address[row], clients.to_port[row]), ours, segment, options, 7)


def frame(
    from_: tuple[int, int], to_: tuple[int, int], segment: Segment, options: bytes = b"", identification: int = 0
) -> bytes:
    """A frame from one address and port to another."""
    (source, from_port), (to, port) = from_, to_
    words = (5 + len(options) // 4) << 12 | segment.flags
    head = pack(">HHIIHHHH", from_port, port, *segment[:2], words, segment.window, 0, 0)
    body = head + options + segment.payload
    sum_ = checksum(pack(">IIHH", source, to, TCP, len(body)) + body)
    body = body[:16] + pack(">H", sum_) + body[18:]
    ip = pack(">BBHHHBBHII", 0x45, 0, 20 + len(body), identification, 0x4000, 64, TCP, 0, source, to)
    ip = ip[:10] + pack(">H", checksum(ip)) + ip[12:]
    return MACS + pack(">H", IPV4) + ip + body


def read(clients: Clients, data: bytes, whole: int | None = None) -> tuple[int, Segment] | None:
    """The row and what it is told, or None: not TCP over IPv4, a fragment, cut, at odds with itself, or nobody's.

    `whole`: how long the frame was on the line, where less of it was kept. Checksums are not looked at.
    """
    if len(data) < ETHERNET + 40 or unpack_from(">H", data, 12) != (IPV4,):
        return None
    ip = data[ETHERNET:]
    length, fragment = unpack_from(">H2xH", ip, 2)
    if ip[0] != 0x45 or ip[9] != TCP or fragment & 0x3FFF or length < 40 or (whole or 0) > len(data):
        return None
    source, to, from_port, port, sequence, acknowledged, words, window = unpack_from(">IIHHIIHH", ip, 12)
    head = (words >> 12) * 4
    if head < 20 or 20 + head > length or length > len(ip):
        return None
    life, at = divmod(port - FIRST_PORT, ROWS)
    row = (to - clients.first) * ROWS + at
    if port < FIRST_PORT or not 0 <= row < len(clients.lives) or life != clients.lives[row] % LIVES:
        return None
    if (source, from_port) != (clients.to_address[row], clients.to_port[row]):
        return None
    return row, Segment(sequence, acknowledged, words & FLAGS, window, ip[20 + head : length])


def sound(data: bytes) -> bool:
    """Whether both checksums of a frame of TCP over IPv4 without options hold."""
    ip = data[ETHERNET:]
    (length,) = unpack_from(">H", ip, 2)
    pseudo = ip[12:20] + pack(">HH", TCP, length - 20)
    return checksum(ip[:20]) == 0 and checksum(pseudo + ip[20:length]) == 0
