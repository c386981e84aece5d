"""First come, first heard: whatever others say, nobody waits for more than one turn of each of them."""

from hypothesis import given
from hypothesis import strategies as st

from ewarn.gateway.clients.first_come import FirstCome


@given(st.lists(st.tuples(st.lists(st.integers(0, 9), max_size=12), st.integers(0, 4)), max_size=30))
def test_each_has_one_place_and_is_heard_in_the_order_of_coming(rounds):
    line, model = FirstCome(), []
    for come, heard in rounds:
        line.join(come)
        model += [one for index, one in enumerate(come) if one not in model and one not in come[:index]]
        for _ in range(min(heard, len(line))):
            assert line.next() == model.pop(0)
        assert len(line) == len(model)


@given(st.integers(1, 20), st.integers(1, 5))
def test_one_who_has_something_to_say_once_is_heard_after_at_most_one_turn_of_each_flooder(flooders, a_round):
    line, heard = FirstCome(), []
    line.join(range(flooders))
    line.join([99])
    while 99 not in heard:
        line.join(range(flooders))
        heard += [line.next() for _ in range(min(a_round, len(line)))]
    before = heard[: heard.index(99)]
    assert len(before) == len(set(before))


@given(st.integers(1, 50), st.integers(1, 3))
def test_one_address_waits_for_one_turn_of_each_other_however_many_these_send(sent, others):
    line = FirstCome(lambda descriptor: bytes([descriptor // 100]))
    line.join(100 * address + one for address in range(others) for one in range(sent))
    line.join([999])
    heard = [line.next() for _ in range(len(line))]
    assert heard.index(999) == others
    assert len(set(heard)) == len(heard) == sent * others + 1
    assert all(
        [one for one in heard if one // 100 == address] == sorted(one for one in heard if one // 100 == address)
        for address in range(others)
    )
