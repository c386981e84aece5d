"""The way in, on real sockets: handed over, read, answered, and parked or sent off."""

import socket
from contextlib import nullcontext

import numpy as np
import pytest

from ewarn.gateway.clients.budget import Budget
from ewarn.gateway.clients.questions import Later, Questions
from ewarn.gateway.counters import Reason
from ewarn.gateway.settings import Callers, Limits
from ewarn.gateway.tls.proxied import Named, Proxied
from ewarn.gateway.way_in.entrance import Entrance
from ewarn.gateway.way_in.seats import Seats
from ewarn.system.clock import WallClock
from ewarn.wire.proxy_protocol import encode
from tests.gateway.conftest import ROWS, Hall, is_over
from tests.gateway.test_handshake import PAGES, asked, house

CAPACITY = 2


class Way:
    """An entrance, and whom it welcomed."""

    def __init__(self, hall, callers=None, shares=None, everybody=False):
        proxied = Proxied(Named([]), everybody=everybody)
        callers = callers or Callers()
        self.hall, self.welcomed = hall, []
        seats = Seats(hall.counters, 0, CAPACITY, callers.door, 1024)
        limits = Limits(handshake_s=10.0, handshake_bytes=2048)
        self.questions = Questions(None, lambda _: nullcontext())
        held = hall.connections, hall.leaving, seats, self.welcome, proxied, self.questions
        self.entrance = Entrance(limits, callers, house(), *held, shares)
        self.door = self.entrance.door
        self.near, self.far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.far.setblocking(False)

    def welcome(self, descriptor, welcome, *, watched):
        self.hall.connections.park(descriptor, welcome.subscription, -1, watched=watched)
        self.welcomed.append((descriptor, welcome.rest))

    def send_over(self):
        """A connection by way of the supervisor's socket: the far end."""
        ours, theirs = socket.socketpair()
        theirs.settimeout(5)
        ours.setblocking(False)
        with ours:
            socket.send_fds(self.near, [b"\0"], [ours.fileno()])
        self.hall.far.append(theirs)
        return theirs

    def at_the_door(self):
        return {descriptor for descriptor in range(ROWS) if descriptor in self.door}

    def admit(self):
        def fault(_descriptor):
            raise

        self.entrance.admit(self.far, Budget(WallClock(), 1e9), fault)

    def hand_over(self):
        """Such a connection, admitted: what is its descriptor here, and the far end."""
        theirs = self.send_over()
        before = self.at_the_door()
        self.admit()
        (descriptor,) = self.at_the_door() - before
        return descriptor, theirs

    def close(self):
        self.entrance.expire(np.inf)
        self.near.close()
        self.far.close()
        self.hall.close()

    def say(self, data):
        descriptor, theirs = self.hand_over()
        theirs.send(data)
        self.entrance.read(descriptor)
        return descriptor, theirs


@pytest.fixture
async def way():
    made = Way(Hall())
    yield made
    made.close()


async def test_a_good_request_is_answered_and_its_connection_handed_on_with_what_came_after(way):
    descriptor, theirs = way.say(asked() + b"more")
    assert theirs.recv(4096).startswith(b"HTTP/1.1 101 ")
    assert way.welcomed == [(descriptor, b"more")]
    assert way.hall.counters.total("accepted") == 1


async def test_who_asks_for_a_page_or_for_nonsense_is_answered_and_departs(way):
    for data, status, reason in [
        (asked("/shown"), b"200", Reason.HTTP),
        (b"nonsense\r\n\r\n", b"400", Reason.BAD_REQUEST),
    ]:
        descriptor, theirs = way.say(data)
        assert theirs.recv(4096).split(b" ")[1] == status
        assert is_over(theirs)
        assert descriptor in way.hall.leaving
        assert way.hall.ended(reason) == 1


async def test_whoever_comes_when_all_places_are_taken_is_refused_and_there_is_room_again(way):
    first, _ = (way.say(asked())[0] for _ in range(CAPACITY))
    assert way.say(asked())[1].recv(4096).startswith(b"HTTP/1.1 503 ")
    assert way.hall.ended(Reason.FULL) == 1
    way.hall.connections.drop(first, Reason.LOST)
    assert way.say(asked())[1].recv(4096).startswith(b"HTTP/1.1 101 ")


