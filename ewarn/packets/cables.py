"""Cables on this machine: a namespace of networks for a gateway's further listener, one for phones, veth pairs between.

Nothing leads out of them: there is no default route, no other interface, and none of it stands in the machine's own
network. A socket belongs to the namespace in which it was made, so descriptors are all that their users need; nobody
enters a namespace. The gateway's address and the phones' are of ranges for tests and for private use (RFC 2544, RFC
1918), and are routed nowhere.

ARP is off: frames to phones carry the gateway's own hardware address, so that the kernel of the phones' namespace takes
them for somebody else's and drops them early, while AF_PACKET sees them.
"""

import os
import socket
import sys
from contextlib import ExitStack, suppress
from pathlib import Path as File
from types import TracebackType
from typing import Self

from ewarn.errors import InputError, MeasurementError
from ewarn.packets.ends import GATEWAY, MOST, at_the_gateway, at_the_phones, first_of, mac, own
from ewarn.packets.kernel import KernelCounts, counted
from ewarn.packets.offloads import Offload, switch
from ewarn.packets.path import Path, mtu_of, slot_for
from ewarn.system.namespaces import tools
from ewarn.system.namespaces.kept import Keeper
from ewarn.system.namespaces.laid import Namespaces, links

BACKLOG = 65_535
"""connections that wait to be accepted, and those that wait for the third step of TCP's handshake"""
LONGEST_S = 86_400.0
"""cables that are still there after so long go by themselves"""
LEAST_SLOT_BYTES = slot_for(576)
"""of IPv4, 576 bytes are what everybody has to take (RFC 791)"""
MOST_SLOT_BYTES = slot_for(65_535)
ETH_P_IP = 0x0800
TRIAL = """
import socket, sys
try:
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
except OSError as error:
    sys.exit(error.strerror)
"""
"""run within a namespace: whoever may lay cables need not be allowed what goes over them"""


def why_not() -> str | None:
    """Why there can be no cables here, in one line; None where there can be. Costs some tens of milliseconds."""
    if why := tools.why_not():
        return f"namespaces of networks, for which root or user namespaces are needed, cannot be laid here: {why}"
    if why := tools.fails((*tools.APART, sys.executable, "-I", "-S", "-c", TRIAL)):
        return f"packets need CAP_NET_RAW, as root has it ({why})"
    return None


