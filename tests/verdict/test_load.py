"""Deliveries a second, and what is said to have been at its limit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.verdict.load import OfProcess, Usage, bottleneck, by_tenth, machine_said, peak_per_s, said, summed

ORIGIN_NS = 10**13


def usage(shard=0.5, phones=0.4, busy=1.0, cores=2, allowed=2, known=True):
    gateway = (OfProcess(kind="front", cores=0.01), OfProcess(kind="shard", index=1, cores=shard)) if known else ()
    processes = (*gateway, OfProcess(kind="phones", index=0, cores=phones))
    return Usage(seconds=0.5, processes=processes, busy=busy, cores=cores, allowed=allowed)


@given(st.lists(st.integers(-5, 400), max_size=60))
def test_every_receipt_is_counted_in_its_tenth_and_none_twice(tenths):
    read = np.array([ORIGIN_NS + tenth * 10**8 + 7 for tenth in tenths] + [0, -1], np.int64)
    found = by_tenth(read, ORIGIN_NS)
    assert found.sum() == len(tenths)
    for tenth in set(tenths):
        assert found[max(0, tenth)] == sum(max(0, one) == max(0, tenth) for one in tenths)


@given(st.lists(st.integers(0, 50), max_size=60))
def test_the_peak_is_the_most_of_any_ten_tenths(tenths):
    naive = max((sum(tenths[at : at + 10]) for at in range(len(tenths))), default=0)
    assert peak_per_s(np.array(tenths, np.int64)) == naive


def test_reports_that_end_at_different_times_add_up():
    assert summed([np.array([1, 2]), np.array([0, 0, 5])]).tolist() == [1, 2, 5]
    assert summed([]).tolist() == []


@pytest.mark.parametrize(
    ("what", "words", "found", "rate"),
    [
        ("gateway", "gateway: shard 1 used 98 % of a core", usage(shard=0.98), None),
        ("phones", "phones: phones 0 used 97 % of a core, so the harness is the bottleneck", usage(phones=0.97), None),
        ("both", "gateway and phones: shard 1 used 95 % of a core, phones 0 93 %", usage(0.95, 0.93), None),
        ("machine", "this machine: 99 % of its 2 cores were busy", usage(0.8, 0.8, busy=1.98), None),
        ("others", "other programs: they had 1.08 of this machine's 2 cores", usage(busy=1.99), None),
        ("none", "none: nothing was at its limit; shard 1 used most, 50 % of a core", usage(), None),
        ("none", "none: nothing was at its limit; phones 0 used most, 60 % of a core", usage(phones=0.6), None),
        ("rate", "rate limit of 2,500/s", usage(), 2500.0),
        ("none", "none: nothing was at its limit; shard 1 used most, 50 % of a core", usage(), 9_000.0),
        ("phones", "phones: phones 0 used 91 % of a core, so the harness is the bottleneck", usage(phones=0.91), None),
    ],
)
def test_a_bottleneck_is_told_with_its_reason(what, words, found, rate):
    assert bottleneck(found, 2_400.0, rate) == what
    assert said(what, found, rate) == words


@pytest.mark.parametrize(("per_s", "found"), [(357.9, "rate"), (300.0, "rate"), (280.0, "none")])
def test_a_low_rate_that_shards_keep_a_little_below_is_what_held_a_play_up(per_s, found):
    """Before, 2,000 users in 5.588 s at 400 a second were held up by nothing."""
    assert bottleneck(usage(0.05, 0.05), per_s, 400.0) == found
    assert bottleneck(None, per_s, 400.0) == ("rate" if found == "rate" else "unknown")
    assert bottleneck(usage(phones=0.97), per_s, 400.0) == "phones", "what was at its limit counts for more"


def test_a_container_is_full_before_its_machine_is():
    assert bottleneck(usage(0.55, 0.4, busy=1.0, cores=64, allowed=1), 1.0, None) == "machine"
    assert bottleneck(usage(0.55, 0.4, busy=1.0, cores=64, allowed=64), 1.0, None) == "none"


def test_of_a_gateway_elsewhere_nothing_is_guessed():
    alone = usage(known=False)
    assert alone.used(phones=False) is None
    assert bottleneck(alone, 1.0, None) == "unknown"
    assert said("unknown", alone, None, "warn.example") == "not known: the gateway runs on warn.example"
    assert said("unknown", None, None) == "not known here"
    assert bottleneck(usage(phones=0.97, known=False), 1.0, None) == "phones", "that much is known"
    assert "gateway not known, phones 0.40" in machine_said(alone)
    full = usage(busy=1.99, known=False)
    assert bottleneck(full, 1.0, None) == "unknown", "the gateway may be among the others"
    assert bottleneck(full, 1.0, None, apart=True) == "others"
