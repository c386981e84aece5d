"""A drill and a fleet that do not fit each other are refused in a line, which names the key or the two that differ."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from ewarn.cli import main
from ewarn.config.drill import load_drill
from ewarn.config.fleet import FleetSettings
from ewarn.drill.fleet.fits import (
    as_they_run,
    check_drill,
    check_gateways,
    check_list,
    check_shares,
    check_versions,
    engines,
)
from ewarn.errors import InputError
from ewarn.wire.gateways import Gateway, Gateways
from ewarn.wire.health import BusHealth, Health


def drill(**changes):
    said = {key.replace("__", "."): value for key, value in changes.items()}
    return load_drill(Path("configs/one-report.toml"), said)


PACKETS = {"phones": "packets", "interface": "eth1"}


def fleet(gates=("g1", "g2"), weights=(1.0, 1.0), capacity=None, packets=0):
    return FleetSettings.model_validate(
        {
            "bus": {"lines": ("tls://b1",), "keys": "k", "signing_key": "s"},
            "gateway": tuple({"name": name, "url": f"ws://{name}:86", "capacity": capacity} for name in gates),
            "swarm": tuple(
                {"name": f"s{index}", "address": f"10.0.0.{index}", "weight": weight}
                | (PACKETS | {"range": f"10.9.{index}.0/24"} if index < packets else {})
                for index, weight in enumerate(weights)
            ),
        }
    )


def told(**said):
    return Health(**{"bus": BusHealth(), "order": "deadline", "rate_per_s": None, "capacity": 20_000} | said)


def listed(*gates, url="ws://{}:86/", state="up"):
    return Gateways.of([Gateway(name, url.format(name), 10, 0, state) for name in gates])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"platforms": {"fault": "none"}}, "platforms: not with --fleet"),
        ({"last_mile": {"rtt_ms": [1.0, 2.0]}, "swarm__clients": "packets"}, "last_mile: .* those of s0 are sockets"),
        ({"gateway__shards": 2}, "gateway.shards: not with --fleet"),
        ({"gateway__shards": 2, "gateway__resize": [[1.0, 3]]}, "gateway.shards: "),
        ({"swarm__stuck": 1}, "swarm.stuck: not with --fleet"),
        ({"swarm__slow": 1}, "swarm.slow: not with --fleet"),
        ({"swarm__clients": "auto"}, "swarm.clients: not with --fleet"),
        ({"swarm__interface": "eth1", "swarm__range": "10.9.0.0/16"}, "swarm.interface: not with --fleet"),
    ],
)
def test_what_a_fleet_cannot_have_is_refused_by_its_key(changes, said):
    with pytest.raises(InputError, match=said):
        check_drill(drill(**changes), fleet())


def test_storms_churn_chat_and_samples_go_over_a_fleet():
    check_drill(drill(swarm__storm_s=5.0, swarm__chat_per_s=0.1, swarm__churn_per_s=0.1, swarm__sample=1.0), fleet())


def test_a_last_mile_goes_over_a_fleet_where_all_phones_are_packets():
    modelled = drill(last_mile={"rtt_ms": [1.0, 2.0]}, swarm__clients="packets")
    check_drill(modelled, fleet(packets=2))
    with pytest.raises(InputError, match=r"last_mile: .* those of s1 are sockets"):
        check_drill(modelled, fleet(packets=1))


def test_every_host_has_a_user_or_the_drill_is_refused():
    assert check_shares(fleet(weights=(3.0, 1.0)), 8) == [6, 2]
    with pytest.raises(InputError, match="of 3 users s1 has none"):
        check_shares(fleet(weights=(1.0, 0.001)), 3)


@pytest.mark.parametrize(
    ("theirs", "said"),
    [(("0.2", 1), "s2: ewarn 0.2 there, ewarn 0.1 here"), (("0.1", 2), "s2: it speaks version 2 .* this ewarn 1")],
)
def test_both_versions_are_named_where_they_differ(theirs, said):
    check_versions(("0.1", 1), {"s1": ("0.1", 1)})
    with pytest.raises(InputError, match=said):
        check_versions(("0.1", 1), {"s1": ("0.1", 1), "s2": theirs})


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (listed("g1"), "g2 is in the fleet file, and not on the list that g1 gives users"),
        (listed("g1", "g2", "g3"), "g3 is on the list that g1 gives users, and not in the fleet file"),
        (listed("g1", "g2", url="ws://{}.example.org:86"), "g1 is at ws://g1:86 in the fleet file, at ws://g1.example"),
        (listed("g1", "g2", state="draining"), "g1 is draining on the list"),
    ],
)
def test_users_go_by_a_list_of_the_gateways_in_the_file_and_of_no_others(found, said):
    check_list(fleet(), listed("g2", "g1"), "g1")
    with pytest.raises(InputError, match=said):
        check_list(fleet(), found, "g1")


def test_gateways_have_the_bus_the_gates_and_the_room():
    settings = drill(audience__users=30_000)
    good = {"g1": told(), "g2": told(connections=5_000)}
    check_gateways(fleet(capacity=20_000), settings, good)
    for changed, said in (
        (told(gates={"magnitude": 4.0}), "delivery.magnitude: 5 in the drill, 4 on g2"),
        (told(connections=10_001), "30,000 users, the gateways have room for 29,999 together"),
        (told(capacity=9_000), "gateway.capacity: 20,000 for g2 in the fleet file, it holds 9,000"),
        (Health(capacity=20_000), "g2 hears no bus"),
    ):
        with pytest.raises(InputError, match=said):
            check_gateways(fleet(capacity=20_000), settings, good | {"g2": changed})


def test_order_and_rate_are_those_of_the_gateways_or_the_drill_is_refused():
    both = {"g1": told(order="fifo", rate_per_s=8_000.0, engine="uring"), "g2": told(order="fifo", rate_per_s=8_000.0)}
    found = as_they_run(drill(), both).gateway
    assert (found.order, found.rate_per_s) == ("fifo", 8_000.0)
    assert as_they_run(drill(gateway__order="fifo"), both).gateway == found
    assert engines(both) == "uring"
    assert engines({"g1": told(engine="uring"), "g2": told(engine="write")}) == "uring, write"
    for settings, second, said in (
        (drill(), told(order="nearest", rate_per_s=8_000.0), "gateway.order: fifo on g1, nearest on g2"),
        (drill(), told(order="fifo"), "gateway.rate_per_s: 8000.0 on g1, none on g2"),
        (drill(gateway__order="random"), both["g2"], "gateway.order: random in the drill, fifo on g1"),
        (drill(gateway__engine="write"), both["g2"], "gateway.engine: write in the drill, uring on g1"),
    ):
        with pytest.raises(InputError, match=said):
            as_they_run(settings, {"g1": both["g1"], "g2": second})


@pytest.mark.parametrize(
    "option",
    [
        ["--engine", "write"],
        ["--order", "fifo"],
        ["--rate-per-s", "100"],
        ["--phones", "packets"],
        ["--to", "ws://127.0.0.1:9", "--control", "127.0.0.1:9"],
        ["--control", "127.0.0.1:9"],
        ["--secret-file", "x"],
        ["--signing-key", "x"],
        ["--ca", "x"],
        ["--allow-network"],
    ],
)
def test_an_option_that_says_nothing_of_a_fleet_is_refused_by_its_name(option, tmp_path):
    words = ["drill", "--fleet", "configs/fleet.toml", "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(main, [*words, *option])
    assert (done.exit_code, done.output.count("\n")) == (2, 1)
    assert done.output.startswith(f"ewarn: {option[0]}: not with --fleet: ")


def test_keys_that_are_missing_are_named_before_anything_is_started(tmp_path):
    done = CliRunner().invoke(main, ["drill", "--fleet", "configs/fleet.toml", "--out", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert "configs/fleet.toml: bus.keys: there is no file configs/keys/conductor.nk" in done.output
