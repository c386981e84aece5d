"""How far a clock is from even, and which readings say nothing of it."""

import numpy as np
import pytest

from ewarn.clocks.wander import wander_ns

EACH = np.arange(0, 20 * 10**9, 50_000_000) + 10**18
N = len(EACH)


def wander(moved, late=0):
    """Of a clock that is 40 ppm too fast, and was moved by so much beside; its oscillator is read so late."""
    clock = EACH + (EACH - EACH[0]) // 25_000
    return wander_ns(clock + moved, EACH + late)


def test_an_even_clock_has_none_whatever_its_rate():
    assert wander(0) <= 1


def test_readings_between_which_a_process_was_put_off_say_nothing():
    late = np.zeros(N, np.int64)
    late[[0, 7, 8, 100, N - 1]] = [9**8, 10**7, 10**6, 3 * 10**5, 10**8]
    assert wander(0, late) <= 2
    assert wander(0, np.random.default_rng(1).integers(0, 200, N)) <= 100


@pytest.mark.parametrize("by", [-100_000, 100_000])
def test_a_step_and_a_slew_are_seen_in_full(by):
    step = np.where(np.arange(N) < N // 3, 0, by)
    assert wander(step) == pytest.approx(50_000, rel=0.02)
    there_and_back = np.interp(np.arange(N), [0, N // 2, N - 1], [0, by, 0]).astype(np.int64)
    assert wander(there_and_back) == pytest.approx(50_000, rel=0.02)


def test_too_few_readings_say_nothing():
    assert wander_ns(EACH[:2], EACH[:2]) == 0
    assert wander_ns(EACH[:0], EACH[:0]) == 0
