"""The question how many shards there are to be, and its answer."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.json import Decoder

from ewarn.errors import InputError
from ewarn.system.json_files import encoded
from ewarn.wire.messages import understood
from ewarn.wire.shards import Shards, Wanted, encode_wanted


@given(st.none() | st.integers(), st.booleans())
def test_what_is_asked_is_what_is_understood(count, force):
    assert understood(encode_wanted(Wanted(count, force)), Decoder(Wanted)) == Wanted(count, force)


def test_an_answer_says_what_is_under_way():
    answer = encoded(Shards(2, 1, (3,), (1, 2)))
    assert json.loads(answer) == {
        "type": "shards",
        "count": 2,
        "up": 1,
        "starting": [3],
        "draining": [1, 2],
    }
    assert understood(answer, Decoder(Shards)) == Shards(2, 1, (3,), (1, 2))
    assert not understood(answer, Decoder(Shards)).settled
    assert Shards(2, 2, (), ()).settled


@pytest.mark.parametrize(
    ("changes", "named"),
    [({"count": "many"}, "count"), ({"count": 1.5}, "count"), ({"count": True}, "count"), ({"force": 1}, "force")],
)
def test_what_is_wrong_is_named(changes, named):
    with pytest.raises(InputError, match=f"^{named}: expected"):
        understood(json.dumps({"type": "shards", "count": 2} | changes), Decoder(Wanted))
