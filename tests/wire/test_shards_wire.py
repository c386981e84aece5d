"""The question how many shards there are to be, and its answer."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.errors import InputError
from ewarn.wire.shards import Shards, Wanted, decode_shards, decode_wanted, encode_wanted, fields


@given(st.none() | st.integers(), st.booleans())
def test_what_is_asked_is_what_is_understood(count, force):
    assert decode_wanted(encode_wanted(Wanted(count, force))) == Wanted(count, force)


def test_an_answer_says_what_is_under_way():
    answer = fields(Shards(2, 1, (3,), (1, 2)))
    assert json.loads(json.dumps(answer)) == {
        "type": "shards",
        "count": 2,
        "up": 1,
        "starting": [3],
        "draining": [1, 2],
    }
    assert decode_shards(json.loads(json.dumps(answer))) == Shards(2, 1, (3,), (1, 2))
    assert not decode_shards(answer).settled
    assert Shards(2, 2, (), ()).settled


@pytest.mark.parametrize(
    ("changes", "named"),
    [({"count": "many"}, "count"), ({"count": 1.5}, "count"), ({"count": True}, "count"), ({"force": 1}, "force")],
)
def test_what_is_wrong_is_named(changes, named):
    with pytest.raises(InputError, match=f"^{named}: expected"):
        decode_wanted(json.dumps({"type": "shards", "count": 2} | changes))
