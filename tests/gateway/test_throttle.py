import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.gateway.sending.throttle import Throttle


@given(st.floats(0.5, 1e6), st.lists(st.integers(1, 600), min_size=1, max_size=30))
def test_who_waits_as_told_never_sends_faster_than_the_rate(rate_per_s, sent):
    throttle, now, total = Throttle(rate_per_s), 100.0, 0
    for frames in sent:
        now += throttle.wait_s(now)
        assert total <= rate_per_s * (now - 100.0) * (1 + 1e-9) + 1e-3
        throttle.sent(frames, now)
        total += frames


def test_time_that_nothing_was_sent_in_is_not_made_up_for():
    throttle = Throttle(10.0)
    throttle.sent(1, 0.0)
    throttle.sent(10, 50.0)
    assert throttle.wait_s(50.0) == 1.0


@given(st.floats(1.0, 1e6), st.lists(st.integers(0, 20_000), min_size=1, max_size=9))
def test_shards_that_have_more_users_than_others_are_done_as_soon(rate_per_s, followers):
    total, ends = sum(followers), []
    for mine in followers:
        throttle = Throttle(rate_per_s)
        throttle.share(mine, total)
        throttle.sent(mine, 0.0)
        ends.append(throttle.wait_s(0.0))
    assert max(ends) == pytest.approx(total / rate_per_s)
    assert min([end for mine, end in zip(followers, ends, strict=True) if mine], default=0.0) == pytest.approx(
        max(ends)
    )


def test_without_a_rate_nobody_waits():
    throttle = Throttle(None)
    throttle.sent(10**9, 0.0)
    assert throttle.wait_s(0.0) == 0.0
    assert throttle.portion(512) == 512


@given(st.floats(0.001, 1e9), st.integers(1, 512))
def test_a_portion_is_never_nothing_nor_more_than_asked_for(rate_per_s, most):
    assert 1 <= Throttle(rate_per_s).portion(most) <= most


@given(st.floats(1_000, 1e5), st.lists(st.floats(0, 0.09), min_size=1, max_size=50))
def test_who_is_woken_late_keeps_the_rate_all_the_same(rate_per_s, late_s):
    throttle, now, total = Throttle(rate_per_s), 100.0, 0
    for late in [*late_s, None]:
        while not (wait_s := throttle.wait_s(now)):
            throttle.sent(portion := throttle.portion(512), now)
            total += portion
        assert total >= rate_per_s * (now - 100.0) * (1 - 1e-9)
        now += wait_s + (late or 0.0)
