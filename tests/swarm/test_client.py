"""What a light client says and checks, against the websockets library's server side."""

import pytest
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from ewarn.errors import InputError
from ewarn.swarm.client import Target, answer, parse_target, reply, request
from ewarn.wire.framing import CLOSE, PING

KEY = bytes(range(16))
TARGET = Target("127.0.0.1", 6000)


def test_an_ipv6_target_stands_in_brackets():
    assert parse_target("ws://[::1]:8600") == Target("::1", 8600)
    assert parse_target("ws://[::1]:8600").authority == "[::1]:8600"


def served(data):
    server = ServerProtocol()
    server.receive_data(data)
    (event,) = server.events_received()
    assert isinstance(event, Request)
    server.send_response(server.accept(event))
    return event, b"".join(server.data_to_send())


def test_the_request_is_one_that_the_library_accepts():
    event, said = served(request(TARGET, "/v1/alerts?user=u1", KEY))
    assert event.path == "/v1/alerts?user=u1"
    assert said.startswith(b"HTTP/1.1 101")


def test_the_librarys_answer_is_accepted_with_what_follows_it():
    _, said = served(request(TARGET, "/", KEY))
    assert answer(said + b"\x81\x02hi", KEY) == (True, b"\x81\x02hi")


def test_half_an_answer_is_waited_for():
    _, said = served(request(TARGET, "/", KEY))
    assert all(answer(said[:length], KEY) == (False, b"") for length in range(len(said)))


def test_an_answer_to_another_key_is_refused():
    _, said = served(request(TARGET, "/", bytes(16)))
    assert "not a WebSocket handshake" in answer(said, KEY)


def test_a_refusal_is_told_with_its_reason():
    said = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 20\r\n\r\nevery shard is full\n"
    assert answer(said, KEY) == "HTTP/1.1 503 Service Unavailable: every shard is full"


def test_an_answer_without_end_is_given_up():
    assert isinstance(answer(b"a" * 20_000, KEY), str)


@pytest.mark.parametrize("url", ["ws://127.0.0.1:6000", "ws://127.0.0.1:6000/", "ws://127.0.0.1:6000/v1/alerts"])
def test_a_target_is_host_and_port(url):
    assert parse_target(url) == TARGET


def test_wss_is_tls_with_the_authority_that_is_named():
    assert parse_target("wss://127.0.0.1:6000", "ca.pem") == Target("127.0.0.1", 6000, tls=True, ca="ca.pem")


@pytest.mark.parametrize(
    "url", ["127.0.0.1:6000", "http://127.0.0.1:6000", "ws://127.0.0.1", "ws://h:99999", "wss://127.0.0.1"]
)
def test_a_target_that_will_not_do_is_named(url):
    with pytest.raises(InputError, match="to: "):
        parse_target(url)


@pytest.mark.parametrize(("asked", "answered"), [(PING, Opcode.PONG), (CLOSE, Opcode.CLOSE)])
def test_a_ping_is_answered_with_a_pong_and_a_close_with_a_close_of_the_same_payload(asked, answered):
    server = ServerProtocol(state=State.OPEN)
    payload = b"\x03\xe9" + b"bye"
    server.receive_data(reply(asked, payload, bytes([1, 2, 3, 4])))
    (event,) = server.events_received()
    assert isinstance(event, Frame)
    assert (event.opcode, event.data) == (answered, payload)
