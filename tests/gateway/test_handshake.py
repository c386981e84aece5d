"""Handshakes without a socket: whatever comes, and however it is cut into pieces, there is one stated answer."""

import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ewarn.errors import InputError
from ewarn.gateway.counters import Reason
from ewarn.gateway.way_in.busy import Busy
from ewarn.gateway.way_in.handshake import Caller, Goodbye, House, Welcome
from ewarn.swarm.client import parse_target, request
from ewarn.system.allowed import ANY, allowed
from ewarn.wire.subscriptions import Subscription, parse_places

MOST = 2048
PATH = "/v1/alerts?user=me&place=30.0,103.0"


def show(path):
    return "text/x-shown", f"places {parse_places(path)}"


PAGES = {"/shown": show}


def house(pages=PAGES, names=(ANY,), origins=()):
    """What callers of these tests find."""
    return House(pages, allowed(("127.0.0.1", 1), (), names, origins), Busy(5.0, np.random.default_rng(1)))


HOUSE = house()


def asked(path=PATH, method="GET", **changed):
    """A request as a client of ours writes it, with headers taken away (None) or set."""
    headers = {
        "Host": "x",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Version": "13",
    } | {name.replace("_", "-"): value for name, value in changed.items()}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items() if value is not None)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")


def answer(data, cuts=(), full=None, most=MOST):
    """What is answered to bytes that come in pieces, those after the answer added to what was left of it."""
    rooms = house()  # what is drawn is drawn anew
    caller, edges = Caller(most), [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    for start, end in pairwise(edges):
        if start < end and (found := caller.hear(data[start:end], rooms, full)):
            return found, data[end:]
    return None, b""


def undated(said):
    return re.sub(rb"\r\nDate: [^\r]*", b"", said)


def summary(found_and_later):
    """All of an answer but its date; of one that stays, with all that was said after the request."""
    found, later = found_and_later
    match found:
        case Welcome(said, subscription, rest):
            return undated(said), subscription, rest + later
        case Goodbye(said, reason):
            return undated(said), reason
    return None


PIECES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [b"\r\n", b"\r\n\r\n", b"\n", b"GET ", b" HTTP/1.1\r\n", b"/v1/alerts?user=me", b"Host: x\r\n", b":", b"\0"]
    ),
    st.sampled_from(
        [
            b"Upgrade: websocket\r\nConnection: Upgrade\r\n",
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
            b"Content-Length: 5\r\n",
            b"Transfer-Encoding: chunked\r\n",
            b"X: " + b"a" * 400 + b"\r\n",
            b"A: b\r\n" * 130,
        ]
    ),
)
NAMES = st.sampled_from(["Host", "Upgrade", "Connection", "Sec_WebSocket_Key", "Sec_WebSocket_Version", "Origin"])
REQUESTS = st.one_of(
    st.lists(PIECES, max_size=12).map(b"".join),
    st.builds(
        lambda path, method, changed: asked(path, method, **changed),
        st.sampled_from([PATH, "/shown", "/shown?place=91,0", "/nowhere", "/v1/alerts", PATH + "&place=91,0"])
        | st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=20),
        st.sampled_from(["GET", "HEAD", "POST", "get", ""]),
        st.dictionaries(NAMES, st.none() | st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30)),
    ),
    st.integers(0, 3_000).map(lambda length: asked(X_Filler="a" * length)),
)


@given(
    REQUESTS, st.binary(max_size=30), st.lists(st.integers(0, 5_000), max_size=6), st.sampled_from([None, Reason.FULL])
)
@example(asked(), b"\x81", [5, 70], None)
@example(asked(X_Filler="a" * 1_900), b"", [MOST - 10, MOST + 10], None)
def test_the_answer_is_the_same_however_a_request_is_cut(data, more, cuts, full):
    whole = summary(answer(data + more, full=full))
    assert summary(answer(data + more, cuts, full)) == whole
    assert summary(answer(data + more, range(len(data + more)), full)) == whole


