"""Whose connections begin with a PROXY header."""

import pytest

from ewarn.errors import InputError
from ewarn.gateway.tls.proxied import Named, Proxied
from ewarn.wire.proxy_protocol import encode

HEADER = encode(("192.0.2.7", 5000), ("198.51.100.1", 443))


@pytest.mark.parametrize(
    ("named", "host", "within"),
    [
        (["10.0.0.0/8"], "10.200.0.1", True),
        (["10.0.0.0/8"], "11.0.0.1", False),
        (["10.0.0.1"], "10.0.0.1", True),
        (["10.0.0.1"], "10.0.0.2", False),
        (["10.0.0.0/8"], "::ffff:10.0.0.1", True),
        (["2001:db8::/32"], "2001:db8::1", True),
        (["fe80::/10"], "fe80::1%eth0", True),
        (["2001:db8::/32"], "10.0.0.1", False),
        (["192.0.2.1", "10.0.0.0/8"], "10.0.0.1", True),
        (["0.0.0.0/0"], "", False),
        ([], "10.0.0.1", False),
    ],
)
def test_a_proxy_is_known_by_its_address(named, host, within):
    assert (host in Named(named)) is within


@pytest.mark.parametrize("text", ["10.0.0.1/8", "10.0.0.0/33", "proxy.test", "", "10.0.0"])
def test_what_is_no_address_or_network_is_named(text):
    with pytest.raises(InputError, match="--proxy-from: "):
        Named([text])


def test_a_header_is_expected_of_named_addresses_alone_and_of_everybody_where_all_come_by_one():
    named, all_of_them = Proxied(Named(["10.0.0.1"]), everybody=False), Proxied(Named([]), everybody=True)
    for proxied in (named, all_of_them):
        proxied.admit(5, lambda _: "10.0.0.1")
        proxied.admit(6, lambda _: "10.0.0.2")
    assert (5 in named, 6 in named) == (True, False)
    assert (5 in all_of_them, 6 in all_of_them) == (True, True)


def test_a_descriptor_that_comes_again_is_somebody_else():
    proxied = Proxied(Named(["10.0.0.1"]), everybody=False)
    proxied.admit(5, lambda _: "10.0.0.1")
    assert proxied.hear(5, HEADER[:5]) is None
    proxied.admit(5, lambda _: "10.0.0.2")
    assert 5 not in proxied
    proxied.admit(5, lambda _: "10.0.0.1")
    header, rest = proxied.hear(5, HEADER + b"rest")
    assert (header.source, rest) == (("192.0.2.7", 5000), b"rest")
    assert 5 not in proxied
