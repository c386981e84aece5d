"""Segments that nobody meant to send, for many flows at once: arrays, made by a seed, of how the flows stand. Pure.

Most are near what a flow expects: in order, repeated, cut, overlapping, early, at the edges of a window, with
acknowledgements that suit others, and flags of every kind. Numbers are uint32 and go round.
"""

import numpy as np
from numpy.typing import NDArray

from ewarn.packets.segments import Segments
from tests.packets.reference import ACK, FIN, PSH, RST, SYN, Flow, State

WIDEST = 4
"""of a payload, in full segments"""
FLAGS = np.array(
    [ACK, ACK | PSH, FIN | ACK, RST, RST | ACK, SYN, SYN | ACK, 0, FIN, FIN | PSH | ACK, ACK | 32], np.uint8
)
ORDINARY = np.array([0.67, 0.2, 0.03, 0.015, 0.01, 0.01, 0.02, 0.01, 0.005, 0.02, 0.01])
ASKED = np.array([0.02, 0.02, 0.01, 0.02, 0.05, 0.02, 0.8, 0.02, 0.01, 0.02, 0.01])
"""the same where a SYN was sent"""


def standing(flows: list[Flow]) -> NDArray[np.int64]:
    """By row: whether a SYN waits, RCV.NXT, RCV.WND, SND.UNA and SND.NXT."""
    return np.array(
        [
            (
                one.state is State.SYN_SENT,
                one.hearing.next,
                one.hearing.window,
                one.saying.unacknowledged,
                one.saying.next,
            )
            for one in flows
        ],
        np.int64,
    )


def segments(rng: np.random.Generator, rows: NDArray[np.int64], standing_: NDArray[np.int64], mss: int) -> Segments:
    """One for each of `rows`, in which a row may stand several times."""
    count = len(rows)
    asked, next_in, room, unacknowledged, next_out = standing_[rows].T
    length = _lengths(rng, count, mss)
    sequence = next_in + _away(rng, rows, length, room, mss)
    far = rng.random(count) < 0.02
    sequence[far] = rng.integers(2**32, size=int(far.sum()))
    first = asked.astype(bool)
    sequence[first] = rng.choice([0, 2**32 - 1, 2**32 - 40, 2**31 - 3, 12345], int(first.sum()))
    flags = np.where(first, rng.choice(FLAGS, count, p=ASKED), rng.choice(FLAGS, count, p=ORDINARY))
    wild = rng.random(count) < 0.005
    flags[wild] = rng.integers(256, size=int(wild.sum()))
    said = np.where(first & (rng.random(count) < 0.9), next_out, _said(rng, unacknowledged, next_out))
    payload = rng.integers(256, size=(count, WIDEST * mss), dtype=np.uint8)
    return Segments(
        row=rows,
        sequence=(sequence % 2**32).astype(np.uint32),
        acknowledged=(said % 2**32).astype(np.uint32),
        flags=flags.astype(np.uint8),
        window=_windows(rng, count, mss),
        length=length,
        payload=payload,
        arrived=np.zeros(count, np.int64),
    )


def _lengths(rng: np.random.Generator, count: int, mss: int) -> NDArray[np.int64]:
    kind = rng.integers(8, size=count)
    some = rng.integers(0, mss + 1, count)
    more = rng.integers(0, WIDEST * mss + 1, count)
    return np.select([kind < 2, kind < 4, kind < 6, kind < 7], [0, some, mss, rng.integers(0, 4, count)], more)


def _away(
    rng: np.random.Generator, rows: NDArray[np.int64], length: NDArray[np.int64], room: NDArray[np.int64], mss: int
) -> NDArray[np.int64]:
    """How far from RCV.NXT each begins: as if all before it in this look were taken, and then some are moved."""
    away = _before(rows, length)
    kind = rng.random(len(rows))
    little, edge = rng.integers(1, 2 * mss, len(rows)), rng.integers(-3, 4, len(rows))
    away = np.where(kind < 0.10, -little, away)  # old, or partly
    away = np.where((kind >= 0.10) & (kind < 0.14), -length, away)
    away = np.where((kind >= 0.14) & (kind < 0.20), away + little, away)  # early
    away = np.where((kind >= 0.20) & (kind < 0.24), room + edge, away)
    away = np.where((kind >= 0.24) & (kind < 0.27), room - length + edge, away)
    away = np.where((kind >= 0.27) & (kind < 0.31), edge, away)
    return np.where((kind >= 0.31) & (kind < 0.36), rng.permutation(away), away)


def _before(rows: NDArray[np.int64], length: NDArray[np.int64]) -> NDArray[np.int64]:
    """The bytes of the same row's segments before each."""
    order = np.argsort(rows, kind="stable")
    total = np.cumsum(length[order]) - length[order]
    _, start, times = np.unique(rows[order], return_index=True, return_counts=True)
    before = np.empty_like(length)
    before[order] = total - np.repeat(total[start], times)
    return before


def _said(
    rng: np.random.Generator, unacknowledged: NDArray[np.int64], next_out: NDArray[np.int64]
) -> NDArray[np.int64]:
    """SEG.ACK: mostly all that was sent, or a part; some old, some of what never was."""
    count, sent = len(next_out), (next_out - unacknowledged) % 2**32
    kind = rng.random(count)
    part = unacknowledged + (rng.random(count) * (sent + 1)).astype(np.int64)
    near = rng.integers(-4, 5, count)
    return np.select(
        [kind < 0.62, kind < 0.82, kind < 0.88, kind < 0.92, kind < 0.95, kind < 0.98],
        [next_out, part, unacknowledged, next_out + near, unacknowledged + near, unacknowledged - 65_535 + near],
        rng.integers(2**32, size=count),
    )


def _windows(rng: np.random.Generator, count: int, mss: int) -> NDArray[np.uint16]:
    kind = rng.random(count)
    little = rng.integers(0, 3 * mss, count)
    return np.select(
        [kind < 0.7, kind < 0.85, kind < 0.95], [65_535, little, 0], rng.integers(2**16, size=count)
    ).astype(np.uint16)
