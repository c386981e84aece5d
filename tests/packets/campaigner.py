"""A torrent into many rows, look by look, with clients that connect, speak, read, hang up and vanish meanwhile."""

import numpy as np

from tests.packets.reference import State
from tests.packets.side_by_side import SideBySide
from tests.packets.torrent import segments, standing

TIMES_NS = np.array([0, 1_000, 3_000_000, 40_000_000, 39_999_999, 1_000_000_000, 7_000_000_000, 70_000_000_000])
OFTEN = np.array([0.25, 0.2, 0.25, 0.12, 0.05, 0.08, 0.04, 0.01])


def poured(seed: int, count: int, clients: int = 3000, mss: int = 64) -> int:
    """How many segments were fed, at least `count`; raises `OutOfStepError`."""
    rng = np.random.default_rng(seed)
    exact = {row: int(rng.integers(1, 6 * mss)) for row in range(0, clients, 5)}
    both = SideBySide(clients, rng, mss=mss, exact=exact)
    both.connect(np.arange(clients))
    both.settle()
    while both.fed < count:
        rows = rng.permutation(
            np.concatenate([rng.integers(clients, size=clients), rng.integers(clients // 8, size=clients // 2)])
        )
        both.look(segments(rng, rows, standing(both.references), mss))
        if rng.random() < 0.5:
            both.settle()
        act(both, rng, clients, mss)
        both.settle(int(rng.choice(TIMES_NS, p=OFTEN)))
    return both.fed


def act(both: SideBySide, rng: np.random.Generator, clients: int, mss: int) -> None:
    """What clients do between two looks."""
    for row in rng.integers(clients, size=clients // 6).tolist():
        both.say(row, rng.bytes(int(rng.integers(1, 4 * mss))))
    for row in rng.integers(clients, size=clients // 60).tolist():
        both.hang_up(row)
    for row in both.exact:
        if rng.random() < 0.5:
            both.read(row, int(rng.integers(0, 4 * mss)))
    both.reset(np.unique(rng.integers(clients, size=clients // 200)))
    gone = np.array([row for row, one in enumerate(both.references) if one.state is State.CLOSED], np.int64)
    back = gone[rng.random(len(gone)) < 0.6]
    both.connect(np.union1d(back, rng.integers(clients, size=clients // 300)))