class Cables:
    """Two namespaces and the cables between them, as long as the context lasts. Enter it from the main thread."""

    def __init__(self, count: int, *, slots: int, slot_bytes: int) -> None:
        """`count`: cables, one for each process of a swarm. `slots`, `slot_bytes`: of each ring, see `Path`.

        The MTU is such that a frame fits a slot. Raises InputError for numbers out of bounds. Nothing is laid before
        the context is entered; that raises MeasurementError where it cannot be.
        """
        if not 1 <= count <= MOST:
            raise InputError(f"cables: {count} is not within 1 and {MOST}")
        if not LEAST_SLOT_BYTES <= slot_bytes <= MOST_SLOT_BYTES:
            raise InputError(f"slot_bytes: {slot_bytes} is not within {LEAST_SLOT_BYTES} and {MOST_SLOT_BYTES}")
        self._count, self._slots, self._slot_bytes = count, slots, slot_bytes
        self._namespaces = Namespaces("ewarn-gateway", LONGEST_S)
        self._files: list[int] = []
        """descriptors of the files in which the kernel counts, in the order of `counted`"""

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            try:
                undo.enter_context(self._namespaces)
                undo.callback(self._forget)
                self._gateway, self._phones = self._namespaces.first, self._namespaces.add("ewarn-phones")
                self._lay()
            except OSError as error:
                raise MeasurementError(f"no cables for phones as packets: {error.strerror or error}") from error
            undo.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _lay(self) -> None:
        for keeper in (self._gateway, self._phones):
            _calm(keeper)
        self._gateway.set("net/ipv4/tcp_syncookies", 0)
        # Thousands of phones share an address, and what one has seen of its way says nothing of the others.
        self._gateway.set("net/ipv4/tcp_no_metrics_save", 1)
        self._gateway.set("net/ipv4/tcp_max_syn_backlog", BACKLOG)
        self._gateway.set("net/core/somaxconn", BACKLOG)
        which = range(self._count)
        links(
            self._gateway,
            "link set lo up",
            f"addr add {GATEWAY}/32 dev lo",
            *[line for index in which for line in at_the_gateway(index, self.mtu, self._phones.pid)],
        )
        links(self._phones, *[line for index in which for line in at_the_phones(index, self.mtu)])
        for keeper, name in ((self._gateway, "gateway"), (self._phones, "phones")):
            with keeper.socket("udp") as within:
                for index in which:
                    # Frames that are longer than the MTU would fit no slot.
                    switch(within, f"{name}{index}", Offload.TSO, False)
                    switch(within, f"{name}{index}", Offload.GRO, False)
        for keeper, file in (
            (self._gateway, "snmp"),
            (self._gateway, "netstat"),
            (self._gateway, "dev"),
            (self._phones, "dev"),
        ):
            self._files.append(keeper.open(f"read /proc/net/{file}"))

    @property
    def mtu(self) -> int:
        """Bytes of the longest IPv4 packet."""
        return mtu_of(self._slot_bytes)

    def listener(self, port: int) -> int:
        """A TCP socket that listens at the gateway's address, as a descriptor for whoever accepts, and closes it.

        Port 0 has the kernel choose one. Raises OSError where the port is taken.
        """
        with self._gateway.socket("tcp") as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind((str(GATEWAY), port))
            one.listen(BACKLOG)
            return one.detach()

    def path(self, index: int) -> Path:
        """A cable's end at the phones; its descriptors are fresh, and the caller's to close."""
        interface = self._interface(index)
        with ExitStack() as undo:
            receive = undo.enter_context(self._phones.socket("packet"))
            send = undo.enter_context(self._phones.socket("packet"))
            receive.bind((interface, ETH_P_IP))
            send.bind((interface, 0))
            undo.pop_all()
        return Path(
            receive=receive.detach(),
            send=send.detach(),
            arp=-1,
            mac=mac("phones", index),
            gateway_mac=mac("gateway", index),
            first=first_of(index),
            slots=self._slots,
            slot_bytes=self._slot_bytes,
        )

    def socket(self, index: int) -> socket.socket:
        """A TCP socket of the kernel's at the phones' end of a cable, bound to an address of its own, not connected.

        It is what an independent client needs that is to reach the listener by the same cable.
        """
        interface = self._interface(index)
        one = self._phones.socket("tcp")
        one.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
        one.bind((str(own(index)), 0))
        return one

    def _interface(self, index: int) -> str:
        if not 0 <= index < self._count:
            raise InputError(f"cable {index}: there are {self._count}")
        return f"phones{index}"

    def kernel(self) -> KernelCounts:
        """What the kernel has counted by now."""
        return counted(*map(_whole, self._files))

    def close(self) -> None:
        """Take all away; sockets that others still hold then lead nowhere."""
        with suppress(OSError):
            # Else connections that nobody answers any more would keep the namespace for minutes.
            self._gateway.set("net/ipv4/tcp_orphan_retries", 1)
            links(self._gateway, *[f"link del gateway{index}" for index in range(self._count)])
        self._forget()
        self._namespaces.close()

    def _forget(self) -> None:
        while self._files:
            os.close(self._files.pop())


def _calm(keeper: Keeper) -> None:
    """Have the kernel say nothing by itself, forward nothing, and take what comes by its address alone."""
    kinds = ("all", "default")
    for kind in kinds:
        keeper.set(f"net/ipv4/conf/{kind}/rp_filter", 0)
    keeper.set("net/ipv4/ip_forward", 0)
    if File("/proc/net/if_inet6").exists():
        for kind in kinds:
            keeper.set(f"net/ipv6/conf/{kind}/disable_ipv6", 1)


def _whole(descriptor: int) -> str:
    """A file of /proc as it is now."""
    parts: list[bytes] = []
    while part := os.pread(descriptor, 1 << 16, sum(map(len, parts))):
        parts.append(part)
    return b"".join(parts).decode()
