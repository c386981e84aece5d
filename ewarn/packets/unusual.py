"""Segments that are not what a quiet flow gets: out of order, repeated, at its beginning or end. One by one.

The order of the steps is that of RFC 9293, section 3.10.7; resets and SYNs that may be forged are dealt with as RFC
5961 says, sections 3.2 and 4.2.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ewarn.packets.segments import ACK, FIN, RST, SYN, Segments
from ewarn.packets.state import CLOSE_WAIT, CLOSED, ESTABLISHED, FIN_WAIT, HALF, LAST_ACK, SYN_SENT, WRAP
from ewarn.packets.taken import Found

if TYPE_CHECKING:
    from ewarn.packets.flows import Flows

MOST_BEHIND = 65_535
"""of an acknowledgement, the greatest window that we may have been told of (RFC 5961, section 5.2)"""


@dataclass(frozen=True, slots=True)
class _One:
    """A segment."""

    row: int
    index: int
    sequence: int
    said: int
    """SEG.ACK"""
    flags: int
    window: int
    length: int


def take(flows: "Flows", segments: Segments, index: int, found: Found, now: int) -> None:
    """Go on by one segment."""
    one = _One(
        int(segments.row[index]),
        index,
        int(segments.sequence[index]),
        int(segments.acknowledged[index]),
        int(segments.flags[index]),
        int(segments.window[index]),
        int(segments.length[index]),
    )
    phase = flows.state.phase[one.row]
    if phase == CLOSED:
        _answer_for_nobody(flows, one)
    elif phase == SYN_SENT:
        _answered(flows, one, found, now)
    else:
        _go_on(flows, one, found, now)


def _answer_for_nobody(flows: "Flows", one: _One) -> None:
    """Section 3.10.7.1: there is no such flow."""
    if one.flags & RST:
        return
    if one.flags & ACK:
        flows.sending.bare(one.row, one.said, 0, RST)
    else:
        length = one.length + bool(one.flags & SYN) + bool(one.flags & FIN)
        flows.sending.bare(one.row, 0, (one.sequence + length) % WRAP, RST | ACK)


def _answered(flows: "Flows", one: _One, found: Found, now: int) -> None:
    """Section 3.10.7.3: anything to a SYN but a plain SYN-ACK, of which a payload is left to be sent again."""
    state = flows.state
    if one.flags & ACK and one.said != int(state.next_out[one.row]):
        if not one.flags & RST:
            flows.sending.bare(one.row, one.said, 0, RST)
    elif one.flags & RST:
        if one.flags & ACK:
            flows.end(one.row)
            found.refused.append(one.row)
    elif one.flags & SYN and one.flags & ACK:
        flows.open(np.array([one.row]), np.array([one.sequence], np.uint32), np.array([one.window], np.uint16), now)
        found.opened.append(np.array([one.row]))


def _go_on(flows: "Flows", one: _One, found: Found, now: int) -> None:
    """Section 3.10.7.4."""
    state, row = flows.state, np.array([one.row])
    early = (one.sequence - int(state.next_in[one.row])) % WRAP
    """by how many bytes it is ahead of what is expected; past HALF: behind"""
    if one.flags & RST:
        if early == 0:
            if state.phase[one.row] == ESTABLISHED:
                found.ended.append(one.row)
            flows.end(one.row)
        elif early < state.window[one.row]:
            flows.sending.acknowledge(row)
        return
    asks = state.window[one.row] == 0 == early
    if not asks and not _acceptable(one, early, int(state.window[one.row])):
        flows.sending.acknowledge(row)
        return
    if one.flags & SYN:
        flows.sending.acknowledge(row)  # a challenge: whoever sent it in earnest knows the number now
        return
    if not one.flags & ACK:
        return
    if 0 < early < HALF or not _hear_of_ours(flows, one, now):
        flows.sending.acknowledge(row)
        return
    if state.phase[one.row] != CLOSED:
        _hear(flows, one, (WRAP - early) % WRAP, found, now)


def _acceptable(one: _One, early: int, window: int) -> bool:
    """Section 3.4, table 5: whether any of it lies in the window, which a flow that has no room left keeps shut."""
    length = one.length + bool(one.flags & SYN) + bool(one.flags & FIN)
    if length == 0:
        return early == 0 if window == 0 else early < window
    last = (early + length - 1) % WRAP
    return window > 0 and (early < window or last < window)


def _hear_of_ours(flows: "Flows", one: _One, now: int) -> bool:
    """What it acknowledges, and how much it has room for; False where it speaks of what was never said."""
    state, row = flows.state, np.array([one.row])
    unacknowledged, next_out = int(state.unacknowledged[one.row]), int(state.next_out[one.row])
    ahead, span = (one.said - unacknowledged) % WRAP, (next_out - unacknowledged) % WRAP
    if ahead > span:
        return WRAP - ahead <= MOST_BEHIND
    state.their_window[one.row] = one.window
    if ahead:
        flows.sending.acknowledged(row, np.array([ahead], np.uint32), now)
    flows.sending.go_on(row, now)
    if state.phase[one.row] == LAST_ACK and flows.sending.finished(one.row):
        flows.end(one.row)
    return True


def _hear(flows: "Flows", one: _One, old: int, found: Found, now: int) -> None:
    """What it says, of which `old` bytes were heard before."""
    state, row = flows.state, np.array([one.row])
    room = int(state.window[one.row])
    fresh = max(0, min(one.length - old, room))
    whole = old + fresh >= one.length
    if state.phase[one.row] not in (ESTABLISHED, FIN_WAIT):
        fresh = 0
    finishes = one.flags & FIN and whole and fresh < room and state.phase[one.row] in (ESTABLISHED, FIN_WAIT)
    answer = old or not whole or one.flags & FIN or (one.length and not fresh)
    if fresh:
        if state.phase[one.row] == ESTABLISHED:
            if answer:
                flows.advance(row, np.array([fresh]))
            else:
                flows.heard(row, np.array([fresh]), now)
            found.add(row, np.array([one.index]), np.array([old]), np.array([old + fresh]))
        else:  # whoever hung up reads no more
            state.next_in[one.row] = (int(state.next_in[one.row]) + fresh) % WRAP
            answer = True
    if finishes:
        _finish(flows, one.row, found)
    elif answer:
        flows.sending.acknowledge(row)


def _finish(flows: "Flows", row: int, found: Found) -> None:
    """The gateway has said all."""
    state = flows.state
    state.next_in[row] = (int(state.next_in[row]) + 1) % WRAP
    flows.sending.acknowledge(np.array([row]))
    if state.phase[row] == ESTABLISHED:
        state.phase[row] = CLOSE_WAIT
        found.ended.append(row)
    elif flows.sending.finished(row):
        flows.end(row)
    else:
        state.phase[row] = LAST_ACK
