"""What gateways have noted travels whole, of those alone whom they noted anything of, in messages that they may say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ewarn.bus.roles import MESSAGE_BYTES
from ewarn.errors import InputError
from ewarn.wire.noted import NOTED_BYTES, SHAPES, Noted
from ewarn.wire.pieces import Hands, Micros, joined, opened
from ewarn.wire.swarms import FOR_CONDUCTOR, Answer, Give, decode, encode

REPORTS, USERS = 5, 9


def travelled(noted, users=USERS):
    """As it is after its way over the bus."""
    hands, arrays = Hands(noted.arrays(), NOTED_BYTES), {}
    for what, said in hands.said().items():
        assert (said.dtype, len(said.shape)) == (SHAPES[what][0], len(SHAPES[what][1]))
        pieces = []
        for index in range(said.pieces):
            message = encode(Answer("0" * 32, "0" * 16, 1, hands.give(Give(what, index))))
            assert len(message) < MESSAGE_BYTES["GATEWAYS"]
            pieces.append(opened(decode(message, FOR_CONDUCTOR).said.data))
        arrays[what] = joined(what, pieces, said)
    return Noted.from_arrays(arrays, users)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, REPORTS - 1), st.integers(0, USERS - 1), st.integers(1, 10**12))))
def test_each_note_arrives_up_to_a_microsecond_late_and_nobody_else_has_one(notes):
    planned, written = np.zeros((2, REPORTS, USERS), np.int64)
    shard = np.zeros((REPORTS, USERS), np.uint16)
    for report, user, at_ns in notes:
        planned[report, user], shard[report, user] = at_ns, 1 + user % 3
        written[report, user] = at_ns + 12_345 if user % 2 else 0
    found = travelled(Noted.of(planned, written, shard))
    assert found.users.tolist() == sorted({user for _, user, _ in notes})
    assert len(found.shard) == max((report + 1 for report, _, _ in notes), default=0)
    mine = slice(len(found.shard)), found.users
    assert (found.shard == shard[mine]).all()
    for times, truth in ((found.planned.latest(), planned[mine]), (found.written.latest(), written[mine])):
        assert ((times > 0) == (truth > 0)).all()
        late = (times - truth)[truth > 0]
        assert ((late >= 0) & (late < 1_000)).all()


def test_what_cannot_be_compressed_fits_into_a_message_too():
    rng = np.random.default_rng(1)
    planned = 10**9 + rng.integers(0, 4 * 10**12, (2, 30_000))
    found = travelled(Noted.of(planned, planned, rng.integers(0, 9, planned.shape).astype(np.uint16)), 30_000)
    assert (found.planned.latest() >= planned).all()


@pytest.mark.parametrize("users", [[0, 9], [3, 2], [4, 4]])
def test_users_that_the_drill_has_not_or_that_are_there_twice_are_refused(users):
    never = Micros.of(np.zeros((1, 2), np.int64))
    noted = Noted(np.array(users, np.uint32), never, never, np.zeros((1, 2), np.uint16))
    with pytest.raises(InputError, match="users: expected numbers in rising order below 9"):
        Noted.from_arrays(noted.arrays(), USERS)
