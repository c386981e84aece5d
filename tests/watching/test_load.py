"""What a play has to do, from a book of receipts and a journal that are filled by hand."""

import os
from pathlib import Path

import numpy as np
import pytest

from ewarn.config.drill import load_drill
from ewarn.drill.meter import Meter, Terms
from ewarn.drill.scenario import prepare
from ewarn.drill.under_way import Player
from ewarn.gateway.sending.journal import Journal
from ewarn.system.clock import WallClock
from ewarn.verdict.percentiles import summary
from ewarn.verdict.receipts import ReceiptBook
from ewarn.watching.load import REST_NS, LoadOnlooker, Times
from ewarn.wire.releases import Release

USERS = 400
ORIGIN_NS = 10**13


@pytest.fixture(scope="module")
def scenario():
    changes = {"audience.users": USERS, "audience.within_km": 60.0, "detection.window_s": 7.0}
    return prepare(load_drill(Path("configs/drill.toml"), changes))


class Play:
    """A play by hand."""

    def __init__(self, scenario, journal=True, **terms):
        shape = len(scenario.reports), USERS
        self.reports = scenario.reports
        self.book = ReceiptBook(ReceiptBook.create(*shape, 1), *shape, 1)
        self.journal = Journal(Journal.create(*shape), *shape)
        due = scenario.due.sum(axis=1).tolist()
        self.meter = Meter(lambda: [Player(os.getpid(), "phones", 0)], self.book, due, WallClock(), Terms(**terms))
        self.onlooker = LoadOnlooker(scenario, self.meter, self.journal if journal else None, ORIGIN_NS, self.book)

    def at(self, after_s):
        return ORIGIN_NS + round(after_s * 1e9)

    def release(self, number, after_s):
        self.onlooker.released(Release(self.reports[number - 1], self.at(after_s), USERS))

    def read(self, number, users, after_s):
        self.book.read[number - 1, users] = [self.at(one) for one in np.broadcast_to(after_s, len(users))]
        self.book.count(0, "receipts", len(users))


def test_before_a_report_is_out_nothing_is_said(scenario):
    load = Play(scenario).onlooker.look(ORIGIN_NS + 3 * 10**9)
    assert (load.report, load.times, load.parts) == (None, Times(None, None, None), ())
    assert (load.rate.now_per_s, load.rate.peak_per_s, load.rate.delivered) == (0, 0, 0)
    assert load.trace == (0,) * 4
    assert load.bottleneck == "nothing: idle"


def test_times_so_far_are_over_all_to_whom_it_is_due(scenario):
    play, users = Play(scenario), np.arange(USERS)
    play.release(1, 10.0)
    play.read(1, users[:150], 10.1)
    assert play.onlooker.look(play.at(10.5)).times == Times(None, None, 100.0), "fewer than half have read it"
    took_s = np.linspace(0.1, 0.6, USERS)
    play.read(1, users, 10.0 + took_s)
    times, judged = play.onlooker.look(play.at(10.7)).times, summary(took_s * 1e3)
    assert (times.p50, times.p99, times.last) == pytest.approx((judged.p50, judged.p99, judged.max), abs=2e-3)


def test_deliveries_of_the_last_second_and_of_the_best(scenario):
    play, users = Play(scenario), np.arange(USERS)
    play.release(1, 10.0)
    play.read(1, users[:300], 10.15)
    play.release(2, 11.0)
    play.read(2, users[:100], 11.55)
    load = play.onlooker.look(play.at(11.95))
    assert (load.rate.now_per_s, load.rate.peak_per_s, load.rate.delivered) == (100, 300, 400)
    assert load.trace == (*[0] * 10, 300, 100)
    assert play.onlooker.look(play.at(30.0)).rate.now_per_s == 0
    assert sum(play.onlooker.look(play.at(30.0)).trace) == 400


def test_each_shard_has_its_own_users_and_those_who_came_late_are_nobodys(scenario):
    play, users = Play(scenario), np.arange(USERS)
    play.release(1, 10.0)
    play.journal.shard[0, :100], play.journal.shard[0, 100:390] = 1, 2
    play.read(1, users, 10.0 + np.where(users < 100, 0.1, 0.3))
    parts = play.onlooker.look(play.at(10.5)).parts
    assert [one.name for one in parts] == ["shard 0", "shard 1", "came late"]
    assert [one.rate.delivered for one in parts] == [100, 290, 10]
    assert [one.due for one in parts] == [100, 290, None]
    assert [one.times.p99 for one in parts] == pytest.approx([100.0, 300.0, 300.0])


def test_of_two_platforms_each_has_those_whom_it_told_first(scenario):
    play, users = Play(scenario, journal=False, platforms=("WeChat", "QQ")), np.arange(USERS)
    play.release(1, 10.0)
    play.read(1, users[:200], 10.1)
    play.book.via[0, :150], play.book.via[0, 150:200] = 1, 2
    load = play.onlooker.look(play.at(10.5))
    assert [(one.name, one.rate.delivered) for one in load.parts] == [("WeChat", 150), ("QQ", 50)]
    assert load.parted == "platforms"


def test_of_a_gateway_that_notes_nothing_no_shard_is_known(scenario):
    play = Play(scenario, journal=False, host="warn.example")
    play.release(1, 10.0)
    play.read(1, np.arange(USERS), 10.1)
    load = play.onlooker.look(play.at(10.5))
    assert (load.parts, load.host) == ((), "warn.example")


def test_receipts_are_looked_through_no_more_often_than_they_are_worth_and_all_of_them_in_the_end(scenario):
    play, users = Play(scenario), np.arange(USERS)
    play.release(1, 10.0)
    play.read(1, users[:200], 10.1)
    play.onlooker.look(play.at(10.5))
    play.read(1, users[200:], 10.2)
    soon = play.at(10.5) + REST_NS * USERS - 1
    assert play.onlooker.look(soon).rate.delivered == 200
    assert play.onlooker.look(soon, last=True).rate.delivered == USERS
