"""What a connection may say in a while."""

from hypothesis import given
from hypothesis import strategies as st

from ewarn.gateway.clients.allowance import Allowance

MOST, WHILES = 10, 3
SAID = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 25)), max_size=20)


@given(st.lists(SAID, max_size=8))
def test_who_says_too_much_in_a_while_rests_and_who_does_so_while_after_while_is_a_flood(whiles):
    allowance, on_end = Allowance(MOST, WHILES), {}
    for said in whiles:
        heard, resting = {}, set()
        for one, frames in said:
            heard[one] = heard.get(one, 0) + frames
            begins = heard[one] > MOST and one not in resting
            assert allowance.spend(one, frames) is begins
            resting |= {one} if begins else set()
        on_end = {one: on_end.get(one, 0) + 1 for one in resting}
        over = allowance.end_while()
        assert set(over.floods) == {one for one in resting if on_end[one] >= WHILES}
        assert set(over.rested) == resting - set(over.floods)


def test_of_those_who_are_gone_or_say_little_nothing_is_kept():
    allowance = Allowance(MOST, WHILES)
    for one in (1, 2):
        allowance.spend(one, MOST + 1)
    allowance.forget(1)
    assert allowance.end_while().rested == [2]
    allowance.spend(2, MOST)
    assert allowance.end_while().rested == []
    assert not any((allowance._heard, allowance._strikes, allowance._resting))