async def test_who_hangs_up_or_takes_too_long_at_the_door_is_dropped(way):
    descriptor, theirs = way.say(b"GET ")
    theirs.close()
    way.entrance.read(descriptor)
    _, silent = way.hand_over()
    way.entrance.expire(way.hall.connections.now() + 11.0)
    assert is_over(silent)
    assert (way.hall.ended(Reason.LOST), way.hall.ended(Reason.HANDSHAKE_TIMEOUT)) == (1, 1)


async def test_a_page_longer_than_alerts_are_goes_out_whole(way):
    long = "x" * 200_000
    PAGES["/long"] = lambda _: ("text/plain", long)
    try:
        _, theirs = way.say(asked("/long"))
        said = b""
        while data := theirs.recv(1 << 20):
            said += data
    finally:
        del PAGES["/long"]
    assert said.endswith(b"x" * 200_000)


async def test_a_descriptor_beyond_all_rows_is_refused():
    way = Way(Hall(rows=1))
    theirs = way.send_over()
    way.admit()
    assert theirs.recv(4096).startswith(b"HTTP/1.1 503 ")
    assert is_over(theirs)
    assert way.hall.ended(Reason.FULL) == 1
    way.close()


async def test_where_nothing_was_handed_over_nothing_is_admitted(way):
    way.admit()
    assert way.hall.counters.total("accepted") == 0


HEADER = encode(("192.0.2.7", 5000), ("198.51.100.1", 443))


async def test_behind_a_proxy_its_header_comes_first_however_the_bytes_are_cut():
    way = Way(Hall(), everybody=True)
    said = HEADER + asked() + b"more"
    for cut in (1, len(HEADER) - 1, len(HEADER), len(HEADER) + 1):
        descriptor, theirs = way.say(said[:cut])
        theirs.send(said[cut:])
        way.entrance.read(descriptor)
        assert theirs.recv(4096).startswith(b"HTTP/1.1 101 ")
        assert way.welcomed.pop() == (descriptor, b"more")
        way.hall.connections.drop(descriptor, Reason.LOST)
    way.close()


async def test_behind_a_proxy_who_comes_without_a_header_is_refused_with_a_reason():
    way = Way(Hall(), everybody=True)
    descriptor, theirs = way.say(asked())
    assert theirs.recv(4096).endswith(b"\r\n\r\nPROXY header: there is none\n")
    assert is_over(theirs)
    assert descriptor in way.hall.leaving
    assert way.hall.ended(Reason.BAD_REQUEST) == 1
    way.close()


@pytest.mark.parametrize("header", [HEADER, b"PROXY TCP4 192.0.2.7 198.51.100.1 5000 443\r\n"])
async def test_a_header_from_anybody_else_is_a_bad_request(way, header):
    _, theirs = way.say(header + asked())
    assert theirs.recv(4096).startswith(b"HTTP/1.1 400 ")
    assert is_over(theirs)


async def test_who_spoke_at_once_is_served_though_others_crowd_the_door_and_the_oldest_silent_one_is_told():
    way = Way(Hall(), Callers(door=2))
    first, silent = way.hand_over()
    second, spoke = way.hand_over()
    spoke.send(asked())
    for _ in range(3):
        way.hand_over()
    gone = []
    while crowded := way.entrance.surplus():
        gone.append(crowded)
        way.entrance.dismiss(*crowded)
    assert [one for one, _ in gone] == [first, second, gone[2][0]]
    assert silent.recv(4096).startswith(b"HTTP/1.1 503 ") and is_over(silent)
    assert spoke.recv(4096).startswith(b"HTTP/1.1 101 ")
    assert (way.hall.ended(Reason.CROWDED), len(way.door)) == (2, 2)
    way.close()


async def test_who_has_to_go_when_there_is_no_time_to_hear_them_is_told_to_come_back_whatever_they_said(way):
    for heard, status in [(True, b"HTTP/1.1 101"), (False, b"HTTP/1.1 503")]:
        descriptor, theirs = way.hand_over()
        theirs.send(asked())
        way.entrance.dismiss(descriptor, Reason.CROWDED, heard=heard)
        assert theirs.recv(4096).startswith(status)
        assert descriptor not in way.door


async def test_a_page_that_takes_time_is_given_when_it_is_made_unless_who_asked_is_gone(way, monkeypatch):
    monkeypatch.setitem(PAGES, "/later", lambda _: Later("/later", lambda: ("text/plain", "made")))
    patient, theirs = way.hand_over()
    gone, their_end = way.hand_over()
    for descriptor, far in [(patient, theirs), (gone, their_end)]:
        far.send(asked("/later"))
        way.entrance.read(descriptor)
    their_end.close()
    theirs.send(b"more")
    for descriptor in (patient, gone):
        assert descriptor not in way.door
        way.entrance.wait(descriptor)
    assert [descriptor in way.questions for descriptor in (patient, gone)] == [True, False]
    way.questions.step()
    assert theirs.recv(1 << 16).endswith(b"made")
    assert is_over(theirs)


