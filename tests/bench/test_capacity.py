"""Hosts that a promise needs: the model by hand and by its laws, bench files, and the verb."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from ewarn.bench.capacity import BenchMachine, Goal, Host, Measured, MeasuredClients, Range, choose, load, need, size
from ewarn.bench.capacity_results import as_json
from ewarn.cli import main
from ewarn.errors import InputError

COST = {"median": 8.0, "least": 7.0, "most": 10.0}
ROW = {
    "users": 96_000,
    "frames": "own",
    "name": "uring/deadline",
    "kind": "engine",
    "engine": "uring",
    "order": "deadline",
    "plays": 5,
    "delivered": 96_000,
    "seconds": {"median": 0.7, "least": 0.65, "most": 0.9},
    "send_us": COST,
    "receive_us": {"median": 4.0, "least": 3.5, "most": 4.9},
    "busy_us": {"median": 12.0, "least": 11.0, "most": 14.0},
    "gateway_bytes": 700.0,
    "swarm_bytes": 600.0,
    "kernel_bytes": 6_600.0,
    "connects_per_s": 8_000.0,
    "delivery_ms": {"p50": 350.0, "p99": 690.0, "max": 700.0},
    "bytes_per_frame": 322.0,
}
MACHINE = {"cpus": 2, "memory_gib": 23.5, "open_files": 20_000, "kernel": "6.18", "python": "3.11"}

TWO_CORES = BenchMachine(2, 23.5)
HOST = Host(cores=4, memory_gib=32.0, open_files=20_000, gbit=10.0, headroom=0.5)
PROMISE = Goal(500_000, 1.0)
COSTS = Measured(
    "engine", "uring/deadline", "uring", "deadline", "own", 96_000, 96_000, Range(**COST), 700.0, 6_600.0, 8e3, 322.0
)


def sized(promise=PROMISE, host=HOST, row=COSTS, send_us=8.0):
    return need(promise, host, TWO_CORES, row, send_us)


@pytest.fixture
def bench(tmp_path):
    """Write a bench file with these rows, or with this content."""

    def write(*rows, content=None):
        path = tmp_path / "bench.json"
        path.write_text(json.dumps({"machine": MACHINE, "rows": rows}) if content is None else content)
        return path

    return write


def test_the_limits_of_a_host_are_those_worked_out_by_hand():
    one = sized()
    assert one.limits == {
        "cpu": 250_000,  # 4 cores x 1 s x 0.5 / 8 us
        "memory": 4_294_967,  # 16 GiB / (700 + 3300) bytes
        "link": 1_562_500,  # 625 MB/s / (322 + 78) bytes
    }
    assert (one.binding, one.hosts, one.users_per_host) == ("cpu", 2, 250_000)
    assert one.shards_per_host == 13  # 250,000 / (20,000 - 256)
    assert one.reconnect_s == pytest.approx(500_000 / (2 * 8_000 * 4 / 2))


@pytest.mark.parametrize(
    ("host", "binding", "hosts"),
    [
        (replace(HOST, memory_gib=1.0), "memory", 4),  # 0.5 GiB / 4,000 bytes: 134,217
        (replace(HOST, gbit=1.0), "link", 4),  # 62.5 MB / 400 bytes: 156,250
    ],
)
def test_the_scarcest_means_of_a_host_binds(host, binding, hosts):
    one = sized(host=host)
    assert (one.binding, one.hosts) == (binding, hosts)


def test_a_frame_longer_than_a_packet_pays_for_each_of_its_packets():
    assert sized(row=replace(COSTS, bytes_per_frame=2_000.0)).limits["link"] == int(625e6 / (2_000 + 2 * 78))


@pytest.mark.parametrize("key", ["gateway_bytes", "kernel_bytes"])
def test_memory_that_was_not_measured_bounds_nothing_and_that_is_said(key):
    row = replace(COSTS, **{key: None})
    assert sized(row=row, host=replace(HOST, memory_gib=0.01)).limits["memory"] is None
    assert any("memory is not bounded" in one for one in as_json(size(PROMISE, HOST, TWO_CORES, row))["assumptions"])


def test_reconnecting_that_was_not_measured_is_not_modelled_and_that_is_said():
    row = replace(COSTS, connects_per_s=None)
    assert sized(row=row).reconnect_s is None
    said = as_json(size(PROMISE, HOST, TWO_CORES, row))["assumptions"]
    assert any("reconnecting is not modelled" in one for one in said)


def test_a_host_that_bears_no_user_is_refused():
    with pytest.raises(InputError, match=r"the cpu .* cannot serve one user within 1e-06 s"):
        sized(promise=Goal(500_000, 1e-6))


def test_frames_that_some_users_never_got_make_the_costs_doubtful():
    said = as_json(size(PROMISE, HOST, TWO_CORES, replace(COSTS, delivered=95_000)))["assumptions"]
    assert "doubtful: 95,000 of the 96,000 users measured got their frame" in said


users = st.integers(1, 10**9)
hosts = st.builds(
    Host,
    cores=st.integers(1, 256),
    memory_gib=st.floats(1, 4096),
    open_files=st.integers(257, 10**6),
    gbit=st.floats(0.1, 400),
    headroom=st.floats(0.1, 1),
)
promises = st.builds(Goal, users=users, within_s=st.floats(0.1, 60))
costs = st.floats(0.5, 500)


@given(promises, hosts, costs)
def test_the_hosts_bear_all_users_and_one_fewer_would_not(promise, host, send_us):
    one = sized(promise, host, send_us=send_us)
    bears = one.limits[one.binding]
    assert bears == min(one.limits.values())
    assert one.users_per_host <= bears
    assert one.hosts * one.users_per_host >= promise.users > (one.hosts - 1) * bears


@given(promises, hosts, costs)
def test_the_shards_hold_the_users_of_a_host_and_every_core_has_one(promise, host, send_us):
    one = sized(promise, host, send_us=send_us)
    assert one.shards_per_host >= host.cores
    assert one.shards_per_host * (host.open_files - 256) >= one.users_per_host


@given(promises, hosts, costs, st.integers(0, 10**6))
def test_more_users_never_need_fewer_hosts(promise, host, send_us, more):
    greater = replace(promise, users=promise.users + more)
    assert sized(greater, host, send_us=send_us).hosts >= sized(promise, host, send_us=send_us).hosts


@given(promises, hosts, costs, st.integers(1, 64), st.floats(1, 8))
def test_a_greater_host_or_a_longer_limit_never_needs_more_hosts(promise, host, send_us, cores, factor):
    hosts = sized(promise, host, send_us=send_us).hosts
    for greater in (
        replace(host, cores=host.cores + cores),
        replace(host, memory_gib=host.memory_gib * factor),
        replace(host, gbit=host.gbit * factor),
        replace(host, headroom=min(1.0, host.headroom * factor)),
    ):
        assert sized(promise, greater, send_us=send_us).hosts <= hosts
    assert sized(replace(promise, within_s=promise.within_s * factor), host, send_us=send_us).hosts <= hosts


@given(promises, hosts, st.tuples(costs, costs, costs).map(sorted))
def test_the_hosts_at_the_median_cost_lie_between_those_at_the_least_and_the_most(promise, host, three):
    least, median, most = three
    needs = size(promise, host, TWO_CORES, replace(COSTS, send_us=Range(median, least, most))).needs
    assert needs["least"].hosts <= needs["median"].hosts <= needs["most"].hosts


def test_the_row_is_the_one_with_most_users_and_then_the_cheapest(bench):
    path = bench(
        ROW | {"name": "few", "users": 20_000, "send_us": {"median": 1.0, "least": 1.0, "most": 1.0}},
        ROW | {"name": "dear", "send_us": {"median": 9.0, "least": 7.0, "most": 10.0}},
        ROW | {"name": "cheap"},
        ROW | {"name": "shared frames", "frames": "shared", "users": 500_000},
        ROW | {"name": "write", "engine": "write", "order": "fifo", "users": 500},
    )
    assert choose(load(path), path).name == "cheap"
    assert choose(load(path), path, engine="write").name == "write"
    assert choose(load(path), path, order="fifo").name == "write"
    with pytest.raises(InputError, match=r"bench.json: rows: none .*, engine warp; .*: uring/deadline, write/fifo"):
        choose(load(path), path, engine="warp")


def test_the_row_is_of_the_clients_asked_for_and_files_that_say_nothing_of_them_had_sockets(bench):
    packets = ROW | {"name": "packets", "users": 500_000, "clients": {"kind": "packets", "ack_delay_ms": 40.0}}
    path = bench(ROW, ROW | {"name": "more", "users": 97_000, "clients": {"kind": "sockets"}, "doubts": []}, packets)
    assert choose(load(path), path).name == "more"
    assert choose(load(path), path, phones="packets").name == "packets"
    path = bench(ROW)
    with pytest.raises(
        InputError, match="rows: none of kind engine, frames own, clients packets; those there are: none"
    ):
        choose(load(path), path, phones="packets")


def test_a_row_that_cannot_be_trusted_is_never_planned_with(bench):
    doubtful = ROW | {"users": 500_000, "clients": {"kind": "packets"}, "doubts": ["the clients' ring was full"]}
    path = bench(doubtful, ROW | {"name": "sound", "clients": {"kind": "packets"}})
    assert choose(load(path), path, phones="packets").name == "sound"
    path = bench(doubtful)
    with pytest.raises(InputError, match="those there are: none; 1 cannot be trusted"):
        choose(load(path), path, phones="packets")


def test_all_kernel_memory_of_a_packets_connection_is_the_gateways():
    row = replace(COSTS, clients=MeasuredClients("packets"))
    assert sized(row=row).limits["memory"] == 2_353_406  # 16 GiB / (700 + 6600) bytes, rounded down
    told = as_json(size(PROMISE, HOST, TWO_CORES, row))
    assert "(gateway_bytes + kernel_bytes)" in " ".join(told["formula"])
    assert any("with clients as packets" in one for one in told["assumptions"])
    assert not any("loopback" in one for one in told["assumptions"])
    assert "(gateway_bytes + kernel_bytes / 2)" in " ".join(as_json(size(PROMISE, HOST, TWO_CORES, COSTS))["formula"])


def test_a_library_a_floor_or_a_null_is_never_planned_with(bench):
    path = bench(*({"kind": kind, "frames": "own", "send_us": None} for kind in ("library", "floor", "null")))
    with pytest.raises(InputError, match=r"bench.json: rows: none of kind engine, frames own"):
        choose(load(path), path)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"send_us": COST | {"median": -8.0}}, "rows.1.send_us.median: input should be greater"),
        ({"send_us": COST | {"most": 7.5}}, "rows.1.send_us: least, median and most do not ascend"),
        ({"send_us": COST | {"least": float("nan")}}, "rows.1.send_us.least: input should be a finite number"),
        ({"send_us": {"median": 8.0, "least": 7.0}}, "rows.1.send_us.most: field required"),
        ({"send_us": None}, "rows.1.send_us: input should be"),
        ({"users": 0}, "rows.1.users"),
        ({"users": "many"}, "rows.1.users"),
        ({"bytes_per_frame": None}, "rows.1.bytes_per_frame"),
        ({"gateway_bytes": 0.0}, "rows.1.gateway_bytes"),
        ({"kind": "motor"}, "rows.1.kind: expected engine, stuck, chat, library, floor or null"),
    ],
)
def test_a_wrong_value_is_named_with_file_and_key(bench, changes, named):
    with pytest.raises(InputError) as caught:
        load(bench(ROW, ROW | changes))
    assert f"bench.json: {named}" in str(caught.value)
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize("key", sorted({"kind", "engine", "order", "frames", "users", "send_us", "kernel_bytes"}))
def test_a_missing_key_is_named(bench, key):
    with pytest.raises(InputError, match=rf"bench.json: rows.0.{key}: "):
        load(bench({name: value for name, value in ROW.items() if name != key}))


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("users = 3", "not JSON"),
        ("", "not JSON"),
        ("[]", "top level: input should be an object"),
        ('{"rows": []}', "machine: field required"),
        ('{"machine": {"cpus": 0, "memory_gib": 1}, "rows": []}', "machine.cpus: input should be greater"),
        (json.dumps({"machine": MACHINE, "rows": 3}), "rows: input should be a valid array"),
    ],
)
def test_a_file_of_another_shape_is_refused(bench, content, named):
    with pytest.raises(InputError) as caught:
        load(bench(content=content))
    assert f"bench.json: {named}" in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    for path, reason in ((tmp_path / "none.json", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(InputError, match=f"{path}: {reason}"):
            load(Path(path))


def plan(*words):
    result = CliRunner().invoke(main, ["plan", *map(str, words)], catch_exceptions=False)
    return result.exit_code, result.stdout, result.stderr


def test_the_verb_tells_people_what_is_modelled_and_from_what(bench):
    code, out, said = plan(bench(ROW), "--cores", "4", "--headroom", "0.5")
    assert (code, out) == (0, "")
    assert "…" not in said
    words = " ".join(said.split())
    for part in (
        "Modelled, not measured: hosts for 500,000 users in 1 s: 2 (2 to 3)",
        "costs measured at 96,000 users with uring/deadline",
        "clients as sockets",
        "bound by cpu cpu cpu",
        "shards on a host 13 13 9",
        "send_us",
        "no TLS, no last mile",
        "linear in cores",
        "so pessimistic",
        "from 96,000 users on 2 cores, measured, to 250,000 users on a host of 4 cores, modelled: 2.6 times as many",
    ):
        assert part in words


def test_the_verb_gives_tools_json_alone_on_stdout(bench):
    code, out, said = plan(bench(ROW), "--users", "1000000", "--within", "2", "--cores", "4", "--json")
    told = json.loads(out)
    assert (code, said) == (0, "")
    assert told["promise"] == {"users": 1_000_000, "within_s": 2.0}
    assert told["measured"]["row"]["name"] == "uring/deadline"
    assert {name: one["hosts"] for name, one in told["modelled"].items()} == {"median": 2, "least": 2, "most": 2}
    assert told["modelled"]["median"]["binding"] == "cpu"
    assert told["formula"]
    assert told["assumptions"]


@pytest.mark.parametrize(
    "words",
    [
        ("--users", "0"),
        ("--within", "0"),
        ("--within", "nan"),
        ("--within", "inf"),
        ("--cores", "0"),
        ("--memory-gib", "-1"),
        ("--open-files", "256"),
        ("--gbit", "0"),
        ("--headroom", "0"),
        ("--headroom", "1.01"),
        ("--engine", "warp"),
        ("--order", "alphabetical"),
    ],
)
def test_a_value_out_of_bounds_is_bad_usage(bench, words):
    code, out, said = plan(bench(ROW), *words)
    assert (code, out) == (2, "")
    assert words[0].strip("-") in said


def test_a_bad_file_is_one_line_and_exit_code_2(bench):
    path = bench({key: value for key, value in ROW.items() if key != "send_us"})
    code, out, said = plan(path)
    assert (code, out) == (2, "")
    assert said.splitlines() == [f"ewarn: {path}: rows.0.send_us: field required"]
