"""Whom a service answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.errors import InputError
from ewarn.system.allowed import allowed, host_of, loopback_pages, origin_of

NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,10}(\.[a-z]{2,5}){0,2}", fullmatch=True)
PORTS = st.integers(1, 65_535)
LOOPBACK = allowed(("127.0.0.1", 8600), ("127.0.0.1", "myhost"))
NETWORK = allowed(("0.0.0.0", 8600), ("0.0.0.0", "myhost.example.org", "myhost"), ("alerts.example.org",))  # noqa: S104


def status(rules, host, *origins):
    found = rules.refusal([host], list(origins))
    return int(found.status) if found else 0


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.1:8600", "127.9.9.9:1", "localhost:9999", "LOCALHOST", "demo.localhost:80", "[::1]:8600"],
)
def test_a_loopback_service_is_asked_by_loopback_names_at_any_port(host):
    assert status(LOOPBACK, host) == status(LOOPBACK, host, f"http://{host}") == 0


@pytest.mark.parametrize(
    "host", ["evil.test", "evil.test:8600", "localhost.evil.test", "192.0.2.1:8600", "[2001:db8::1]", "myhost", "10.1"]
)
def test_a_loopback_service_is_nobody_else(host):
    assert status(LOOPBACK, host) == 421


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("192.0.2.1:8600", 0),
        ("[2001:db8::1]:8600", 0),
        ("127.0.0.1:8600", 0),
        ("localhost:8600", 0),
        ("alerts.example.org", 0),
        ("ALERTS.example.org.:443", 0),
        ("myhost:8600", 0),
        ("myhost.example.org", 0),
        ("evil.test", 421),
        ("alerts.example.org.evil.test", 421),
    ],
)
def test_a_network_service_is_asked_by_addresses_and_its_names(host, expected):
    assert status(NETWORK, host) == expected


@pytest.mark.parametrize(
    "host", ["", " ", "a b", "a:b", "a:99999", "a:1:2", "::1", "[::1", "a/b", "user@a", "a\x00", "é", "[x]", "a,b", "?"]
)
def test_a_host_that_is_none_is_a_bad_request(host):
    assert status(LOOPBACK, host) in (400, 421)
    assert status(LOOPBACK, host) == 400 or host == "::1"


@given(st.lists(st.text(max_size=20), max_size=3), st.lists(st.text(max_size=30), max_size=3))
def test_whatever_stands_there_is_answered_by_a_line_or_goes_on(hosts, origins):
    found = LOOPBACK.refusal(hosts, origins)
    if len(hosts) != 1:
        assert found.status == 400
    if found:
        assert found.status in (400, 403, 421)
        assert "\n" not in found.text and found.text.isprintable()


def test_two_origins_are_a_bad_request():
    assert LOOPBACK.refusal(["localhost"], ["http://localhost", "http://localhost"]).status == 400


@given(NAMES, PORTS, NAMES, PORTS, st.sampled_from(["http", "https"]))
def test_only_the_page_of_the_same_host_and_port_may_ask(host, port, other, its_port, scheme):
    rules = allowed(("127.0.0.1", 1), (), ("*",))
    expected = 0 if (host, port) == (other, its_port) else 403
    assert status(rules, f"{host}:{port}", f"{scheme}://{other}:{its_port}") == expected
    assert status(rules, f"{host.upper()}:{port}", f"{scheme}://{host}:{port}") == 0
    more = allowed(("127.0.0.1", 1), (), ("*",), (f"{scheme}://{other}:{its_port}",))
    assert status(more, f"{host}:{port}", f"{scheme}://{other}:{its_port}") == 0


def test_ports_that_a_browser_leaves_out_are_those_of_the_scheme():
    rules = allowed(("127.0.0.1", 1), (), ("a.test",))
    for host in ("a.test", "a.test:443"):
        assert status(rules, host, "https://a.test") == 0
    assert status(rules, "a.test:443", "http://a.test") == 403
    assert status(rules, "[::1]:1", "http://[0:0:0:0:0:0:0:1]:1") == 0


@pytest.mark.parametrize(
    "origin", ["http://evil.test", "null", "", "file://", "http://", "http://a@localhost", "localhost", "chrome://x/y"]
)
def test_pages_of_others_and_of_nowhere_may_not_ask(origin):
    assert status(LOOPBACK, "localhost", origin) == 403


def test_what_is_allowed_besides_may():
    given = ("http://Page.Test:80/", "null", "capacitor://localhost")
    rules = allowed(("127.0.0.1", 1), (), (), given)
    for origin in ("http://page.test", "null", "capacitor://localhost"):
        assert status(rules, "127.0.0.1:8600", origin) == 0
    assert status(rules, "127.0.0.1:8600", "https://page.test") == 403
    pages = allowed(("127.0.0.1", 1), (), (), loopback_pages(8600))
    assert (
        status(pages, "127.0.0.1:1", "http://[::1]:8600") == status(pages, "127.0.0.1:1", "http://localhost:8600") == 0
    )
    assert status(pages, "127.0.0.1:1", "http://localhost:8601") == 403


@pytest.mark.parametrize("name", ["", "a:80", "http://a", "[::1]:80", "a/b", "a b"])
def test_what_is_no_name_cannot_be_allowed(name):
    with pytest.raises(InputError, match="--allow-host: expected a name"):
        host_of(name)


@pytest.mark.parametrize("url", ["", "a.test", "http://a.test/page", "http://a:99999", "http://u@a", "http://a?b"])
def test_what_is_no_origin_cannot_be_allowed(url):
    with pytest.raises(InputError, match="--allow-origin: expected"):
        origin_of(url)


def test_an_address_can_be_allowed_as_a_name():
    assert (host_of("::1"), host_of("[2001:DB8::1]"), host_of("A.Test.")) == ("[::1]", "[2001:db8::1]", "a.test")
    assert status(allowed(("127.0.0.1", 1), (), ("192.0.2.1",)), "192.0.2.1:80") == 0