@given(REQUESTS)
def test_every_answer_is_a_whole_http_response_and_only_good_ones_stay(data):
    found, _ = answer(data)
    if found is not None:
        status = int(found.said.split(b" ")[1])
        assert found.said.startswith(b"HTTP/1.1 ")
        assert b"\r\n\r\n" in found.said
        assert isinstance(found, Welcome) == (status == 101)
        assert isinstance(found, Welcome) or (found.reason is Reason.HTTP) == (status == 200)


@given(st.binary(min_size=MOST, max_size=MOST + 50))
def test_nobody_is_listened_to_beyond_the_longest_request(data):
    assert answer(data)[0] is not None


def test_a_good_request_is_welcome_with_what_it_asks_for_and_what_came_on_its_heels():
    for data in (asked(), request(parse_target("ws://127.0.0.1:1"), PATH, bytes(16))):
        found, _ = answer(data + b"more")
        assert found.subscription == Subscription("me", ((30.0, 103.0),))
        assert found.rest == b"more"
        assert found.said.startswith(b"HTTP/1.1 101 ")


@pytest.mark.parametrize("length", [MOST - 1, MOST, MOST + 1])
def test_a_request_may_be_as_long_as_is_stated_and_no_longer(length):
    data = asked(X_Filler="")
    data = asked(X_Filler="a" * (length - len(data)))
    assert len(data) == length
    found, _ = answer(data)
    assert isinstance(found, Welcome) == (length <= MOST)
    assert length <= MOST or b" 431 " in found.said


@pytest.mark.parametrize(
    ("data", "full", "status", "reason"),
    [
        (asked(), Reason.FULL, b"503", Reason.FULL),
        (asked("/shown"), Reason.FULL, b"200", Reason.HTTP),
        (asked("/shown?place=91,0"), None, b"400", Reason.BAD_REQUEST),
        (asked("/nowhere"), Reason.FULL, b"404", Reason.BAD_REQUEST),
        (asked("/v1/alerts"), None, b"400", Reason.BAD_REQUEST),
        (asked("/shown", "POST"), None, b"405", Reason.BAD_REQUEST),
        (asked(method="POST"), None, b"405", Reason.BAD_REQUEST),
        (asked(Upgrade=None), None, b"426", Reason.BAD_REQUEST),
        (asked(Sec_WebSocket_Key="short"), None, b"400", Reason.BAD_REQUEST),
        (b"\x16\x03\x01 hello\r\n", None, b"400", Reason.BAD_REQUEST),
    ],
)
def test_what_is_refused_is_told_why(data, full, status, reason):
    found, _ = answer(data, full=full)
    assert (found.said.split(b" ")[1], found.reason) == (status, reason)


def test_a_page_is_shown_as_what_it_is():
    found, _ = answer(asked("/shown?place=30,103"))
    assert b"\r\nContent-Type: text/x-shown\r\n" in found.said
    assert found.said.endswith(b"\r\n\r\nplaces ((30.0, 103.0),)")


def test_to_head_goes_the_head_of_a_page_alone():
    (page, _), (head, _) = (answer(asked("/shown?place=30,103", method)) for method in ("GET", "HEAD"))
    assert head.reason == Reason.HTTP
    assert page.said.endswith(b"places ((30.0, 103.0),)")
    assert undated(head.said) == undated(page.said.removesuffix(b"places ((30.0, 103.0),)"))


def test_a_page_that_raises_anything_but_a_wrong_query_is_a_bug_and_passed_on():
    def broken(_path):
        raise ZeroDivisionError

    def wrong(_path):
        raise InputError("place: so")

    assert b"place: so" in Caller(MOST).hear(asked("/shown"), house({"/shown": wrong})).said
    with pytest.raises(ZeroDivisionError):
        Caller(MOST).hear(asked("/shown"), house({"/shown": broken}))


@pytest.mark.parametrize("path", [PATH, "/shown"])
@pytest.mark.parametrize("host", [b"", b"Host: x\r\nHost: x\r\n"])
def test_a_request_names_its_host_once(path, host):
    found, _ = answer(asked(path).replace(b"Host: x\r\n", host))
    assert found.reason is Reason.BAD_REQUEST
    assert found.said.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("path", [PATH, "/shown"])
