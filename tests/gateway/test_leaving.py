"""Farewells on real socket pairs: told, given time to hang up, and closed."""

import select

from ewarn.gateway.clients.leaving import FAREWELL_S
from ewarn.gateway.counters import Reason
from tests.gateway.conftest import is_over


async def test_who_departs_is_sent_the_end_after_its_last_words_and_closed_once_it_hangs_up(hall):
    descriptor, theirs = hall.park((30.0, 103.0))
    hall.connections.say(descriptor, b"last words", "close")
    hall.leaving.depart(descriptor, Reason.RESTART)
    assert theirs.recv(100) == b"last words"
    assert is_over(theirs)
    assert not hall.connections.roster.parked[descriptor]
    theirs.send(b"still talking")
    hall.leaving.read(descriptor)
    hall.leaving.read(descriptor)
    assert descriptor in hall.leaving
    theirs.close()
    hall.leaving.read(descriptor)
    assert descriptor not in hall.leaving
    assert hall.ended(Reason.RESTART) == 1


async def test_who_does_not_hang_up_is_closed_in_time(hall):
    early, _ = hall.park()
    hall.leaving.depart(early, Reason.CLIENT_CLOSED)
    now = hall.connections.now()
    hall.leaving.expire(now + FAREWELL_S - 0.5)
    assert len(hall.leaving) == 1
    hall.leaving.expire(now + FAREWELL_S + 0.5)
    assert len(hall.leaving) == 0


async def test_beyond_so_many_at_once_and_for_slow_connections_there_is_no_farewell(hall):
    hall.leaving.most = 1
    slow, _ = hall.park()
    hall.fill(slow)
    hall.leaving.depart(slow, Reason.CLIENT_CLOSED)
    assert len(hall.leaving) == 0
    for _ in range(3):
        hall.leaving.depart(hall.park()[0], Reason.CLIENT_CLOSED)
    assert len(hall.leaving) == 1
    assert hall.ended(Reason.CLIENT_CLOSED) == 4


async def test_a_connection_that_is_gone_already_is_counted_once(hall):
    descriptor, theirs = hall.park()
    theirs.close()
    hall.leaving.depart(descriptor, Reason.PROTOCOL_ERROR)
    hall.leaving.expire(hall.connections.now() + FAREWELL_S + 0.5)
    assert hall.ended(Reason.PROTOCOL_ERROR) == 1


async def test_an_end_is_counted_before_the_client_can_see_it(hall, monkeypatch):
    ended, seen = hall.counters.ended, []

    def watched(reason):
        seen.append(bool(select.select(clients, [], [], 0)[0]))
        ended(reason)

    monkeypatch.setattr(hall.counters, "ended", watched)
    (leaves, one), (dropped, another) = hall.park(), hall.park()
    clients = [one]
    hall.leaving.depart(leaves, Reason.RESTART)
    clients = [another]
    hall.connections.drop(dropped, Reason.RESTART)
    assert seen == [False, False]
    assert is_over(one) and is_over(another)
    assert hall.ended(Reason.RESTART) == 2
