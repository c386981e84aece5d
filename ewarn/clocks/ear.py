"""The ear of a host: a process of its own, which answers clock exchanges, and nothing else.

It answers what has a right digest, from the address that was asked, and counts the rest. One that is stopped for a
while answers late, which widens a bound and makes it no less true.
"""

import gc
import select
import socket
from contextlib import suppress
from types import TracebackType
from typing import Any, NamedTuple, Self

from ewarn.clocks.datagrams import BYTES, Datagrams
from ewarn.clocks.readings import ReadClock, monotonic_ns, raw_ahead_ns, raw_ns
from ewarn.errors import EwarnError, InputError, MeasurementError
from ewarn.system import address, priority, process

IP_PKTINFO = 8
"""linux/in.h; Python names it from 3.14 on"""
IN6_BYTES = 20
"""struct in6_pktinfo: an address, and the number of an interface"""
LINK_LOCAL = b"\xfe\x80"
AT_ONCE = 64
"""datagrams"""
MORE_BYTES = 64
"""room for what the kernel tells of a datagram"""


class Wanted(NamedTuple):
    """What an ear is told."""

    address: str
    port: int
    key: bytes


class Heard(NamedTuple):
    """What an ear has heard so far."""

    answered: int
    dropped: int
    """datagrams of a wrong length, layout or digest"""


class Ear:
    """An ear on this host, as long as the context lasts."""

    def __init__(self, address: str = "", port: int = 0, *, key: bytes, target: str = "ewarn.clocks.ear:main") -> None:
        """`address`: where it listens, everywhere unless said. `port`: any that is free where it is 0."""
        self._wanted, self._target = Wanted(address, port, key), target
        self.port = 0
        """UDP; known once the context is entered"""

    def __enter__(self) -> Self:
        """Raises InputError where there can be no ear like that."""
        Datagrams(self._wanted.key)
        self._child = process.spawn(self._target, self._wanted)
        try:
            said = self._asked(None)
            if isinstance(said, EwarnError):
                raise said
            self.port = said
        except BaseException:
            self._child.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._child.stop()

    def check(self) -> None:
        """Raise MeasurementError where the process has ended."""
        if self._child.ended() is not None:
            raise self._died()

    def heard(self) -> Heard:
        """What it has heard so far. Raises MeasurementError where the process has ended."""
        return Heard(*self._asked("heard"))

    def _asked(self, said: str | None) -> Any:
        try:
            if said:
                self._child.channel.send(said)
            return self._child.channel.recv()
        except (EOFError, OSError):
            raise self._died() from None

    def _died(self) -> MeasurementError:
        return MeasurementError(f"the ear, which answers clock exchanges, has ended (status {self._child.stop()})")


def main(channel: process.Channel, wanted: Wanted) -> None:
    """Child: be an ear by the machine's own clock."""
    serve(channel, wanted, monotonic_ns, raw_ns)


def serve(channel: process.Channel, wanted: Wanted, monotonic: ReadClock, raw: ReadClock) -> None:
    """Child: be an ear by these clocks, until the parent goes."""
    # It only ever has a few small objects; what looks for cycles would stand between two stamps.
    gc.disable()
    priority.raised()
    try:
        listener = _bound(wanted.address, wanted.port)
    except InputError as error:
        channel.send(error)
        return
    channel.send(listener.getsockname()[1])
    hears = Hearing(listener, Datagrams(wanted.key), monotonic, raw)
    waits = select.poll()
    for one in (listener, channel):
        waits.register(one, select.POLLIN)
    while True:
        for descriptor, _ in waits.poll():
            if descriptor == listener.fileno():
                hears.what_is_there()
            else:
                channel.recv()
                channel.send((hears.answered, hears.dropped))


class Hearing:
    """Answers what comes to a socket."""

    def __init__(self, listener: socket.socket, datagrams: Datagrams, monotonic: ReadClock, raw: ReadClock) -> None:
        self._listener, self._datagrams = listener, datagrams
        self._monotonic, self._raw = monotonic, raw
        self.answered = self.dropped = 0

    def what_is_there(self) -> None:
        """Answer what has come by now, AT_ONCE at most: whoever floods an ear does not keep it from its parent."""
        # A socket that nobody can be reached by any more says so once, in place of a datagram.
        with suppress(OSError):
            for _ in range(AT_ONCE):
                data, more, _flags, whom = self._listener.recvmsg(BYTES + 1, MORE_BYTES)
                self._answer(self._monotonic(), data, whom, more)

    def _answer(self, arrived: int, data: bytes, whom: Any, more: list[tuple[int, int, bytes]]) -> None:
        number = self._datagrams.asked(data)
        if number is None:
            self.dropped += 1
            return
        asked_at = [(level, kind, _any_interface(said)) for level, kind, said in more]
        ahead = raw_ahead_ns(self._monotonic, self._raw)
        left = self._monotonic()
        answer = self._datagrams.answer(number, arrived, left, left + ahead)
        with suppress(OSError):
            self._listener.sendmsg([answer], asked_at, 0, whom)
            self.answered += 1


def _any_interface(said: bytes) -> bytes:
    """Which of our addresses was asked (struct in_pktinfo, in6_pktinfo), by whatever interface is the way back.

    Only an address of one link is nothing without its interface.
    """
    if len(said) == IN6_BYTES:
        return said if said[:2] == LINK_LOCAL else said[:16] + bytes(4)
    return bytes(4) + said[4:]


def _bound(host: str, port: int) -> socket.socket:
    """A socket that tells which address was asked. Raises InputError."""
    try:
        found = (host or _everywhere(), port)
        listener = socket.socket(address.family(found), socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    except OSError as error:
        raise InputError(f"the ear of clock exchanges: no socket can be had ({error.strerror})") from None
    try:
        if listener.family is socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        else:
            listener.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        listener.bind(found)
    except OSError as error:
        listener.close()
        where = address.joined(*found)
        raise InputError(f"the ear of clock exchanges: cannot listen on {where} (UDP: {error.strerror})") from None
    return listener


def _everywhere() -> str:
    """All addresses of this machine, IPv6 among them where it has that."""
    with suppress(OSError), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM):
        return "::"
    return "0.0.0.0"  # noqa: S104  a host whose clock is asked says so to whoever has the key
