"""Counters that several shards write and any can sum."""

from ewarn.gateway import counters
from ewarn.gateway.counters import Counters, Reason


def test_totals_are_over_all_shards():
    memory = counters.create(3)
    shards = [Counters(memory, 3, index) for index in range(3)]
    for index, shard in enumerate(shards):
        shard.add("frames", 10**index)
    assert [shard.total("frames") for shard in shards] == [111] * 3


def test_a_dead_shard_has_no_connections_and_its_ended_ones_stay_counted():
    memory = counters.create(2)
    one, other = Counters(memory, 2, 0), Counters(memory, 2, 1)
    for shard in (one, other):
        shard.add("accepted", 5)
        shard.put("parked", 4)
        shard.ended(Reason.CLIENT_CLOSED)
    one.bury(1)
    assert one.total("parked") == 4
    assert one.ended_connections().tolist() == [1, 5]
    assert one.total("closed_client_closed") == 2


def test_how_many_shards_there_are_to_be_outlives_one_that_ends_and_what_it_was_does_not():
    of = Counters(counters.create(2), 2)
    of.put("wanted", 2)
    for gauge in ("up", "draining", "capacity"):
        of.put_of(0, gauge, 1)
    of.bury(0)
    assert [of.total(name) for name in ("wanted", "up", "draining", "capacity")] == [2, 0, 0, 0]
