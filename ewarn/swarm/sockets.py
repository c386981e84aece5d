"""Clients that are sockets of this kernel."""

import os
import select
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from random import Random

from ewarn.swarm import connections
from ewarn.swarm.opening import Opener, Patience, Way
from ewarn.swarm.receivers import fastest
from ewarn.swarm.recorder import Heard
from ewarn.swarm.secure import Line, SecureReceiver
from ewarn.swarm.transport import Told


class Sockets:
    """See `Transport`; a handle is a descriptor."""

    def __init__(
        self,
        way_of: Callable[[int], Way],
        sampled: Callable[[int], bool],
        epoll: select.epoll,
        random: Random,
        told: Told,
        *,
        gather_s: float,
        tls: bool,
        patience: Patience | None = None,
    ) -> None:
        """`sampled`: the kernel is to say when bytes come to this row. `epoll` watches handshakes; see `ready`."""
        self._sampled, self._told = sampled, told
        self._secure = SecureReceiver() if tls else None
        self._receiver = self._secure or fastest(gather_s)
        self._receiver.watch(epoll.fileno())
        self._opener = Opener(way_of, epoll, random, told.path, self._opened, told.failed, patience)
        self._early: list[Heard] = []
        """frames that came with the end of a handshake"""
        self.name = self._receiver.name
        self.say = self._secure.say if self._secure else connections.say
        self.call, self.go_on, self.ready = self._opener.call, self._opener.go_on, self._opener.ready
        self.hang_up = connections.hang_up

    @property
    def kept(self) -> int:
        """See `Transport`."""
        return self._receiver.kept + len(self._early)

    @property
    def busy(self) -> bool:
        """See `Transport`."""
        return self._opener.busy

    def read(self, wait_s: float) -> tuple[int, list[int]]:
        """See `Transport`; a row that ended stands for its descriptor until it is closed."""
        return self._receiver.read(wait_s)

    def doubts(self) -> tuple[()]:
        """See `Transport`: the kernel loses nothing of a socket."""
        return ()

    def take(self) -> Iterator[Heard]:
        """See `Transport`."""
        early, self._early = self._early, []
        return chain(early, self._receiver.take())

    def close(self, handle: int) -> None:
        """See `Transport`."""
        self._receiver.forget(handle)
        os.close(handle)

    def leave(self, handles: Iterable[int]) -> None:
        """See `Transport`."""
        self._opener.give_up()
        for descriptor in handles:
            connections.reset(descriptor)

    def _opened(self, row: int, descriptor: int, rest: bytes, line: Line | None) -> None:
        if sampled := self._sampled(row):
            connections.stamp(descriptor)
        if rest:
            self._early.append((row, time.monotonic_ns(), rest, 0))
        if self._secure and line:
            self._secure.keep(descriptor, line)
        self._receiver.add(descriptor, row, stamped=sampled)
        self._told.opened(row, descriptor)
