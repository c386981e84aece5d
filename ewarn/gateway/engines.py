"""Engines: by which system calls frames leave."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from ewarn.dispatch.engine import BROKEN, Engine
from ewarn.errors import InputError
from ewarn.gateway.uring import Uring
from ewarn.words import chained, say


class Write:
    """One `write()` a connection, over parked descriptors."""

    name = "write"

    def __init__(self, rows: int) -> None:
        """`rows` is of no use to it."""

    def prepare(self, descriptors: NDArray[np.int64]) -> None:
        """See `Engine.prepare`."""

    def forget(self, descriptor: int) -> None:
        """See `Engine.forget`."""

    def send(
        self,
        descriptors: NDArray[np.int64],
        frames: NDArray[np.uint8],
        starts: NDArray[np.int64],
        lengths: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        """See `Engine.send`."""
        view, write, written = memoryview(frames.data), os.write, []
        ends = starts + lengths
        for descriptor, start, end in zip(descriptors.tolist(), starts.tolist(), ends.tolist(), strict=True):
            try:
                written.append(write(descriptor, view[start:end]))
            except BlockingIOError:
                written.append(0)
            except OSError:
                written.append(BROKEN)
        return np.array(written, np.int64)

    def close(self) -> None:
        """See `Engine.close`."""


@dataclass(frozen=True)
class Kind:
    """A kind of engine, and what is said of it."""

    make: Callable[[int], Engine]
    """given the number of rows, which every descriptor is below; raises OSError where the kernel has none"""
    about: str
    """how its frames leave, in a line"""


ENGINES: dict[str, Kind] = {
    "uring": Kind(Uring, "io_uring: one system call sends to thousands of connections"),
    "write": Kind(Write, "one write() a connection"),
}
"""by name, the fastest first"""
AUTO = "auto"
CHOICES: dict[str, str] = {AUTO: "the fastest that works here"} | {name: kind.about for name, kind in ENGINES.items()}
"""what may be asked for, with what is said of it; the first is the default"""

if TYPE_CHECKING:
    EngineName = str
else:
    EngineName = Literal[tuple(CHOICES)]


def choose(wanted: str, shards: int = 1) -> tuple[str, str]:
    """The name of the engine to use and, in words, why; `auto` is the fastest that works here, for all shards at once.

    Raises InputError where the engine that was asked for does not work here.
    """
    passed_over: list[str] = []
    for name, kind in ENGINES.items():
        if wanted in (AUTO, name):
            try:
                with ExitStack() as held:  # one of them may fit into a limit that all together do not
                    for _ in range(shards):
                        held.callback(kind.make(1).close)
            except OSError as error:
                passed_over.append(say("gateway.no-engine", name, error.strerror or ""))
            else:
                return name, chained([say("gateway.engine", name), *passed_over], "figure.also")
    raise InputError(f"engine: {'; '.join(passed_over)}")
