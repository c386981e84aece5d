"""What a host is called, and where it says that its users reach it."""

import re

import pytest

from ewarn.errors import InputError
from ewarn.gateway.hosts.own import own_name, own_url

ALL = "0.0.0.0"  # noqa: S104


@pytest.mark.parametrize(
    ("machine", "name"),
    [
        ("g1", "g1"),
        ("G1.example.org", "g1"),
        ("my_host", "my-host"),
        ("-x-", "x"),
        ("", "gateway"),
        ("...", "gateway"),
        ("主机", "gateway"),
        ("a" * 70, "a" * 63),
    ],
)
def test_the_name_of_the_machine_is_made_fit(machine, name):
    assert own_name(None, machine) == name


@pytest.mark.parametrize("given", ["", "G1", "-a", "a.b", "a" * 64, "a\n"])
def test_a_name_that_is_given_must_fit(given):
    assert own_name("g-1", "else") == "g-1"
    with pytest.raises(InputError, match="--name: expected"):
        own_name(given, "g1")


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("ws://g1:8600", "ws://g1:8600"),
        ("wss://g1.example.org", "wss://g1.example.org:443"),
        ("ws://[::1]:8600/v1/alerts", "ws://[::1]:8600"),
        ("ws://g1/", "ws://g1:80"),
        ("ws://G_1.Example.org:1", "ws://g_1.example.org:1"),
    ],
)
def test_a_url_that_is_given_is_where_users_connect(given, url):
    assert own_url(given, (ALL, 1), tls=False, shared=True, machine="m") == url


@pytest.mark.parametrize(
    "given",
    [
        "",
        "g1:8600",
        "http://g1:8600",
        "ws://",
        "ws://g1:x",
        "ws://a@g1:1",
        "ws://g1:1/x",
        "ws://g1:1?q",
        "ws://g1:0",
        "ws://g 1:1",
        'ws://g"1:1',
        "ws://g<b>1:1",
        "ws://g%0d:1",
        "ws://" + "a" * 254 + ":1",
    ],
)
def test_what_is_no_such_url_is_named(given):
    with pytest.raises(InputError, match=re.escape("--public-url: expected ws://HOST:PORT")):
        own_url(given, ("127.0.0.1", 1), tls=False, shared=True, machine="m")


def test_without_one_it_is_where_the_port_is_bound_which_on_all_addresses_says_nothing_to_others():
    assert own_url(None, ("198.18.0.11", 8600), tls=True, shared=True, machine="m") == "wss://198.18.0.11:8600"
    assert own_url(None, ("::1", 8600), tls=False, shared=True, machine="m") == "ws://[::1]:8600"
    for every in (ALL, "::"):
        assert own_url(None, (every, 8600), tls=False, shared=False, machine="m") == "ws://m:8600"
        with pytest.raises(InputError, match=f"--public-url: missing; with --bus on {every}"):
            own_url(None, (every, 8600), tls=False, shared=True, machine="m")
