"""The pages of plain HTTP, from counters and a desk that are real."""

import json
import os

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ewarn.errors import InputError
from ewarn.gateway import counters
from ewarn.gateway.sending import pace
from ewarn.gateway.settings import ShardSettings
from ewarn.gateway.shard import Shard
from tests.conftest import grouped


@pytest.fixture
async def shard():
    memory, fronts = counters.create(2), pace.create(2)
    made = Shard(ShardSettings(grouped({"engine": "write", "order": "fifo"}), 0, 2, 10, -1, memory, fronts))
    yield made
    made.connections.hearing.stop()
    for descriptor in (memory, fronts):
        os.close(descriptor)


def page(shard, path):
    kind, body = shard.entrance.door._house.pages[path.partition("?")[0]](path).make()
    return json.loads(body) if kind == "application/json" else body


async def test_health_is_degraded_while_fewer_shards_are_up_than_wanted(shard):
    shard.counters.put_of(0, "wanted", 2)
    for index, status in [(0, "degraded"), (1, "ok")]:
        shard.counters.put_of(index, "up", 1)
        shard.counters.put_of(index, "capacity", 10)
        health = page(shard, "/healthz")
        assert (health["status"], health["shards_up"], health["capacity"]) == (status, index + 1, 10 * index + 10)
    assert (health["engine"], health["order"], health["rate_per_s"], health["drill"]) == ("write", "fifo", None, True)


async def test_metrics_say_what_was_sent_how_fast_and_what_waits(shard, make_report):
    await shard.publish(make_report(), 0)
    shard.sweep()
    found = {one.name: one for one in text_string_to_metric_families(page(shard, "/metrics"))}
    assert found["ewarn_reports"].samples[0].value == 1
    assert found["ewarn_waiting_bytes"].samples[0].value == 0
    assert found["ewarn_release_to_sent_seconds"].samples[-2].value == 0, "nobody was there"


async def test_quakes_and_what_they_mean_at_places_are_shown_and_a_wrong_place_is_named(shard, make_report):
    shard.desk.remember(make_report())
    assert [one["quake"] for one in page(shard, "/v1/quakes")["quakes"]] == ["luding-2022"]
    said = page(shard, "/v1/snapshot?place=30,103&place=31,104")
    assert [len(place["quakes"]) for place in said["places"]] == [1, 1]
    assert page(shard, "/v1/snapshot")["places"] == []
    with pytest.raises(InputError, match="place 0: latitude"):
        page(shard, "/v1/snapshot?place=91,0")
