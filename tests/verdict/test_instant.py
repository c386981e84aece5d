"""One instant reads the same, whether it comes from a file or from a clock."""

from hypothesis import given
from hypothesis import strategies as st

from ewarn.verdict.instant import written


@given(st.floats(0, 10_000))
def test_an_instant_of_a_file_reads_as_the_one_that_it_was_made_of(after_s):
    assert written(round(after_s, 3)) == written(after_s)


def test_it_has_two_digits():
    assert written(7.9) == "7.90"
