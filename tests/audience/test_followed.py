import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ewarn.audience.followed import Followed

counts = st.lists(st.integers(0, 10), max_size=20)


def followed(of):
    places = sum(of)
    return Followed(np.array(of, np.int64), np.arange(places) * 1.0, np.arange(places) * -1.0)


@given(counts, st.data())
def test_users_picked_by_index_keep_their_places(of, data):
    everyone = followed(of)
    chosen = data.draw(st.lists(st.integers(0, len(of) - 1), max_size=20)) if of else []
    some = everyone.of(np.array(chosen, np.intp))
    assert [some.places(row) for row in range(len(chosen))] == [everyone.places(user) for user in chosen]


@given(counts, st.integers(0, 20), st.integers(0, 20))
def test_a_run_of_users_keeps_their_places(of, begin, more):
    everyone = followed(of)
    part = everyone.between(begin, begin + more)
    assert [part.places(row) for row in range(len(part))] == [
        everyone.places(user) for user in range(len(of))[begin : begin + more]
    ]
