"""A cable that is there: phones as packets by an interface of this host, to a gateway on another, as in a fleet."""

import fcntl
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from ipaddress import AddressValueError, IPv4Address, IPv4Interface, IPv4Network, NetmaskValueError
from pathlib import Path as File
from struct import Struct

import psutil

from ewarn.errors import InputError, not_one_of, quoted
from ewarn.packets.addresses import PRIVATE, addresses_for
from ewarn.packets.narrowed import ETH_P_ARP, ETH_P_IP, receiving, sending
from ewarn.packets.neighbours import hardware_address, resolved, way_to
from ewarn.packets.path import Path, mtu_of, slot_for

SIOCGIFFLAGS, SIOCGIFMTU, SIOCGIFHWADDR = 0x8913, 0x8921, 0x8927
"""linux/sockios.h"""
IFF_UP, IFF_NOARP = 0x1, 0x80
ARPHRD_ETHER = 1
"""linux/if.h, linux/if_arp.h"""
_NUMBER, _HARDWARE = Struct("=16si20x"), Struct("=16sH6s16x")
"""struct ifreq, with a number, and with a hardware address"""


def why_not() -> str | None:
    """Why no packets can be sent by any interface, in words; None where they can."""
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
    except OSError as error:
        return f"packets by an interface need CAP_NET_RAW, as root has it ({error.strerror})"
    return None


def over(
    interface: str, range_: str, to: str, *, clients: int, slots: int, slot_bytes: int, besides: Sequence[str] = ()
) -> Path:
    """The way to `to`, a gateway's host, by an interface of this host; descriptors are the caller's to close.

    `besides`: hosts of further gateways, which have to be reached by the same interface.

    `range_`: private addresses, such as 10.77.0.0/16, that nobody has, for so many `clients`. The gateway's host needs
    a route to them: `ip route add 10.77.0.0/16 via ADDRESS`, of this host, or `dev INTERFACE`: then it asks by ARP for
    each address, and whoever uses the path answers. `slots`: see `Path`; a slot has at most `slot_bytes`. Frames that
    the interface joins to longer ones (GRO, LRO) may fit no slot: switch that off where reports are longer than a
    segment.

    Raises InputError where a number or an address cannot be, or what this needs is not there; MeasurementError where
    the next hop does not answer.
    """
    network = _range(range_, clients)
    mac, mtu = _card(interface, slot_bytes)
    _nobody_s(network, interface)
    try:
        with ExitStack() as undo:
            receive = undo.enter_context(receiving(interface, network, ETH_P_IP))
            send = undo.enter_context(sending(interface))
            arp = undo.enter_context(receiving(interface, network, ETH_P_ARP))
            macs = _gateway_macs(interface, [to, *besides], mac)
            undo.pop_all()
    except PermissionError:
        raise InputError(f"phones as packets over {interface} need CAP_NET_RAW, as root has it") from None
    first = int(network.network_address) + 1
    (_, gateway_mac), *others = macs.items()
    return Path(
        receive.detach(),
        send.detach(),
        arp.detach(),
        mac,
        gateway_mac,
        first,
        slots=slots,
        slot_bytes=slot_for(mtu),
        besides=dict(others),
    )


def _range(text: str, clients: int) -> IPv4Network:
    """Addresses as they are written. Raises InputError where they are no private range, or too few."""
    try:
        network = IPv4Network(text)
    except (AddressValueError, NetmaskValueError, ValueError) as error:
        raise InputError(f"range: {quoted(text)} is no range of IPv4 addresses such as 10.77.0.0/16: {error}") from None
    if not any(network.subnet_of(one) for one in PRIVATE):
        raise InputError(f"range: {network} is not within {', '.join(map(str, PRIVATE))}")
    there, needed = max(0, network.num_addresses - 2), addresses_for(clients)
    if needed > there:
        raise InputError(f"range: {network} has {there} addresses for phones; {clients:,} clients take {needed}")
    return network


def _card(interface: str, slot_bytes: int) -> tuple[bytes, int]:
    """Its hardware address and MTU. Raises InputError where it is of no use, or has longer frames than a slot."""
    names = [name for _, name in socket.if_nameindex()]
    if interface not in names:
        raise not_one_of("interface", interface, names)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        asked = _NUMBER.pack(interface.encode(), 0)
        flags, mtu = (_NUMBER.unpack(fcntl.ioctl(one, what, asked))[1] for what in (SIOCGIFFLAGS, SIOCGIFMTU))
        _, kind, mac = _HARDWARE.unpack(fcntl.ioctl(one, SIOCGIFHWADDR, asked))
    if kind != ARPHRD_ETHER or flags & IFF_NOARP:
        raise InputError(f"interface: {interface} is no Ethernet with ARP")
    if not flags & IFF_UP:
        raise InputError(f"interface: {interface} is down")
    if mtu > (longest := mtu_of(slot_bytes)):
        raise InputError(f"interface: {interface} has an MTU of {mtu}, and slots of {slot_bytes} bytes take {longest}")
    return bytes(mac), mtu


def _nobody_s(network: IPv4Network, interface: str) -> None:
    """Raises InputError where the range is of this host's own networks, or its kernel would meddle."""
    for name, addresses in psutil.net_if_addrs().items():
        for one in addresses:
            if one.family == socket.AF_INET:
                own = IPv4Interface(f"{one.address}/{one.netmask or 32}").network
                if own.overlaps(network):
                    raise InputError(f"range: {network} is not free: {name} of this host is in {own}")
    if int(File(f"/proc/sys/net/ipv4/conf/{interface}/forwarding").read_text()):
        raise InputError(
            f"interface: this host forwards what comes by {interface}, so its kernel would answer for phones:"
            f" sysctl net.ipv4.conf.{interface}.forwarding=0"
        )


def _gateway_macs(interface: str, to: Sequence[str], mac: bytes) -> dict[int, bytes]:
    """By address of a gateway's host, as a number, that of its next hop; each hop is asked once."""
    found: dict[int, bytes] = {}
    hops: dict[IPv4Address, bytes] = {}
    for address in map(resolved, to):
        way = way_to(address)
        if way.interface != interface:
            raise InputError(f"interface: {address} is reached by {way.interface}, not by {interface}")
        if way.next_hop not in hops:
            hops[way.next_hop] = hardware_address(way, mac)
        found[int(address)] = hops[way.next_hop]
    return found
