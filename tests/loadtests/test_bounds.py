"""A clock that cannot be told is named; what mends by itself is given time, what does not is told."""

from collections import Counter

import numpy as np

from ewarn.clocks.bound import Bound
from ewarn.clocks.exchanges import EXCHANGE, Exchanges
from loadtests.bounds import IN_A_ROW, found

SECOND = 1_000_000_000


class Heard:
    """An asker that has heard these, by the worker's name."""

    def __init__(self, **rows):
        self.rows = rows

    def finish(self, _patience_s):
        return {name: Exchanges(rows, len(rows)) for name, rows in self.rows.items()}


def rows(step_ns=0):
    """Ten seconds of exchanges that take 30 us, with a clock an hour ahead that is stepped in the middle."""
    sent = np.arange(10 * SECOND, 20 * SECOND, SECOND // 20)
    found = np.zeros(len(sent), EXCHANGE)
    found["sent"], found["back"] = sent, sent + 30_000
    found["arrived"] = sent + 15_000 + 3_600 * SECOND + step_ns * (sent > 15 * SECOND)
    found["left"] = found["arrived"]
    found["raw"], found["raw_back"] = found["left"], found["back"]
    return found


def test_a_clock_that_was_stepped_is_named_once_it_is_sure_or_at_the_end():
    asker, doubts = Heard(a=rows(), b=rows(1_000_000)), Counter()
    told = [found(asker, doubts, over=False)["problems"] for _ in range(IN_A_ROW)]
    assert told[:-1] == [{}] * (IN_A_ROW - 1)
    assert told[-1].keys() == {"b"} and "b's clock was stepped or slewed" in told[-1]["b"]
    assert found(asker, Counter(), over=True)["problems"].keys() == {"b"}


def test_a_clock_that_can_be_told_comes_as_its_bound():
    (plain,) = found(Heard(a=rows()), Counter(), over=True)["bounds"].values()
    assert round(-Bound.from_plain(plain).offset_s) == 3_600


def test_a_clock_that_was_asked_too_seldom_for_a_while_is_forgiven():
    doubts = Counter()
    found(Heard(a=rows()[:5]), doubts, over=False)
    assert doubts["a"] == 1
    found(Heard(a=rows()), doubts, over=False)
    assert doubts["a"] == 0
