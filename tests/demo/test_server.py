import json
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from msgspec import convert
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from ewarn.system.process import descendants
from ewarn.verdict.document import Document
from ewarn.verdict.headline import headline
from ewarn.watching.show import HEADER


def got(url):
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310  one of our own
        return answer.headers, answer.read()


def has_ended(message):
    return message["type"] == "state" and message["state"] in ("done", "failed")


def of(told, kind):
    return [message for message in told if isinstance(message, dict) and message["type"] == kind]


def receipts(told, play):
    """By user, the first receipt that blocks told of."""
    found = {}
    for block in (message for message in told if isinstance(message, bytes)):
        kind, its_play, _, _, count = HEADER.unpack_from(block)
        if (kind, its_play) == (2, play):
            users = np.frombuffer(block, "<u4", count, HEADER.size)
            times = np.frombuffer(block, "<f4", count, HEADER.size + 4 * count)
            found |= dict(zip(users.tolist(), times.tolist(), strict=True))
    return found


@pytest.fixture(scope="module")
def show(demo):
    """Two plays, fifo and deadline, as one saw them who watched from the beginning."""
    assert demo.start(orders=["fifo", "deadline"]) == {"type": "ok"}
    return demo.show(has_ended)


def test_the_page_is_served_and_nothing_else(demo):
    headers, _ = got(f"http://{demo.host}/")
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        got(f"http://{demo.host}/../pyproject.toml")


@pytest.mark.parametrize("token", ["", "wrong", None, 3])
def test_without_the_token_nothing_starts_or_stops(demo, token):
    for kind in ("start", "stop"):
        answer = demo.ask({"type": kind, "token": token})
        assert answer["type"] == "error"
        assert answer["problem"].startswith("token: ")


def test_another_page_may_not_speak_to_the_control(demo):
    with pytest.raises(InvalidStatus, match="403"):
        demo.ask({"type": "stop", "token": demo.token}, origin="http://127.0.0.1:1")
    assert demo.ask({"type": "stop", "token": demo.token}, origin=f"http://{demo.host}") == {"type": "ok"}


@pytest.mark.parametrize(
    "token", ["\ud800", "\udfff" * 40, "\0", "é", "x" * 60_000, [], {}, 1e308, True], ids=lambda one: repr(one)[:12]
)
def test_a_token_that_no_one_can_have_is_refused_and_closes_nothing_else(demo, token):
    with demo.viewer() as feed:
        feed.recv(10)
        answer = demo.ask({"type": "stop", "token": token})
        assert answer["problem"].startswith("token: ") or answer["problem"].startswith("not JSON: ")
        feed.recv(10)
    for depth in (10, 500, 900, 990, 5_000):
        assert demo.ask_text('{"type":"stop","token":' + "[" * depth + "]" * depth + "}")["type"] == "error"


def test_a_page_of_another_origin_and_a_name_made_to_point_here_get_no_feed(demo):
    for options, status in (
        ({"origin": "http://evil.test"}, "403"),
        ({"additional_headers": {"Host": "evil.test"}}, "421|400"),
    ):
        with pytest.raises(InvalidStatus, match=status), demo.viewer(**options):
            pass
    with demo.viewer(origin=f"http://{demo.host}") as feed:
        feed.recv(10)
    request = urllib.request.Request(f"http://{demo.host}/", headers={"Host": "evil.test"})
    with pytest.raises(urllib.error.HTTPError, match="421"):
        got(request)


def test_what_will_not_do_is_refused_by_its_key(demo):
    assert demo.start(users=0)["problem"].startswith("users: ")
    assert demo.ask({"type": "dance", "token": demo.token})["problem"].startswith("type: ")


