"""When each user was first told."""

import numpy as np

from ewarn.watching.progress import first_receipts

NS = 10**9
START_NS = 10**13
"""monotonic clocks do not begin at the origin"""


def test_the_first_receipt_is_of_whichever_report_was_read_first():
    released_s = np.array([5.0, 7.0])
    released_ns = START_NS + (released_s * NS).astype(np.int64)
    read = np.array([[START_NS + 6 * NS, 0, START_NS + 9 * NS, 0], [START_NS + 8 * NS, START_NS + 8 * NS, 0, -1]])
    assert first_receipts(read, released_ns, released_s).tolist() == [6.0, 8.0, 9.0, np.inf]


def test_a_report_read_before_an_older_one_counts():
    read = np.array([[START_NS + 9 * NS], [START_NS + 8 * NS]])
    assert first_receipts(read, np.array([START_NS] * 2), np.array([0.0, 0.0])).tolist() == [8.0]


def test_with_no_report_released_nobody_has_been_told():
    nothing = np.zeros(0)
    assert first_receipts(np.zeros((0, 3), np.int64), nothing.astype(np.int64), nothing).tolist() == [np.inf] * 3


class Written(np.ndarray):
    """Times that a client writes down just after they were looked at."""

    def __sub__(self, other):
        seen = np.asarray(self) - other
        np.asarray(self)[:] = START_NS + 6 * NS
        return seen


def test_who_reads_while_it_is_worked_out_was_not_told_before_the_release():
    read = np.zeros((1, 2), np.int64).view(Written)
    for told_s in (np.inf, 6.0):
        assert first_receipts(read, np.array([START_NS]), np.array([0.0])).tolist() == [told_s] * 2
