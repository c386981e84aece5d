"""How a play stands, from a book of receipts that is filled by hand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ewarn.config.drill import load_drill
from ewarn.drill.fleet.book import LedBook
from ewarn.drill.scenario import prepare
from ewarn.verdict.budgets import Budgets
from ewarn.verdict.receipts import TALLIES, ReceiptBook
from ewarn.watching.standing import Known, Onlooker
from ewarn.wire.releases import Release
from ewarn.wire.swarms import Standing as Said

USERS = 400
ORIGIN_NS = 10**13
LATER_S = 1000.0
"""a quake is played long after the catalogue has it"""


@pytest.fixture(scope="module")
def known():
    changes = {"audience.users": USERS, "audience.within_km": 60.0, "detection.window_s": 7.0}
    return Known.of(prepare(load_drill(Path("configs/drill.toml"), changes)))


class Play:
    """A play by hand: reports go out on time, and are read when told so."""

    def __init__(self, known, **budgets):
        reports = len(known.scenario.reports)
        self.book = ReceiptBook(ReceiptBook.create(reports, USERS, 1), reports, USERS, 1)
        self.onlooker = Onlooker(known, Budgets(**budgets), "fifo", ORIGIN_NS, self.book)
        self.reports, self.origin_s = known.scenario.reports, known.scenario.quake.origin.time

    def at(self, after_s):
        return ORIGIN_NS + round(after_s * 1e9)

    def due_s(self, number):
        return self.reports[number - 1].released - self.origin_s

    def release(self, number):
        report = self.reports[number - 1].later(LATER_S)
        self.onlooker.released(Release(report, self.at(self.due_s(number)), USERS))

    def read(self, number, users, took_s):
        self.book.read[number - 1, users] = self.at(self.due_s(number) + took_s)
        self.book.count(0, "receipts", len(np.arange(USERS)[users]))

    def look(self, after_s):
        return self.onlooker.look(self.at(after_s))

    def promise(self, name, after_s):
        return next(one for one in self.look(after_s).promises if one.name == name)


def test_before_the_first_report_everyone_waits_or_s_has_come(known):
    standing = Play(known).look(10.0)
    reached = int((known.scenario.truth.s_s <= 10.0).sum())
    assert standing.users["waiting"] == USERS - reached
    assert standing.users["blind_zone"] == reached
    assert sum(standing.users.values()) == USERS
    assert standing.reports == ()
    assert [promise.broken for promise in standing.promises] == [False] * 3


def test_of_a_fleet_only_how_many_have_read_is_known_before_all_receipts_are_here(known):
    play, told = Play(known), {}
    reports = len(known.scenario.reports)
    play.book = LedBook(ReceiptBook.create(reports, USERS, 1), reports, USERS, 1, lambda: told, lambda: 1)
    play.onlooker = Onlooker(known, Budgets(), "fifo", ORIGIN_NS, play.book)
    play.release(1)
    first_s = play.due_s(1)
    tallies = tuple(USERS if name == "receipts" else 0 for name in TALLIES)
    told[0] = Said("s1", "0" * 16, "there", tallies=tallies, received=(USERS,))
    standing = play.look(first_s + 0.7)
    assert (standing.users, standing.reports[0].delivered) == (None, USERS)
    delivery = play.promise("delivery", first_s + 5.0)
    assert (delivery.measured, delivery.broken, delivery.note) == (None, False, "known once all receipts are here")
    play.book.read[0] = play.at(first_s + 0.1)
    play.book.close([])
    assert play.look(first_s + 0.7).users["in_time"] == (known.scenario.truth.s_s > first_s + 0.1).sum()
    assert play.promise("delivery", first_s + 5.0).measured == pytest.approx(0.1)


def test_receipts_are_seen_as_they_come(known):
    play = Play(known)
    play.release(1)
    first_s, s_s = play.due_s(1), known.scenario.truth.s_s
    play.read(1, slice(0, 50), 0.1)
    assert play.look(first_s + 0.2).reports[0].delivered == 50
    assert play.look(first_s + 0.2).users["in_time"] == (s_s[:50] > first_s + 0.1).sum()
    play.read(1, slice(50, USERS), 0.5)
    standing = play.look(first_s + 0.6)
    assert (standing.reports[0].delivered, standing.reports[0].targets) == (USERS, USERS)
    assert standing.users["in_time"] == (s_s > first_s + np.where(np.arange(USERS) < 50, 0.1, 0.5)).sum()
    assert standing.users["blind_zone"] == (s_s <= first_s).sum() > 0


def test_who_reads_an_older_report_late_is_told_by_it_all_the_same(known):
    play = Play(known)
    play.release(1)
    play.release(2)
    play.read(2, slice(0, 100), 0.1)
    play.look(play.due_s(2) + 0.2)
    play.read(1, slice(100, 200), 30.0)
    standing = play.look(80.0)
    assert [report.delivered for report in standing.reports] == [100, 100]
    assert standing.users["late"] > 0
    assert standing.users["waiting"] == 0


def test_what_has_not_grown_is_not_read_again(known):
    play = Play(known)
    play.release(1)
    play.look(play.due_s(1))
    play.book.read[0] = play.at(play.due_s(1) + 0.1)  # and nobody counted it
    assert play.look(play.due_s(1) + 0.2).reports[0].delivered == 0


def test_delivery_takes_as_long_as_somebody_still_has_to_read(known):
    play = Play(known)
    play.release(1)
    first_s = play.due_s(1)
    play.read(1, slice(1, USERS), 0.2)
    assert play.promise("delivery", first_s + 0.9).measured == pytest.approx(0.9, abs=1e-3)
    assert not play.promise("delivery", first_s + 0.9).broken
    assert play.promise("delivery", first_s + 1.1).broken
    play.read(1, slice(0, 1), 0.95)
    kept = play.promise("delivery", first_s + 20)
    assert (kept.measured, kept.broken) == (pytest.approx(0.95, abs=1e-3), False)
    assert kept.note == f"at {USERS} of 500,000 users"


def test_near_the_epicentre_99_of_100_count(known):
    play = Play(known, epicentre_km=100.0, epicentre_fewest=100)
    play.release(1)
    first_s, truth = play.due_s(1), known.scenario.truth
    near = np.flatnonzero(truth.s_s > first_s)
    assert len(near) > 100
    play.read(1, near[1:], 0.1)
    promise = play.promise("epicentre", first_s + 9)
    assert (promise.measured, promise.broken) == (pytest.approx(0.1, abs=1e-3), False)
    few = Play(known, epicentre_km=100.0)
    few.release(1)
    assert few.promise("epicentre", first_s).note == f"not shown: {len(near)} users near, fewer than 1,000"


def test_a_first_report_beyond_its_limit_is_broken(known):
    play = Play(known, first_report_s=9.0)
    play.release(1)
    assert play.promise("first report", play.due_s(1)).broken


def test_waves_come_as_far_as_the_earth_has_them(known):
    depth_km = known.scenario.quake.origin.depth_km
    p_km, s_km = known.reach_km(20.0)
    assert s_km == pytest.approx(known.scenario.earth.times.s_distance_km(depth_km, 20.0), abs=1.0)
    assert p_km > 1.5 * s_km
    assert known.reach_km(0.5) == (0.0, 0.0)


def test_where_waits_are_cut_short_the_clock_goes_on_from_each_release(known):
    play = Play(known)
    early_ns = ORIGIN_NS + 10**8
    report = replace(play.reports[0], released=play.reports[0].released + 0.05).later(LATER_S)
    play.onlooker.released(Release(report, early_ns, USERS))
    assert play.onlooker.look(early_ns + 2 * 10**9).after_s == pytest.approx(play.due_s(1) + 2.05)
