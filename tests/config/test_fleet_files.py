"""Files of fleets: what is right, the line for what is not, and whose users are whose."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ewarn.centre.check import check
from ewarn.config.fleet import FleetSettings, check_files, load_fleet
from ewarn.config.tables import shipped
from ewarn.errors import InputError

BUS = '[bus]\nlines = ["tls://b1", "tls://b2:4333"]\nkeys = "keys"\nsigning_key = "keys/signing.pem"\n'
GATE = '[[gateway]]\nname = "g1"\nurl = "ws://10.0.0.1:8600"\n'
SWARM = '[[swarm]]\nname = "s1"\naddress = "10.0.0.3"\n'
GOOD = BUS + GATE + SWARM
SIX = GOOD.replace("ws://10.0.0.1", "ws://[fd00::3]")
SECOND = '[[swarm]]\nname = "s2"\naddress = "10.0.0.4"\n'
PACKETS = 'phones = "packets"\ninterface = "eth1"\nrange = "10.9.0.0/16"\n'


def written(folder, text):
    path = folder / "fleet.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_example_is_a_fleet_file_in_which_every_kind_of_host_stands():
    found = load_fleet(shipped() / "fleet.toml")
    assert {one.start is None for one in found.gateway} == {one.start is None for one in found.swarm} == {True, False}
    assert check(shipped() / "fleet.toml") == "fleet, 2 lines, 2 gateways, 2 swarms"
    assert found.shares(99) == [66, 33]


def test_a_path_counts_from_the_folder_of_the_file_and_is_looked_for_when_it_is_used(tmp_path):
    path = written(tmp_path, GOOD)
    found = load_fleet(path)
    assert found.bus.keys == str(tmp_path / "keys")
    assert found.bus.joined == "tls://b1,tls://b2:4333"
    with pytest.raises(InputError) as raised:
        check_files(found, path)
    assert [line.split(": ")[1] for line in raised.value.problems] == ["bus.keys"] * 3 + ["bus.signing_key"]
    assert str(tmp_path / "keys" / "conductor.nk") in raised.value.problems[1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GATE + SWARM, "bus: missing"),
        (BUS + SWARM, "gateway: missing"),
        (BUS + GATE, "swarm: missing"),
        ("gateway = []\n" + BUS + SWARM, "gateway: there is none"),
        ("swarm = []\n" + BUS + GATE, "swarm: there is none"),
        (GOOD + "port = 5", "swarm.0.port: unknown key"),
        (GOOD.replace("lines", "line"), "bus.lin"),
        (GOOD.replace('"tls://b1", ', ""), None),
        (GOOD.replace("tls://b1", "tls://b1:99999"), "bus.lines: expected tls://HOST"),
        (GOOD.replace("tls://b1", "nats://b1"), "bus.lines: nats://b1 is not loopback"),
        (GOOD.replace("tls://b2:4333", "tls://b1"), "bus.lines: tls://b1:4222 stands there twice"),
        (GOOD.replace('["tls://b1", ', '["tls://b1,tls://b3", '), "bus.lines: expected one address in each, got 'tls"),
        (GOOD.replace('["tls://b1", "tls://b2:4333"]', "[]"), "bus.lines: there is none"),
        (GOOD.replace('["tls://b1", "tls://b2:4333"]', "'tls://b1'"), r"bus.lines: expected a list, \[...\], got 'tls"),
        (GOOD.replace("[[swarm]]", "[swarm]"), r"swarm: expected \[\[swarm\]\], one or more of them, got"),
        (GOOD.replace("0.1:8600", "0.1:8600/live"), "gateway.0.url: expected nothing after the port, got"),
        (GOOD.replace("0.1:8600", "0.1:0"), "gateway.0.url: expected ws://HOST:PORT"),
        *(
            (GOOD.replace('"10.0.0.3"', f'"{one}"'), f"swarm.0.address: {one} is no host's own address")
            for one in ("0.0.0.0", "224.0.0.1", "255.255.255.255", "::")  # noqa: S104
        ),
        (GOOD.replace('"g1"', '"G 1"'), "gateway.0.name: .*'G 1'"),
        (GOOD.replace("ws://10.0.0.1:8600", "http://10.0.0.1"), "gateway.0.url: expected ws://HOST:PORT"),
        (GOOD.replace('"s1"', '"g1"'), "name: g1 is there twice"),
        (GOOD + GATE.replace("g1", "g2"), "gateway.url: 10.0.0.1:8600 is there twice"),
        (GOOD + GATE.replace("g1", "g2").replace("ws:", "wss:").replace("0.1:", "0.2:"), "some are ws:// and some wss"),
        (GOOD + SWARM.replace("s1", "s2"), "swarm.address: 10.0.0.3 is there twice"),
        (GOOD.replace('"10.0.0.3"', '"10.0.0.3:80"'), "swarm.0.address: .*without a port"),
        (BUS + GATE + "start = []\n" + SWARM, "gateway.0.command: missing"),
        (BUS + GATE + 'command = ["ewarn"]\n' + SWARM, "gateway.0.start: missing"),
        (BUS + GATE + "capacity = 0\n" + SWARM, "gateway.0.capacity: .*0"),
        (GOOD + "start = []", "swarm.0.key: missing"),
        (GOOD + "start = []\nkey = 'k'\ncommand = []", "swarm.0.command: "),
        (GOOD + "weight = 0", "swarm.0.weight: .*0"),
        (GOOD + "weight = nan", "swarm.0.weight: "),
        (GOOD + "ear_port = 65536", "swarm.0.ear_port: .*65536"),
        (GOOD + "phones = 'auto'", "swarm.0.phones: "),
        (GOOD + "phones = 'packets'", "swarm.0.phones: .*interface and range"),
        (GOOD + "interface = 'eth1'", "swarm.0.interface: needs range"),
        (GOOD + "interface = 'eth1'\nrange = '10.9.0.0/16'", 'swarm.0.interface: goes with phones = "packets"'),
        (GOOD + PACKETS.replace("10.9", "8.8"), "swarm.0.range: .*not private"),
        (GOOD + PACKETS + "sources = ['10.0.0.3']", 'swarm.0.sources: goes with phones = "sockets"'),
        (GOOD + PACKETS + SECOND + PACKETS.replace(".0/16", ".128/25"), "swarm.range: those of s1 and s2 overlap"),
        (GOOD + "sources = ['eth0']", "swarm.0.sources: expected IPv4 addresses"),
        (GOOD + "sources = ['::1']", "swarm.0.sources: expected IPv4 addresses"),
        (GOOD + "sources = ['10.0.0.3', '10.0.0.3']", "swarm.0.sources: 10.0.0.3 is there twice"),
        (GOOD + "sources = ['fd00::1']", "swarm.0.sources: expected IPv4 addresses such as 10.0.0.21"),
        (SIX + "sources = ['10.0.0.3']", "swarm.sources: those of s1 have IPv4, and g1 is at an IPv6 address"),
        (SIX + PACKETS, "swarm.phones: those of s1 have IPv4, and g1 is at an IPv6 address"),
        (GOOD.replace("ws:", "wss:") + PACKETS, "swarm.phones: packets speak no TLS, so s1 cannot reach"),
        ("lease_s = 1\n" + GOOD, "lease_s: "),
        ("ca = 'users.pem'\n" + GOOD, "ca: goes with gateways of wss://"),
    ],
)
def test_what_is_wrong_is_named_by_its_full_key(tmp_path, text, said):
    path = written(tmp_path, text)
    if said is None:
        assert load_fleet(path).bus.joined == "tls://b2:4333"
        return
    with pytest.raises(InputError, match=said) as raised:
        check(path)
    assert all(line.startswith(f"{path}: ") for line in raised.value.problems)


@settings(max_examples=40)
@given(st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=9), st.integers(0, 10**7))
def test_every_user_is_on_one_host_and_nobody_is_off_by_one(weights, users):
    table = FleetSettings.model_validate(
        {
            "bus": {"lines": ("tls://b1",), "keys": "k", "signing_key": "s"},
            "gateway": ({"name": "g", "url": "ws://g:1"},),
            "swarm": tuple(
                {"name": f"s{index}", "address": f"10.0.0.{index}", "weight": weight}
                for index, weight in enumerate(weights)
            ),
        }
    )
    shares = table.shares(users)
    assert sum(shares) == users
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - users * weight / sum(weights)) < 1 + 1e-6
