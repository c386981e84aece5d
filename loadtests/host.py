"""What a worker says of its host before a test: who it is, which clock it reads, and how it and the master meet."""

import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any, TypedDict

from gevent.lock import RLock

import ewarn
from ewarn.clocks.identity import ClockId, this_clock
from ewarn.system.address import family
from loadtests.children import Talk

NETWORK = Path("/proc/self/ns/net")
ANY_PORT = 9
"""nothing is sent there: the kernel is only asked for the way"""


class Here(TypedDict):
    """What it says."""

    host: str
    """its name"""
    ewarn: str
    """version"""
    boot: str
    time_ns: str
    """which clock it reads"""
    network: str
    """which of its machine's networks it is in"""
    own: str
    """its address on the way to the master"""
    master: str
    """the master's address, as it reaches it"""
    ear: int
    """UDP port where it answers clock exchanges; 0 where its clock is the master's"""
    problem: str
    """why it cannot take part; nothing where it can"""


def clock_of(here: Here) -> ClockId:
    """Which clock it reads."""
    return ClockId(here["boot"], here["time_ns"])


def is_here(there: Here, here: Here) -> bool:
    """Whether both are on one host, so that loopback is the same to them."""
    theirs, ours = ((one["boot"], one["network"]) for one in (there, here))
    return all(theirs) and theirs == ours


def this_host(master: str | None = None, ear: int = 0, problem: str = "") -> Here:
    """What is to be said here; `master` is how the master is called."""
    clock, network, own, at = this_clock(), "", "", ""
    with suppress(OSError):
        network = str(NETWORK.readlink())
    if master:
        try:
            own, at = way_to(master)
        except OSError as error:
            problem = problem or f"cannot tell its way to {master} ({error.strerror})"
    return Here(
        host=os.uname().nodename,
        ewarn=ewarn.__version__,
        boot=clock.boot,
        time_ns=clock.time_ns,
        network=network,
        own=own,
        master=at,
        ear=ear,
        problem=problem,
    )


def way_to(host: str) -> tuple[str, str]:
    """Our address on the way to a host, and its. Raises OSError."""
    found = socket.getaddrinfo(host, ANY_PORT, type=socket.SOCK_DGRAM)
    at = sorted(found, key=lambda one: one[0] != socket.AF_INET)[0][4]
    with socket.socket(family((str(at[0]), 0)), socket.SOCK_DGRAM) as one:
        one.connect(at)
        return str(one.getsockname()[0]), str(at[0])


class Hosting:
    """A worker's answer to the master, and its ear for a test."""

    def __init__(self, master: str | None, port: int) -> None:
        """`master`: how it is called; None: this is it. `port`: of the ear, UDP; any that is free where it is 0."""
        self._master, self._port = master, port
        self._key = ""
        self._ear: Talk | None = None
        self._said: Here | None = None
        self._answering = RLock()

    def answer(self, asked: dict[str, Any]) -> Here:
        """To the master's question: its ClockId, and the key of this test's clock exchanges."""
        with self._answering:  # the master asks again where an ear takes its time
            if self._said is None or asked["key"] != self._key:
                self.end()
                self._key = asked["key"]
                self._said = self._prepared(ClockId(asked["boot"], asked["time_ns"]))
            return self._said

    def _prepared(self, masters: ClockId) -> Here:
        if this_clock().is_one_with(masters):
            return this_host(self._master)
        self._ear = Talk("loadtests.ear", {"key": self._key, "port": self._port})
        port = next(self._ear.lines(), 0)
        return this_host(self._master, port, "" if port else self._ear.complaint().removeprefix("ewarn: "))

    def end(self) -> None:
        """The test is over."""
        self._said = None
        if self._ear:
            self._ear.end()
            self._ear = None
