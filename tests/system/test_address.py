"""Addresses as they are written, and bound."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.errors import InputError
from ewarn.system.address import address_of, bind, is_loopback, resolve, split_address


@given(st.from_regex(r"[a-z0-9.-]{1,30}", fullmatch=True), st.integers(0, 65535))
def test_an_address_is_its_host_and_port(host, port):
    assert split_address("--to", f"{host}:{port}") == (host, port)


@given(st.text(max_size=30))
def test_whatever_is_written_is_an_address_or_refused_by_the_key(text):
    try:
        host, port = split_address("--listen", text)
    except InputError as error:
        assert str(error).startswith("--listen: expected HOST:PORT, got ")
    else:
        assert host and 0 <= port <= 65535


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
