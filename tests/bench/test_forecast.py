"""How long a fleet takes and how many hosts it needs: by hand, by its laws, and beside homes that are really drawn."""

from dataclasses import replace
from itertools import combinations
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ewarn.audience.homes import distances, homes, scores
from ewarn.bench.bearing import Bears, Bounds, Tls, bears, wire_bytes
from ewarn.bench.capacity import Goal
from ewarn.bench.forecast import EVEN_CHANCE, Hosts, Terms, forecast, needed
from ewarn.bench.shares import fullest, left
from ewarn.errors import InputError
from tests.bench.test_capacity import COSTS, HOST

FEW = settings(max_examples=40)
EXACT = Terms(skew_s=0.01)


def only(rate, **rooms):
    return Bears({"rate": float(rate)}, rooms)


def alike(rate, hosts, **rooms):
    return Hosts([only(rate, **rooms)], np.ones(1), hosts)


def takes(users, hosts, terms=EXACT, within_s=1.0):
    return forecast(Goal(users, within_s), hosts, terms, gbit=10.0)


# What a host bears


def test_what_a_host_bears_is_worked_out_by_hand():
    one = bears(HOST, COSTS, 8.0, Bounds(9_000.0, 50_000, 28_232))
    assert one.per_s == {"cpu": 250_000.0, "link": 1_562_500.0, "rate": 9_000.0}
    # 9,872 shards at most, by two descriptors each: (20,000 - 256) / 2
    assert one.rooms == {"files": 19_744 * 9_872, "memory": 4_294_967, "ports": 28_232, "capacity": 50_000}
    assert (one.rate, one.room) == (9_000.0, 28_232)


