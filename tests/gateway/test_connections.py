"""The connections of a shard, on real socket pairs."""

from ewarn.gateway.counters import Reason
from tests.gateway.conftest import is_over


async def test_who_is_parked_is_counted_with_the_places_it_follows_and_is_to_be_greeted(hall):
    descriptor, _ = hall.park((30.0, 103.0), (31.0, 104.0))
    hall.park()
    assert [hall.counters.total(name) for name in ("parked", "followers", "places_followed")] == [2, 1, 2]
    assert descriptor in hall.connections.newcomers
    hall.connections.drop(descriptor, Reason.LOST)
    assert [hall.counters.total(name) for name in ("parked", "followers", "places_followed")] == [1, 0, 0]


async def test_who_follows_the_same_places_again_is_no_newcomer(hall):
    descriptor, _ = hall.park((30.0, 103.0))
    hall.connections.newcomers.clear()
    hall.connections.follow(descriptor, ((30.0, 103.0),))
    assert not hall.connections.newcomers
    hall.connections.follow(descriptor, ((30.0, 103.0), (31.0, 104.0)))
    assert descriptor in hall.connections.newcomers
    assert hall.counters.total("places_followed") == 2


async def test_a_dropped_connection_is_closed_counted_and_forgotten_by_all_who_asked(hall):
    forgotten = []
    hall.connections.forgetters += [forgotten.append, forgotten.append]
    descriptor, theirs = hall.park((30.0, 103.0))
    hall.connections.drop(descriptor, Reason.SILENT)
    assert is_over(theirs)
    assert hall.ended(Reason.SILENT) == 1
    assert forgotten == [descriptor] * 2


async def test_a_slow_connection_is_told_the_rest_once_it_takes_more_and_one_that_is_gone_is_dropped(hall):
    slow, theirs = hall.park()
    gone, their_end = hall.park()
    for descriptor in (slow, gone):
        hall.fill(descriptor)
        assert hall.connections.outbox.blocked[descriptor]
    assert hall.connections.outbox.waiting_bytes == 2 * len(b"frame")
    said = b""
    while hall.connections.outbox.blocked[slow]:
        said = (said + theirs.recv(1 << 20))[-100:]
        hall.connections.relieve(slow)
    assert (said + theirs.recv(1 << 20)).endswith(b"frame")
    their_end.close()
    hall.connections.relieve(gone)
    assert hall.ended(Reason.LOST) == 1
    assert hall.connections.outbox.waiting_bytes == 0
