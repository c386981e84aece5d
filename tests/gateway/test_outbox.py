"""Slow consumers on real socket pairs with small buffers."""

import os
import select
import socket
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.gateway import counters
from ewarn.gateway.counters import Counters
from ewarn.gateway.sending.outbox import ALERT, QUICK, Outbox

FRAME = bytes(range(256)) * 16
QUAKE = ALERT + "luding-2022"


class Pair:
    """An outbox, and the two ends of one connection."""

    def __init__(self):
        memory = counters.create(1)
        self.counters = Counters(memory, 1)
        os.close(memory)
        self.epoll = select.epoll()
        self.outbox = Outbox(self.epoll, 1024, self.counters, 1 << 20)
        self.ours, self.theirs = socket.socketpair()
        self.ours.setblocking(False)
        self.ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        self.descriptor = self.ours.fileno()

    def send(self, frame, about=QUAKE, now=0.0):
        return self.outbox.send(self.descriptor, frame, about, now)

    def fill(self):
        """Send frames until one does not fit whole; return how many were sent."""
        sent = 0
        while not self.outbox.blocked[self.descriptor]:
            self.send(FRAME)
            sent += 1
        return sent

    def drain(self, now=1.0):
        """Read all that is written, flushing as the loop would, until nothing waits."""
        said = b""
        self.theirs.setblocking(False)
        while True:
            try:
                said += self.theirs.recv(1 << 20)
            except BlockingIOError:
                if not self.outbox.blocked[self.descriptor]:
                    return said
                events = dict(self.epoll.poll(5))
                assert events[self.descriptor] & select.EPOLLOUT
                self.outbox.flush(self.descriptor, now)


@contextmanager
def pairs():
    pair = Pair()
    yield pair
    pair.ours.close()
    pair.theirs.close()
    pair.epoll.close()


@pytest.fixture
def pair():
    with pairs() as pair:
        yield pair


def test_a_frame_that_fits_is_written_at_once(pair):
    assert pair.send(b"hello")
    assert pair.theirs.recv(100) == b"hello"
    assert pair.counters.totals()["frames"] == 1
    assert not pair.outbox.blocked[pair.descriptor]


def test_a_frame_begun_is_always_finished(pair):
    sent = pair.fill()
    assert pair.drain() == FRAME * sent
    assert pair.counters.totals()["frames"] == sent
    assert pair.counters.totals()["bytes"] == len(FRAME) * sent


def test_a_newer_report_replaces_an_unsent_older_one(pair):
    sent = pair.fill()
    pair.send(b"second" * 100)
    pair.send(b"third" * 100)
    said = pair.drain()
    assert b"second" not in said
    assert said.endswith(b"third" * 100)
    assert said.startswith(FRAME * (sent - 1))
    assert pair.counters.totals()["superseded"] >= 1


def test_a_quick_report_waits_behind_warnings_of_all_quakes_and_replaces_none(pair):
    pair.fill()
    pair.send(b"<warning>")
    pair.send(b"<older quick>", QUICK + "luding-2022")
    pair.send(b"<quick>", QUICK + "luding-2022")
    pair.send(b"<another>", ALERT + "another")
    assert pair.drain().endswith(FRAME + b"<warning><another><quick>")


def test_a_newer_warning_replaces_the_older_one_and_the_quick_report_of_its_quake(pair):
    pair.fill()
    pair.send(b"<warning>")
    pair.send(b"<quick>", QUICK + "luding-2022")
    pair.send(b"<other quick>", QUICK + "another")
    pair.send(b"<newer>")
    assert pair.drain().endswith(FRAME + b"<newer><other quick>")


def test_a_quick_report_gives_way_where_warnings_fill_what_may_wait_and_costs_none_of_them(pair):
    pair.fill()
    for number in range(8):
        pair.send(b"<%d>" % number, f"{ALERT}{number}")
    assert pair.send(b"<quick>", QUICK + "0")
    assert pair.drain().endswith(b"".join(b"<%d>" % number for number in range(8)))


def test_a_quick_report_for_which_there_is_no_room_ends_no_connection_that_waits_for_a_warning(pair):
    pair.outbox = Outbox(pair.epoll, 1024, pair.counters, 2 * len(FRAME))
    pair.fill()
    assert pair.send(FRAME)
    assert pair.send(FRAME, QUICK + "luding-2022")
    assert pair.drain().endswith(FRAME)
    assert pair.counters.totals()["gave_way"] == 1


def test_reports_of_two_quakes_both_wait(pair):
    pair.fill()
    pair.send(b"one", ALERT + "one")
    pair.send(b"two", ALERT + "two")
    assert pair.drain().endswith(b"onetwo")


