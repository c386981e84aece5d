"""Who has an address of ours: ARP requests answered (RFC 826). Pure."""

import struct

_ASKS = struct.Struct(">6s6sHHHBBH6sI6sI")
"""Ethernet header, and ARP for Ethernet and IPv4"""
ETH_P_ARP = 0x0806
_REQUEST, _REPLY = 1, 2
_KIND = (1, 0x0800, 6, 4)
"""Ethernet, IPv4, and how long their addresses are"""


def answer(frame: bytes, mac: bytes, first: int, addresses: int) -> bytes | None:
    """What to answer to a frame: None unless it asks for one of so many addresses from `first`, which are at `mac`."""
    if len(frame) < _ASKS.size:
        return None
    _, _, kind, *what, operation, asker, asker_address, _, wanted = _ASKS.unpack_from(frame)
    if (kind, tuple(what), operation) != (ETH_P_ARP, _KIND, _REQUEST) or not first <= wanted < first + addresses:
        return None
    return _ASKS.pack(asker, mac, ETH_P_ARP, *_KIND, _REPLY, mac, wanted, asker, asker_address)
