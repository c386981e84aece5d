"""The ports on which callers come: the gateway's own, and further ones that whoever starts it has made.

A socket belongs to the network namespace in which it was made, whoever holds it. So a gateway serves callers of
another namespace by a listener that is handed to it, and stays where it is.
"""

import os
import socket
from collections.abc import Iterable

from ewarn.errors import InputError
from ewarn.gateway.clients import sockets
from ewarn.gateway.settings import Addresses, Limits
from ewarn.system.address import bind, listen


class Ports:
    """Listeners, ready to accept from; the first is the gateway's own."""

    def __init__(self, at: Addresses, limits: Limits, *, listens: bool = True) -> None:
        """Raises InputError, and leaves none of its own open, where one cannot be listened on.

        Unless it `listens` at once, whoever comes to its own before `listen` finds nobody.
        """
        taken = _taken_over(at.also)
        try:
            self.all = (bind("--listen", at.listen, at.allow_network, listens=listens), *taken)
        except InputError:
            for one in taken:
                one.close()
            raise
        for listener in self.all:
            _prepare(listener, limits)

    def listen(self) -> None:
        """Have them listen, which may be done already. Raises InputError where another came to listen there first."""
        listen("--listen", self.own)

    @property
    def own(self) -> socket.socket:
        """Bound to where the gateway is told to listen."""
        return self.all[0]

    @property
    def further_hosts(self) -> tuple[str, ...]:
        """Addresses to which the others are bound: whoever comes there may say them as Host."""
        return tuple(str(listener.getsockname()[0]) for listener in self.all[1:])

    def close(self) -> None:
        """Accept nobody any more."""
        for listener in self.all:
            listener.close()


def _prepare(listener: socket.socket, limits: Limits) -> None:
    """Set what connections inherit."""
    listener.setblocking(False)
    # What one that never reads can make the kernel keep.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, limits.send_buffer)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sockets.give_up_after(listener, limits.unacknowledged_s)


def _taken_over(descriptors: Iterable[int]) -> list[socket.socket]:
    """Sockets of these descriptors, which are then ours to close; none is where one will not do (InputError)."""
    taken: list[socket.socket] = []
    try:
        for descriptor in descriptors:
            if descriptor in [one.fileno() for one in taken]:
                raise InputError(f"addresses.also: descriptor {descriptor} is given twice")
            taken.append(_listener(descriptor))
    except InputError:
        for one in taken:
            one.detach()
        raise
    return taken


def _listener(descriptor: int) -> socket.socket:
    try:
        one = socket.socket(fileno=descriptor)
    except OSError as error:
        why = os.strerror(error.errno or 0).lower()
        raise InputError(f"addresses.also: descriptor {descriptor} is no socket ({why})") from None
    internet = one.family in (socket.AF_INET, socket.AF_INET6) and one.proto == socket.IPPROTO_TCP
    if not internet or not one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        one.detach()
        raise InputError(f"addresses.also: descriptor {descriptor} is no listening TCP socket")
    return one
