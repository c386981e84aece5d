"""A swarm that lost anything says so by two numbers; one that lost nothing says nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays

from ewarn.swarm.losses import SETTLE_NS, losses
from ewarn.verdict.receipts import TALLIES

END_NS = 100 * SETTLE_NS
LONG_AGO, JUST_NOW = END_NS - SETTLE_NS, END_NS - SETTLE_NS + 1


def found(rows=((LONG_AGO, LONG_AGO, LONG_AGO),), *, there=None, all_hear=True, **tallies):
    read = np.array(rows, np.int64).reshape(len(rows), -1)
    clients = read.shape[1]
    counts = dict.fromkeys(TALLIES, 0) | {"connected": clients, "receipts": int((read > 0).sum())} | tallies
    here = np.ones(clients, np.bool_) if there is None else np.array(there)
    return losses(counts, read, here, END_NS, quake="luding-2022", all_hear=all_hear)


def test_where_everybody_ended_on_the_newest_report_or_there_was_none_nothing_was_lost():
    assert found() == []
    assert found([(0, 0, 0)], foreign=0) == []
    assert found([(0, LONG_AGO, 0), (LONG_AGO,) * 3], left=4, returned=4) == []


@pytest.mark.parametrize(
    ("tallies", "line"),
    [
        ({"connected": 2, "failed": 1}, "2 of 3 clients connected"),
        ({"closed": 3}, "the gateway hung up on 3 of 3 clients"),
        ({"left": 5, "returned": 3}, "2 of 3 clients lost their connection, and have not come back"),
        ({"garbled": 2, "frames": 5}, "2 of 5 frames are garbled"),
    ],
)
def test_what_was_lost_is_said_by_two_numbers(tallies, line):
    assert found(**tallies) == [line]


def test_a_quake_of_which_nothing_was_read_while_others_were_played_is_named():
    assert found([(0, 0, 0)], foreign=30) == ["0 reports of luding-2022 were read, and 30 of other quakes"]
    assert found(foreign=30) == []


def test_who_was_told_and_did_not_end_on_the_newest_report_lost_it():
    assert found([(LONG_AGO,) * 3, (LONG_AGO, 0, LONG_AGO)]) == [
        "1 of 3 clients that were told of the quake did not get report 2, nor a newer one"
    ]
    assert found([(LONG_AGO,) * 3, (LONG_AGO, 0, LONG_AGO), (0, JUST_NOW, 0)]) == []


def test_a_report_that_is_going_out_as_the_swarm_ends_is_not_yet_lost():
    assert found([(LONG_AGO,) * 3, (JUST_NOW, 0, JUST_NOW)]) == []


def test_who_heard_nothing_lost_it_unless_a_gate_may_have_held_it_back():
    assert found([(LONG_AGO, 0, LONG_AGO)]) == ["2 of 3 clients were told of the quake"]
    assert found([(LONG_AGO, 0, LONG_AGO)], all_hear=False) == []


def test_who_is_not_connected_at_the_end_is_counted_as_that_alone():
    assert found([(LONG_AGO, 0, LONG_AGO)], there=[True, False, True], closed=1) == [
        "the gateway hung up on 1 of 3 clients"
    ]


@given(arrays(np.bool_, (4, 6)), arrays(np.bool_, 6))
def test_a_client_is_behind_exactly_if_its_newest_report_is_older_than_the_newest_of_all(got, there):
    newest = max((report for report in range(4) if got[report].any()), default=None)
    behind = sum(
        there[client] and got[:, client].any() and not got[newest:, client].any()
        for client in range(6)
        if newest is not None
    )
    lines = found(np.where(got, LONG_AGO, 0), there=there, all_hear=False)
    assert [line.split()[0] for line in lines] == ([str(behind)] if behind else [])
