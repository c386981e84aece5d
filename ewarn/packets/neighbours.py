"""The way to a gateway on another host: which interface and next hop, and whose hardware address that is."""

import json
import socket
import subprocess
import time
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from struct import Struct

from ewarn.errors import InputError, MeasurementError
from ewarn.packets.narrowed import ETH_P_ARP, receiving
from ewarn.system.namespaces.tools import PATIENCE_S, environment

ARP = Struct("!6s6sH HHBBH 6s4s6s4s")
"""frame's ends and protocol; kinds and lengths of addresses, what is said; hardware and IPv4 addresses (RFC 826)"""
ASKED, ANSWERED = 1, 2
EVERYBODY, NOBODY = b"\xff" * 6, bytes(6)
TIMES, EVERY_S = 4, 0.5
"""how often is asked, and how long an answer is waited for"""


@dataclass(frozen=True)
class Way:
    """As the routing table of this host has it."""

    interface: str
    next_hop: IPv4Address
    own: IPv4Address
    """of this host, towards there"""


def way_to(to: IPv4Address) -> Way:
    """How the host reaches an address. Raises InputError where it does not, or where `ip` is missing."""
    command = ("ip", "-json", "-4", "route", "get", str(to))
    try:
        done = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=PATIENCE_S)
    except FileNotFoundError:
        raise InputError("the way to the gateway is asked of `ip`, of the package iproute2, which is missing") from None
    if done.returncode:
        raise InputError(f"to: no way to {to}: {' '.join(done.stderr.split())}")
    (found,) = json.loads(done.stdout)
    return Way(found["dev"], IPv4Address(found.get("gateway", str(to))), IPv4Address(found["prefsrc"]))


def request(mac: bytes, own: IPv4Address, wanted: IPv4Address) -> bytes:
    """Who has this address? As a frame."""
    return ARP.pack(EVERYBODY, mac, ETH_P_ARP, 1, 0x0800, 6, 4, ASKED, mac, own.packed, NOBODY, wanted.packed)


def answers(frame: bytes, wanted: IPv4Address) -> bytes | None:
    """The hardware address, where the frame says whose it is."""
    if len(frame) < ARP.size:
        return None
    _, _, _, kind, protocol, _, _, said, hardware, address, _, _ = ARP.unpack_from(frame)
    told = (kind, protocol, said, address) == (1, 0x0800, ANSWERED, wanted.packed)
    return bytes(hardware) if told else None


def hardware_address(way: Way, mac: bytes) -> bytes:
    """Of the next hop, 6 bytes, as it answers itself. Raises MeasurementError where it does not."""
    with receiving(way.interface, IPv4Network(way.own), ETH_P_ARP) as line:
        for _ in range(TIMES):
            line.send(request(mac, way.own, way.next_hop))
            until = time.monotonic() + EVERY_S
            while (left := until - time.monotonic()) > 0:
                line.settimeout(left)
                try:
                    frame = line.recv(1 << 16)
                except TimeoutError:
                    break
                if found := answers(frame, way.next_hop):
                    return found
    raise MeasurementError(f"{way.next_hop}, the next hop to the gateway, does not answer ARP at {way.interface}")


def resolved(to: str) -> IPv4Address:
    """An IPv4 address of a host by its name, or as it is written. Raises InputError where it has none."""
    try:
        found = socket.getaddrinfo(to, None, socket.AF_INET, socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise InputError(f"to: {to} has no IPv4 address: {getattr(error, 'strerror', error)}") from None
    return IPv4Address(found[0][4][0])
