"""Chatter: who of the clients speaks when, and which of what comes in are their echoes. Pure but for its generator."""

from collections import deque
from random import Random

import numpy as np
from numpy.typing import NDArray

from ewarn.wire.chat import filled

MESSAGE_BYTES = 200
MESSAGE = filled(MESSAGE_BYTES)


class Chatter:
    """Each second a share of the open connections, drawn anew, speaks: one after the other, evenly over the second."""

    def __init__(self, share: float, random: Random) -> None:
        self._share = share
        self._random = random
        self._turns: deque[tuple[float, int]] = deque()
        """(when, row) of this second"""
        self._second = 0.0
        """when the next begins"""
        self._owed = 0.0
        """speakers left over by rounding, less than one"""
        self._awaited = 0
        """echoes that are still to come"""

    def speak(self, share: float) -> None:
        """Such a share from now on; who was about to speak does not."""
        self._share, self._second = share, 0.0
        self._turns.clear()

    def due(self, handle_of: NDArray[np.int64], now: float) -> list[int]:
        """Rows whose turn it is; `handle_of` by row, -1 where a connection is not open."""
        if self._share and now >= self._second and not self._turns:
            self._draw(np.flatnonzero(handle_of >= 0), now)
        found = []
        while self._turns and self._turns[0][0] <= now:
            row = self._turns.popleft()[1]
            if handle_of[row] >= 0:  # or it has gone since it was drawn
                found.append(row)
        return found

    def pause(self, now: float) -> float:
        """Seconds until the next turn; infinite where there will be none."""
        if self._turns:
            return max(0.0, self._turns[0][0] - now)
        return max(0.0, self._second - now) if self._share else float("inf")

    def said(self) -> None:
        """One of them did speak, so an echo is to come."""
        self._awaited += 1

    def unasked(self, pieces: int) -> int:
        """How many of so many pieces read are more than the echoes that were to come.

        Nothing is looked into while frames pour in, so it goes by number: an alert may pass for an echo, and the echo
        then for it.
        """
        echoes = min(pieces, self._awaited)
        self._awaited -= echoes
        return pieces - echoes

    def _draw(self, rows: NDArray[np.intp], now: float) -> None:
        begin = self._second if now < self._second + 1 else now  # seconds that were slept through are not made up for
        due = self._share * len(rows) + self._owed
        count = min(round(due), len(rows))
        self._owed = due - count
        speakers, phase = self._random.sample(rows.tolist(), count), self._random.random()
        self._turns.extend((begin + (turn + phase) / count, row) for turn, row in enumerate(speakers))
        self._second = begin + 1
