"""Whose turn it is, for any reports of two quakes that come and go out in any order."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ewarn.gateway.sending.turns import Turns
from ewarn.seismic.origin import Origin, Report

USERS = 4
STATUSES = ("update", "final", "cancel", "reviewed")
ORIGIN = Origin(0.0, 29.59, 102.08, 16.0, 6.1)


def report(number=1, status="update", quake="one"):
    return Report(quake, number, status, ORIGIN, "Qingzang", 5.0 + number)


@pytest.mark.parametrize(
    ("older", "newer", "replaced"),
    [
        ("update", "final", True),
        ("final", "cancel", True),
        ("final", "reviewed", False),
        ("cancel", "reviewed", False),
        ("reviewed", "reviewed", True),
        ("reviewed", "update", True),
    ],
)
def test_nothing_but_a_newer_warning_takes_a_warnings_place(older, newer, replaced):
    turns = Turns()
    turn = turns.begin(report(1, older))
    turns.begin(report(2, newer))
    assert turn.taken_over is replaced


def test_a_report_takes_over_its_own_quake_alone():
    turns = Turns()
    turn = turns.begin(report(1, "update"))
    turns.begin(report(2, "update", "another"))
    assert not turn.taken_over


def test_a_quick_report_waits_for_the_warnings_of_all_quakes_and_no_warning_waits():
    turns = Turns()
    quick = turns.begin(report(2, "reviewed"))
    assert not turns.waits(quick)
    other = turns.begin(report(1, "final", "another"))
    assert turns.waits(quick)
    assert not turns.waits(other)
    turns.end(other)
    assert not turns.waits(quick)


class FanOuts:
    """Reports that go out a user at a time, as the desk sends them in slices."""

    def __init__(self):
        self.turns, self.going, self.came = Turns(), [], []
        self.read = [[] for _ in range(USERS)]

    def come(self, quake, status):
        number = 1 + sum(one.quake == quake for one in self.came)
        self.came.append(report(number, status, quake))
        self.going.append([self.turns.begin(self.came[-1]), 0])

    def step(self, which):
        if not self.going:
            return
        one = self.going[which % len(self.going)]
        turn, told = one
        if self.turns.waits(turn):
            return
        if not turn.taken_over and told < USERS:
            if not turn.report.counts_as_warning:
                assert not any(other.report.counts_as_warning for other, _ in self.going), "a warning is unsent"
            self.read[told].append(turn.report)
            one[1] += 1
        else:
            self.turns.end(turn)
            self.going.remove(one)

    def finish(self):
        while self.going:
            for which in range(len(self.going)):
                self.step(which)


comes = st.tuples(st.sampled_from(["one", "another"]), st.sampled_from(STATUSES))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(comes, st.integers(0, 5)), max_size=40))
def test_whatever_comes_and_at_any_rate_nobody_has_a_quick_report_before_or_instead_of_a_warning(steps):
    """A number is a step of one fan-out: many of them between two reports stand for a high rate, few for a low one."""
    out = FanOuts()
    for step in steps:
        if isinstance(step, int):
            out.step(step)
        else:
            out.come(*step)
    out.finish()
    for quake in ("one", "another"):
        came = [one for one in out.came if one.quake == quake]
        for read in out.read:
            mine = [one for one in read if one.quake == quake]
            assert mine == sorted(mine, key=lambda one: one.number), "in order, and each once"
            assert [one.number for one in mine[-1:]] == [one.number for one in came[-1:]], "all end on the newest"
            for at, one in enumerate(mine):
                before = [older.number for older in came if older.number < one.number and older.counts_as_warning]
                if one.status == "reviewed" and before:
                    had = [older.number for older in mine[:at] if older.counts_as_warning]
                    assert had[-1:] == before[-1:], "the newest warning before it was read before it"


def test_a_turn_that_is_over_holds_nobody_up():
    turns = Turns()
    first = turns.begin(report(1, "final"))
    quick = turns.begin(replace(report(2, "reviewed")))
    turns.end(first)
    assert not turns.waits(quick)
    turns.end(quick)
    assert not turns.waits(turns.begin(report(3, "reviewed")))
