"""What public pages say of bus and hosts."""

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from ewarn.gateway.hosts.board import BusNotice, Heard, LineNotice, Notice
from ewarn.gateway.hosts.presence import Called
from ewarn.gateway.hosts.shown import bus_health, gateways, status
from ewarn.wire.bus import ReportName
from ewarn.wire.gateways import Gateway

OWN = Gateway("b", "ws://b:1", 10, 3, "up")
OTHER = Gateway("a", "ws://a:1", 20, 5, "lost")
NAME = ReportName("q", 1, 2)


def on_bus(answered, heard=None):
    return Notice(OWN, (OTHER,), BusNotice((LineNotice(True, 90.0, answered, True, 98.0),), heard))


def test_a_gateway_without_a_bus_lists_itself_alone_with_the_connections_that_it_has_now():
    (one,) = gateways(Notice(OWN), 7).gateways
    assert (one.name, one.connections) == ("b", 7)
    assert gateways(None, 7).gateways == ()


def test_the_list_has_others_too():
    listed = gateways(on_bus(99.0), 7)
    assert [(one.name, one.state) for one in listed.gateways] == [("a", "lost"), ("b", "up")]
    assert (listed.capacity, listed.connections, listed.spare) == (10, 7, False)


def test_no_host_of_the_list_counts_for_nearly_all():
    boaster = Gateway("c", "ws://c:1", 10**9, 0, "up")
    assert [one.weight for one in gateways(Notice(OWN, (OTHER, boaster)), 7).gateways] == [20, 10, 80]


def hears(*lines):
    return Notice(OWN, (), BusNotice(tuple(LineNotice(True, 90.0, answered, told) for answered, told in lines)))


@pytest.mark.parametrize(
    ("lines", "silent", "word"),
    [
        (((99.0, True), (99.0, True)), (), "ok"),
        (((99.0, True), (97.0, True)), (1,), "degraded"),
        (((99.0, False), (99.0, True)), (0,), "degraded"),
        (((97.0, True), (99.0, False)), (0, 1), "stale"),
    ],
)
def test_a_line_that_cannot_be_heard_is_named_and_the_gateway_is_degraded(lines, silent, word):
    notice = hears(*lines)
    assert bus_health(notice, 100.0).silent == silent
    assert status(notice, 100.0, sound=True) == word


@pytest.mark.parametrize(
    ("notice", "sound", "word"),
    [
        (None, True, "ok"),
        (Notice(replace(OWN, state="draining")), False, "draining"),
        (replace(on_bus(98.1), own=replace(OWN, state="draining")), True, "draining"),
        (replace(on_bus(97.9), own=replace(OWN, state="draining")), True, "stale"),
        (Notice(OWN), True, "ok"),
        (Notice(OWN), False, "degraded"),
        (on_bus(98.1), True, "ok"),
        (on_bus(98.1), False, "degraded"),
        (on_bus(97.9), True, "stale"),
        (on_bus(97.9), False, "stale"),
    ],
)
def test_how_a_gateway_is_in_a_word(notice, sound, word):
    assert status(notice, 100.0, sound=sound) == word


def test_how_the_bus_is_heard():
    assert bus_health(None, 100.0) is bus_health(Notice(OWN), 100.0) is UNSET
    found = bus_health(on_bus(99.5, Heard(NAME, 99.0)), 100.0)
    (line,) = found.lines
    assert (line.up, line.since_s, line.answered_s, line.caught_up, line.pulse_s) == (True, 10.0, 0.5, True, 2.0)
    assert (found.pulse_s, found.newest, found.newest_s) == (2.0, NAME, 1.0)
    assert bus_health(on_bus(99.5), 100.0).newest is None


def test_a_gateway_is_asked_for_by_the_name_in_its_url():
    assert Called("g1", "wss://g1.example.org:443").names == ("g1.example.org",)
    assert Called("g1", "ws://[::1]:8600").names == Called("g1", "ws://198.18.0.1:8600").names == ()
