"""The newest report of each quake: taken, in force for a while, remembered, and who was told."""

import numpy as np

from ewarn.gateway.sending import newest
from ewarn.gateway.sending.newest import NewestReports


def test_a_report_is_in_force_for_so_long_after_its_release_however_late_it_is_taken(make_report):
    kept = NewestReports(4, 100.0)
    kept.take(make_report(quake="one"), 50.0, 0.0)
    kept.take(make_report(quake="other"), 50.0, 70.0)
    assert [len(kept.in_force(now)) for now in (50.0, 80.0, 80.1, 150.0, 150.1)] == [2, 2, 1, 1, 0]


def test_the_warning_behind_a_quick_report_is_given_first_and_as_long_as_it_is_in_force_itself(make_report):
    kept = NewestReports(4, 100.0)
    kept.take(make_report(1, "final", "one"), 0.0, 0.0)
    kept.take(make_report(2, "reviewed", "one"), 60.0, 0.0)
    kept.take(make_report(1, quake="other"), 60.0, 0.0)
    given = {
        now: [(report.quake, report.number) for _, report in kept.greeting(now)] for now in (60.0, 100.1, 160.0, 160.1)
    }
    assert given == {
        60.0: [("one", 1), ("other", 1), ("one", 2)],
        100.1: [("other", 1), ("one", 2)],
        160.0: [("other", 1), ("one", 2)],
        160.1: [],
    }
    assert [newest.report.number for newest in kept.in_force(60.0)] == [2, 1]


def test_a_newer_warning_leaves_nothing_of_the_older_reports(make_report):
    kept = NewestReports(4, 100.0)
    for number, status in [(1, "update"), (2, "final"), (3, "reviewed"), (4, "cancel")]:
        newest_ = kept.take(make_report(number, status), 0.0, 0.0)
    assert [one.report.number for one in newest_.standing] == [4]


def test_another_play_begins_a_quake_anew_with_no_warning_of_the_one_before(make_report):
    kept = NewestReports(4, 100.0)
    kept.take(make_report(7, "final"), 0.0, 0.0)
    assert [one.report.number for one in kept.take(make_report(1, "reviewed", later_s=9.0), 0.0, 0.0).standing] == [1]


def test_a_report_is_in_force_no_longer_than_it_says(make_report):
    kept = NewestReports(4, 100.0)
    kept.take(make_report(), 50.0, 0.0, lasts_s=20.0)
    assert [len(kept.in_force(now)) for now in (50.0, 70.0, 70.1)] == [1, 1, 0]


def test_who_was_told_of_a_quake_was_until_it_is_played_again(make_report):
    kept, descriptors = NewestReports(4, 100.0), np.array([1, 2])
    since = np.array([7, 8], np.uint64)
    kept.take(make_report(1), 0.0, 0.0).note(descriptors, since, np.array([2, 3]))
    assert kept.take(make_report(2), 1.0, 0.0).level_told(descriptors, since).tolist() == [2, 3]
    assert kept.of("luding-2022").level_told(descriptors, since + np.uint64(1)).tolist() == [-1, -1]
    assert kept.take(make_report(1, later_s=1.0), 2.0, 0.0).level_told(descriptors, since).tolist() == [-1, -1]


def test_who_comes_back_is_recognised_for_the_quakes_there_are(make_report):
    kept = NewestReports(4, 100.0)
    kept.take(make_report(), 0.0, 0.0)
    kept.recognise(3, np.uint64(9), ["luding-2022", "unknown"])
    here = np.array([3])
    assert kept.of("luding-2022").level_told(here, np.array([9], np.uint64)).tolist() == [0]
    assert kept.of("unknown") is None


def test_only_so_many_quakes_are_remembered_and_the_one_last_heard_of_comes_first(make_report, monkeypatch):
    monkeypatch.setattr(newest, "REMEMBERED", 2)
    kept = NewestReports(4, 100.0)
    for quake, number in [("a", 1), ("b", 1), ("a", 2), ("c", 1)]:
        kept.take(make_report(number, quake=quake), 0.0, 0.0)
    assert [(report.quake, report.number) for report in kept.reports()] == [("c", 1), ("a", 2)]
