"""The PROXY protocol: who a proxy's connection is really from, said before its first byte. Pure; safe to fuzz.

Versions 1 and 2 of "The PROXY protocol" by Willy Tarreau, HAProxy Technologies (proxy-protocol.txt, haproxy.org),
sections 2.1 and 2.2. What a header means is the same however its bytes are cut, and whatever follows it.
"""

import socket
import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from ewarn.errors import InputError, quoted

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
"""begins version 2"""
WORD = b"PROXY "
"""begins version 1"""
LONGEST = 536
"""bytes: headers are made to fit the smallest TCP segment that every host takes, section 2"""
LONGEST_LINE = 107
"""bytes of version 1 with the end of its line, section 2.1"""
SHORTEST_LINE = len(b"PROXY UNKNOWN\r\n")
_LOCAL, _PROXY = 0, 1
_STREAM = 1
_BYTES = {0: 0, 1: 12, 2: 36, 3: 216}
"""of addresses and ports, by family: not said, IPv4, IPv6, UNIX; section 2.2"""
_PROTOCOLS = {0, 1, 2}
_FIXED = struct.Struct("!12sBBH")


@dataclass(frozen=True, slots=True)
class Header:
    """A whole header."""

    length: int
    """bytes"""
    source: tuple[str, int] | None
    """address and port of whom the proxy speaks for; None: for itself, or it does not know"""


@dataclass(frozen=True, slots=True)
class More:
    """A header that has only begun."""

    least: int
    """bytes that are missing, or more"""


def parse(data: bytes) -> Header | More:
    """The header that `data` begins with. Raises InputError where it begins with none."""
    if not data:
        return More(SHORTEST_LINE)
    if data[: len(SIGNATURE)] == SIGNATURE[: len(data)]:
        return _binary(data) if len(data) >= _FIXED.size else More(_FIXED.size - len(data))
    if data[: len(WORD)] == WORD[: len(data)]:
        end = data.find(b"\r\n", 0, LONGEST_LINE)
        if end >= 0:
            return Header(end + 2, _said_in(data[:end]))
        if len(data) >= LONGEST_LINE:
            raise InputError(f"PROXY header: a line of more than {LONGEST_LINE} bytes")
        return More(max(SHORTEST_LINE - len(data), 1 if data.endswith(b"\r") else 2))
    raise InputError("PROXY header: there is none")


def encode(source: tuple[str, int], destination: tuple[str, int]) -> bytes:
    """A header of version 2 for a TCP connection between two addresses of one family."""
    first, second = ip_address(source[0]), ip_address(destination[0])
    ends = first.packed + second.packed + struct.pack("!HH", source[1], destination[1])
    family = 1 if first.version == 4 else 2
    return _FIXED.pack(SIGNATURE, 0x20 | _PROXY, family << 4 | _STREAM, len(ends)) + ends


def _binary(data: bytes) -> Header | More:
    _, version, kind, rest = _FIXED.unpack_from(data)
    command, family, protocol = version & 0xF, kind >> 4, kind & 0xF
    if version >> 4 != 2 or command not in (_LOCAL, _PROXY):
        raise InputError(f"PROXY header: version and command {version:#04x}, expected 0x20 or 0x21")
    length = _FIXED.size + rest
    if length > LONGEST:
        raise InputError(f"PROXY header: {length:,} bytes, at most {LONGEST}")
    if command == _PROXY:
        if family not in _BYTES or protocol not in _PROTOCOLS:
            raise InputError(f"PROXY header: unknown family and protocol {kind:#04x}")
        if rest < _BYTES[family]:
            raise InputError(f"PROXY header: {rest} bytes of addresses, expected {_BYTES[family]}")
    if len(data) < length:
        return More(length - len(data))
    if command == _LOCAL or protocol != _STREAM or family not in (1, 2):
        return Header(length, None)
    size = 4 if family == 1 else 16
    host = socket.inet_ntop(socket.AF_INET if family == 1 else socket.AF_INET6, data[16 : 16 + size])
    (port,) = struct.unpack_from("!H", data, 16 + 2 * size)
    return Header(length, (host, port))


def _said_in(line: bytes) -> tuple[str, int] | None:
    """Of version 1, without the end of the line."""
    words = line.split(b" ")
    if words[1] == b"UNKNOWN":  # whatever follows it is to be let be
        return None
    kinds = {b"TCP4": IPv4Address, b"TCP6": IPv6Address}
    if words[1] not in kinds or len(words) != 6:
        raise InputError(f"PROXY header: expected TCP4 or TCP6, two addresses and two ports, got {quoted(line)}")
    try:
        source, _ = (kinds[words[1]](_address(word)) for word in words[2:4])
        port, _ = (_port(word) for word in words[4:])
    except ValueError as error:
        raise InputError(f"PROXY header: {quoted(str(error))}") from None
    return str(source), port


def _address(word: bytes) -> str:
    if b"%" in word:
        raise ValueError("an address with a zone")
    return word.decode("ascii")


def _port(word: bytes) -> int:
    """Decimal, without zeros in front, section 2.1."""
    if not word.isdigit() or len(word) > 5 or str(int(word)).encode() != word or int(word) > 65535:
        raise ValueError(f"no port: {word.decode(errors='replace')}")
    return int(word)
