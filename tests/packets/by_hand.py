"""Frames by hand, byte for byte, of nothing that the package has."""

import struct
from ipaddress import IPv4Address

SYN, ACK = 2, 16
PORT = 40_000
"""of the client"""


def checksum(data):
    """RFC 1071."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF


def segment(path, gateway, port, flags, sequence, acknowledged=0, wrong=0):
    """A frame with a TCP segment of a path's first client to the gateway."""
    ends = IPv4Address(path.first).packed + gateway.packed
    tcp = struct.pack("!HHIIBBHHH", PORT, port, sequence, acknowledged, 5 << 4, flags, 65_535, 0, 0)
    tcp = tcp[:16] + struct.pack("!H", checksum(ends + struct.pack("!HH", 6, len(tcp)) + tcp) ^ wrong) + tcp[18:]
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0x4000, 64, 6, 0) + ends
    return path.gateway_mac + path.mac + b"\x08\x00" + ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:] + tcp
