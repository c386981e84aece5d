"""What is done after a round of hearing: newcomers are greeted, then questions answered, each for a short time.

What is left is done after the loop has run, so that an alert, or whoever else has something to say, is never far off.
While a report goes out, greetings alone go on, a step a slice of it: they are alerts too. A report that takes longer
than clients may wait lets a question be answered in between, as `hearing` lets a few of them be heard.
"""

import asyncio
from typing import Protocol

from ewarn.gateway.clients.budget import ROUND_S, Budget
from ewarn.gateway.clients.hearing import Hearing
from ewarn.gateway.clients.questions import Questions
from ewarn.gateway.sending.greeting import Greeting
from ewarn.system.clock import Clock

PAUSE_S = 0.005
"""how long questions wait before it is looked whether a report is out"""


class Steps(Protocol):
    """Work in small steps."""

    def __len__(self) -> int:
        """Nought where there is nothing to do."""

    def step(self) -> None:
        """Do some of it."""


class Afterwards:
    """Greetings and questions, and when their time is."""

    def __init__(self, greeting: Greeting, questions: Questions, hearing: Hearing, clock: Clock) -> None:
        self.greeting, self.questions = greeting, questions
        self._hearing = hearing
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._next: asyncio.Handle | None = None

    def begin(self, newcomers: list[int]) -> None:
        """These came in the round that ends; do what there is time for, unless that is about to be done anyway."""
        self.greeting.welcome(newcomers)
        if self._next is None:
            self._go_on()

    def _go_on(self) -> None:
        self._next = None
        seconds = 0.0 if self._hearing.alerting else ROUND_S
        self._do(self.greeting, seconds)
        if not self._hearing.holding:
            self._do(self.questions, seconds / 2)
        if len(self.greeting) or (len(self.questions) and not self._hearing.holding):
            self._next = self._loop.call_soon(self._go_on)
        elif len(self.questions):
            self._next = self._loop.call_later(PAUSE_S, self._go_on)

    def _do(self, work: Steps, seconds: float) -> None:
        for _ in Budget(self._clock, seconds).turns():
            if not len(work):
                break
            work.step()
