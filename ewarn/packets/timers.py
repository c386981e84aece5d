"""When a flow has something to do by itself: acknowledgements that were put off, and what goes out again."""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from ewarn.packets.state import NEVER, State

FIRST_NS = 1_000_000_000
"""RFC 6298, section 2: as long as no round trip was measured"""
MOST_NS = 60_000_000_000
"""the same: a bound must be at least so long"""


class Timers:
    """Of all rows of a state."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._owing: deque[tuple[int, NDArray[np.int64]]] = deque()
        """(when, rows), the earliest first"""
        self._resend_ns = NEVER
        """no row is to send again before that"""

    @property
    def next_ns(self) -> int:
        """No timer ends before that."""
        return min(self._owing[0][0] if self._owing else NEVER, self._resend_ns)

    def owe(self, rows: NDArray[np.int64], at: int) -> None:
        """These have something to acknowledge, at the latest then."""
        new = rows[self._state.acknowledge_at[rows] > at]
        if not len(new):
            return
        self._state.acknowledge_at[new] = at
        self._owing.append((at, new))
        if len(self._owing) > 1 and at < self._owing[-2][0]:  # what is due at once comes after what was put off
            self._owing = deque(sorted(self._owing, key=lambda one: one[0]))

    def to_acknowledge(self, now: int) -> NDArray[np.int64]:
        """Rows whose acknowledgement is due, each told of once; who has said something since is not among them."""
        acknowledge_at, due = self._state.acknowledge_at, []
        while self._owing and self._owing[0][0] <= now:
            rows = self._owing.popleft()[1]
            rows = rows[acknowledge_at[rows] <= now]
            acknowledge_at[rows] = NEVER  # or a row that was owed twice would be found again
            due.append(rows)
        if len(due) == 1:
            return due[0]
        return np.concatenate(due) if due else np.zeros(0, np.int64)

    def acknowledged_by_us(self, rows: NDArray[np.int64]) -> None:
        """All that came was."""
        self._state.acknowledge_at[rows] = NEVER
        self._state.owed[rows] = 0

    def sent(self, rows: NDArray[np.int64], now: int) -> None:
        """Something went out that wants an acknowledgement; what was sent before is waited for as it was."""
        idle = rows[self._state.resend_at[rows] == NEVER]
        self._wait(idle, now + FIRST_NS)

    def progress(self, rows: NDArray[np.int64], now: int) -> None:
        """Some of it was acknowledged, and the rest is waited for anew (RFC 6298, section 5.3)."""
        self._state.tries[rows] = 0
        self._wait(rows, now + FIRST_NS)

    def all_acknowledged(self, rows: NDArray[np.int64]) -> None:
        """Nothing is waited for any more."""
        self._state.resend_at[rows] = NEVER
        self._state.tries[rows] = 0

    def to_resend(self, now: int) -> NDArray[np.int64]:
        """Rows that are to send again; each is given twice the time for the next."""
        none = np.zeros(0, np.int64)
        if now < self._resend_ns:
            return none
        state = self._state
        rows = np.flatnonzero(state.resend_at <= now)
        state.tries[rows] += state.tries[rows] < 6  # 2^6 s is past the most
        state.resend_at[rows] = now + np.minimum(FIRST_NS << state.tries[rows].astype(np.int64), MOST_NS)
        self._resend_ns = int(state.resend_at.min(initial=NEVER))
        return rows

    def _wait(self, rows: NDArray[np.int64], until: int) -> None:
        if len(rows):
            self._state.resend_at[rows] = until
            self._resend_ns = min(self._resend_ns, until)
