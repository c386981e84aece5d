"""A finished run on the page, and a page that plays a list by itself, as a browser shows them."""

import json
import signal
import subprocess
import sys
from contextlib import ExitStack, contextmanager

import pytest
from msgspec import to_builtins

from tests import hosts_of_a_fleet
from tests.briefing.conftest import simulated
from tests.browser.conftest import DRILL, until
from tests.browser.fits import faults
from tests.browser.patience import becomes
from tests.browser.test_demo_page import SECOND, numbers

LIST = """
[[entry]]
quake = "luding-2022"
users = 300
orders = ["fifo", "deadline"]
language = "zh"
hold_s = 3600
"""
SIZES = [(1280, 720), (1920, 1080)]


@contextmanager
def serving(*words):
    """A verb that serves, until it is told to stop; `words` have its port."""
    command = [sys.executable, "-m", "ewarn", *map(str, words), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield json.loads(process.stdout.readline())["page"]
        finally:
            process.send_signal(signal.SIGINT)


@pytest.fixture
def serve():
    """The address of a verb that serves until the pages that look are closed: name it before `watch`."""
    with ExitStack() as stack:
        yield lambda *words: stack.enter_context(serving(*words, "--listen", "127.0.0.1:0"))


def port_of(address):
    return address.rstrip("/").rpartition(":")[2]


def test_a_finished_run_plays_once_from_its_origin_and_its_phone_is_not_connected(tmp_path, serve, watch, axe):
    for order in ("fifo", "deadline"):
        happened = [{"kind": "shard_died", "at_s": 12.0, "index": 1}] if order == "deadline" else []
        fleet = to_builtins(hosts_of_a_fleet.fleet(300, "silent from 9.3 s" if order == "deadline" else None))
        simulated(tmp_path / "pair" / order, order=order, happened=happened, fleet=fleet)
    page = watch(serve("view", tmp_path / "pair"), reduced_motion="no-preference")
    page.wait_for_selector("body[data-state=done]")
    assert page.text_content("#viewing-name") == "Viewing a finished run: pair/deadline, pair/fifo"
    assert page.get_attribute("#mode", "data-mode") == "replay"
    assert page.is_hidden("#controls")
    assert "Not connected" in page.text_content(".phone-state")
    assert page.locator(".quake-map").count() == 2
    happened = "+12.00 s  shard 1 died: its connections are lost"
    assert page.get_attribute("#marks .happened", "title") == page.text_content("#said li") == happened
    lost, whole = (page.locator("#verdict article").nth(play) for play in (0, 1))
    becomes(page, lambda: "swarm s2 was lost: silent from 9.3 s" in lost.inner_text(), True)
    assert "s1, swarm: 150 users, known to 40 us at most" in lost.inner_text()
    assert "s2, swarm: 150 users, known to 900 us at most" in whole.inner_text()
    page.click("#language")
    assert "s1（客户端）：150 名用户，误差界最宽 40 微秒" in lost.inner_text()
    assert page.get_attribute("#marks .happened", "title") == "+12.00 秒  分片 1 异常退出，其连接断开"
    assert "pair/deadline" in page.text_content("#viewing-name")
    assert "未连接" in page.text_content(".phone-state")
    assert axe(page) == []


def test_a_page_outlives_its_server_and_goes_on_where_it_stood(tmp_path, chromium):
    simulated(tmp_path / "run")
    page, errors = chromium.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    with serving("view", tmp_path / "run", "--listen", "127.0.0.1:0") as address:
        page.goto(address)
        page.wait_for_selector("body[data-state=done]")
        page.focus("#scrub")
        page.keyboard.press("End")
        becomes(page, lambda: page.get_attribute("#mode", "data-mode"), "paused")
        clock = page.text_content("#clock")
    page.wait_for_selector("#feed-problem:not(:empty)")
    with serving("view", tmp_path / "run", "--listen", f"127.0.0.1:{port_of(address)}"):
        page.wait_for_selector("#feed-problem:empty", state="attached", timeout=30 * SECOND)
        becomes(page, lambda: page.text_content("#clock"), clock)
        assert page.locator(".quake-map").count() == 1
    page.close()
    assert errors == []


def test_the_drill_that_was_just_played_has_a_link_for_a_colleague(played, over, watch):
    demo, page = played[0], over
    link = page.locator("#view-link a")
    link.wait_for()
    address = demo.spectators.rstrip("/") + link.get_attribute("href")
    assert "token" not in address
    other = watch(address, reduced_motion="reduce")
    other.wait_for_selector("body.viewing[data-state=done]")
    becomes(other, lambda: other.get_attribute("#mode", "data-mode"), "paused")
    page.focus("#scrub")
    page.keyboard.press("End")
    for one in (page, other):
        one.wait_for_selector("#in-time[data-value]:not([data-value='0'])")
    becomes(other, lambda: numbers(other), numbers(page))
    gone = watch(demo.spectators + "?view=../secret")
    gone.locator("#viewing-problem", has_text="no run of this name").wait_for()


def test_a_kiosk_shows_all_at_once_in_the_language_of_its_list_and_what_comes_next(tmp_path, serve, watch, axe):
    (tmp_path / "drill.toml").write_text(DRILL)
    (tmp_path / "list.toml").write_text(LIST)
    words = ("demo", tmp_path / "drill.toml", "--kiosk", tmp_path / "list.toml", "--out", tmp_path / "runs")
    page = watch(serve(*words), 1920, 1080, dark=True)
    page.wait_for_selector("html[lang=zh-CN]", timeout=60 * SECOND)
    assert page.is_hidden("#controls")
    assert page.is_visible(".drill-band")
    page.wait_for_selector("body.resting", timeout=20 * SECOND)
    assert page.evaluate("getComputedStyle(document.querySelector('#stage')).cursor") == "none"
    page.mouse.move(50, 60)
    page.wait_for_selector("body:not(.resting)")
    until(page, "done")
    becomes(page, lambda: page.locator(".quake-map").count(), 2)
    becomes(page, lambda: page.get_attribute("#mode", "data-mode"), "replay")
    assert "后开始" in page.text_content("#kiosk-next")
    assert "luding-2022" not in page.text_content("#phone")  # its name, as on the rest of the page
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        size = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
        assert size == [width, height]
        assert faults(page) == []
    assert axe(page) == []
    buttons = page.locator("button:visible").evaluate_all("them => them.map((one) => one.id)")
    assert buttons == ["language", "theme"]
    page.evaluate("document.documentElement.requestFullscreen = async () => document.body.classList.add('asked')")
    page.keyboard.press("f")
    page.wait_for_selector("body.asked")
