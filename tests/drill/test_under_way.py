"""The time in which a report is read, and what is counted in it."""

import pytest

from ewarn.drill.under_way import Cores, Look, Player, UnderWay, players

SHARD, PHONES = Player(7, "shard", 0), Player(8, "phones", 0)
CORES = Cores(2, 2)


def look(at_s, reads, shard_s=0.0, phones_s=0.0, busy_s=0.0):
    return Look(round(at_s * 1e9), reads, busy_s, {7: shard_s, 8: phones_s})


def at(seconds):
    return round(seconds * 1e9)


def test_what_a_shard_spent_on_its_plan_counts_though_the_release_was_told_later():
    before, told = look(9.6, 50, shard_s=1.0), look(10.02, 80, shard_s=1.02, busy_s=5.0)
    way = UnderWay.of(1, 100, at(10.0), before, told).grown(at(10.2), 150)
    assert way.is_over(at(10.2))
    done = UnderWay(**{**vars(way), "after": look(10.22, 150, shard_s=1.19, phones_s=0.1, busy_s=5.4)})
    used = done.usage([SHARD, PHONES], CORES, look(99, 999))
    assert used.seconds == pytest.approx(0.2)
    assert [one.cores for one in used.processes] == pytest.approx([0.95, 0.5])
    assert used.busy == pytest.approx(2.0), "of the machine, from when it was looked at"


def test_it_is_over_when_nobody_reads_any_more_and_not_before():
    told = look(10.0, 0)
    way = UnderWay.of(1, 100, at(10.0), told, told)
    assert not way.is_over(at(14.9)), "it is planned"
    assert way.is_over(at(15.0))
    grown = way.grown(at(10.1), 40)
    assert not grown.is_over(at(10.2))
    assert grown.grown(at(10.2), 40) is grown, "no more was read"
    assert grown.is_over(at(10.25))


def test_where_nothing_was_read_nothing_is_said():
    told = look(10.0, 0)
    assert UnderWay.of(1, 100, at(10.0), told, told).usage([SHARD], CORES, look(10.4, 0, 0.3)) is None


def test_while_it_goes_on_it_is_told_until_now():
    told = look(10.0, 0)
    way = UnderWay.of(1, 100, at(10.0), told, told).grown(at(10.3), 30)
    used = way.usage([SHARD, PHONES], CORES, look(10.5, 50, shard_s=0.25))
    assert used.processes[0].cores == pytest.approx(0.5)


def test_a_process_that_has_gone_or_come_meanwhile_is_not_told_of():
    told = Look(at(10.0), 0, 0.0, {7: 1.0})
    used = CORES.between([SHARD, PHONES], told, look(10.5, 9, shard_s=1.1, phones_s=9.0))
    assert [one.kind for one in used.processes] == ["shard"]


def test_processes_of_a_gateway_are_told_apart_by_what_top_calls_them():
    found = players(
        [(1, "ewarn"), (2, "ewarn-shard-0"), (3, "ewarn-shard-12"), (4, "ewarn-terminato"), (5, "sh")], "QQ"
    )
    assert [(one.kind, one.index) for one in found] == [
        ("front", None),
        ("shard", 0),
        ("shard", 12),
        ("tls", None),
        ("other", None),
    ]
    assert {one.of for one in found} == {"QQ"}
