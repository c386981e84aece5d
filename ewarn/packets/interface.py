"""A cable that is there: phones as packets by an interface of this host, to a gateway on another, as in a fleet."""

import fcntl
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import AddressValueError, IPv4Interface, IPv4Network, NetmaskValueError
from itertools import islice
from pathlib import Path as File
from struct import Struct

import psutil

from ewarn.errors import InputError, not_one_of, quoted
from ewarn.packets.addresses import addresses_for
from ewarn.packets.narrowed import ETH_P_ARP, ETH_P_IP, receiving, sending
from ewarn.packets.neighbours import hardware_address, resolved, way_to
from ewarn.packets.path import BEFORE_FRAME_BYTES, ETHERNET_BYTES, Path

PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15")))
"""of private networks (RFC 1918), and of those for tests (RFC 2544)"""
SIOCGIFFLAGS, SIOCGIFMTU, SIOCGIFHWADDR = 0x8913, 0x8921, 0x8927
"""linux/sockios.h"""
IFF_UP, IFF_NOARP = 0x1, 0x80
ARPHRD_ETHER = 1
"""linux/if.h, linux/if_arp.h"""
_NUMBER, _HARDWARE = Struct("=16si20x"), Struct("=16sH6s16x")
"""struct ifreq, with a number, and with a hardware address"""


class Interface:
    """The way to a gateway on another host, which each process of a swarm has with a part of the addresses."""

    def __init__(
        self, interface: str, range_: str, to: str, *, clients: int, slots: int, slot_bytes: int, count: int = 1
    ) -> None:
        """`to`: the gateway's host. `range_`: private addresses that nobody has, such as 10.77.0.0/16.

        They are dealt to `count` processes, for `clients` of each. The gateway's host needs a route to them: `ip route
        add 10.77.0.0/16 via ADDRESS`, of this host, or `dev INTERFACE`: then it asks by ARP for each address, and
        whoever uses a path answers. `slots`, `slot_bytes`: see `Path`. Frames that the interface joins to longer ones
        (GRO, LRO) may fit no slot: switch that off where reports are longer than a segment.

        Raises InputError where a number or an address cannot be, or what this needs is not there; MeasurementError
        where the next hop does not answer.
        """
        self._name, self._slots, self._slot_bytes = interface, slots, slot_bytes
        whole = _range(range_)
        self._parts = _parts(whole, count, clients)
        self._mac = _mac(interface, slot_bytes)
        _nobody_s(whole, interface)
        with _allowed(interface):
            self._gateway_mac = _gateway_mac(interface, to, self._mac)

    def path(self, index: int) -> Path:
        """Of one process; its descriptors are fresh, and the caller's to close. Raises InputError as above."""
        part = self._parts[index]
        with _allowed(self._name), ExitStack() as undo:
            receive = undo.enter_context(receiving(self._name, part, ETH_P_IP))
            send = undo.enter_context(sending(self._name))
            arp = undo.enter_context(receiving(self._name, part, ETH_P_ARP))
            undo.pop_all()
        return Path(
            receive=receive.detach(),
            send=send.detach(),
            arp=arp.detach(),
            mac=self._mac,
            gateway_mac=self._gateway_mac,
            first=int(part.network_address) + 1,
            gateway=None,
            slots=self._slots,
            slot_bytes=self._slot_bytes,
        )


def over(interface: str, range_: str, to: str, *, clients: int, slots: int, slot_bytes: int) -> Path:
    """The way of a single process, see `Interface`."""
    return Interface(interface, range_, to, clients=clients, slots=slots, slot_bytes=slot_bytes).path(0)


@contextmanager
def _allowed(interface: str) -> Iterator[None]:
    try:
        yield
    except PermissionError:
        raise InputError(f"phones as packets over {interface} need CAP_NET_RAW, as root has it") from None


def _range(text: str) -> IPv4Network:
    """Addresses as they are written. Raises InputError where they are no private range."""
    try:
        network = IPv4Network(text)
    except (AddressValueError, NetmaskValueError, ValueError) as error:
        raise InputError(f"range: {quoted(text)} is no range of IPv4 addresses such as 10.77.0.0/16: {error}") from None
    if not any(network.subnet_of(one) for one in PRIVATE):
        raise InputError(f"range: {network} is not within {', '.join(map(str, PRIVATE))}")
    return network


def _parts(network: IPv4Network, count: int, clients: int) -> list[IPv4Network]:
    """One for each of `count` processes. Raises InputError where they are too small for so many clients."""
    bits, needed = (count - 1).bit_length(), addresses_for(clients)
    each = (network.num_addresses >> bits) - 2
    if needed > each:
        raise InputError(
            f"range: {network} has {max(0, each)} addresses for phones"
            f"{f' of each of {count} processes' * (count > 1)}; {clients:,} clients take {needed}"
        )
    return list(islice(network.subnets(bits), count))


def _mac(interface: str, slot_bytes: int) -> bytes:
    """Its hardware address. Raises InputError where it cannot be used, or has longer frames than a slot takes."""
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
    if mtu + ETHERNET_BYTES + BEFORE_FRAME_BYTES > slot_bytes:
        longest = slot_bytes - ETHERNET_BYTES - BEFORE_FRAME_BYTES
        raise InputError(f"interface: {interface} has an MTU of {mtu}, and slots of {slot_bytes} bytes take {longest}")
    return bytes(mac)


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


def _gateway_mac(interface: str, to: str, mac: bytes) -> bytes:
    address = resolved(to)
    way = way_to(address)
    if way.interface != interface:
        raise InputError(f"interface: {address} is reached by {way.interface}, not by {interface}")
    return hardware_address(way, mac)
