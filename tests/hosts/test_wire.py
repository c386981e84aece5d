"""A cable that takes its time, without one: frames come out late, whole, and in order."""

import random

from hypothesis import given
from hypothesis import strategies as st

from ewarn.system.namespaces.wire import MOST_FRAMES, Lane

LATE = 1e9


def come_out(lane, now):
    """Frames until then, each with when it came."""
    while (due := lane.due()) <= now:
        yield from ((due, frame) for frame in lane.out(due))


pauses = st.lists(st.floats(0, 1), max_size=30)


@given(pauses, st.floats(0, 2), st.floats(0, 2), st.integers(0, 9))
def test_every_frame_comes_out_in_order_no_earlier_than_its_delay_and_within_what_chance_adds(
    pauses, delay_s, jitter_s, seed
):
    lane, now, put, out = Lane(delay_s, jitter_s, random.Random(seed)), 0.0, [], []
    for number, pause in enumerate(pauses):
        now += pause
        lane.put(b"%d" % number, now)
        put.append(now)
        out += come_out(lane, now)
    out += come_out(lane, LATE)
    assert [frame for _, frame in out] == [b"%d" % number for number in range(len(pauses))]
    for (came, _), went in zip(out, put, strict=True):
        assert went + delay_s <= came <= went + delay_s + jitter_s


def test_what_is_on_the_way_is_bounded():
    lane = Lane(1.0, 0.0, random.Random(1))
    for _ in range(MOST_FRAMES + 5):
        lane.put(b"frame", 0.0)
    assert sum(1 for _ in lane.out(1.0)) == MOST_FRAMES
