"""What a delivery costs at many users, held against what it costs at few."""

import pytest

from ewarn.bench.growth import growths, label
from tests.bench.test_results import row

PACKETS = {"kind": "packets", "ack_delay_ms": 40.0}


def costs(busy_us, users, **changes):
    return row(users=users, busy_us={"median": busy_us, "least": busy_us, "most": busy_us}, **changes)


def test_the_most_users_are_held_against_a_tenth_of_them():
    sizes = {5_000: 9.0, 20_000: 9.5, 50_000: 10.0, 100_000: 11.0, 200_000: 13.0, 500_000: 15.2}
    (one,) = growths(costs(busy_us, users) for users, busy_us in sizes.items())
    assert (one.few, one.many, one.ratio) == (50_000, 500_000, pytest.approx(1.52))
    assert str(one) == (
        "uring/deadline, own frames: a delivery costs 15.2 us of CPU at 500,000 users, 10.0 us at 50,000: 1.52 x"
    )


def test_each_kind_of_clients_and_of_frames_grows_on_its_own():
    kinds = [{"clients": clients, "frames": frames} for clients in (PACKETS, {"kind": "sockets"}) for frames in "ab"]
    rows = [costs(users / 100, users, **kind) for users in (300, 3_000) for kind in kinds]
    found = growths(rows)
    assert [(one.name, one.frames) for one in found] == [
        ("uring/deadline, packets", "a"),
        ("uring/deadline, packets", "b"),
        ("uring/deadline", "a"),
        ("uring/deadline", "b"),
    ]
    assert {one.ratio for one in found} == {10.0}


@pytest.mark.parametrize("changes", [{"doubts": ["the clients' ring was full"]}, {"busy_us": {"median": None}}])
def test_what_cannot_be_trusted_or_was_not_measured_grows_to_nothing(changes):
    assert growths([costs(10.0, 300), costs(11.0, 3_000) | changes]) == []


def test_a_cost_too_small_to_be_counted_is_no_divisor():
    assert growths([costs(0.0, 300), costs(11.0, 3_000)]) == []


def test_a_label_says_packets_once_and_nothing_of_sockets():
    assert label(row("write/fifo")) == label(row("write/fifo", clients={"kind": "sockets"})) == "write/fifo"
    assert label(row("write/fifo", clients=PACKETS)) == "write/fifo, packets"
    assert label(row("packets floor (shuffled)", clients=PACKETS)) == "packets floor (shuffled)"