def test_both_plays_are_told_with_every_report_and_every_first_receipt(show):
    assert [play["order"] for play in of(show, "play")] == ["fifo", "deadline"]
    verdicts = {message["play"]: message["verdict"] for message in of(show, "verdict")}
    for play, verdict in verdicts.items():
        reports = [report for report in of(show, "report") if report["play"] == play]
        assert [report["number"] for report in reports] == [report["number"] for report in verdict["reports"]]
        assert verdict["reports"][0]["delivered"] == 300
        counts = {m["report"]: m["delivered"] for m in of(show, "count") if m["play"] == play}
        assert counts == {report["number"]: report["delivered"] for report in verdict["reports"]}
        found = receipts(show, play)
        assert sorted(found) == list(range(300))
        assert reports[0]["release_s"] < min(found.values())


def test_each_verdict_comes_with_its_headline_spelled(show):
    for message in of(show, "verdict"):
        assert message["headline"] == headline(convert(message["verdict"], Document)).spelled()


def test_receipts_are_those_of_the_files_that_the_play_left(show):
    folders = [line["line"].removeprefix("results in ") for line in of(show, "say") if "results in" in line["line"]]
    assert len(folders) == 2
    for play, folder in enumerate(folders):
        told, release = receipts(show, play), next(r for r in of(show, "report") if r["play"] == play)
        rows = np.load(Path(folder) / "receipts.npy")
        first = rows[rows["report"] == 1]
        expected = release["release_s"] + (first["read"] - first["released"]) / 1e9
        assert [told[user] for user in first["user"].tolist()] == pytest.approx(expected.tolist(), abs=2e-3)


def test_who_comes_after_all_is_over_is_told_the_same_show(demo, show):
    again = demo.show(has_ended)
    kept = ("scene", "play", "report", "verdict")
    for kind in kept:
        assert of(again, kind) == of(show, kind)
    assert receipts(again, 1) == receipts(show, 1)


def test_the_drill_that_was_played_is_viewed_without_token_by_a_name_and_no_other_run_is(demo, show):
    first, second = of(show, "run")
    assert (first["run"], first["play"], second["play"]) == (second["run"], 0, 1)
    again = demo.show(has_ended, query=f"?view={first['run']}")
    assert again[0]["viewing"] == {"name": first["run"], "runs": [first["run"]]}
    assert [play["order"] for play in of(again, "play")] == ["fifo", "deadline"]
    assert of(again, "verdict") == of(show, "verdict")
    told, before = receipts(again, 1), receipts(show, 1)
    assert list(told) == sorted(before)
    assert [told[user] for user in told] == pytest.approx([before[user] for user in told], abs=2e-3)
    assert of(again, "state")[-1]["alerts"] == []
    folder = next(line["line"].removeprefix("results in ") for line in of(show, "say") if "results in" in line["line"])
    for name in (folder, f"../runs/{first['run']}", f"{first['run']}/", "..", ""):
        (_, refused) = demo.show(has_ended, query=f"?view={quote(name, safe='')}")
        assert "no run of this name" in refused["line"]


def test_the_gateway_stays_for_phones_until_it_is_stopped(demo, show):
    alerts = of(show, "state")[-1]["alerts"]
    health = alerts[0].replace("ws://", "http://").replace("/v1/alerts", "/healthz")
    assert json.loads(got(health)[1])["connections"] == 300
    page = {"origin": f"http://{demo.host}"}
    with connect(f"{alerts[0]}?user=phone&place=30,103", **page):
        pass
    with pytest.raises(InvalidStatus, match="403"), connect(f"{alerts[0]}?user=phone", origin="http://evil.test"):
        pass
    assert demo.ask({"type": "stop", "token": demo.token}) == {"type": "ok"}
    assert descendants(demo.process.pid) == []
    with pytest.raises((urllib.error.URLError, ConnectionError)):
        got(health)


def test_it_ends_at_once_though_somebody_watches(demo):
    # Here nobody reads what came meanwhile, so the client itself would wait ten seconds for the server's goodbye.
    with demo.viewer(close_timeout=0.1) as feed:
        feed.recv(10)
        demo.process.terminate()
        assert demo.process.wait(10) == 0
