"""Where packets come from and go to."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Path:
    """What a card needs of an interface."""

    receive: int
    """descriptor of an AF_PACKET socket bound to the interface for ETH_P_IP"""
    send: int
    """as above, for protocol 0"""
    arp: int
    """as above, for ETH_P_ARP; -1 where nobody asks"""
    mac: bytes
    gateway_mac: bytes
    first: int
    """IPv4 address of row 0"""
    gateway: int | None
    """IPv4 address of the gateway where that is not what the target resolves to"""
    slots: int
    slot_bytes: int
