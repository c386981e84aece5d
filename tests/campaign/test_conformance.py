"""The bounded part of the conformance campaign, and the notation that its cases are written in."""

import asyncio

import pytest

from ewarn.wire.framing import CLOSE, TEXT, header, masked_frame
from tests.campaign import conformance_notation as notation
from tests.campaign.conformance import all_of, rows
from tests.campaign.conformance_cases import cases
from tests.campaign.conformance_paths import SHORT_BYTES, both_paths
from tests.campaign.conformance_requests import misses, request
from tests.campaign.conformance_suite import SHORT, suite
from tests.campaign.rows import Row, printed


def failed(made):
    return printed([row for row in made if not row.passed]) if not all(row.passed for row in made) else ""


def test_the_gateway_does_what_the_standard_says(shared_gateway):
    assert not failed(rows(asyncio.run(all_of(shared_gateway.started.listen, ["whole"])), 0))


def test_the_fast_path_and_the_slow_one_and_all_cuts_come_to_the_same():
    assert not failed(both_paths(SHORT_BYTES))


def test_the_cases_of_autobahn_pass():
    assert not failed(suite(SHORT))


def test_there_are_some_450_cases_and_each_has_a_name_of_its_own():
    found = cases()
    assert len({str(case) for case in found}) == len(found) > 450
    assert all(bool(case.instead) == bool(case.reason) for case in found)


def test_frames_are_written_as_the_standard_writes_them():
    hello = bytes.fromhex("818537fa213d7f9f4d5158")  # RFC 6455, section 5.7
    assert notation.sent("text 'Hello'") == (hello, False)
    assert notation.sent("text -fin -mask 'Hel' | cont -mask 'lo' | eof") == (b"\x01\x03Hel\x80\x02lo", True)
    assert notation.sent("close 1000 'bye'")[0] == masked_frame(CLOSE, b"\x03\xe8bye", notation.MASK)
    assert notation.sent("text -mask a*70000")[0] == header(70000, TEXT) + b"a" * 70000
    assert notation.sent("text len16 +rsv1 says=5 mask=00000000")[0] == bytes.fromhex("c1fe000500000000")
    assert notation.sent("raw x'81'")[0] == b"\x81"
    with pytest.raises(ValueError, match="rsv4"):
        notation.sent("text +rsv4")


@pytest.mark.parametrize(
    ("seen", "wanted", "fits"),
    [
        (b"\x8a\x01x", "pong 'x' | end", True),
        (b"\x8a\x01x", "pong 'y' | end", False),
        (b"\x88\x05\x03\xeabye", "close 1002 | end", True),
        (b"\x88\x05\x03\xeabye", "close 1002 'why' | end", False),
        (b"\x88\x00", "close '' | end", True),
        (b"\x88\x02\x03\xe8", "close '' | end", False),
        (b"\x81\x01x", "text any | end", True),
        (b"\x81\x01x\x8a\x00", "text any | end", False),
        (b"", "end", True),
        (b"", "open", False),
    ],
)
def test_what_came_is_held_against_what_must_come(seen, wanted, fits):
    frames, rest = notation.received(seen)
    assert rest == b""
    assert notation.fits([*frames, notation.Said("end")], notation.expected(wanted)) is fits


def test_a_server_s_frame_that_is_masked_or_in_part_is_no_answer():
    for frame in (b"\x8a\x80mask", b"\x0a\x00", b"\xca\x00"):
        with pytest.raises(ValueError, match="whole and plain"):
            notation.received(frame)


def test_requests_are_the_good_one_and_what_is_changed_of_it():
    good, _ = request("", "x:1")
    assert good.startswith(b"GET /v1/alerts?user=me HTTP/1.1\r\nHost: x:1\r\n")
    assert request("-Host", "x:1")[0] == good.replace(b"Host: x:1\r\n", b"")
    assert request("Upgrade: \\xe9 | POST / HTTP/1.0 | +A: b*3", "x:1")[0] == (
        good.replace(b"websocket\r\n", b"\xe9\r\n", 1)
        .replace(b"GET /v1/alerts?user=me HTTP/1.1", b"POST / HTTP/1.0")
        .replace(b"13\r\n\r\n", b"13\r\nA: bbb\r\n\r\n")
    )
    assert request("raw 'a\\r\\n' | eof", "x:1") == (b"a\r\n", True)


def test_an_answer_to_a_handshake_is_held_against_the_standard():
    sample = request("", "x")[0]  # with the key of RFC 6455, section 1.3
    head = "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n\r\n"
    good = head.format("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=").encode()
    assert misses(good, "101", sample) == ""
    assert "Accept" in misses(head.format("x").encode(), "101", sample)
    assert "101" in misses(good, "400", sample)
    assert "is there" in misses(good, "101 -Upgrade", sample)
    assert "does not say so" in misses(b"HTTP/1.1 400 Bad\r\n\r\n", "4xx", sample)
    assert "5 were told" in misses(b"HTTP/1.1 400 x\r\nConnection: close\r\nContent-Length: 5\r\n\r\n", "400", sample)


def test_rows_are_printed_with_those_that_failed_named():
    table = printed([Row("fuzz", "a", "1", "1", True, 2.5, "s"), Row("fuzz", "b", "1", "2", False)])
    assert table.splitlines()[1].split() == ["ok", "fuzz", "a", "1", "1", "2.5", "s"]
    assert table.endswith("2 rows, 1 failed: b")
