"""Handshakes of packets, without a packet."""

from base64 import b64decode
from random import Random

import pytest

from ewarn.swarm.client import Target, accept_header
from ewarn.swarm.opening import HANDSHAKE_S
from ewarn.swarm.upgrading import AT_ONCE, HANDFUL, Upgrading

TARGET = Target("127.0.0.1", 8600)


def upgrading(clients=2_000):
    return Upgrading(clients, lambda _row: TARGET, lambda row: f"/v1/alerts?user=u{row}", Random(1))


def answer_to(one, row):
    asked = one.request(row)
    key = asked.partition(b"Sec-WebSocket-Key: ")[2].partition(b"\r\n")[0]
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
        + accept_header(b64decode(key))
        + b"\r\n\r\n"
    )


def test_clients_begin_at_the_rate_that_they_are_called_with():
    one, begun = upgrading(), 0
    one.call(range(500), 100.0, 10.0)
    for step in range(300):
        rows = one.begin(10.0 + step / 100)
        begun += len(rows)
        for row in rows.tolist():
            one.over(row)
    assert begun == pytest.approx(300, abs=HANDFUL)


def test_no_more_are_under_way_at_once_than_a_door_has_room_for():
    one = upgrading(AT_ONCE + HANDFUL)
    one.call(range(AT_ONCE + HANDFUL), 1e9, 0.0)
    begun = [row for step in range(100) for row in one.begin(float(step)).tolist()]
    assert begun == list(range(AT_ONCE))
    assert one.next_s(100.0) == float("inf")
    one.over(0)
    assert one.begin(100.0).tolist() == [AT_ONCE]


def test_an_answer_that_comes_in_pieces_is_checked_once_it_is_whole_and_what_follows_is_a_frame():
    one = upgrading()
    one.call([5], 1e6, 0.0)
    one.begin(0.0)
    whole = answer_to(one, 5) + b"\x81\x02hi"
    assert one.hear(5, whole[:20]) is None
    assert one.hear(5, whole[20:60]) is None
    assert one.hear(5, whole[60:]) == b"\x81\x02hi"


@pytest.mark.parametrize("wrong", [b"HTTP/1.1 503 Busy\r\n\r\nfull", b"HTTP/1.1 101 Switching Protocols\r\n\r\n"])
def test_an_answer_that_will_not_do_is_told_in_words(wrong):
    one = upgrading()
    one.call([5], 1e6, 0.0)
    one.begin(0.0)
    assert isinstance(one.hear(5, wrong), str)


def test_who_gets_no_answer_in_time_is_late_once_unless_they_began_anew():
    one = upgrading()
    one.call([1, 2, 3], 1e6, 0.0)
    one.begin(0.0)
    one.over(2)
    one.over(3)
    one.call([3], 1e6, 20.0)
    one.begin(20.0)
    assert one.late(HANDSHAKE_S - 0.001) == []
    assert one.late(HANDSHAKE_S) == [1]
    one.over(1)
    assert one.late(20.0 + HANDSHAKE_S) == [3]
    one.over(3)
    assert not one.busy
