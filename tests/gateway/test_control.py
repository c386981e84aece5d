"""The control address on a real port: what it takes, what it refuses by name, and what it hands on."""

import json
import socket
from dataclasses import replace

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from ewarn.errors import InputError
from ewarn.gateway.intake import control as intake
from ewarn.gateway.intake.control import Behind, Control, decode_strategy
from ewarn.gateway.intake.keeping import Keeping
from ewarn.gateway.intake.taking import Taking
from ewarn.gateway.settings import Alerts, Strategy
from ewarn.system.clock import WallClock
from ewarn.wire.reports import REPORTS_PATH, encode
from ewarn.wire.shards import Shards
from tests.conftest import CENTRE

SECRET = "of these tests"


class Gateway:
    """What stands behind a control address, and what it was told."""

    def __init__(self):
        self.published, self.strategies, self.wanted, self.counted = [], [], [], []

    def check(self, report):
        if report.zone == "Central":
            raise InputError("signature: missing")

    def publish(self, report, _age_s):
        self.published.append(report)
        return 42

    def resize(self, wanted):
        self.wanted.append(wanted)
        if wanted.count == 9:
            raise InputError("count: 9 shards, at least 1 and at most 4")
        return Shards(2, 2, (), ())


@pytest.fixture
async def control(tmp_path):
    behind = Gateway()
    behind.folder = tmp_path
    keeping = Keeping(tmp_path, WallClock().time())
    listener = socket.create_server(("127.0.0.1", 0))
    taking = Taking(behind.check, behind.publish, Alerts(), keeping)
    made = Control(
        SECRET,
        Behind(taking, behind.resize, behind.strategies.append, behind.counted.append),
        Strategy(),
        WallClock(),
        keeping,
    )
    server = await made.listen(listener)
    port = listener.getsockname()[1]

    async def ask(*messages, secret=SECRET, path=REPORTS_PATH):
        secrets = [] if secret is None else [secret] if isinstance(secret, str) else secret
        headers = [("Authorization", f"Bearer {one}") for one in secrets]
        async with connect(f"ws://127.0.0.1:{port}{path}", additional_headers=headers, proxy=None) as client:
            answers = []
            for message in messages:
                await client.send(message)
                answers.append(json.loads(await client.recv()))
            return answers

    behind.ask = ask
    yield behind
    server.close()
    await server.wait_closed()
    keeping.close()


async def test_a_report_is_handed_on_and_answered_with_how_many_it_is_for(control, make_report):
    (answer,) = await control.ask(encode(make_report(3)))
    assert answer == {"type": "released", "number": 3, "targets": 42}
    assert [report.number for report in control.published] == [3]


async def test_a_report_that_is_wrong_or_not_newer_is_refused_by_name_and_the_connection_goes_on(control, make_report):
    text = encode(make_report(2))
    wrong = json.loads(text) | {"number": 0}
    answers = await control.ask(text, text, json.dumps(wrong), "[", encode(make_report(3)))
    assert [answer["type"] for answer in answers] == ["released", "error", "error", "error", "released"]
    assert answers[1]["problem"] == "number: 2 is not newer than 2, already out for luding-2022"
    assert answers[2]["problem"].startswith("number: ")
    assert [report.number for report in control.published] == [2, 3]


async def test_a_weak_report_is_handed_on_with_a_note(control, make_report):
    report = make_report()
    (answer,) = await control.ask(encode(replace(report, origin=replace(report.origin, magnitude=4.0))))
    assert answer["note"].startswith("magnitude 4 is below 5")


async def test_shards_and_strategy_are_asked_for_and_a_refusal_is_told(control):
    answers = await control.ask(
        '{"type":"shards"}',
        '{"type":"shards","count":9}',
        '{"type":"strategy","order":"fifo"}',
        '{"type":"strategy","order":"x"}',
    )
    assert answers[0] == {"type": "shards", "count": 2, "up": 2, "starting": [], "draining": []}
    assert answers[1]["problem"] == "count: 9 shards, at least 1 and at most 4"
    assert answers[2] == {"type": "strategy", "order": "fifo", "rate_per_s": None}
    assert answers[3]["problem"].startswith("order: 'x' is not one of")
    assert control.strategies == [Strategy("fifo")]


