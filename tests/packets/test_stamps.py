"""Stamps of the kernel where its wall clock is set, and where whoever reads two clocks is held up in between."""

from ewarn.packets.stamps import Shift


class Clocks:
    def __init__(self):
        self.at, self.ahead, self.held_up = 1_000_000_000, 5_000_000_000, []

    def monotonic_ns(self):
        self.at += 100 + (self.held_up.pop() if self.held_up else 0)
        return self.at

    def wall_ns(self):
        return self.at + self.ahead


def test_stamps_are_not_known_in_the_look_in_which_the_clock_was_set_and_right_from_then_on():
    clocks = Clocks()
    shift = Shift(clocks.monotonic_ns, clocks.wall_ns)
    assert abs(shift.since_last() + 5_000_000_000) < 1_000
    for step in (2_000_000, -3_600_000_000_000):
        clocks.ahead += step
        assert shift.since_last() is None
        assert abs(shift.since_last() + clocks.ahead) < 1_000


def test_who_is_held_up_between_two_clocks_reads_them_again():
    clocks = Clocks()
    shift = Shift(clocks.monotonic_ns, clocks.wall_ns)
    clocks.held_up = [0, 0, 30_000_000, 0]
    assert abs(shift.since_last() + 5_000_000_000) < 1_000
