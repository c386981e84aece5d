import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.campaign.figures import said_ms, slope

NUMBERS = st.floats(-1e6, 1e6)


@given(NUMBERS, st.floats(-1e3, 1e3))
def test_the_slope_of_a_line_is_its_own(start, rise):
    times = np.arange(20.0)
    assert slope(times, start + rise * times) == pytest.approx(rise, abs=1e-6)


@given(st.lists(NUMBERS, min_size=2, max_size=50))
def test_the_slope_is_numpys(values):
    times = np.arange(len(values)) * 0.5
    assert slope(times, values) == pytest.approx(np.polyfit(times, values, 1)[0], rel=1e-6, abs=1e-3)


def test_what_comes_before_the_end_of_the_warm_up_is_left_out():
    assert slope([0, 1, 2, 3, 4], [900, 500, 7, 8, 9], warm_up_s=2.0) == pytest.approx(1.0)


@pytest.mark.parametrize("times", [[], [1.0], [2.0, 2.0, 2.0]])
def test_of_no_time_there_is_no_slope(times):
    assert slope(times, [5.0] * len(times)) == 0.0


def test_what_never_came_is_said_so():
    assert (said_ms(0.01234), said_ms(math.inf)) == ("12.3 ms", "never")
