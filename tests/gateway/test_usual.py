"""Requests that are answered the quick way: never otherwise than the long way would."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ewarn.gateway.way_in.handshake import Caller, Welcome
from ewarn.gateway.way_in.usual import MOST_CALLED, Usual
from ewarn.swarm.client import parse_target, request
from ewarn.system.allowed import allowed
from ewarn.wire.subscriptions import request_path
from tests.gateway.test_handshake import MOST, PATH, REQUESTS, asked, house, undated

BROWSER = {
    "User_Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0)",
    "Accept": "*/*",
    "Accept_Encoding": "gzip, deflate, br",
    "Sec_WebSocket_Extensions": "permessage-deflate; client_max_window_bits",
    "Cache_Control": "no-cache",
    "Pragma": "no-cache",
}
NAMES = ("127.0.0.1", "x")


def usual(most=MOST, names=(), origins=()):
    return Usual(allowed(("127.0.0.1", 1), (), names, origins), most, time.time)


def long_way(data, most=MOST, names=(), origins=()):
    return Caller(most).hear(data, house(names=names, origins=origins))


def agree(data, most=MOST, **whom):
    """What the quick way answers, if anything, the long way does."""
    quick = usual(most, **whom).welcome(data)
    if quick is None:
        return False
    slow = long_way(data, most, **whom)
    assert isinstance(slow, Welcome)
    assert undated(quick.said) == undated(slow.said)
    assert len(quick.said) == len(slow.said)
    assert (quick.subscription, quick.rest) == (slow.subscription, slow.rest)
    return True


@pytest.mark.parametrize(
    "data",
    [
        asked(Host="127.0.0.1:8600"),
        asked(Host="localhost", Connection="upgrade", Upgrade="WebSocket"),
        asked(Host="[::1]:8600", **BROWSER),
        asked(Host="127.0.0.1:8600", Origin="http://127.0.0.1:8600", **BROWSER),
        request(parse_target("ws://127.0.0.1:1"), request_path("me", [(1.0, -2.0)] * 10, 4.5, ["a", "b"]), bytes(16)),
        asked(Host="127.0.0.1") + b"on its heels",
    ],
)
def test_what_usual_clients_write_is_answered_the_quick_way(data):
    assert agree(data)


@pytest.mark.parametrize(
    "data",
    [
        asked(Host="elsewhere.test"),
        asked(Host="127.0.0.1", Origin="http://elsewhere.test"),
        asked(Host="127.0.0.1", Content_Length="5"),
        asked(Host="127.0.0.1", Transfer_Encoding="chunked"),
        asked(Host="127.0.0.1", Sec_WebSocket_Version="12"),
        asked(Host="127.0.0.1", Sec_WebSocket_Key="AAAA"),
        asked(Host="127.0.0.1", Sec_WebSocket_Protocol="other"),
        asked(Host="127.0.0.1", Connection="close"),
        asked(Host=None),
        asked(Host="127.0.0.1")[:-2] + b"Host: 127.0.0.1\r\n\r\n",
        asked(Host="127.0.0.1")[:-2] + b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
        asked(Host="127.0.0.1").replace(b"HTTP/1.1", b"HTTP/1.0"),
        asked(Host="127.0.0.1").replace(b"\r\n", b"\n"),
        asked(Host="127.0.0.1", method="POST"),
        asked(Host="127.0.0.1", path="/v1/alerts?user=me&place=91,0"),
        asked(Host="127.0.0.1", path="/v1/alerts"),
        asked(Host="127.0.0.1", path="/shown?user=me"),
        asked(Host="127.0.0.1")[:-1],
        b"",
    ],
)
def test_everything_else_takes_the_long_way(data):
    assert usual().welcome(data) is None


HEADERS = st.sampled_from(
    [
        *("Host", "Upgrade", "Connection", "Sec_WebSocket_Key", "Sec_WebSocket_Version", "Origin"),
        *("User_Agent", "Accept", "Sec_WebSocket_Extensions", "Sec_WebSocket_Protocol", "Content_Length", "Cookie"),
    ]
)
VALUES = (
    st.none()
    | st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30)
    | st.sampled_from(
        [
            *("127.0.0.1", "127.0.0.1 ", " 127.0.0.1", "localhost.", "x:80", "127.0.0.1:99999", "a b", "10.0.0.1"),
            *("websocket", "WebSocket", "Upgrade", "keep-alive, Upgrade", "13", "013", "null", "http://x", "0", ""),
            *("AAAAAAAAAAAAAAAAAAAAAB==", "AAAAAAAAAAAAAAAAAAAAA===", "permessage-deflate; ;", "a=\t"),
        ]
    )
)
PATHS = st.sampled_from([PATH, PATH + "&told=a&told=b", "/v1/alerts?user=a%20b", "/v1/alerts?user=me&user=you"])


@given(PATHS, st.dictionaries(HEADERS, VALUES, max_size=4), st.binary(max_size=20))
@example(PATH, {"Host": "127.0.0.1"}, b"")
def test_whatever_a_request_says_no_check_is_weaker_the_quick_way(path, changed, more):
    agree(asked(path, **({"Host": "127.0.0.1"} | changed)) + more, names=("x",), origins=("http://x:80",))


@given(REQUESTS)
def test_whatever_bytes_come_no_check_is_weaker_the_quick_way(data):
    agree(data, names=("x",))


@pytest.mark.parametrize("longer", [-1, 0, 1])
def test_a_request_may_be_no_longer_than_the_long_way_has_it(longer):
    data = asked(Host="127.0.0.1")
    assert agree(data, most=len(data) + longer) == (longer >= 0)


def test_names_are_remembered_in_bounds_and_the_date_goes_on():
    clock = iter(range(10**9, 10**9 + 1000))
    made = Usual(allowed(("0.0.0.0", 1), ()), MOST, lambda: next(clock))  # noqa: S104  nothing is bound
    said = [made.welcome(asked(Host=f"10.0.0.{one}")).said for one in range(3 * MOST_CALLED)]
    assert len(made._called) <= MOST_CALLED
    assert b"\r\nDate: Sun, 09 Sep 2001 01:46:41 GMT\r\n" in said[1]
    assert len(set(said)) == len(said)
