"""Addresses as they are written, and bound."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.errors import InputError
from ewarn.system.address import (
    address_of,
    bind,
    has_many_sources,
    is_loopback,
    joined,
    resolve,
    split_address,
    subscriber_of,
)


@given(st.from_regex(r"[a-z0-9.-]{1,30}", fullmatch=True), st.integers(0, 65535))
def test_an_address_is_its_host_and_port(host, port):
    assert split_address("--to", f"{host}:{port}") == (host, port)


@given(st.text(max_size=30))
def test_whatever_is_written_is_an_address_or_refused_by_the_key(text):
    try:
        host, port = split_address("--listen", text)
    except InputError as error:
        assert str(error).startswith("--listen: expected HOST:PORT, ")
    else:
        assert host and 0 <= port <= 65535
        assert split_address("--listen", joined(host, port)) == (host, port)


def test_a_port_of_nought_shows_what_it_became_and_is_then_in_use():
    with bind("--listen", "127.0.0.1:0", False) as listener:
        bound = address_of(listener)
        with socket.create_connection(split_address("", bound), timeout=5):
            pass
        with pytest.raises(InputError, match=f"--listen: cannot listen on {bound}"):
            bind("--listen", bound, False)


def test_beyond_loopback_wants_leave():
    assert is_loopback(("127.9.9.9", 1)) and not is_loopback(("10.0.0.1", 1))
    with pytest.raises(InputError, match=r"--to: 192.0.2.1 is not loopback; --allow-network reaches it all the same"):
        resolve("--to", "192.0.2.1", 80, allow_network=False, otherwise="reaches it")
    assert resolve("--to", "192.0.2.1", 80, allow_network=True, otherwise="") == ("192.0.2.1", 80)


@pytest.mark.parametrize("host", ["::1", "::", "2001:db8::1", "::ffff:127.0.0.1"])
def test_an_ipv6_address_stands_in_brackets(host):
    assert split_address("--to", f"[{host}]:80")[1] == 80
    assert joined(host, 80) == f"[{host}]:80"
    with pytest.raises(InputError, match=r"or \[IPV6\]:PORT such as \[::1\]:8600"):
        split_address("--to", f"{host}:80")


@pytest.mark.parametrize(
    "address", ["[::1]", "[::1:80", "::1]:80", "[]:80", "[localhost]:80", "[127.0.0.1]:80", "[::1]x:80"]
)
def test_what_only_looks_like_one_is_refused(address):
    with pytest.raises(InputError, match="--to: expected HOST:PORT"):
        split_address("--to", address)


def test_ipv6_loopback_is_loopback_and_all_of_ipv6_is_ipv4_too_but_wants_leave():
    assert is_loopback(("::1", 1)) and not is_loopback(("2001:db8::1", 1)) and not is_loopback(("localhost", 1))
    assert has_many_sources(("127.0.0.1", 1)) and not has_many_sources(("::1", 1))
    with bind("--listen", "[::1]:0", False) as listener:
        assert address_of(listener).startswith("[::1]:")
        with socket.create_connection(split_address("", address_of(listener)), timeout=5):
            pass
    with pytest.raises(InputError, match="--listen: :: is not loopback"):
        bind("--listen", "[::]:0", False)
    with bind("--listen", "[::]:0", True) as listener:
        port = listener.getsockname()[1]
        for host in ("127.0.0.1", "::1"):
            with socket.create_connection((host, port), timeout=5):
                pass


@given(st.ip_addresses(v=6), st.ip_addresses(v=4), st.integers(0, 2**64 - 1))
def test_limits_count_an_ipv4_address_or_an_ipv6_network_as_one(six, four, host):
    neighbour = str(type(six)(int(six) >> 64 << 64 | host))
    if six.ipv4_mapped is None and int(six) >> 64:
        assert subscriber_of((str(six), 1, 0, 0)) == subscriber_of((neighbour, 2, 0, 0)) == six.packed[:8]
    assert subscriber_of((str(four), 1)) == subscriber_of((f"::ffff:{four}", 1, 0, 0)) == four.packed
    assert subscriber_of("") == subscriber_of(b"") == subscriber_of(()) == b""