def test_tls_costs_cpu_bytes_memory_and_files():
    plain, secure = (bears(HOST, COSTS, 8.0, Bounds(tls=tls)) for tls in (None, Tls(send_us=2.0, kib=4.0)))
    assert secure.per_s == {"cpu": 200_000.0, "link": 625e6 / (322 + 22 + 78)}
    assert secure.rooms == {"files": plain.rooms["files"] // 2, "memory": int(16 * 2**30 / (4_000 + 4_096))}


def test_a_record_that_makes_a_frame_too_long_for_a_packet_costs_another_packet():
    assert wire_bytes(1_450.0, tls=False) == 1_450 + 78
    assert wire_bytes(1_450.0, tls=True) == 1_450 + 22 + 2 * 78
    assert wire_bytes(20_000.0, tls=True) == 20_044 + 14 * 78


# The fullest


def test_one_host_has_all_and_49_have_one_each():
    assert fullest(500_000, np.ones(1), 1, 0.99).tolist() == [500_000]
    assert fullest(1, np.array([0.5]), 2, 0.99).tolist() == [1]
    assert fullest(40_000, np.array([0.5]), 2, EVEN_CHANCE).tolist() == [20_000 + 68]  # 0.674 x 100


@pytest.mark.parametrize("weights", [[1.0] * 8, [3.0, 1.0, 1.0, 0.5]])
def test_homes_that_are_really_drawn_are_within_what_theory_says(weights):
    users = 5_000
    far = np.array([distances(f"g{host}", (f"u{user}" for user in range(users))) for host in range(len(weights))])
    drawn = np.bincount(homes(scores(weights, far)), minlength=len(weights))
    share = left(np.array(weights), 0)
    assert (drawn <= fullest(users, share, len(weights), 0.99)).all()
    assert drawn.max() > 0.97 * fullest(users, share, len(weights), EVEN_CHANCE).max()


def test_in_a_hundred_fleets_about_one_is_fuller():
    rng = np.random.default_rng(1)
    drawn = rng.multinomial(40_000, [1 / 8] * 8, 20_000).max(axis=1)
    fuller = {chance: np.mean(drawn > fullest(40_000, np.array([1 / 8]), 8, chance)) for chance in (0.5, 0.99)}
    assert 0.35 < fuller[0.5] <= 0.5
    assert 0.005 < fuller[0.99] <= 0.0115


weights = st.lists(st.floats(0.1, 10), min_size=2, max_size=6).map(np.array)


@FEW
@given(weights, st.data())
def test_the_share_left_is_the_worst_of_all_ways_to_lose_hosts(given, data):
    spare = data.draw(st.integers(0, len(given) - 1))
    for host, share in enumerate(left(given, spare)):
        others = [other for other in range(len(given)) if other != host]
        ways = combinations(others, spare)
        assert share == pytest.approx(max(given[host] / (given.sum() - given[list(gone)].sum()) for gone in ways))


# How long


@FEW
@given(st.integers(1, 10**9), st.floats(1, 1e7), st.floats(0, 0.9))
def test_one_host_takes_users_over_rate_and_the_skew(users, rate, skew_s):
    one = takes(users, alike(rate, 1), Terms(skew_s=skew_s))
    assert one.seconds == one.expected_s == pytest.approx(users / rate + skew_s)
    assert (one.fullest, one.binding, one.per_s) == (users, "rate", rate)


def test_a_measured_fleet_is_forecast_by_hand():
    for hosts, seconds in ((1, 5.0), (2, 2.5), (4, 1.25), (8, 0.625)):
        assert takes(40_000, alike(8_000, hosts)).expected_s == pytest.approx(seconds + 0.01, rel=0.025)


def test_users_without_room_are_no_time_and_what_is_full_is_named():
    one = takes(1_000, alike(100, 2, memory=10**6, capacity=500))
    assert (one.seconds, one.expected_s, one.binding) == (None, None, "capacity")
    assert one.users == {"rate": 99, "memory": 10**6, "capacity": 500}


def test_of_unlike_hosts_the_one_counts_that_ends_last():
    unlike = Hosts([only(1_000), only(100)], np.array([9.0, 1.0]))
    assert takes(10_000, unlike).per_s == 100
    slow = takes(10_000, replace(unlike, weights=np.array([99.0, 1.0])))
    assert (slow.per_s, slow.fullest) == (1_000, fullest(10_000, np.array([0.99]), 2, 0.99)[0])


def test_with_the_heaviest_gone_the_others_have_all():
    three = Hosts([only(1_000)] * 3, np.array([2.0, 1.0, 1.0]))
    one = takes(30_000, three, Terms(spare=2))
    assert (one.fullest, one.hosts, one.spare) == (30_000, 3, 2)
    assert one.expected_s < 0.6 * one.seconds


counts = st.integers(1, 10**8)
rates = st.floats(100, 1e7)


@FEW
@given(counts, rates, st.integers(2, 500), st.integers(0, 10**6), st.floats(1, 4))
def test_more_users_take_no_less_and_a_higher_rate_or_another_host_no_more(users, rate, hosts, more, factor):
    seconds = takes(users, alike(rate, hosts)).seconds
    assert takes(users + more, alike(rate, hosts)).seconds >= seconds
    assert takes(users, alike(rate * factor, hosts)).seconds <= seconds
    assert takes(users, alike(rate, hosts + 1)).seconds <= seconds
    assert takes(users, alike(rate, hosts), Terms(spare=1)).seconds >= seconds


# How many


promises = st.builds(Goal, users=counts, within_s=st.floats(0.1, 60))
terms = st.builds(Terms, spare=st.integers(0, 20), skew_s=st.floats(0, 0.05))


@FEW
@given(promises, rates, terms)
def test_so_many_hosts_keep_the_promise_with_the_spare_ones_gone_and_one_fewer_would_not(promise, rate, terms):
    fleet = needed(promise, only(rate), terms)
    assert forecast(promise, fleet, terms, 10.0).seconds <= promise.within_s
    if fleet.count > terms.spare + 1:
        fewer = forecast(promise, replace(fleet, each=fleet.each - 1), terms, 10.0)
        assert fewer.seconds > promise.within_s


@FEW
@given(promises, rates, terms, st.integers(0, 10**6), st.floats(1, 8))
def test_more_users_or_spare_hosts_never_need_fewer_and_a_higher_rate_never_more(promise, rate, terms, more, factor):
    hosts = needed(promise, only(rate), terms).count
    assert needed(replace(promise, users=promise.users + more), only(rate), terms).count >= hosts
    assert needed(promise, only(rate), replace(terms, spare=terms.spare + 1)).count == hosts + 1
    assert needed(promise, only(rate * factor), terms).count <= hosts


@FEW
@given(promises, st.tuples(rates, rates), st.tuples(counts, counts), terms)
def test_what_binds_really_does(promise, per_s, rooms, terms):
    one = Bears(dict(zip(("cpu", "rate"), per_s, strict=True)), dict(zip(("memory", "files"), rooms, strict=True)))
    fleet = needed(promise, one, terms)
    binding = forecast(promise, fleet, terms, 10.0).binding
    kept = Bears(
        {name: value if name == binding else inf for name, value in one.per_s.items()},
        {name: value if name == binding else 2**62 for name, value in one.rooms.items()},
    )
    assert needed(promise, kept, terms).count == fleet.count


@pytest.mark.parametrize(
    ("hosts", "terms", "within_s", "said"),
    [
        (2, Terms(spare=2), 1.0, "--spare: of 2 hosts 2 may be gone; none is left"),
        (2, Terms(skew_s=0.5), 0.5, "--skew-ms: 500 ms leaves nothing of 0.5 s for sending"),
    ],
)
def test_what_leaves_nothing_is_told_with_both_numbers(hosts, terms, within_s, said):
    with pytest.raises(InputError, match=said):
        takes(10, alike(10, hosts), terms, within_s)
    with pytest.raises(InputError, match="the rate limit of a host of this size cannot serve one user within 1 s"):
        needed(Goal(10, 1.0), only(0.5), EXACT)
