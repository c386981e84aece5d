"""Playing reports: when each is handed over, and what it says of the time, on a clock that costs nothing."""

import pytest

from ewarn.publish import Interlude, play
from ewarn.seismic.origin import Origin, Quake, Report
from ewarn.system.clock import VirtualClock
from ewarn.wire.releases import Release

QUAKE = Quake("test", "Test", Origin(1_000.0, 30.0, 103.0, 10.0, 6.0), "Qingzang")


def reports(*release_s):
    return [
        Report("test", number, "update", QUAKE.origin, "Qingzang", QUAKE.origin.time + seconds)
        for number, seconds in enumerate(release_s, start=1)
    ]


class Desk:
    """Takes reports in place of a gateway's control address; taking one may cost time."""

    def __init__(self, clock, takes_s=0.0):
        self.clock, self.takes_s, self.taken = clock, takes_s, []

    def release(self, report):
        self.taken.append((self.clock.monotonic_ns() / 1e9, report))
        self.clock.sleep(self.takes_s)
        return Release(report, self.clock.monotonic_ns(), 1)


def played(speed=1.0, takes_s=0.0):
    clock = VirtualClock(start=5_000.0)
    desk = Desk(clock, takes_s)
    play(QUAKE, reports(6.5, 8.5, 20.0), desk, clock, speed)
    return desk.taken


def test_reports_are_released_at_their_times_after_an_origin_that_is_now():
    assert [at for at, _ in played()] == pytest.approx([6.5, 8.5, 20.0])
    for at, report in played():
        assert report.origin.time == pytest.approx(5_000.0)
        assert report.released == pytest.approx(5_000.0 + at)


def test_speed_shortens_the_waits_and_nothing_else():
    taken = played(speed=10.0)
    assert [at for at, _ in taken] == pytest.approx([0.65, 0.85, 2.0])
    assert [report.release_s for _, report in taken] == pytest.approx([6.5, 8.5, 20.0])


def test_a_report_that_is_handed_over_late_says_so():
    taken = played(takes_s=3.0)
    assert [at for at, _ in taken] == pytest.approx([6.5, 9.5, 20.0])
    assert [report.release_s for _, report in taken] == pytest.approx([6.5, 9.5, 20.0])


def test_a_delay_is_not_multiplied_by_speed():
    taken = played(speed=10.0, takes_s=0.3)
    assert [report.release_s for _, report in taken] == pytest.approx([6.5, 8.5 + 0.1, 20.0])


def test_interludes_come_at_their_times_between_the_reports_and_none_after_the_last():
    clock, happened = VirtualClock(start=5_000.0), []
    desk = Desk(clock)
    told = [Interlude(at, lambda at=at: happened.append((at, clock.monotonic_ns() / 1e9))) for at in (8.0, 2.0, 25.0)]
    play(QUAKE, reports(6.5, 8.5, 20.0), desk, clock, 2.0, None, told)
    assert happened == [(2.0, pytest.approx(1.0)), (8.0, pytest.approx(4.0))]
    assert [at for at, _ in desk.taken] == pytest.approx([3.25, 4.25, 10.0])
