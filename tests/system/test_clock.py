"""Both clocks keep the same promises; the virtual one costs nothing."""

import time

import pytest

from ewarn.system.clock import VirtualClock, WallClock


def test_the_wall_clock_is_the_machines():
    clock = WallClock()
    before = time.monotonic_ns(), time.time()
    said = clock.monotonic_ns(), clock.time()
    after = time.monotonic_ns(), time.time()
    assert before[0] <= said[0] <= after[0]
    assert before[1] <= said[1] <= after[1]


@pytest.mark.parametrize("seconds", [0, -5, -1e9])
def test_sleeping_nothing_or_less_returns_at_once_on_the_wall_clock(seconds):
    before = time.monotonic()
    WallClock().sleep(seconds)
    assert time.monotonic() - before < 1


def test_the_virtual_clock_stands_still_by_itself():
    clock = VirtualClock(1_000.0)
    assert (clock.monotonic_ns(), clock.time()) == (0, 1_000.0)
    assert (clock.monotonic_ns(), clock.time()) == (0, 1_000.0)


def test_the_virtual_clock_moves_by_what_is_slept_and_costs_no_time():
    clock = VirtualClock(1_000.0)
    before = time.monotonic()
    clock.sleep(86_400)
    clock.sleep(0.25)
    assert time.monotonic() - before < 1
    assert clock.monotonic_ns() == 86_400_250_000_000
    assert clock.time() == pytest.approx(87_400.25)


@pytest.mark.parametrize("seconds", [0, -5])
def test_the_virtual_clock_never_goes_back(seconds):
    clock = VirtualClock()
    clock.sleep(3)
    clock.sleep(seconds)
    assert clock.monotonic_ns() == 3_000_000_000


def test_many_small_sleeps_add_up_without_drift():
    clock = VirtualClock()
    for _ in range(10_000):
        clock.sleep(0.001)
    assert clock.monotonic_ns() == 10_000_000_000
