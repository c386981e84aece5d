"""Where lines are, and who calls: what is wrong is told in a line that names the option."""

import pytest

from ewarn.bus import folder as kept
from ewarn.bus.addresses import parse_bus, read_identity
from ewarn.bus.lines import parse_line
from ewarn.bus.roles import gateway, role
from ewarn.errors import InputError


def test_one_line_or_two_with_the_port_of_nats_where_there_is_none():
    assert [str(one) for one in parse_bus("tls://b1,tls://[2001:db8::2]:4333")] == [
        "tls://b1:4222",
        "tls://[2001:db8::2]:4333",
    ]
    assert [one.index for one in parse_bus("tls://b1, tls://b2")] == [0, 1]
    for here in ("nats://127.0.0.1", "nats://127.3.2.1:1", "nats://[::1]", "nats://localhost"):
        assert not parse_bus(here)[0].tls


@pytest.mark.parametrize(
    "given, told",
    [
        ("", "expected tls://HOST"),
        ("b1", "expected tls://HOST"),
        ("tls://", "expected tls://HOST"),
        ("tls://b1:port", "expected tls://HOST"),
        ("tls://b1:99999", "expected tls://HOST"),
        ("tls://b1/path", "expected tls://HOST"),
        ("tls://me:secret@b1", "no password; --key"),
        ("tls://b1:0", "expected tls://HOST"),
        ("tls://b1?x", "expected tls://HOST"),
        ("tls://b_1", "expected tls://HOST"),
        ("ws://b1", "expected tls://HOST"),
        ("tls://b 1", "expected tls://HOST"),
        ("tls://b1,", "expected tls://HOST"),
        ("nats://b1", "nats://b1 is not loopback; use tls://b1:4222"),
        ("nats://0.0.0.0", "is not loopback"),
        ("nats://127.0.0.1.example.org", "is not loopback"),
        ("tls://b1,tls://B1:4222", "stands there twice"),
        ("tls://b1,tls://b2,tls://b3", "one or two addresses, got 3"),
    ],
)
def test_what_is_no_bus_is_refused(given, told):
    with pytest.raises(InputError, match=r"^--bus: ") as refused:
        parse_bus(given)
    assert told in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.fixture
def keys(tmp_path):
    kept.make(tmp_path / "bus", [parse_line("b1=127.0.0.1")], ["g1"])
    return tmp_path / "bus"


def test_a_key_trusts_the_authority_beside_it(keys):
    found = read_identity(role("centre"), str(keys / "centre.nk"))
    assert found.role.name == "centre"
    assert len(found.context.get_ca_certs()) == 1
    assert found.seed not in repr(found)


def test_a_key_that_is_none_is_refused_by_name(keys):
    path = keys / "g1.nk"
    seed = path.read_text()
    for wrong in ("", "SU", seed[:-3], seed.swapcase(), "U" + seed[1:], "é" * 58):
        path.write_text(wrong)
        with pytest.raises(InputError, match=r"^--key: .*g1.nk: expected the seed") as refused:
            read_identity(gateway("g1"), str(path))
        assert not wrong.strip() or wrong.strip() not in str(refused.value).replace("begins with SU", "")


def test_a_key_that_others_can_read_is_refused(keys):
    (keys / "g1.nk").chmod(0o644)
    with pytest.raises(InputError, match="can be read by others"):
        read_identity(gateway("g1"), str(keys / "g1.nk"))


def test_an_authority_that_is_none_is_refused_by_the_option_of_the_bus(keys, tmp_path):
    with pytest.raises(InputError, match=r"^--bus-ca: cannot read"):
        read_identity(role("centre"), str(keys / "centre.nk"), str(tmp_path / "none.pem"))
    with pytest.raises(InputError, match=r"^--bus-ca: .* holds no certificates"):
        read_identity(role("centre"), str(keys / "centre.nk"), str(keys / "centre.nk"))
