"""Which shards start and which drain: never so that clients are left without one, unless forced."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.errors import InputError
from ewarn.gateway.settings import Layout
from ewarn.gateway.shards.resizing import Change, change

MOST = 8
LAYOUT = Layout(2, 30, (20, 10), "", MOST)
STAGES = st.lists(st.sampled_from(["kept", "draining", "free"]), min_size=MOST, max_size=MOST)


@given(st.integers(-2, 12), STAGES, st.integers(0, 200), st.booleans())
def test_after_a_change_there_are_as_many_as_wanted_and_room_for_all_or_it_is_refused(count, stages, have, force):
    kept, free = ([index for index, one in enumerate(stages) if one == stage] for stage in ("kept", "free"))
    try:
        todo = change(count, kept, free, LAYOUT, have, force=force)
    except InputError:
        room = sum(LAYOUT.of(index) for index in kept[: max(count, 0)])
        too_few = count < len(kept) and room < have and not force
        assert not 1 <= count <= MOST or count - len(kept) > len(free) or too_few
        return
    left = [index for index in kept if index not in todo.drain]
    assert len(left) + len(todo.start) == count
    assert set(todo.start) <= set(free)
    assert not todo.start or not todo.drain
    assert force or not todo.drain or sum(map(LAYOUT.of, left)) >= have


def test_the_same_count_changes_nothing():
    assert change(2, [0, 1], [2], LAYOUT, 30, force=False) == Change([], [])


@pytest.mark.parametrize(
    ("count", "have", "named"),
    [
        (9, 0, "9 shards, at least 1 and at most 8"),
        (0, 0, "0 shards, at least 1 and at most 8"),
        (4, 0, "2 shards more, there is room for 1 while others drain"),
        (1, 25, "25 connections are open, 1 of 2 shards would hold 20; force leaves 5 without"),
    ],
)
def test_a_refusal_names_both_numbers(count, have, named):
    with pytest.raises(InputError, match=named):
        change(count, [0, 1], [2], LAYOUT, have, force=False)
