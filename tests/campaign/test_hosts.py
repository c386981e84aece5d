"""The part of the campaign that lays hosts: what its stamps and receipts come to, and what fails its rows."""

from dataclasses import replace

import numpy as np
import pytest

from ewarn.verdict.receipts import RECEIPT
from tests.campaign import hosts
from tests.campaign.hosts_figures import Played, medians, reached, said, sent_away
from tests.campaign.hosts_rolling import Restarted, Rolled
from tests.campaign.rows import Row

S = 1_000_000_000
RELEASED = {1: 10 * S, 2: 11 * S}


def receipts(*rows):
    """(user, report, read s)"""
    found = np.zeros(len(rows), RECEIPT)
    for index, (user, number, read_s) in enumerate(rows):
        found[index] = user, number, -1, -1, round(read_s * S)
    return found


WHOLE = reached(receipts((0, 1, 10.1), (0, 2, 11.1), (1, 2, 11.3)), RELEASED, 2)


def test_who_has_only_the_newest_has_missed_nothing_and_what_they_lack_was_superseded():
    assert WHOLE.whole
    assert (WHOLE.newest, WHOLE.some, WHOLE.superseded) == (2, 2, 1)
    assert sorted(WHOLE.latency_s) == pytest.approx([0.1, 0.1, 0.3])
    assert (WHOLE.newest_s, WHOLE.first_s) == (pytest.approx(0.3), pytest.approx(1.3))
    assert WHOLE.at(1.0) == pytest.approx(0.3)


def test_who_has_an_old_report_alone_has_missed_the_newest():
    found = reached(receipts((0, 1, 10.1), (0, 2, 11.1), (1, 1, 10.2)), RELEASED, 2)
    assert not found.whole
    assert (found.newest, found.some, found.superseded) == (1, 2, 0)
    assert np.isinf(found.newest_s)
    assert found.first_s == pytest.approx(0.2)


def test_who_has_nothing_counts_as_infinite():
    found = reached(receipts((0, 2, 11.1)), RELEASED, 2)
    assert (found.some, np.isinf(found.first_s), found.whole) == (1, True, False)


def test_who_is_sent_away_before_a_report_that_others_had_is_untold():
    told = [(0, 1, 10 * S), (1, 1, 10 * S + 1), (2, 1, 10 * S + 2), (0, 2, 11 * S)]
    heard = [(client, number, at, at, "quake") for client, number, at in told]
    in_time = [(1, 10 * S + S // 2), (2, 11 * S + S // 100), (0, 12 * S)]
    assert sent_away(heard, in_time).untold == 0
    assert sent_away(heard, [(1, 11 * S + S // 2)]).untold == 1
    assert sent_away(heard, [(3, 10 * S + S)]).untold == 1
    assert sent_away([], [(3, S)]) == sent_away(heard, [(3, S)])


PLAYED = Played(WHOLE, (0.004, 0.006), 2, {"lost": 0})


def test_figures_are_medians_of_plays():
    others = [replace(PLAYED, answer_s=(at, at)) for at in (0.005, 0.001, 0.9)]
    assert medians(others)["answers p50"] == pytest.approx(0.005)
    assert said(medians([PLAYED]), "answers") == "p50 4.0 ms, p99 6.0 ms"


def test_reports_that_all_have_and_all_gateways_answer_pass():
    row = hosts.judged(hosts.REPORTS, [PLAYED, PLAYED])
    assert row.passed
    assert (row.figure, row.unit) == (pytest.approx(4.0), "ms p50 to answers")
    assert "to phones p50 100.0 ms, p99 300.0 ms, last 300.0 ms" in row.seen


@pytest.mark.parametrize(
    "bad", [{"answers_due": 3}, {"counted": {"lost": 1}}, {"reached": replace(WHOLE, newest=1)}], ids=str
)
def test_one_play_that_does_not_hold_fails_the_row(bad):
    assert not hosts.judged(hosts.REPORTS, [PLAYED, replace(PLAYED, **bad)]).passed


COUNTED = {"lost": 0, "left": 5, "returned": 5}
ROLLED = Rolled((Restarted("g1", 2.0, 0, 1.0),), WHOLE, sent_away([], [(0, 1)]), COUNTED, 0, 9.0)


def test_a_restart_that_nobody_misses_a_report_by_passes():
    assert hosts.restarted(ROLLED).passed
    assert "g1 drained in 2.0 s (0), up after 1.0 s" in hosts.restarted(ROLLED).seen


@pytest.mark.parametrize(
    "bad",
    [
        {"restarted": (Restarted("g1", 2.0, 1, 1.0),)},
        {"reached": replace(WHOLE, newest=1)},
        {"counted": COUNTED | {"lost": 1}},
        {"away": sent_away([], [])},
        {"away": sent_away([(0, 1, 0, 0, "q")], [(1, S)])},
    ],
    ids=str,
)
def test_one_thing_that_does_not_hold_fails_the_restart(bad):
    assert not hosts.restarted(replace(ROLLED, **bad)).passed


def test_where_there_can_be_no_hosts_one_row_says_why(monkeypatch):
    def none_here():
        raise hosts.InputError("no tools")

    monkeypatch.setattr(hosts, "found_here", none_here)
    assert hosts.hosts(short=True) == [Row("hosts", "hosts", "hosts on this machine", "left out: no tools", True)]
