"""The pages of plain HTTP, from counters and a desk that are real."""

import json
import os

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ewarn.errors import InputError
from ewarn.gateway import counters
from ewarn.gateway.hosts import board
from ewarn.gateway.hosts.board import Board, BusNotice, LineNotice, Notice
from ewarn.gateway.sending import pace
from ewarn.gateway.settings import ShardSettings
from ewarn.gateway.shard import Shard
from ewarn.wire.gateways import Gateway
from tests.conftest import grouped


@pytest.fixture
async def shard():
    memory, fronts, shown = counters.create(2), pace.create(2), board.create()
    made = Shard(
        ShardSettings(grouped({"engine": "write", "order": "fifo"}), 0, 2, 10, -1, memory, fronts, board=shown)
    )
    yield made
    made.connections.hearing.stop()
    for descriptor in (memory, fronts, shown):
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


async def test_what_is_on_the_board_is_listed_and_a_bus_of_which_nothing_is_heard_makes_a_gateway_stale(shard):
    assert page(shard, "/v1/gateways")["gateways"] == []
    shard.counters.put("parked", 3)
    own, other = (Gateway(name, f"ws://{name}:1", 10, 0, "up") for name in ("b", "a"))
    Board(shard.settings.board).put(Notice(own, (other,), BusNotice((LineNotice(True, 0.0, 0.0, True),))))
    listed = page(shard, "/v1/gateways")
    assert [(one["name"], one["connections"]) for one in listed["gateways"]] == [("a", 0), ("b", 3)]
    assert (listed["capacity"], listed["without_the_largest"], listed["spare"]) == (20, 10, True)
    health = page(shard, "/healthz")
    assert (health["status"], health["bus"]["lines"][0]["up"], health["bus"]["newest"]) == ("stale", True, None)


def test_a_gateway_without_a_bus_lists_itself_alone_and_says_nothing_of_one(shared_gateway):
    (one,) = json.loads(shared_gateway.get("/v1/gateways"))["gateways"]
    assert (one["url"], one["state"]) == (f"ws://{shared_gateway.started.listen}", "up")
    assert "bus" not in shared_gateway.health()
