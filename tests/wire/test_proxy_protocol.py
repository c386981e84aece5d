"""PROXY headers: what they say, what is none, and that it is the same however the bytes are cut."""

import ipaddress
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.errors import InputError
from ewarn.wire.proxy_protocol import LONGEST, SIGNATURE, Header, More, encode, parse


def binary(version=0x21, kind=0x11, rest=bytes(12)):
    return SIGNATURE + bytes([version, kind]) + struct.pack("!H", len(rest)) + rest


FOUR = bytes([192, 0, 2, 7]) + bytes([198, 51, 100, 1]) + struct.pack("!HH", 5000, 443)
SIX = ipaddress.ip_address("2001:db8::7").packed + bytes(16) + struct.pack("!HH", 5000, 443)
GOOD = [
    (b"PROXY TCP4 192.0.2.7 198.51.100.1 5000 443\r\n", ("192.0.2.7", 5000)),
    (b"PROXY TCP6 2001:db8::7 ::1 5000 443\r\n", ("2001:db8::7", 5000)),
    (b"PROXY UNKNOWN\r\n", None),
    (b"PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n", None),
    (b"PROXY TCP4 1.0.0.0 255.255.255.255 0 65535\r\n", ("1.0.0.0", 0)),
    (binary(rest=FOUR), ("192.0.2.7", 5000)),
    (binary(kind=0x21, rest=SIX), ("2001:db8::7", 5000)),
    (binary(rest=FOUR + b"\x04\x00\x02ab"), ("192.0.2.7", 5000)),
    (binary(kind=0x31, rest=bytes(216)), None),
    (binary(kind=0x12, rest=FOUR), None),
    (binary(kind=0x00, rest=b""), None),
    (binary(version=0x20, kind=0x00, rest=b""), None),
    (binary(version=0x20, kind=0xFF, rest=b"xyz"), None),
    (binary(rest=FOUR + bytes(LONGEST - 16 - 12)), ("192.0.2.7", 5000)),
]
BAD = [
    b"GET / HTTP/1.1\r\n",
    b"\x16\x03\x01\x02\x00\x01",
    b"PROXY\r\n",
    b"proxy TCP4 192.0.2.7 198.51.100.1 5000 443\r\n",
    b"PROXY  TCP4 192.0.2.7 198.51.100.1 5000 443\r\n",
    b"PROXY TCP4  192.0.2.7 198.51.100.1 5000 443\r\n",
    b"PROXY TCP4 192.0.2.7 198.51.100.1 5000 443 \r\n",
    b"PROXY TCP4 192.0.2.07 198.51.100.1 5000 443\r\n",
    b"PROXY TCP4 192.0.2.256 198.51.100.1 5000 443\r\n",
    b"PROXY TCP4 192.0.2.7 198.51.100.1 05000 443\r\n",
    b"PROXY TCP4 192.0.2.7 198.51.100.1 65536 443\r\n",
    b"PROXY TCP4 192.0.2.7 198.51.100.1 -1 443\r\n",
    b"PROXY TCP4 192.0.2.7 198.51.100.1 5000\r\n",
    b"PROXY TCP4 2001:db8::7 ::1 5000 443\r\n",
    b"PROXY TCP6 192.0.2.7 198.51.100.1 5000 443\r\n",
    b"PROXY TCP6 fe80::1%eth0 ::1 5000 443\r\n",
    b"PROXY TCP4 \xd9\xa1.0.2.7 198.51.100.1 5000 443\r\n",
    b"PROXY UDP4 192.0.2.7 198.51.100.1 5000 443\r\n",
    b"PROXY UNKNOWN " + b"x" * 107 + b"\r\n",
    SIGNATURE[:-1] + b"!" + binary(rest=FOUR)[12:],
    binary(version=0x11, rest=FOUR),
    binary(version=0x22, rest=FOUR),
    binary(kind=0x41, rest=FOUR),
    binary(kind=0x13, rest=FOUR),
    binary(rest=FOUR[:-1]),
    binary(kind=0x21, rest=FOUR),
    binary(kind=0x31, rest=bytes(215)),
    binary(rest=FOUR + bytes(LONGEST - 16 - 12 + 1)),
]


@pytest.mark.parametrize(("data", "source"), GOOD)
def test_a_header_says_who_it_is_for_and_where_it_ends(data, source):
    assert parse(data) == parse(data + b"GET / HTTP/1.1") == Header(len(data), source)


@pytest.mark.parametrize("data", BAD)
def test_what_is_no_header_is_refused_and_no_more_bytes_mend_it(data):
    with pytest.raises(InputError, match="PROXY header: "):
        parse(data)
    with pytest.raises(InputError):
        parse(data + b"\r\n" * 600)


@pytest.mark.parametrize("data", [one for one, _ in GOOD])
def test_of_a_header_that_is_cut_at_least_as_much_is_missing_as_is_said(data):
    for cut in range(len(data)):
        assert isinstance(said := parse(data[:cut]), More)
        assert 1 <= said.least <= len(data) - cut


def taken_down_piece_by_piece(data, pieces):
    """As one who reads no byte beyond the header."""
    had = b""
    while isinstance(said := parse(had), More):
        step = min(said.least, next(pieces, said.least))
        if not (more := data[len(had) : len(had) + step]):
            return said
        had += more
    assert said.length == len(had)
    return said


@given(st.sampled_from([one for one, _ in GOOD]), st.binary(max_size=40), st.lists(st.integers(1, 60)))
def test_who_asks_for_what_is_missing_alone_never_reads_beyond_the_header(data, rest, cuts):
    assert taken_down_piece_by_piece(data + rest, iter(cuts)) == parse(data)


starts = st.sampled_from(
    [b"", b"PROXY ", b"PROXY TCP4 ", b"PROXY TCP6 ", b"PROXY UNKNOWN", SIGNATURE, SIGNATURE + b"!"]
)


def outcome(data):
    try:
        return parse(data)
    except InputError:
        return None


@given(starts, st.binary(max_size=700), st.integers(0, 700))
def test_any_bytes_are_a_header_or_begin_one_or_are_none_and_more_of_them_change_no_judgement(start, rest, cut):
    data = start + rest
    whole, part = outcome(data), outcome(data[:cut])
    if not isinstance(part, More):
        assert part == whole
    if isinstance(whole, Header):
        assert 0 < whole.length <= min(LONGEST, len(data))


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)), st.integers(0, 65535), st.integers(0, 65535))
def test_what_is_encoded_is_read_back(address, port, other):
    data = encode((str(address), port), (str(address), other))
    said = parse(data)
    assert said.length == len(data)
    assert (ipaddress.ip_address(said.source[0]), said.source[1]) == (address, port)
