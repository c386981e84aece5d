"""The course of a quake's reports: what may follow what, how fresh it must be, and that no order of them misleads."""

from contextlib import suppress
from dataclasses import replace
from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.errors import InputError
from ewarn.seismic import course
from ewarn.seismic.course import FOLLOWED_BY, FURTHEST_S, JUMP, Courses, Freshness, News, news
from ewarn.seismic.origin import Origin, Report

BEGAN = 1_767_225_600
STATUSES = ("update", "final", "cancel", "reviewed")


def report(number=1, status="update", *, play_s=0.0, after_s=None, **changes):
    """A report of a play that began `play_s` after the first; by its number, unless told, so long after that."""
    released = BEGAN + play_s + (5.0 + number if after_s is None else after_s)
    origin = Origin(BEGAN + play_s, 30.0, 103.0, 10.0, 6.0)
    made = Report("q", number, status, origin, "Qingzang", released, round((BEGAN + play_s) * 1e9))
    return replace(made, **changes)


def taken(*reports, late_s=0.0):
    """The courses after these, each taken as it is released; raises at the first that may not come."""
    courses = Courses(Freshness())
    for one in reports:
        last = courses.take(one, one.released - one.ahead_s + late_s)
    return last


def refused(*reports, **how):
    with pytest.raises(InputError) as caught:
        taken(*reports, **how)
    return str(caught.value)


def test_a_whole_series_is_taken():
    last = taken(report(1), report(2), report(3), report(4, "final"), report(5, "reviewed"), report(6, "reviewed"))
    assert (last.number, last.status, last.began_with, last.silent) == (6, "reviewed", 1, False)


@pytest.mark.parametrize("before", STATUSES)
@pytest.mark.parametrize("after", STATUSES)
def test_a_status_follows_those_that_it_can(before, after):
    if after in FOLLOWED_BY[before]:
        assert taken(report(1, before), report(2, after)).status == after
    else:
        assert refused(report(1, before), report(2, after)).startswith(f"status: {after} cannot follow {before}")


@pytest.mark.parametrize("status", ["final", "cancel", "reviewed"])
def test_no_update_comes_after_what_ends_a_warning_whatever_its_number(status):
    assert "status: update" in refused(report(1), report(2, status), report(9))


@pytest.mark.parametrize(("number", "before"), [(3, 3), (2, 3), (1, 3)])
def test_a_number_that_is_not_newer_is_refused_with_both(number, before):
    told = refused(report(before), report(number, after_s=9.0))
    assert told == f"number: {number} is not newer than {before}, already out for q"


def test_number_one_again_is_not_newer_whatever_its_origin_says():
    again = report(1, after_s=9.0, origin=Origin(BEGAN + 0.001, 30.0, 103.0, 10.0, 6.0))
    assert "number: 1 is not newer than 2" in refused(report(1), report(2), again)


def test_numbers_rise_by_little_so_that_none_shuts_out_the_true_ones():
    assert taken(report(1), report(1 + JUMP, after_s=8.0)).number == 1 + JUMP
    assert refused(report(1), report(2 + JUMP, after_s=8.0)).startswith(f"number: {2 + JUMP} after 1")
    assert refused(report(65_535, after_s=8.0)).startswith("number: 65535 is the first")


def test_a_service_that_starts_in_mid_quake_takes_number_40_first():
    last = taken(report(40, after_s=30.0))
    assert (last.number, last.began_with, last.silent) == (40, 40, False)


def test_a_cancel_that_comes_first_alarms_nobody_and_ends_its_play():
    first = report(3, "cancel")
    assert taken(first).silent
    assert "status: update cannot follow cancel" in refused(first, report(4))
    assert not taken(first, report(1, play_s=60.0)).silent
    assert not taken(report(1), report(2, "cancel")).silent


def test_a_later_play_begins_anew_and_then_the_earlier_is_over():
    again = report(1, play_s=30.0)
    assert taken(report(1), report(2), again).number == 1
    assert refused(report(1), again, report(3, after_s=40.0)).startswith("play: ")


def test_a_play_that_began_before_the_last_report_of_another_takes_nothing_over():
    assert refused(report(1), report(2), report(1, play_s=1.0)).startswith("play: began 6.000 s before the last report")


@pytest.mark.parametrize(
    ("late_s", "problem"),
    [(-5.1, "released: 5.1 s ahead"), (60.1, "released: 60.1 s ago"), (600.0, "released: 600.0 s")],
)
def test_a_report_that_is_not_fresh_is_refused(late_s, problem):
    assert refused(report(), late_s=late_s).startswith(problem)
    assert taken(report(), late_s=59.9) and taken(report(), late_s=-4.9)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"origin": Origin(BEGAN - 17 * 365.25 * 86_400, 30.0, 103.0, 10.0, 6.0)}, "origin.time: "),
        ({"origin": Origin(BEGAN + 69 * 365.25 * 86_400, 30.0, 103.0, 10.0, 6.0)}, "released: "),
        ({"origin": Origin(BEGAN + 6.1, 30.0, 103.0, 10.0, 6.0)}, "released: 0.1 s before origin.time"),
        ({"lasts_s": 1.0}, "expires: 1.0 s ago"),
        ({"play": (BEGAN + 69 * 31_557_600) * 10**9}, "play: "),
        ({"play": (BEGAN - 2 * 86_400) * 10**9}, "play: "),
    ],
)
def test_times_that_do_not_fit_the_clock_or_each_other_are_refused(changes, problem):
    assert refused(report(**changes), late_s=2.0).startswith(problem)


