"""Questions that take time to answer, of those who wait for an answer: snapshots, and the pages of plain HTTP.

They are answered after what came in a round was heard, in small steps: a shard does as many as its budget leaves time
for, and none while a report goes out. Several who ask the same are answered by one text, made after they had asked.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from ewarn.gateway.sending.meanings import Places
from ewarn.seismic.origin import Report

TOGETHER = 64
"""questions that are answered together"""
Body = tuple[str, str]
"""content type and text"""


@dataclass(frozen=True)
class Later:
    """A text that is made when there is time."""

    name: str
    """whoever asks for the same name may be given the same text"""
    make: Callable[[], Body]
    places: Places = ()
    """at which it has to be known what reports mean"""


class Knowledge(Protocol):
    """What questions ask of a desk."""

    def in_force(self) -> Sequence[Report]:
        """Reports of the quakes under way."""

    def learn(self, report: Report, wanted: Sequence[Places]) -> bool:
        """Work out for several users what a report means at their places; False where that was known."""


@dataclass(frozen=True, eq=False)
class _Asked:
    later: Later
    reply: Callable[[Body], None]


class Questions:
    """By descriptor, one each, in the order of asking."""

    def __init__(self, desk: Knowledge, faults_of: Callable[[int], AbstractContextManager[None]]) -> None:
        """`faults_of` deals with what goes wrong in answering a descriptor."""
        self._desk = desk
        self._faults_of = faults_of
        self._waiting: dict[int, _Asked] = {}
        self._steps: Iterator[None] = iter(())

    def __contains__(self, descriptor: int) -> bool:
        """Whether it waits for an answer."""
        return descriptor in self._waiting

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def ask(self, descriptor: int, later: Later, reply: Callable[[Body], None]) -> None:
        """It asks, and is to be told by `reply`, which must not raise for what a client does."""
        self._waiting[descriptor] = _Asked(later, reply)

    def forget(self, descriptor: int) -> None:
        """A connection is gone."""
        self._waiting.pop(descriptor, None)

    def step(self) -> None:
        """Do a little: work out what one report means to those who ask, or answer one of them."""
        if next(self._steps, self) is self and self._waiting:
            self._steps = self._answer(list(self._waiting.items())[:TOGETHER])
            next(self._steps, None)

    def _answer(self, together: list[tuple[int, _Asked]]) -> Iterator[None]:
        wanted = list(dict.fromkeys(asked.later.places for _, asked in together if asked.later.places))
        for report in self._desk.in_force() if wanted else ():
            # Where it cannot be done for all together, whoever asks what is a fault finds it in their own answer.
            with contextlib.suppress(Exception):
                if self._desk.learn(report, wanted):
                    yield
        made: dict[str, Body] = {}
        for descriptor, asked in together:
            if self._waiting.get(descriptor) is not asked:
                continue  # gone
            del self._waiting[descriptor]
            with self._faults_of(descriptor):
                if asked.later.name not in made:
                    made[asked.later.name] = asked.later.make()
                asked.reply(made[asked.later.name])
            yield