@pytest.mark.parametrize(
    ("secret", "path", "status"), [("wrong", REPORTS_PATH, 401), (None, REPORTS_PATH, 401), (SECRET, "/", 404)]
)
async def test_who_has_not_the_secret_or_asks_for_something_else_is_let_in_to_nothing(control, secret, path, status):
    with pytest.raises(InvalidStatus) as caught:
        await control.ask(secret=secret, path=path)
    assert caught.value.response.status_code == status


async def test_two_secrets_are_none_even_where_one_is_right(control):
    with pytest.raises(InvalidStatus) as caught:
        await control.ask(secret=[SECRET, "wrong"])
    assert caught.value.response.status_code == 401


def test_what_a_strategy_does_not_name_stays():
    now = Strategy("fifo", 5.0)
    assert decode_strategy('{"type":"strategy"}', now) == now
    assert decode_strategy('{"rate_per_s":null}', now) == Strategy("fifo", None)
    assert decode_strategy('{"rate_per_s":7}', now) == Strategy("fifo", 7.0)
    with pytest.raises(InputError, match="rate_per_s"):
        decode_strategy('{"rate_per_s":0}', now)


async def test_who_released_what_and_when_is_in_the_audit_log_and_so_is_what_was_refused(control, make_report):
    report = CENTRE.seal(make_report())
    await control.ask(encode(report), encode(report), '{"type":"strategy","order":"fifo"}', '{"type":"shards"}')
    with pytest.raises(InvalidStatus):
        await control.ask(secret="wrong")
    lines = [json.loads(line) for line in (control.folder / "audit.jsonl").read_text().splitlines()]
    assert [(line["did"], line["became"][:9]) for line in lines] == [
        ("release", "published"),
        ("message", "refused: "),
        ("strategy", '{"type": '),
        ("shards", '{"type": '),
        ("connect", "wrong sec"),
    ]
    first = lines[0]
    assert (first["quake"], first["play"], first["number"]) == (report.quake, report.play, report.number)
    assert first["signature"] == report.sealed.signature
    assert all(line["from"].startswith("127.0.0.1:") and line["at"].endswith("Z") for line in lines)
    assert SECRET not in (control.folder / "audit.jsonl").read_text()


async def test_a_cancel_that_comes_first_is_told_to_nobody_and_ends_its_play(control, make_report):
    answers = await control.ask(encode(make_report(3, "cancel")), encode(make_report(4)))
    assert (answers[0]["targets"], answers[0]["note"][:19]) == (0, "a cancel came first")
    assert answers[1]["problem"].startswith("status: update cannot follow cancel")
    assert control.published == []


async def test_what_is_not_signed_or_not_fresh_is_refused_and_counted(control, make_report):
    unsigned = replace(make_report(), zone="Central")
    old = replace(make_report(), ahead_s=0.0, released=make_report().released - 700)
    answers = await control.ask(encode(unsigned), encode(old))
    assert [answer["problem"].split(":")[0] for answer in answers] == ["signature", "released"]
    assert control.counted == ["reports_refused"] * 2


async def test_who_guesses_without_end_pushes_nobody_out_of_the_audit_log(control, make_report, monkeypatch):
    monkeypatch.setattr(intake, "GUESS_S", 0.0)
    await control.ask(encode(CENTRE.seal(make_report())))
    for _ in range(20):
        with pytest.raises(InvalidStatus):
            await control.ask(secret="wrong")
    lines = [json.loads(line) for line in (control.folder / "audit.jsonl").read_text().splitlines()]
    assert [(line["did"], line.get("times")) for line in lines] == [("release", None), ("connect", 1)]
    assert control.counted == ["secrets_refused"] * 20