def test_the_reviewed_origin_may_come_hours_later_and_a_warning_may_not():
    assert taken(report(1), report(2, "reviewed", after_s=7200.0)).status == "reviewed"
    assert refused(report(1), report(2, "reviewed", after_s=FURTHEST_S + 1)).startswith("origin.time: ")
    assert refused(report(1), report(2, "final", after_s=7200.0)).startswith("origin.time: ")


def test_a_drill_whose_waits_are_cut_short_is_held_against_its_own_timeline():
    ahead = report(1, after_s=306.0, ahead_s=300.0)
    assert taken(ahead).released == pytest.approx(BEGAN + 6.0)
    assert refused(replace(ahead, ahead_s=0.0), late_s=-300.0).startswith("released: 300.0 s ahead")


def test_what_is_refused_changes_nothing():
    courses = Courses(Freshness())
    courses.take(report(1), BEGAN + 6.0)
    for wrong in (report(65_535, after_s=7.0), report(1, after_s=7.0), report(2, after_s=-1.0)):
        with pytest.raises(InputError):
            courses.take(wrong, BEGAN + 7.0)
    assert courses.take(report(2), BEGAN + 7.0).number == 2


def test_of_many_quakes_the_one_not_heard_of_for_the_longest_is_forgotten(monkeypatch):
    monkeypatch.setattr(course, "MOST_QUAKES", 2)
    courses = Courses(Freshness())
    for quake, number in [("a", 1), ("b", 1), ("a", 2), ("c", 1)]:
        courses.take(report(number, quake=quake, after_s=7.0), BEGAN + 7.0)
    assert courses.take(report(1, quake="b", after_s=7.0), BEGAN + 7.0).number == 1
    with pytest.raises(InputError, match="not newer"):
        courses.take(report(1, quake="c", after_s=7.0), BEGAN + 7.0)


def told(reports):
    """Those that are taken of reports that come within a second, in this order."""
    courses, found = Courses(Freshness()), []
    for one in reports:
        try:
            courses.take(one, BEGAN + 12.0)
        except InputError:
            continue
        found.append(one)
    return found


FIVE = st.lists(
    st.builds(report, st.integers(1, 5), st.sampled_from(STATUSES), play_s=st.sampled_from([0.0, 0.001, 11.0])),
    min_size=5,
    max_size=5,
)


@given(FIVE)
def test_no_order_of_five_reports_shows_an_older_one_after_a_newer_or_goes_on_after_an_end(five):
    five = [replace(one, released=BEGAN + 11.5 + one.number / 100) for one in five]
    for order in permutations(five):
        shown = told(order)
        assert shown, "the first to come is always taken"
        names = [(one.play, one.number) for one in shown]
        assert names == sorted(set(names))
        for before, after in pairwise(shown):
            assert before.play < after.play or after.status in FOLLOWED_BY[before.status]


@given(st.permutations(range(1, 6)))
def test_of_five_updates_in_any_order_those_are_shown_that_are_newer_than_all_before(numbers):
    shown = [one.number for one in told([report(number) for number in numbers])]
    assert shown == [n for i, n in enumerate(numbers) if n > max(numbers[:i], default=0)]
    assert shown[-1] == 5


def by_many(*reports, caught_up=()):
    """The course of a host that hears these, each as it is released, and catches up to some; the refused are let be."""
    courses = Courses(Freshness())
    for one in reports:
        with suppress(InputError):
            courses.take(one, BEGAN + 70.0, by_many=True)
    for one in caught_up:
        with suppress(InputError):
            courses.catch_up(one, BEGAN + 70.0)
    return courses.of("q")


TWO_PLAYS = st.permutations([(0.0, 1), (0.0, 2), (0.0, 3), (11.0, 1), (11.0, 2)])


@given(TWO_PLAYS, st.integers(0, 5))
def test_hosts_come_to_the_same_end_in_whatever_order_each_hears_two_centres_at_once(names, heard):
    """Some they hear, and to the others they catch up."""
    reports = [report(number, play_s=play_s, after_s=20.0 + number) for play_s, number in names]
    course = by_many(*reports[:heard], caught_up=reports[heard:])
    assert (course.play, course.number) == (round((BEGAN + 11) * 1e9), 2)


@pytest.mark.parametrize("number", [1, 2, 7])
def test_a_cancel_that_is_the_first_to_come_to_one_host_of_many_takes_back_what_others_were_told(number):
    cancel = report(number, "cancel", after_s=20.0)
    for found in (by_many(cancel), by_many(caught_up=[cancel])):
        assert found.silent == (number == 1)


def test_who_catches_up_takes_the_newest_however_old_and_however_far_ahead():
    courses = Courses(Freshness())
    courses.take(report(1), BEGAN + 6.0)
    newest = report(500, after_s=30.0)
    assert courses.catch_up(newest, BEGAN + 7200.0).number == 500
    with pytest.raises(InputError, match="number: 500 is not newer than 500"):
        courses.catch_up(newest, BEGAN + 7200.0)
    with pytest.raises(InputError, match=r"released: 10\.0 s ahead"):
        courses.catch_up(report(501, after_s=31.0), BEGAN + 21.0)
    with pytest.raises(InputError, match="number: 1001 is the first"):
        courses.catch_up(report(1001, play_s=60.0, after_s=80.0), BEGAN + 7200.0)


def test_what_a_report_is_by_its_name():
    course = taken(report(2))
    assert [news(course, report(n)) for n in (1, 2, 3)] == [News.OLDER, News.SAME, News.NEW]
    assert news(course, report(9, play_s=-60.0)) is News.OLDER
    assert news(course, report(1, play_s=60.0)) is news(None, report()) is News.NEW
