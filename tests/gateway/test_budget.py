"""A budget of time: one piece of work at least, and none once the time is spent."""

from hypothesis import given
from hypothesis import strategies as st

from ewarn.gateway.clients.budget import Budget
from ewarn.system.clock import VirtualClock


@given(st.lists(st.integers(0, 50), min_size=1, max_size=30), st.integers(0, 100))
def test_work_is_begun_while_there_is_time_and_once_in_any_case(pieces_ms, budget_ms):
    clock = VirtualClock()
    done = []
    for piece_ms, _ in zip(pieces_ms, Budget(clock, budget_ms / 1e3).turns(), strict=False):
        done.append(piece_ms)
        clock.sleep(piece_ms / 1e3)
    assert done == pieces_ms[: len(done)]
    assert len(done) >= 1
    assert sum(done[:-1]) < budget_ms or len(done) == 1
    assert len(done) == len(pieces_ms) or sum(done) >= budget_ms
