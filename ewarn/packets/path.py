"""The way that segments take: open sockets on one interface, and whose addresses are whose."""

from collections.abc import Mapping
from dataclasses import dataclass, field

BEFORE_FRAME_BYTES, ETHERNET_BYTES = 66, 14
"""of a slot: what the kernel writes before a frame (TPACKET_V2, linux/if_packet.h), and the frame's own header"""
HEADERS_BYTES = 40
"""of IPv4 and TCP, without options"""


def slot_for(packet_bytes: int) -> int:
    """Bytes of a slot that an IPv4 packet fits."""
    return packet_bytes + ETHERNET_BYTES + BEFORE_FRAME_BYTES


def mtu_of(slot_bytes: int) -> int:
    """Bytes of the longest IPv4 packet that fits a slot."""
    return slot_bytes - BEFORE_FRAME_BYTES - ETHERNET_BYTES


def mss_of(slot_bytes: int) -> int:
    """Bytes of the longest payload of a segment that fits a slot."""
    return mtu_of(slot_bytes) - HEADERS_BYTES


@dataclass(frozen=True)
class Path:
    """An interface as a program sees it that was given its sockets.

    Sockets belong to the namespace in which they were made, so whoever holds them need not be in it.
    """

    receive: int
    """descriptor of an AF_PACKET socket (SOCK_RAW) bound to the interface for ETH_P_IP"""
    send: int
    """descriptor of one bound to it for protocol 0, so that nothing is received by it"""
    arp: int
    """descriptor of one bound to it for ETH_P_ARP; -1 where nobody asks for addresses"""
    mac: bytes
    """address of the interface, 6 bytes"""
    gateway_mac: bytes
    """address of whoever takes frames on the other end, 6 bytes"""
    first: int
    """IPv4 address of row 0, as a number; see `addresses` for all others"""
    slots: int
    """frames that the ring for what comes holds; that for what goes out has at most `card.SENT_SLOTS`"""
    slot_bytes: int
    """bytes of a slot, the kernel's header included"""
    besides: Mapping[int, bytes] = field(default_factory=dict)
    """the same as `gateway_mac` for gateways that are behind others, by their IPv4 addresses as numbers"""

    @property
    def mss(self) -> int:
        """See `mss_of`."""
        return mss_of(self.slot_bytes)

    @property
    def descriptors(self) -> list[int]:
        """Of its sockets, for whoever hands them on."""
        return [one for one in (self.receive, self.send, self.arp) if one >= 0]
