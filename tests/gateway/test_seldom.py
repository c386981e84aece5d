"""What comes without end is written down seldom, and all of it is counted."""

from hypothesis import given
from hypothesis import strategies as st

from ewarn.gateway.intake.seldom import Seldom


def test_the_first_time_is_told_at_once_and_then_how_often():
    seldom = Seldom(10.0)
    assert [seldom.due(now) for now in (5.0, 6.0, 14.9, 15.0, 16.0, 3.0, 4.0)] == [1, 0, 0, 3, 0, 2, 0]


@given(st.lists(st.floats(0, 1e4)))
def test_lines_are_apart_and_nothing_is_counted_twice(times):
    seldom, now, last, told = Seldom(10.0), 0.0, -10.0, 0
    for number, later in enumerate(times, start=1):
        now += later
        if due := seldom.due(now):
            told += due
            assert (told, now - last >= 10.0) == (number, True)
            last = now
