"""Small ledgers for tests: receipts by hand or drawn, in whole seconds after a moment of the monotonic clock."""

from dataclasses import dataclass, replace

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from ewarn.verdict.ledger import USERS, ledger
from ewarn.verdict.receipts import NEVER, RECEIPT

START_NS, SECOND_NS = 5_000_000_000_000, 1_000_000_000


@dataclass(frozen=True)
class Case:
    """What a ledger is made of. Times in seconds, NaN for never; shapes (reports,), (users,) or (reports, users)."""

    released: NDArray[np.float64]
    received: NDArray[np.float64]
    s: NDArray[np.float64]
    gate: NDArray[np.uint8]
    follows: NDArray[np.bool_]

    @property
    def rows(self):
        return ledger(
            self.receipts,
            planned=np.full(self.gate.shape, NEVER),
            written=ns(self.received),
            via=np.where(np.isnan(self.received), 0, 1),
            gate=self.gate,
            s_ns=ns(self.s),
            follows=self.follows,
        )

    @property
    def receipts(self):
        reports, users = self.gate.shape
        table = np.zeros((reports, users), RECEIPT)
        table["user"], table["report"] = np.arange(users), np.arange(1, reports + 1)[:, None]
        table["released"], table["read"], table["kernel"] = ns(self.released)[:, None], ns(self.received), NEVER
        return table.ravel()

    @property
    def users(self):
        """Farther the later S comes; of all levels in turn."""
        table = np.zeros(len(self.s), USERS)
        table["user"], table["distance_km"] = np.arange(len(self.s)), 3.5 * self.s
        table["level"] = np.arange(len(self.s)) % 4
        return table

    def quicker(self, factor):
        """Every delivery takes so many times less."""
        released = self.released[:, None]
        return replace(self, received=released + (self.received - released) / factor)


def ns(seconds):
    return np.where(np.isnan(seconds), NEVER, START_NS + np.nan_to_num(seconds * SECOND_NS).astype(np.int64))


def case(received, s, released=None, gate=None, follows=None):
    """By hand: lists by report and user, None for never; the first report is released at 10 s, others each 10 later."""
    received = np.array(received, np.float64)
    return Case(
        np.arange(1, len(received) + 1) * 10.0 if released is None else np.array(released, np.float64),
        received,
        np.array(s, np.float64),
        np.zeros(received.shape, np.uint8) if gate is None else np.array(gate, np.uint8),
        np.ones(received.shape[1], bool) if follows is None else np.array(follows),
    )


@st.composite
def cases(draw, reports=4, users=12):
    """Of up to so many reports and users; all are released, S may have come long before."""
    shape = draw(st.integers(1, reports)), draw(st.integers(1, users))
    whole = arrays.arrays(np.int64, shape, elements=st.integers(0, 30))
    received = draw(whole).astype(np.float64)
    received[draw(arrays.arrays(bool, shape))] = np.nan
    released = 10.0 * np.arange(1, shape[0] + 1)
    return Case(
        released,
        released[:, None] + received,
        draw(arrays.arrays(np.int64, shape[1], elements=st.integers(0, 60))).astype(np.float64),
        draw(arrays.arrays(np.uint8, shape, elements=st.integers(0, 3))),
        draw(arrays.arrays(bool, shape[1], elements=st.sampled_from([True, True, True, False]))),
    )