def over_tcp():
    """Both ends of a connection: ours, which waits for nothing, and the caller's."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        theirs = socket.create_connection(listener.getsockname())
        ours, _ = listener.accept()
    ours.setblocking(False)
    theirs.settimeout(5)
    return ours, theirs


def hand_over(way, *said, reset=False):
    """Callers over TCP who have said something before they are looked at: their ends."""
    far = []
    for one in said:
        ours, theirs = over_tcp()
        theirs.sendall(one)
        if reset:
            theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            theirs.close()
        with ours:
            socket.send_fds(way.near, [b"\0"], [ours.fileno()])
        far.append(theirs)
        way.admit()
    return far


async def test_who_has_asked_by_the_time_they_are_met_is_answered_at_once_whatever_they_asked(way):
    waits = {"X_Filler": "a" * 30}
    good, page, odd, slow = hand_over(way, asked() + b"more", asked("/shown"), b"nonsense\r\n\r\n", asked()[:30])
    assert [one.recv(4096).split(b" ")[1] for one in (good, page, odd)] == [b"101", b"200", b"400"]
    assert [rest for _, rest in way.welcomed] == [b"more"]
    (waiting,) = way.at_the_door()
    slow.sendall(asked()[30:] + b"rest")
    way.entrance.read(waiting)
    assert slow.recv(4096).startswith(b"HTTP/1.1 101 ")
    assert [rest for _, rest in way.welcomed] == [b"more", b"rest"]
    (full,) = hand_over(way, asked(**waits))
    assert full.recv(4096).startswith(b"HTTP/1.1 503 ")
    for one in (good, page, odd, slow, full):
        one.close()


async def test_who_asked_and_reset_the_connection_before_they_are_met_is_lost_and_nothing_made_for_them(
    way, monkeypatch
):
    monkeypatch.setitem(PAGES, "/later", lambda _: pytest.fail("made"))
    hand_over(way, asked(), asked("/later"), b"nonsense\r\n\r\n", reset=True)
    assert (way.hall.ended(Reason.LOST), way.welcomed, way.at_the_door()) == (3, [], set())
    assert not len(way.hall.leaving)


async def test_who_is_welcome_at_once_is_heard_and_told_as_those_are_who_had_to_wait(way):
    (theirs,) = hand_over(way, asked())
    (descriptor, _), hall = way.welcomed[0], way.hall
    assert theirs.recv(4096).startswith(b"HTTP/1.1 101 ")
    hall.connections.hearing._epoll.poll(0)
    theirs.sendall(b"said")
    assert hall.connections.hearing._epoll.poll(5) == [(descriptor, 1)]
    hall.fill(descriptor)
    assert hall.connections.outbox.blocked[descriptor]
    hall.connections.drop(descriptor, Reason.LOST)
    theirs.close()


async def test_where_there_is_no_time_whoever_comes_waits_at_the_door(way):
    ours, theirs = over_tcp()
    theirs.sendall(asked())
    with ours:
        socket.send_fds(way.near, [b"\0"], [ours.fileno()])
    way.entrance.admit(way.far, Budget(WallClock(), -1.0), pytest.fail)
    (waiting,) = way.at_the_door()
    way.entrance.read(waiting)
    assert theirs.recv(4096).startswith(b"HTTP/1.1 101 ")
    theirs.close()


async def test_a_fault_with_one_caller_is_told_and_the_next_is_served(way, monkeypatch):
    faults, usual = [], way.entrance._usual.welcome
    monkeypatch.setattr(way.entrance._usual, "welcome", lambda data: usual(data) if b"user=me" in data else 1 / 0)
    pairs = [over_tcp() for _ in range(2)]
    for (_, theirs), user in zip(pairs, ("other", "me"), strict=True):
        theirs.sendall(asked(f"/v1/alerts?user={user}"))
    socket.send_fds(way.near, [b"\0"], [ours.fileno() for ours, _ in pairs])
    way.entrance.admit(way.far, Budget(WallClock(), 1e9), faults.append)
    assert len(faults) == 1
    assert pairs[1][1].recv(4096).startswith(b"HTTP/1.1 101 ")
    for pair in pairs:
        for one in pair:
            one.close()
