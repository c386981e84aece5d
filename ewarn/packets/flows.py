"""TCP of many clients at once, in arrays: what a phone's kernel does, as far as a gateway can tell. Pure.

Segments come in by `take`, and go out by `outgoing`; times are monotonic ns, and passed in. Ordinary segments are dealt
with as arrays, all others one by one (`unusual`). As RFC 9293 says, and where that leaves a choice:

- no timestamps, window scale or selective acknowledgements are offered: every header but that of a SYN is 40 bytes;
- what comes out of order is dropped, and acknowledged at once;
- what comes in order is acknowledged after `ack_delay_ns`, or at once where two full segments are owed (RFC 1122,
  section 4.2.3.2); what is said carries the acknowledgement; that of a SYN-ACK waits for what is said before `due`;
- SYN, data and FIN are sent again after 1 s (RFC 6298, section 2), twice as long each time, up to a minute.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ewarn.packets import unusual
from ewarn.packets.segments import ACK, PSH, RST, SYN, Segments
from ewarn.packets.sending import Sending
from ewarn.packets.state import CLOSE_WAIT, CLOSED, ESTABLISHED, FIN_WAIT, LAST_ACK, SYN_SENT, State
from ewarn.packets.taken import Found, Taken
from ewarn.packets.timers import Timers

WINDOW = 65_535
"""bytes: the most that can be said without window scale"""
ACK_DELAY_NS = 40_000_000
"""Linux's least (TCP_DELACK_MIN, include/net/tcp.h), and so what most phones do"""


