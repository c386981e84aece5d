"""The notice board in shared memory: one writes, any number read, and nobody reads half a notice."""

import os

import pytest

from ewarn.gateway.hosts import board
from ewarn.gateway.hosts.board import Board, BusNotice, Heard, LineNotice, Notice
from ewarn.wire.bus import ReportName
from ewarn.wire.gateways import MOST_GATEWAYS, Gateway

OWN = Gateway("a", "ws://a:1", 10, 3, "up")


@pytest.fixture
def memory():
    made = board.create()
    yield made
    os.close(made)


def test_what_is_put_up_last_is_read_whoever_reads(memory):
    writer, reader = Board(memory), Board(memory)
    assert reader.read() is None
    lines = LineNotice(True, 1.0, 2.0, True, 2.5), LineNotice(False, 1.5, 0.5, False)
    for notice in (Notice(OWN), Notice(OWN, (OWN,), BusNotice(lines, Heard(ReportName("q", 5, 2), 9.0)))):
        writer.put(notice)
        assert reader.read() == notice


def test_the_longest_list_there_can_be_fits(memory):
    longest = Gateway("a" * 63, "ws://" + "a" * 295, 2**53, 2**53, "draining")
    Board(memory).put(Notice(longest, (longest,) * (MOST_GATEWAYS - 1)))
    assert len(Board(memory).read().others) == MOST_GATEWAYS - 1


class Interrupted:
    """The places of a board on which others are put up while one is read."""

    def __init__(self, places, *meanwhile):
        self._places, self._meanwhile = places, list(meanwhile)

    def __getitem__(self, where):
        half = self._places[where][:5].copy()
        if self._meanwhile:
            self._meanwhile.pop()()
        whole = self._places[where].copy()
        whole[:5] = half
        return whole


@pytest.mark.parametrize("times", [1, 2, 3])
def test_nobody_reads_half_a_notice_while_others_are_put_up(memory, times):
    writer, reader = Board(memory), Board(memory)
    notices = [Notice(OWN, (Gateway("b" * number, "ws://b", number, number, "up"),)) for number in range(1, 6)]
    writer.put(notices[0])
    last = notices[times]
    put_all = [lambda: [writer.put(one) for one in notices[1 : times + 1]]]
    reader._places = Interrupted(reader._places, *put_all)
    assert reader.read() == last


@pytest.mark.parametrize(
    ("lines", "stale"),
    [
        ([(True, 0.0, True), (False, 9.0, False)], False),
        ([(True, 2.1, True), (False, 9.0, False)], True),
        ([(True, 0.0, False)], True),
        ([(False, 0.0, True), (True, 1.9, True)], False),
    ],
)
def test_the_bus_is_stale_where_no_line_answers_or_none_has_told_what_it_keeps(lines, stale):
    now = 100.0
    notice = BusNotice(tuple(LineNotice(up, 0.0, now - silent_s, caught_up) for up, silent_s, caught_up in lines))
    assert notice.is_stale(now, 2.0) == stale


def test_the_age_of_the_pulse_is_that_of_the_last_by_any_line():
    lines = (
        LineNotice(True, 0.0, 9.0, True, 7.0),
        LineNotice(True, 0.0, 9.0, True),
        LineNotice(True, 0.0, 9.0, True, 8.0),
    )
    assert BusNotice(lines).pulse_s(10.0) == 2.0
    assert BusNotice(lines[1:2]).pulse_s(10.0) is None
