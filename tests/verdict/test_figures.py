import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.verdict.figures import beside_limit, instant, percent


@given(st.integers(1, 100_000_000), st.integers(0, 100_000_000))
def test_all_is_said_of_all_alone_and_none_of_none(of, part):
    part = min(part, of)
    said = percent(part / of)
    assert (said == "100%") == (part == of)
    assert (said == "0.00%") == (part == 0)
    assert "100.00" not in said


@pytest.mark.parametrize(
    ("share", "said"),
    [(1.0, "100%"), (0.99995, "over 99.99%"), (0.86495, "86.50%"), (0.00001, "under 0.01%"), (0, "0.00%")],
)
def test_a_share_is_said_in_per_cent(share, said):
    assert percent(share) == said


@given(st.floats(0.1, 20), st.floats(-0.001, 0.001))
def test_what_is_over_a_limit_does_not_look_like_it(limit, off):
    limit = round(limit, 2)
    value = round(limit + off, 6)
    said = float(beside_limit(value, limit))
    assert (said > limit, said < limit) == (value > limit, value < limit)


@pytest.mark.parametrize(
    ("value", "limit", "said"),
    [
        (1.0004, 1, "1.0004"),
        (0.9996, 1, "0.9996"),
        (0.206, 1, "0.206"),
        (1, 1, "1"),
        (7.9234, 15, "7.92"),
        (1023.5, 10, "1024"),
        (999.6, 10, "1000"),
    ],
)
def test_three_digits_do_where_they_tell_it_apart(value, limit, said):
    assert beside_limit(value, limit) == said


@given(st.floats(0, 10_000))
def test_an_instant_of_a_file_reads_as_the_one_that_it_was_made_of(after_s):
    assert instant(round(after_s, 3)) == instant(after_s)


def test_an_instant_has_hundredths_and_more_where_it_would_look_like_its_limit():
    assert instant(7.9) == "7.90"
    assert instant(15.001, 15.0) == "15.001"
    assert instant(14.999, 15.0) == "15.00"
    assert instant(15.0, 15.0) == "15.00"
