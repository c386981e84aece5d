"""What waits after a gap, in which order it is taken up, and how often what is missing is asked for."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ewarn.gateway.hosts import backlog
from ewarn.gateway.hosts.backlog import LONGEST_S, Asked, Backlog, in_turn
from ewarn.seismic.origin import Origin, Report
from ewarn.wire.bus import ReportName

NAME = ReportName("q", 1, 1)


def report(quake="a", play=1, number=1, status="update"):
    return Report(quake, number, status, Origin(0.0, 30.0, 103.0, 10.0, 6.0), "Qingzang", 100.0 * play + number, play)


REPORTS = st.lists(
    st.builds(
        report, st.sampled_from("ab"), st.integers(1, 2), st.integers(1, 4), st.sampled_from(["update", "reviewed"])
    )
)


@given(REPORTS)
def test_of_each_quake_the_newest_warning_is_left_and_the_newest_quick_report(reports):
    waiting = Backlog()
    for one in reports:
        waiting.put(one, 0)
    left = {(one.quake, one.counts_as_warning): (one.play, one.number) for one, _ in waiting.take()}
    wanted = {}
    for one in reports:
        slot = one.quake, one.counts_as_warning
        wanted[slot] = max(wanted.get(slot, (0, 0)), (one.play, one.number))
    assert left == wanted
    assert not len(waiting)


def test_the_quake_released_last_is_first_and_its_warning_before_its_quick_report():
    found = [(report("a"), 0), (report("b", number=5, status="reviewed"), 1), (report("b", number=4), 0)]
    assert [(one.quake, one.number) for one, _ in in_turn(found)] == [("b", 4), ("b", 5), ("a", 1)]


def test_of_two_lines_the_newer_is_first_so_that_the_older_is_never_shown():
    assert [one.number for one, _ in in_turn([(report(number=1), 0), (report(number=3), 1)])] == [3, 1]


def test_no_more_quakes_wait_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(backlog, "MOST_QUAKES", 2)
    waiting = Backlog()
    assert [waiting.put(report(quake), 0) for quake in "abc"] == [None, None, report("c")]
    assert waiting.put(report("a", number=2), 0) == report("a")
    assert waiting.has(report("a", number=2)) and not waiting.has(report("a"))


def test_what_nobody_has_is_asked_for_less_and_less_often():
    asked, times, now = Asked(), [], 0.0
    while now < 300.0:
        if asked.due(NAME, now):
            times.append(now)
        now += 1.0
    assert times == [0, 1, 3, 7, 15, 31, 63, 123, 183, 243]
    assert times[-1] - times[-2] == LONGEST_S
    assert asked.due(ReportName("q", 1, 2), 243.5)


def test_of_what_was_asked_for_no_more_is_remembered_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(backlog, "MOST_ASKED", 2)
    asked = Asked()
    assert all(asked.due(ReportName("q", 1, number), 0.0) for number in (1, 2, 3))
    assert asked.due(NAME, 0.1), "it was asked for the longest ago, and is forgotten"


def test_a_report_is_named_alike_everywhere():
    assert backlog.name_of(replace(report(), number=7)) == ReportName("a", 1, 7)
