"""A torrent through a card into many rows, look by look, while clients connect, speak, read, hang up and vanish."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.packets.carrying import Carrier
from tests.packets.reference import State
from tests.packets.side_by_side import SideBySide
from tests.packets.torrent import segments, standing

TIMES_NS = np.array([0, 1_000, 3_000_000, 39_999_999, 40_000_000, 1_000_000_000, 7_000_000_000, 70_000_000_000])
OFTEN = np.array([0.25, 0.2, 0.25, 0.05, 0.12, 0.08, 0.04, 0.01])
"""which of them pass between two looks"""
CLIENTS, MSS = 3_000, 64
QUIET = 5
"""in one of so many looks no frame is spoilt"""
BUSY = 8
"""a part of the rows gets several segments a look"""


@dataclass(frozen=True)
class Poured:
    """What went in, and what came of it."""

    frames: int
    spoilt: int
    """of the frames"""
    segments: int
    """that the card handed on to flows"""
    bytes_read: int
    said: int
    """segments that went out"""
    met: dict[State, int]
    """in which states flows were when segments came"""


def poured(seed: int, count: int, clients: int = CLIENTS, mss: int = MSS) -> Poured:
    """At least `count` segments by way of a card into so many flows; raises `OutOfStepError` where one differs."""
    with np.errstate(all="raise"):
        return _poured(seed, count, clients, mss)


def _poured(seed: int, count: int, clients: int, mss: int) -> Poured:
    rng = np.random.default_rng(seed)
    exact = {row: int(rng.integers(1, 6 * mss)) for row in range(0, clients, 5)}
    both, carrier = (
        SideBySide(clients, rng, mss=mss, exact=exact),
        Carrier(clients, rng, gateways=1 + seed % 2, quiet=QUIET),
    )
    both.connect(np.arange(clients))
    both.settle()
    while both.fed < count:
        some, busy = rng.integers(clients, size=clients), rng.integers(clients // BUSY, size=clients // 2)
        rows = rng.permutation(np.concatenate([some, busy]))
        came = carrier.carried(segments(rng, rows, standing(both.references), mss))
        opened = both.look(came)
        first = [row for row in opened if rng.random() < 0.7]
        both.say_first(first, [rng.bytes(int(rng.integers(1, mss + 1))) for _ in first])
        if rng.random() < 0.5:
            both.settle()
        carrier.live_again(_act(both, rng, mss))
        both.settle(int(rng.choice(TIMES_NS, p=OFTEN)))
    return Poured(carrier.frames, carrier.spoilt, both.fed, both.bytes_read, both.said, dict(both.met))


def _act(both: SideBySide, rng: np.random.Generator, mss: int) -> NDArray[np.int64]:
    """What clients do between two looks; who connects anew."""
    clients = len(both.references)
    for row in rng.integers(clients, size=clients // 6).tolist():
        both.say(row, rng.bytes(int(rng.integers(1, 4 * mss))))
    for row in rng.integers(clients, size=clients // 25).tolist():
        both.hang_up(row)
    for row in both.exact:
        if rng.random() < 0.5:
            both.read(row, int(rng.integers(0, 4 * mss)))
    both.reset(np.unique(rng.integers(clients, size=clients // 200)))
    over = np.array([row for row, one in enumerate(both.references) if one.state is State.CLOSED], np.int64)
    back = over[rng.random(len(over)) < 0.6]
    anew = np.union1d(back, rng.integers(clients, size=clients // 300))
    both.connect(anew)
    return anew
