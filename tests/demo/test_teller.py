"""What a drill's show is told of the drill as a whole. How it goes on: tests/demo/test_server.py."""

import json

from ewarn.config.drill import load_drill
from ewarn.config.tables import shipped
from ewarn.demo.teller import Teller
from ewarn.drill.clients import notes
from ewarn.drill.scenario import prepare
from ewarn.system.clock import WallClock
from ewarn.system.happenings import Kind
from ewarn.verdict.happened import Happened
from ewarn.verdict.receipts import ReceiptBook

FAR = {"swarm.clients": "packets", "last_mile.rtt_ms": [40.0, 400.0]}


def scene(changes):
    """The message with which a show begins."""
    settings = load_drill(shipped() / "drill.toml", {"audience.users": 5} | changes)
    told = []
    rate_per_s = settings.gateway.rate_per_s
    with Teller(told.append, WallClock(), lambda _: ([], {}), notes(settings), rate_per_s=rate_per_s) as teller:
        teller.opens(prepare(settings), [], None)
    (found,) = [one for one in told if isinstance(one, dict) and one["type"] == "scene"]
    return found


def test_a_scene_says_that_a_last_mile_is_modelled_before_anything_is_delivered():
    ((key, words),) = (json.loads(note) for note in scene(FAR)["notes"])
    assert key == "clients.modelled"
    assert words[:3] == ["clients.last-mile", "40", "400"]
    assert scene({})["notes"] == []


def test_a_scene_says_how_fast_the_service_may_send():
    assert scene({"gateway.rate_per_s": 400.0})["rate_per_s"] == 400
    assert scene({})["rate_per_s"] is None


def test_what_happens_is_told_as_it_does_in_the_play_that_goes_on():
    told, one = [], Happened(kind=Kind.SHARD_DIED, at_s=9.5, index=1)
    with Teller(told.append, WallClock(), lambda _: ([], {})) as teller:
        teller.opens(prepare(load_drill(shipped() / "drill.toml", {"audience.users": 5})), [], None)
        teller.happened(one)
        teller.begins("fifo", 0, ReceiptBook(ReceiptBook.create(1, 5, 1), 1, 5, 1))
        teller.happened(one)
        teller.judged(None)
    (found,) = [one for one in told if isinstance(one, dict) and one["type"] == "happened"]
    assert (found["play"], found["at_s"], json.loads(found["words"])) == (0, 9.5, ["happened.shard_died", "1"])