def test_a_page_of_another_origin_and_a_name_that_is_not_ours_are_refused(path):
    rooms = house(names=(), origins=("http://page.test",))
    for changed, status, reason in [
        ({"Host": "evil.test"}, b"421", Reason.HOST),
        ({"Host": "127.0.0.1:1", "Origin": "http://evil.test"}, b"403", Reason.ORIGIN),
        ({"Host": "evil.test", "Origin": "http://evil.test"}, b"421", Reason.HOST),
    ]:
        found = Caller(MOST).hear(asked(path, **changed), rooms)
        assert (found.said.split(b" ")[1], found.reason) == (status, reason)
        assert b"Access-Control" not in found.said
    for origin in (None, "http://localhost:1", "http://page.test"):
        found = Caller(MOST).hear(asked(path, Host="localhost:1", Origin=origin), rooms)
        assert found.said.split(b" ")[1] in (b"101", b"200")
        assert b"Access-Control" not in found.said


@pytest.mark.parametrize(
    "data",
    [
        asked("http://x/v1/alerts?user=me"),
        asked("*", "OPTIONS"),
        asked("x:80", "CONNECT"),
        asked(Transfer_Encoding="chunked"),
        asked(Content_Length="5") + b"hello",
        asked(Content_Length="9" * 400),
        asked(Content_Length="-1"),
        asked(X="a\r\n folded"),
        asked(X="a\0b"),
        asked("/v1/alerts?user=a\0b"),
        asked("/v1/alerts?user=%00"),
        asked("/v1/alerts?user=me&place=" + "9" * 400 + ",1"),
        asked("/v1/alerts?user=me&place=1e999,nan"),
        asked("/v1/alerts?user=me&place=\u0663,1".encode().decode("latin-1")),
        asked("/v1/alerts?user=me&least_intensity=" + "1" * 1_000),
        asked("/v1/alerts?user=%ff%ed%a0%80" + "&told=%ed%a0%80" * 9),
        asked("/v1/alerts?" + "&" * 100),
        asked(Upgrade="h2c, websocket"),
        asked(Upgrade="websocket, websocket"),
        asked(Upgrade=""),
        asked(Connection="close"),
        asked(Sec_WebSocket_Key="\xe9" * 24),
        asked(Sec_WebSocket_Version="9" * 500),
        asked(Sec_WebSocket_Version="\xb2"),
        asked(Sec_WebSocket_Protocol=",;=\xe9"),
        asked(Host="x", Origin="a\tb"),
        asked().replace(b"HTTP/1.1", b"HTTP/2.0"),
        asked().replace(b"HTTP/1.1", b"HTTP/1.0"),
        asked().replace(b" HTTP/1.1", b""),
        asked().replace(b"\r\n", b"\n"),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\r\n\r\n",
        b"\0" * MOST,
        b"GET /%s HTTP/1.1\r\n" % (b"a" * MOST),
    ],
)
def test_what_no_phone_sends_is_a_clear_error_of_the_caller(data):
    found, _ = answer(data)
    assert 400 <= int(found.said.split(b" ")[1]) < 500
    head, _, body = found.said.partition(b"\r\n\r\n")
    assert body.strip() and b"Access-Control" not in head


@given(REQUESTS)
def test_no_request_is_a_fault_of_ours(data):
    found, _ = answer(data)
    assert found is None or int(found.said.split(b" ")[1]) < 500


@pytest.mark.parametrize("version", ["8", "0", "14", "13.0", ""])
def test_who_asks_for_another_version_is_told_which_there_is(version):
    found, _ = answer(asked(Sec_WebSocket_Version=version))
    assert found.said.startswith(b"HTTP/1.1 426 ")
    assert b"\r\nSec-WebSocket-Version: 13\r\n" in found.said


@pytest.mark.parametrize("path", [PATH, "/nowhere", "/shown?place=91,0", "/v1/alerts"])
def test_to_head_goes_no_body_whatever_is_answered(path):
    found, _ = answer(asked(path, "HEAD"))
    assert found.reason is Reason.BAD_REQUEST
    assert found.said.endswith(b"\r\n\r\n")