def test_what_waits_is_bounded_and_the_oldest_gives_way(pair):
    pair.fill()
    for number in range(20):
        pair.send(b"<%d>" % number, f"{ALERT}{number}")
    said = pair.drain()
    assert b"<0>" not in said
    assert said.endswith(b"<18><19>")


def test_nothing_is_written_past_a_frame_that_waits(pair):
    pair.fill()
    pair.send(b"pong", "answer")
    assert pair.drain().endswith(b"pong")


def test_a_connection_that_takes_no_byte_is_stuck_from_when_it_last_did(pair):
    pair.fill()
    assert pair.outbox.stuck(since=0.0) == []
    assert pair.outbox.stuck(since=0.1) == [pair.descriptor]


def test_a_connection_that_is_gone_is_told_by_false(pair):
    pair.theirs.close()
    assert not pair.send(b"hello")


def test_a_forgotten_connection_waits_for_nothing(pair):
    pair.fill()
    pair.outbox.forget(pair.descriptor)
    assert not pair.outbox.blocked[pair.descriptor]
    assert pair.outbox.stuck(since=99.0) == []


def test_where_too_much_waits_for_all_a_further_frame_is_refused_and_room_comes_back(pair):
    pair.outbox = Outbox(pair.epoll, 1024, pair.counters, 2 * len(FRAME))
    pair.fill()
    assert pair.send(FRAME, ALERT + "one")
    assert not pair.send(FRAME, ALERT + "another")
    pair.drain()
    pair.fill()
    assert pair.send(FRAME, ALERT + "another")


def test_a_newer_frame_takes_no_more_room_than_the_one_it_replaces(pair):
    pair.outbox = Outbox(pair.epoll, 1024, pair.counters, 3 * len(FRAME))
    pair.fill()
    assert all(pair.send(FRAME, QUAKE) for _ in range(100))


def test_what_waits_for_a_connection_that_is_gone_takes_no_room(pair):
    pair.outbox = Outbox(pair.epoll, 1024, pair.counters, 2 * len(FRAME))
    pair.fill()
    assert pair.send(FRAME, ALERT + "one")
    pair.outbox.forget(pair.descriptor)
    assert pair.outbox.defer(pair.descriptor, 0, FRAME, ALERT + "one", 0.0)
    assert pair.outbox.defer(pair.descriptor, 0, FRAME, ALERT + "another", 0.0)


def test_a_frame_that_replaces_another_needs_no_room_of_its_own(pair):
    pair.outbox = Outbox(pair.epoll, 1024, pair.counters, 2 * len(FRAME))
    pair.fill()
    assert pair.send(FRAME)
    assert pair.send(FRAME)


def said_of(steps, among):
    """What a slow connection is sent in the end, after so many more frames, of those that are about one of `among`."""
    with pairs() as pair:
        sent = pair.fill()
        for number, about in enumerate(steps):
            if about in among:
                assert pair.send(b"<%s %d>" % (about.encode(), number), about)
        said = pair.drain()
        assert said.startswith(FRAME * (sent - 1))
        return said[len(FRAME) * sent :].decode()


ALERTS = [f"{ALERT}{quake}" for quake in range(10)]
QUICKS = [f"{QUICK}{quake}" for quake in range(10)]


@given(st.lists(st.sampled_from([*ALERTS[:6], *QUICKS[:6], "chat"]), max_size=30))
def test_warnings_come_as_they_would_without_quick_reports_and_before_them(steps):
    alerts, everything = said_of(steps, ALERTS), said_of(steps, [*ALERTS, *QUICKS, "chat"])
    assert everything.startswith(alerts)
    assert ALERT not in everything.removeprefix(alerts)


@given(st.lists(st.sampled_from([*ALERTS, "chat", "answer", "time"]), max_size=30))
def test_alerts_come_as_they_would_without_chat_and_before_it(steps):
    alerts = said_of(steps, ALERTS)
    everything = said_of(steps, [*ALERTS, "chat", "answer", "time"])
    assert everything.startswith(alerts)
    assert ALERT not in everything.removeprefix(alerts)


def test_chat_leaves_half_of_the_room_to_alerts_and_gives_way_quietly(pair):
    pair.outbox = Outbox(pair.epoll, 1024, pair.counters, 4 * len(FRAME))
    pair.fill()
    assert pair.send(FRAME, "chat")
    assert pair.send(FRAME, "answer")
    assert pair.counters.totals()["gave_way"] >= 1
    assert pair.send(FRAME, ALERT + "one")
    assert pair.send(FRAME, ALERT + "another")
    said = pair.drain()
    assert len(said) % len(FRAME) == 0
