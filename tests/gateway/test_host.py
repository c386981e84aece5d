"""A host on a bus that nobody serves: what it makes of what others say, and how it says that it stands."""

import os
import random
import time

import numpy as np
import pytest

from ewarn.bus.addresses import LineAddress
from ewarn.gateway import counters
from ewarn.gateway.counters import Counters
from ewarn.gateway.hosts import board
from ewarn.gateway.hosts.board import Board
from ewarn.gateway.hosts.host import HostOnBus, Parts
from ewarn.gateway.hosts.presence import Called, Presence
from ewarn.gateway.intake.keeping import Keeping
from ewarn.gateway.intake.taking import Taking
from ewarn.gateway.settings import Alerts
from ewarn.system.clock import WallClock
from ewarn.wire.bus import Standing, encode


class Around:
    """A host, and what it counts and shows."""

    def __init__(self):
        self.memory, self.shown = counters.create(1), board.create()
        self.counters, self.board = Counters(self.memory, 1), Board(self.shown)
        keeping = Keeping(None, time.time())
        taking = Taking(lambda _: None, lambda *_: 0, Alerts(), keeping)
        called = Called("g1", "ws://198.18.0.1:8600")
        presence = Presence(called, self.counters, lambda: 10, self.board, time.monotonic())
        lines = (LineAddress(0, "127.0.0.1", 9, tls=False),)
        parts = Parts(lines, None, 0.0)
        self.host = HostOnBus(presence, parts, taking, keeping, WallClock(), random.Random(1))
        self.said = []
        self.host._lines.say = lambda subject, payload: self.said.append((subject, payload))

    def hear(self, standing, subject=None):
        self.host._hear_host(0, subject or f"ewarn.hosts.{standing.host}", encode(standing))

    def listed(self):
        self.host._look()
        return {one.name: one.state for one in self.board.read().others}


@pytest.fixture
def around():
    made = Around()
    yield made
    for descriptor in (made.memory, made.shown):
        os.close(descriptor)


def standing(host="g2", url="ws://198.18.0.2:8600", state="up"):
    return Standing(host, url, 20, 5, state)


def test_another_host_is_listed_and_counted_by_its_state(around):
    around.hear(standing())
    around.hear(standing("g3", state="draining"))
    assert around.listed() == {"g2": "up", "g3": "draining"}
    assert [around.counters.total(f"hosts_{state}") for state in ("up", "draining", "lost")] == [2, 1, 0]
    assert (around.counters.total("bus_stale"), around.counters.total("bus_line_up_0")) == (1, 0)


def test_metrics_say_how_many_lines_there_are_and_until_when_their_certificates_last(around):
    around.host._look()
    ends = [f"bus_certificate_expiry_timestamp_seconds_{line}" for line in (0, 1)]
    assert [around.counters.total(name) for name in ("bus_lines", *ends)] == [1, 0, 0]
    around.host._lines[0].trusted_until = 1.5
    around.host._look()
    assert [around.counters.total(name) for name in ends] == [1_500_000, 0]


def test_users_are_told_where_a_host_is_and_nothing_beside_it_that_it_writes(around):
    around.hear(standing(url="ws://g\t2:8600/v1/alerts"))
    around.hear(standing("g3", 'ws://g3"<b>:8600'))
    around.listed()
    assert [one.url for one in around.board.read().others] == ["ws://g2:8600"]


def test_what_is_no_word_of_a_host_is_passed_over_and_said_seldom(around, caplog):
    around.hear(standing(), subject="ewarn.hosts.g3")
    around.hear(standing(url="javascript:alert(1)"))
    for _ in range(9):
        around.host._hear_host(0, "ewarn.hosts.g2", b"{")
        around.host._hear_pulse(0, "ewarn.pulse", b"[]")
    assert around.listed() == {}
    assert caplog.messages == ["line 0: a host was passed over: host: g2 speaks for g3 (1 since the last line)"]
    assert around.board.read().bus.lines[0].pulse is None


def test_a_host_of_the_same_name_elsewhere_is_said_and_itself_of_before_is_not(around, caplog):
    around.hear(standing("g1", "ws://198.18.0.1:8600", "leaving"))
    assert caplog.messages == []
    around.hear(standing("g1"))
    assert "another gateway is called g1 too, at 'ws://198.18.0.2:8600'" in caplog.text
    assert around.listed() == {}


def test_it_says_how_it_stands_once_open_and_at_once_when_that_changes(around, monkeypatch):
    around.host._look()
    assert around.said == []
    around.host.open()
    around.host._look()
    around.host.drain()
    assert [(subject, payload) for subject, payload in around.said] == [
        ("ewarn.hosts.g1", encode(Standing("g1", "ws://198.18.0.1:8600", 10, 0, state)))
        for state in ("stale", "draining")
    ]
    now = time.monotonic()
    monkeypatch.setattr("ewarn.gateway.hosts.host.time.monotonic", lambda: now + 1.0)
    around.host._look()
    assert len(around.said) == 3
    assert around.board.read().own.state == "draining"


def test_a_pulse_is_noted_with_the_line_that_brought_it(around):
    around.host._hear_pulse(0, "ewarn.pulse", b'{"sent":1}')
    around.host._look()
    notice = around.board.read().bus
    assert notice.pulse_s(time.monotonic()) == pytest.approx(0.0, abs=5.0)
    assert np.isclose(around.counters.total("bus_pulse_age_seconds") / 1e6, 0.0, atol=5.0)
