"""The page on the wire: nothing that is said on it is missing, and its examples are what a real gateway says."""

import json
import re
from dataclasses import replace
from typing import get_args

import pytest
from msgspec.json import Decoder
from websockets.frames import CloseCode
from websockets.sync.client import connect

from ewarn.seismic.origin import Origin, Report
from ewarn.system.clock import WallClock
from ewarn.wire import swarms
from ewarn.wire.messages import understood
from ewarn.wire.reports import decode, encode
from ewarn.wire.subscriptions import Follow, Snapshot
from tests.conftest import CENTRE, SECRET
from tests.docs.pages import ROOT, blocks

PAGE = ROOT / "docs" / "reference" / "wire.md"
TEXT = PAGE.read_text(encoding="utf-8")
SOURCES = {
    room: "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "ewarn" / room).rglob("*.py")))
    for room in ("gateway", "wire")
}
EXAMPLES = [json.loads(block.text) for block in blocks(PAGE, "json")]
HERE = [(29.61, 102.12), (30.67, 104.06)]


def examples(kind, *keys):
    """Of a type, with at least these keys."""
    return [one for one in EXAMPLES if one["type"] == kind and all(key in one for key in keys)]


def types_in(value):
    """Of a message, and of those in it."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    own = {value["type"]} if isinstance(value, dict) and "type" in value else set()
    return own | {kind for one in inner for kind in types_in(one)}


def shape(value):
    """A message without its values; a list is as its first element."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items() if key != "magnitude_type"}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def test_every_type_of_message_is_on_the_page():
    said = "\n".join(SOURCES.values())
    types = set(re.findall(r"""\\?["']type\\?["']:\s*\\?["'](\w+)|\btag=["'](\w+)|\bTYPE = ["'](\w+)""", said))
    found = {name for names in types for name in names if name} | {"follow", "snapshot", "strategy", "report", "quick"}
    assert found >= {"chat", "time", "error", "released", "shards"}
    assert found == {kind for one in EXAMPLES for kind in types_in(one)}


def test_every_close_code_and_status_is_on_the_page():
    source = SOURCES["gateway"]
    codes = {CloseCode[name].value for name in re.findall(r"CloseCode\.(\w+)", source)}
    codes |= {int(code) for code in re.findall(r"\b(1\d{3})\)?\.to_bytes", source)}
    assert {1001, 1003, 1007, 1008, 1012} <= codes
    told = set(map(int, re.findall(r"(?m)^\| (\d+) \|", TEXT)))
    assert codes <= told
    from http import HTTPStatus

    assert {HTTPStatus[name].value for name in re.findall(r"HTTPStatus\.(\w+)", source)} <= told


def test_examples_of_a_clients_messages_are_understood():
    for one in examples("follow") + examples("snapshot"):
        if "drill" not in one:
            understood(json.dumps(one), Decoder(Follow | Snapshot))


def test_examples_of_a_fleets_orders_and_answers_are_understood():
    orders = Decoder(swarms.ForAgent | swarms.ForConductor)
    for kind in ("order", "pulse", "answer", "standing"):
        for one in examples(kind):
            found = orders.decode(json.dumps(one))
            assert set(one) - {"type"} == set(found.__struct_fields__)
    said = {type(orders.decode(json.dumps(one)).do) for one in examples("order")}
    assert said == set(get_args(swarms.Do))
    assert {type(orders.decode(json.dumps(one)).said) for one in examples("answer")} == set(get_args(swarms.Said))


@pytest.fixture(scope="module")
def origin():
    return Origin(time=WallClock().time() - 6.4, latitude=29.59, longitude=102.08, depth_km=16.0, magnitude=6.1)


def test_examples_of_the_gateways_messages_are_what_it_says(start_gateway, origin):
    gateway = start_gateway(shards=1)
    query = "user=me" + "".join(f"&place={latitude},{longitude}" for latitude, longitude in HERE)
    released = origin.time + 6.4
    warning = Report("luding-2022", 1, "update", origin, "Qingzang", released, round(origin.time * 1e9))
    with connect(gateway.url(query)) as client, gateway.publisher() as control:
        heard = []
        for report in (warning, replace(warning, number=2, status="reviewed")):
            control.release(report)
            heard.append(json.loads(client.recv(10)))
        for question in ('{"type":"snapshot"}', '{"type":"time","sent":1.5}', '{"type":"chat","text":"hello"}'):
            client.send(question)
            heard.append(json.loads(client.recv(10)))
    for one in heard:
        drawn = examples(one["type"], "drill", *(["tier"] if "tier" in one else []))
        assert drawn and all(shape(example) == shape(one) for example in drawn), one["type"]


def test_examples_of_the_control_port_are_what_it_takes_and_answers(start_gateway):
    gateway = start_gateway(shards=1)
    url = f"ws://{gateway.started.control}/v1/reports"
    with connect(url, additional_headers={"Authorization": f"Bearer {SECRET}"}) as control:

        def ask(message):
            control.send(message if isinstance(message, str) else json.dumps(message))
            return json.loads(control.recv(10))

        (handed,) = [one for one in examples("report") if one.get("places") == []]
        report, now = decode(json.dumps(handed)), WallClock().time()
        played = encode(CENTRE.seal(replace(report.later(now - report.released), play=round(now * 1e9))))
        assert shape(json.loads(played)) == shape(handed)
        assert shape(ask(played)) == shape(examples("released")[0])
        for one in examples("strategy"):
            assert ask(one) == one
        asked, answered = examples("shards", "force")[0], examples("shards", "up")[0]
        assert set(ask({**asked, "count": 1})) == set(answered)
        assert ask({"type": "report", "drill": False}) == examples("error")[0]
