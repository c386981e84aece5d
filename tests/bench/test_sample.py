"""Plays to rows."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from ewarn.bench.sample import Footprint, Sample, add_up, spread, summarise, turns
from ewarn.verdict.clients import SOCKETS, Clients

NOTHING = Footprint(float("nan"), -5.0, 7_000.0, 9_000.0)


def played(seconds, delivered=100, users=100):
    return Sample(users, delivered, seconds, seconds * 500, seconds * 990, 8.0, 3.0, 15.0, 347.0)


@given(st.integers(1, 9), st.integers(1, 9))
def test_everyone_plays_as_often_as_asked_and_turns_are_taken_back_and_forth(count, repeats):
    order = turns(count, repeats)
    assert np.bincount(order, minlength=count).tolist() == [repeats] * count
    rounds = np.array(order).reshape(repeats, count)
    assert (rounds[::2] == np.arange(count)).all()
    assert (rounds[1::2] == np.arange(count)[::-1]).all()


@given(st.integers(1, 9), st.integers(1, 9))
def test_over_an_even_number_of_turns_nobody_comes_later_than_another(count, half):
    order = np.array(turns(count, 2 * half))
    assert len({float(np.flatnonzero(order == index).mean()) for index in range(count)}) == 1


def test_a_row_gives_medians_with_least_and_most():
    row = summarise([played(0.4), played(0.1), played(0.2)], NOTHING)
    assert row["seconds"] == {"median": 0.2, "least": 0.1, "most": 0.4}
    assert row["per_s"] == {"median": 500, "least": 250, "most": 1000}
    assert (row["plays"], row["users"], row["bytes_per_frame"]) == (3, 100, 347.0)


def test_what_is_not_known_of_a_footprint_is_no_number():
    row = summarise([played(0.1)], NOTHING)
    assert (row["gateway_bytes"], row["swarm_bytes"], row["kernel_bytes"]) == (None, None, 7_000.0)


def test_a_play_that_left_somebody_out_shows_in_its_row():
    row = summarise([played(0.1), played(float("inf"), delivered=99), played(0.1)], NOTHING)
    assert row["delivered"] == 99
    assert row["seconds"] == {"median": 0.1, "least": 0.1, "most": None}


def test_a_median_that_is_infinite_is_none():
    assert spread([1.0, float("inf"), float("inf")])["median"] is None


def test_what_was_lost_in_any_play_is_lost_to_the_row():
    one = Clients(kind="packets", ack_delay_ms=40.0, mss=904, ring_drops=0, truncated=1, bad=0, lost=0, retransmitted=4)
    row = summarise(
        [replace(played(1.0), clients=one), replace(played(1.1), clients=structs.replace(one, ring_drops=7))], NOTHING
    )
    assert (row["clients"]["kind"], row["clients"]["mss"]) == ("packets", 904)
    assert (row["clients"]["ring_drops"], row["clients"]["truncated"], row["clients"]["retransmitted"]) == (7, 2, 8)
    assert [why.split(":")[0] for why in row["doubts"]] == [
        "the clients' ring was full",
        "2 frames were longer than a slot of the clients' ring",
    ]


def test_of_sockets_nothing_is_counted_and_there_is_nothing_to_doubt():
    assert add_up([SOCKETS, SOCKETS]) == SOCKETS
    row = summarise([played(1.0)], NOTHING)
    assert (row["clients"], row["doubts"]) == ({"kind": "sockets"}, [])
