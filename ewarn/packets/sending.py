"""What goes out: segments of many flows, and what of it is not acknowledged yet."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ewarn.packets.segments import ACK, FIN, PSH, SYN, Segments
from ewarn.packets.state import FIN_WAIT, LAST_ACK, NEVER, SYN_SENT, WRAP, State
from ewarn.packets.timers import Timers

NOTHING = b""


class Sending:
    """Of all rows of a state. What was said is kept until it is acknowledged; most rows have said nothing."""

    def __init__(self, state: State, timers: Timers, mss: int) -> None:
        self._state, self._timers, self._mss = state, timers, mss
        self._out: list[Segments] = []
        self._said: dict[int, bytes] = {}
        """by row, from `unacknowledged` on"""
        self._finishing: set[int] = set()
        """rows whose FIN is to follow what they said, and has yet to go out"""
        self._waiting: set[int] = set()
        """rows with more to say than their gateway has room for"""
        self._asking: set[int] = set()
        """rows with a byte on its way that asks whether there is room"""

    @property
    def waits_for_room(self) -> bool:
        """Whether anyone does."""
        return bool(self._waiting)

    def drain(self) -> Segments:
        """All that is to go out, in order."""
        out, self._out = self._out, []
        return Segments.joined(out)

    def forget(self, rows: NDArray[np.int64]) -> None:
        """Nothing is to be sent again, or acknowledged, for these."""
        self._timers.all_acknowledged(rows)
        self._timers.acknowledged_by_us(rows)
        if self._said or self._finishing or self._waiting:
            for row in rows.tolist():
                self._said.pop(row, None)
                self._finishing.discard(row)
                self._waiting.discard(row)
                self._asking.discard(row)

    # Without anything to say

    def plain(self, rows: NDArray[np.int64], flags: int) -> None:
        """A segment each without a byte, from the present state."""
        state = self._state
        if len(rows):
            self._put(rows, state.next_out[rows], state.next_in[rows], flags)

    def acknowledge(self, rows: NDArray[np.int64]) -> None:
        """All that came to these, at once."""
        if len(rows):
            self.plain(rows, ACK)
            self._timers.acknowledged_by_us(rows)

    def begin(self, rows: NDArray[np.int64], now: int) -> None:
        """The SYN of each."""
        self.plain(rows, SYN)
        self._state.next_out[rows] += np.uint32(1)
        self._timers.sent(rows, now)

    def bare(self, row: int, sequence: int, acknowledged: int, flags: int) -> None:
        """One segment that has nothing to do with the state: a reset."""
        one = np.array([row])
        self._put(one, np.array([sequence], np.uint32), np.array([acknowledged], np.uint32), flags)

    # With something to say

    def say_first(self, rows: Sequence[int], data: Sequence[bytes], now: int) -> None:
        """See `Flows.say_first`."""
        state, who = self._state, np.array(rows, np.int64)
        length = np.fromiter(map(len, data), np.int64, len(data))
        widest = int(length.max(initial=0))
        payload = np.frombuffer(b"".join(one.ljust(widest, b"\0") for one in data), np.uint8).reshape(len(data), widest)
        self._put(who, state.next_out[who], state.next_in[who], PSH | ACK, length, payload)
        state.next_out[who] += length.astype(np.uint32)
        self._said.update(zip(rows, data, strict=True))
        self._timers.acknowledged_by_us(who)
        self._timers.sent(who, now)

    def say(self, row: int, data: bytes, now: int) -> None:
        """Send it, as far as there is room; the rest follows."""
        self._said[row] = self._said.get(row, NOTHING) + data
        self._push(row, now)

    def finish(self, row: int, now: int) -> bool:
        """A FIN, after all that was said; whether anything went out."""
        self._finishing.add(row)
        before = len(self._out)
        self._push(row, now)
        return len(self._out) > before

    def finished(self, row: int) -> bool:
        """Whether the FIN was sent, and all was acknowledged."""
        state = self._state
        return row not in self._finishing and state.unacknowledged[row] == state.next_out[row]

    def acknowledged(self, rows: NDArray[np.int64], ahead: NDArray[np.uint32], now: int) -> None:
        """So many numbers more were, of rows each of which stands here once."""
        state = self._state
        state.unacknowledged[rows] += ahead
        all_of_it = state.unacknowledged[rows] == state.next_out[rows]
        self._timers.all_acknowledged(rows[all_of_it])
        self._timers.progress(rows[~all_of_it], now)
        for row, count in zip(rows.tolist(), ahead.tolist(), strict=True):
            self._asking.discard(row)
            rest = self._said.get(row, NOTHING)[count:]
            if rest:
                self._said[row] = rest
            else:
                self._said.pop(row, None)

    def go_on(self, rows: NDArray[np.int64], now: int) -> None:
        """Their gateway has said anew how much it has room for."""
        for row in self._waiting.intersection(rows.tolist()):
            self._push(row, now)

    def again(self, row: int) -> None:
        """Send the first of what is not acknowledged once more.

        Into a window that is shut, one byte asks whether it still is (RFC 9293, section 3.8.6.1).
        """
        state = self._state
        first, said = int(state.unacknowledged[row]), self._said.get(row, NOTHING)
        sent = (int(state.next_out[row]) - first) % WRAP
        if state.phase[row] == SYN_SENT:
            self._put(np.array([row]), np.array([first], np.uint32), state.next_in[[row]], SYN)
        elif said:
            finished = state.phase[row] in (FIN_WAIT, LAST_ACK) and row not in self._finishing
            count = min(self._mss, max(1, sent - finished), len(said))
            if not sent:
                state.next_out[row] = (first + 1) % WRAP
                self._asking.add(row)
                self._waiting.add(row)
            self._put_said(row, first, said[:count])
        elif sent:
            self._put(np.array([row]), np.array([first], np.uint32), state.next_in[[row]], FIN | ACK)
            self._timers.acknowledged_by_us(np.array([row]))
        else:
            state.resend_at[row] = NEVER

    def _push(self, row: int, now: int) -> None:
        """Send what there is room for."""
        state, one = self._state, np.array([row])
        said = self._said.get(row, NOTHING)
        if row in self._asking and state.their_window[row]:
            state.next_out[row] = state.unacknowledged[row]
            self._asking.discard(row)
        sent = (int(state.next_out[row]) - int(state.unacknowledged[row])) % WRAP
        if not sent and said and state.their_window[row]:
            self._timers.all_acknowledged(one)
        while sent < len(said) and sent < state.their_window[row]:
            count = min(self._mss, len(said) - sent, int(state.their_window[row]) - sent)
            self._put_said(row, int(state.next_out[row]), said[sent : sent + count])
            state.next_out[row] = (int(state.next_out[row]) + count) % WRAP
            sent += count
        if sent < len(said) or row in self._asking:
            self._waiting.add(row)
        else:
            self._waiting.discard(row)
            if row in self._finishing:
                self._finishing.remove(row)
                self.plain(one, FIN | ACK)
                state.next_out[row] = (int(state.next_out[row]) + 1) % WRAP
                self._timers.acknowledged_by_us(one)
        self._timers.sent(one, now)

    def _put_said(self, row: int, sequence: int, data: bytes) -> None:
        one, payload = np.array([row]), np.frombuffer(data, np.uint8)[None, :]
        length = np.array([len(data)])
        self._put(one, np.array([sequence], np.uint32), self._state.next_in[one], PSH | ACK, length, payload)
        self._timers.acknowledged_by_us(one)

    def _put(
        self,
        rows: NDArray[np.int64],
        sequence: NDArray[np.uint32],
        acknowledged: NDArray[np.uint32],
        flags: int,
        length: NDArray[np.int64] | None = None,
        payload: NDArray[np.uint8] | None = None,
    ) -> None:
        """The arrays are kept as they are."""
        count = len(rows)
        self._out.append(
            Segments(
                row=rows,
                sequence=sequence,
                acknowledged=acknowledged,
                flags=np.full(count, flags, np.uint8),
                window=self._state.window[rows].astype(np.uint16),
                length=np.zeros(count, np.int64) if length is None else length,
                payload=np.zeros((count, 0), np.uint8) if payload is None else payload,
                arrived=np.zeros(count, np.int64),
            )
        )
