"""Shards and capacity against the machine's limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.errors import InputError
from ewarn.gateway.settings import (
    Addresses,
    Callers,
    GatewaySettings,
    Limits,
    Size,
    Strategy,
    Tls,
    Trust,
    check,
    check_strategy,
    given_away,
    layout,
    terminators,
)
from ewarn.system.machine import Machine


def machine(cpus=2, open_files=20_000):
    return Machine(cpus, 24.0, open_files, "6.1", "3.11")


def refused_for_files(wanted, shards, on):
    """Whether the supervisor cannot hold so many shards; then it says so with both numbers."""
    if 2 * shards <= on.open_files - 256:
        return False
    with pytest.raises(InputError) as refused:
        layout(wanted, on)
    said = str(refused.value)
    assert f"the limit is {on.open_files:,} a process" in said
    assert f"the supervisor of {shards:,} shards needs {256 + 2 * shards:,}; " in said
    return True


def test_by_default_there_is_a_shard_a_core_and_each_holds_what_its_files_allow():
    found = layout(Size(), machine())
    assert (found.shards, found.capacity) == (2, 2 * (20_000 - 256))


def test_more_connections_than_the_cores_shards_hold_want_more_shards():
    found = layout(Size(capacity=500_000), machine())
    assert found.shards == 26
    assert "26 shards on 2 cores, 500,000 connections" in found.why


def test_shards_that_cannot_hold_the_capacity_are_refused_with_both_numbers():
    with pytest.raises(InputError, match=r"100,000 connections do not fit 2 shards of 19,744.*6 shards would"):
        layout(Size(capacity=100_000, shards=2), machine())


def test_a_file_limit_that_leaves_no_room_is_refused_with_both_numbers():
    with pytest.raises(InputError, match="the limit is 256, a shard needs 256"):
        layout(Size(), machine(open_files=256))


@given(st.integers(1, 64), st.integers(300, 100_000), st.integers(1, 1_000_000))
def test_the_shards_hold_the_capacity_exactly_and_evenly(cpus, open_files, capacity):
    wanted, on = Size(capacity=capacity), machine(cpus, open_files)
    if refused_for_files(wanted, on.processes_for(capacity), on):
        return
    found = layout(wanted, on)
    assert sum(found.per_shard) == found.capacity == capacity
    assert max(found.per_shard) - min(found.per_shard) <= 1
    assert max(found.per_shard) <= open_files - 256


@given(st.integers(1, 64), st.integers(257, 20_000), st.integers(1, 100))
def test_shards_without_a_capacity_hold_what_their_files_allow(cpus, open_files, shards):
    wanted, on = Size(shards=shards), machine(cpus, open_files)
    if refused_for_files(wanted, shards, on):
        return
    found = layout(wanted, on)
    assert found.shards == shards
    assert set(found.per_shard) == {open_files - 256}
    assert found.capacity == sum(found.per_shard)


@given(st.integers(257, 20_000), st.integers(1, 40), st.integers(1, 400_000))
def test_shards_too_few_for_the_capacity_are_refused_with_the_fewest_that_would_do(open_files, shards, capacity):
    wanted, room = Size(shards=shards, capacity=capacity), open_files - 256
    if capacity <= shards * room:
        if refused_for_files(wanted, shards, machine(open_files=open_files)):
            return
        found = layout(wanted, machine(open_files=open_files))
        assert (found.shards, sum(found.per_shard)) == (shards, capacity)
        assert max(found.per_shard) <= room
        return
    with pytest.raises(InputError) as refused:
        layout(wanted, machine(open_files=open_files))
    said = str(refused.value)
    assert f"{capacity:,} connections" in said
    assert f"{shards} shards of {room:,}" in said
    enough = int(said.split("; ")[1].split()[0])
    assert (enough - 1) * room < capacity <= enough * room
    again = Size(shards=enough, capacity=capacity)
    if not refused_for_files(again, enough, machine(open_files=open_files)):
        assert layout(again, machine(open_files=open_files)).shards == enough


def test_a_limit_that_leaves_a_connection_a_shard_is_refused_before_any_starts():
    with pytest.raises(InputError) as refused:
        layout(Size(capacity=200), machine(open_files=257))
    assert str(refused.value) == (
        "open files: the limit is 257 a process (ulimit -n), the supervisor of 200 shards needs 656; 0 shards would fit"
    )


def test_as_many_shards_may_come_while_it_runs_as_the_supervisor_can_hold():
    assert layout(Size(), machine()).most_shards == 64
    assert layout(Size(), machine(open_files=300)).most_shards == 22
    assert layout(Size(shards=100), machine()).most_shards == 100


def test_a_capacity_that_the_cores_shards_hold_wants_no_more_of_them():
    assert layout(Size(capacity=2 * 19_744), machine()).shards == 2
    assert layout(Size(capacity=2 * 19_744 + 1), machine()).shards == 3


def test_fewer_connections_than_shards_leave_some_without_any():
    assert layout(Size(capacity=2, shards=4), machine()).per_shard == (1, 1, 0, 0)


@pytest.mark.parametrize(("key", "value"), [("engine", "warp"), ("order", "alphabetical")])
def test_a_strategy_that_does_not_exist_is_named(key, value):
    with pytest.raises(InputError, match=f"^--{key}: '{value}' is not one of"):
        check(GatewaySettings(engine=value) if key == "engine" else GatewaySettings(strategy=Strategy(value)))


@pytest.mark.parametrize("seconds", [0.0, 0.5, 3601.0, float("nan")])
def test_a_time_without_acknowledgement_that_is_out_of_its_bounds_is_refused(seconds):
    with pytest.raises(InputError, match=f"^unacknowledged_s: {seconds:g} is not 1 to 3600$"):
        check(GatewaySettings(limits=Limits(unacknowledged_s=seconds)))


def test_a_shard_added_later_is_as_large_as_the_first_and_one_that_comes_again_as_it_was():
    found = layout(Size(capacity=5, shards=2), machine())
    assert [found.of(index) for index in range(4)] == [3, 2, 3, 3]


@pytest.mark.parametrize("rate_per_s", [None, 1e-3, 20_000.0])
def test_a_rate_above_0_or_none_is_as_good_as_the_defaults(rate_per_s):
    check(GatewaySettings())
    check(GatewaySettings(strategy=Strategy(rate_per_s=rate_per_s)))
    check_strategy(Strategy(rate_per_s=rate_per_s))


@pytest.mark.parametrize("rate_per_s", [0.0, -5.0, float("inf"), float("nan")])
def test_a_rate_that_is_none_is_refused_by_its_key_and_number(rate_per_s):
    with pytest.raises(InputError, match=rf"^--rate-per-s: {rate_per_s:g} "):
        check(GatewaySettings(strategy=Strategy(rate_per_s=rate_per_s)))
    with pytest.raises(InputError, match=rf"^rate_per_s: {rate_per_s:g} "):
        check_strategy(Strategy(rate_per_s=rate_per_s))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, None),
        ({"proxy_from": ("10.0.0.1",)}, None),
        ({"allow_network": True, "tls": Tls("c", "k")}, None),
        ({"allow_network": True}, "alerts and the control secret go over the network in clear"),
        ({"allow_network": True, "proxy_from": ("10.0.0.1",)}, "the control secret goes over the network in clear"),
    ],
)
def test_what_goes_over_the_network_in_clear_is_said(given, said):
    assert Addresses(**given).in_clear == (said and f"--allow-network without --tls-cert: {said}")


def test_each_option_that_gives_a_promise_away_says_so():
    assert given_away(GatewaySettings()) == []
    wanted = GatewaySettings(
        addresses=Addresses(allow_network=True), trust=Trust(unsigned=True), callers=Callers(hosts=("*",))
    )
    assert [line.partition(":")[0] for line in given_away(wanted)] == [
        "--allow-network without --tls-cert",
        "--unsigned",
        "--allow-host *",
    ]


@pytest.mark.parametrize(
    ("capacity", "shards", "wanted", "count"),
    [(1_000, 1, None, 1), (1_000, 2, None, 2), (20_000, 1, None, 3), (100_000, 2, None, 11), (1_000, 2, 1, 1)],
)
def test_terminators_are_one_a_shard_or_as_many_as_hold_two_files_a_connection(capacity, shards, wanted, count):
    machine = Machine(cpus=2, memory_gib=8, open_files=20_000, kernel="", python="")
    found = layout(Size(max(shards, -(-capacity // 19_744)), capacity), machine)
    assert terminators(Tls("c", "k", terminators=wanted), found, machine) == count