class Flows:
    """Of all clients of one process; `rng` draws their first sequence numbers."""

    def __init__(
        self,
        clients: int,
        rng: np.random.Generator,
        *,
        mss: int,
        window: int = WINDOW,
        ack_delay_ns: int = ACK_DELAY_NS,
    ) -> None:
        self.state = State(clients, window)
        self._rng, self._mss, self._ack_delay_ns = rng, mss, ack_delay_ns
        self._timers = Timers(self.state)
        self.sending = Sending(self.state, self._timers, mss)
        self._first_of = np.zeros(clients, np.int64)
        """scratch: by row, which segment of a look is its first"""
        self._narrowed = False
        """there is one who does not read at once"""

    # What the client does

    def connect(self, rows: NDArray[np.int64], now: int) -> None:
        """Begin anew, whatever there was before."""
        state = self.state
        self.sending.forget(rows)
        state.phase[rows] = SYN_SENT
        state.next_out[rows] = state.unacknowledged[rows] = self._rng.integers(2**32, size=len(rows), dtype=np.uint32)
        state.their_window[rows] = state.unread[rows] = state.next_in[rows] = 0
        state.window[rows] = state.room[rows]
        self.sending.begin(rows, now)

    def say(self, row: int, data: bytes, now: int) -> int:
        """How many bytes were taken: all of them, or none where the connection is not open."""
        if self.state.phase[row] not in (ESTABLISHED, CLOSE_WAIT):
            return 0
        self.sending.say(row, data, now)
        return len(data)

    def say_first(self, rows: Sequence[int], data: Sequence[bytes], now: int) -> None:
        """What these say first, each at most a segment's worth: at once for all of them."""
        state, who = self.state, np.array(rows, np.int64)
        length = np.fromiter(map(len, data), np.int64, len(data))
        simple = (state.phase[who] == ESTABLISHED) & (state.their_window[who] >= length)
        every = list(zip(rows, data, strict=True))
        at_once = [one for one, alike in zip(every, simple.tolist(), strict=True) if alike]
        self.sending.say_first([row for row, _ in at_once], [said for _, said in at_once], now)
        for at in np.flatnonzero(~simple).tolist():
            self.say(*every[at], now)

    def hang_up(self, row: int, now: int) -> None:
        """Say that no more will come; nothing more is read."""
        state = self.state
        if state.phase[row] == SYN_SENT:
            self.end(row)
        elif state.phase[row] in (ESTABLISHED, CLOSE_WAIT):
            state.phase[row] = FIN_WAIT if state.phase[row] == ESTABLISHED else LAST_ACK
            opened = self._opened(row, int(state.unread[row]))
            if not self.sending.finish(row, now) and opened:
                self.sending.acknowledge(np.array([row]))

    def reset(self, rows: NDArray[np.int64]) -> None:
        """Be gone at once, as a phone that loses its network."""
        there = np.isin(self.state.phase[rows], (ESTABLISHED, FIN_WAIT, CLOSE_WAIT))
        self.sending.plain(rows[there], RST | ACK)
        self.state.phase[rows] = CLOSED
        self.sending.forget(rows)

    def narrow(self, row: int, window: int) -> None:
        """Let it read only when told to, and be sent at most so many bytes until then; before it connects."""
        self.state.room[row] = self.state.window[row] = window
        self.state.reads_at_once[row] = False
        self._narrowed = True

    def read(self, row: int, most: int) -> int:
        """Have one that was narrowed read; how many bytes there were. See RFC 9293, section 3.8.6.2.2."""
        count = min(most, int(self.state.unread[row]))
        if self._opened(row, count) and self.state.phase[row] == ESTABLISHED:
            self.sending.acknowledge(np.array([row]))
        return count

    def _opened(self, row: int, count: int) -> bool:
        """Whether the gateway has to be told of the window, since so many bytes more are not kept any longer."""
        state = self.state
        state.unread[row] -= count
        enough = min(self._mss, int(state.room[row]) // 2)
        could, shown = int(state.room[row] - state.unread[row]), int(state.window[row])
        if could - shown < max(1, enough):
            return False
        state.window[row] = could
        return shown < enough

    # What the gateway does

    def take(self, segments: Segments, now: int) -> Taken:
        """Go on by these, in their order: a flow's first of them, then its second, and so on."""
        found = Found()
        rows, left = segments.row, np.arange(len(segments))
        while len(left):
            self._first_of[rows[::-1]] = left[::-1]
            first = self._first_of[rows] == left
            if first.all():
                self._take_one_each(segments, rows, left, found, now)
                break
            self._take_one_each(segments, rows[first], left[first], found, now)
            rows, left = rows[~first], left[~first]
        return found.taken()

    def _take_one_each(
        self, segments: Segments, rows: NDArray[np.int64], which: NDArray[np.int64], found: Found, now: int
    ) -> None:
        """At most one segment of each flow: these of `segments`, of these rows."""
        state = self.state
        some: slice | NDArray[np.int64] = slice(None) if len(which) == len(segments) else which
        flags, sequence, length = segments.flags[some], segments.sequence[some], segments.length[some]
        unacknowledged = state.unacknowledged[rows]
        span = state.next_out[rows] - unacknowledged
        ahead = segments.acknowledged[some] - unacknowledged
        phase, expected = state.phase[rows], state.next_in[rows]
        plain = phase == ESTABLISHED
        plain &= (flags & ~np.uint8(PSH)) == ACK
        ordinary = plain & (sequence == expected)
        ordinary &= length <= state.window[rows]
        ordinary &= ahead <= span
        if ordinary.all():
            self._go_on(rows, which, ahead, segments.window[some], length, found, now)
            return
        opening = (phase == SYN_SENT) & (flags == SYN | ACK) & (ahead == span)
        window = segments.window[some]
        if opening.any():
            self.open(rows[opening], sequence[opening], window[opening], now)
            found.opened.append(rows[opening])
        if ordinary.any():
            self._go_on(
                rows[ordinary],
                which[ordinary],
                ahead[ordinary],
                window[ordinary],
                length[ordinary],
                found,
                now,
            )
        # What came before comes again in thousands where it was acknowledged late: one by one, it would be later yet.
        repeated = plain & (length > 0) & (sequence + length.astype(np.uint32) == expected)
        self.sending.acknowledge(rows[repeated])
        for index in which[~(opening | ordinary | repeated)].tolist():
            unusual.take(self, segments, index, found, now)

    def open(self, rows: NDArray[np.int64], sequence: NDArray[np.uint32], window: NDArray[np.uint16], now: int) -> None:
        """The SYNs of these were answered."""
        state = self.state
        state.phase[rows] = ESTABLISHED
        state.next_in[rows] = sequence + np.uint32(1)
        state.unacknowledged[rows] = state.next_out[rows]
        state.their_window[rows] = window
        self._timers.all_acknowledged(rows)
        self._timers.owe(rows, now)

    def _go_on(
        self,
        rows: NDArray[np.int64],
        which: NDArray[np.int64],
        ahead: NDArray[np.uint32],
        window: NDArray[np.uint16],
        length: NDArray[np.int64],
        found: Found,
        now: int,
    ) -> None:
        """In order, in an open flow: next to all of a fan-out."""
        self.state.their_window[rows] = window
        if ahead.any():
            moved = ahead > 0
            self.sending.acknowledged(rows[moved], ahead[moved], now)
        if self.sending.waits_for_room:
            self.sending.go_on(rows, now)
        if not length.all():
            full = length > 0
            rows, length, which = rows[full], length[full], which[full]
        if len(rows):
            self.heard(rows, length, now)
            found.add(rows, which, np.zeros(len(rows), np.int64), length)

    def heard(self, rows: NDArray[np.int64], length: NDArray[np.int64], now: int) -> None:
        """So many bytes more came in order, to rows of which each stands here once."""
        much = self.advance(rows, length) >= 2 * self._mss
        if much.any():
            self.sending.acknowledge(rows[much])
            rows = rows[~much]
        self._timers.owe(rows, now + self._ack_delay_ns)

    def advance(self, rows: NDArray[np.int64], length: NDArray[np.int64]) -> NDArray[np.int64]:
        """As `heard`, without a word of it; how many bytes each has to acknowledge now."""
        state = self.state
        state.next_in[rows] += length.astype(np.uint32)
        if self._narrowed:
            slow = ~state.reads_at_once[rows]
            state.unread[rows[slow]] += length[slow]
            state.window[rows[slow]] -= length[slow]
        owed = state.owed[rows] + length
        state.owed[rows] = owed
        return owed

    def end(self, row: int) -> None:
        """There is no such flow any more."""
        self.state.phase[row] = CLOSED
        self.sending.forget(np.array([row]))

    # Time

    def due(self, now: int, soon_ns: int = 0) -> None:
        """Acknowledge what has waited for long enough, and send again what nobody has acknowledged.

        What is to be acknowledged within `soon_ns` is so at once.
        """
        self.sending.acknowledge(self._timers.to_acknowledge(now + soon_ns))
        for row in self._timers.to_resend(now).tolist():
            self.sending.again(row)

    @property
    def next_ns(self) -> int:
        """When `due` has something to do, at the earliest; `NEVER` where it has not."""
        return self._timers.next_ns

    def outgoing(self) -> Segments:
        """What is to be sent, in order, once."""
        return self.sending.drain()
