"""Bounds of clocks that are known: the truth is inside, and what cannot be bounded is refused."""

import json
import re
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ewarn.clocks.bound import Bound
from ewarn.clocks.exchanges import EXCHANGE, Exchanges
from ewarn.errors import InputError, MeasurementError
from tests.clocks.simulated import MS, Clock, S, exchanges, rates, sent_at, starts

FEW = settings(max_examples=40)


def bounded(rows):
    return Bound.of(rows, host="g2")


def asked(bound, near, far, instants):
    """Of instants within the run: what the near clock showed, and between what the bound says that was."""
    stamps = np.array([far.at(t) for t in instants], np.int64)
    inside = (stamps >= bound.first_ns) & (stamps <= bound.last_ns)
    assert inside.any()
    low, high = bound.near(stamps[inside])
    return np.array([near.at(t) for t in instants], np.int64)[inside], low, high


delays = st.integers(0, 30 * MS) | st.integers(0, 100_000)
runs = st.fixed_dictionaries(
    {
        "near": st.builds(Clock, starts, rates),
        "far": st.builds(Clock, starts, rates),
        "out": delays,
        "back": delays,
        "there": st.integers(0, 50_000),
        "jitter": st.integers(0, 20 * MS),
        "loss": st.floats(0, 0.3),
        "seed": st.integers(0, 2**32),
        "seconds": st.floats(1, 30),
    }
)


def ways_of(run):
    """How each exchange of a run went: some are lost, some are seconds late, and they come in any order."""
    rng = np.random.default_rng(run["seed"])
    ways = []
    for sent in sent_at(run["seconds"], 400):
        out, back = (run[way] + int(rng.integers(0, run["jitter"] + 1)) for way in ("out", "back"))
        if rng.random() < 0.02:
            back += 3 * S
        if rng.random() >= run["loss"]:
            ways.append((sent, out, run["there"], back))
    rng.shuffle(ways)
    return ways


@FEW
@given(runs)
def test_whatever_the_delays_are_the_truth_is_inside_and_low_is_never_above_high(run):
    ways = ways_of(run)
    bound = bounded(exchanges(run["near"], run["far"], ways))
    first, last = min(one[0] for one in ways), max(one[0] for one in ways)
    truth, low, high = asked(bound, run["near"], run["far"], np.linspace(first, last, 301).astype(int).tolist())
    assert (low <= truth).all()
    assert (truth <= high).all()


@FEW
@given(runs)
def test_it_is_no_wider_than_any_two_exchanges_make_it(run):
    rows = exchanges(run["near"], run["far"], ways_of(run))
    bound = bounded(rows)
    zero = bound.near_ns - bound.far_ns
    for i, j in np.random.default_rng(run["seed"]).choice(len(rows), (20, 2)):
        arrived, left = (np.sort(rows[way][[i, j]]) for way in ("arrived", "left"))
        first, last = max(left[0], bound.first_ns), min(arrived[1], bound.last_ns)
        if first >= last or arrived[0] == arrived[1] or left[0] == left[1]:
            continue
        stamps = first + np.linspace(0, last - first, 5).astype(np.int64)
        low, high = bound.near(stamps)
        for far, near, side, limit in (("arrived", "sent", -1, low), ("left", "back", 1, high)):
            two = rows[[i, j]][np.argsort(rows[far][[i, j]])]
            line = np.interp(stamps - first, two[far] - first, two[near] - two[far] - zero)
            assert (side * (limit - stamps - zero - line) <= 2 * bound.wander_ns + 3).all()


@FEW
@given(
    st.lists(st.integers(-9_000, 9_000), min_size=3, max_size=9),
    st.lists(st.integers(-9_000, 9_000), min_size=3, max_size=9),
    st.integers(40_000, 5 * MS),
    starts,
    rates,
)
def test_what_a_time_service_corrects_in_small_steps_stays_inside(far_wander, near_wander, delay, start, ppm):
    near, far = (
        Clock(start, ppm, tuple((round(k * 10 * S / (len(ys) - 1)), y) for k, y in enumerate(ys)))
        for ys in (near_wander, far_wander)
    )
    bound = bounded(exchanges(near, far, [(sent, delay, 10_000, delay) for sent in sent_at(10)]))
    truth, low, high = asked(bound, near, far, np.linspace(0, 10 * S, 501).astype(int).tolist())
    assert (low <= truth).all()
    assert (truth <= high).all()
    assert bound.wander_ns <= np.ptp(far_wander) + np.ptp(near_wander) + 3


steps = st.fixed_dictionaries(
    {
        "at": st.integers(round(0.3 * S), round(9.7 * S)),
        "delay": st.integers(0, 400_000),
        "excess": st.integers(2_000, 100 * MS),
        "sign": st.sampled_from([-1, 1]),
        "whose": st.sampled_from(["near", "far"]),
        "with_it": st.booleans(),
    }
)


@FEW
@given(steps)
def test_a_step_that_is_larger_than_the_formula_says_is_refused(run):
    sent = sent_at(10)
    way = 2 * run["delay"]
    # The exchange during which it steps may be of no use.
    good = [one for one in sent if not one <= run["at"] <= one + way + 10_000]
    gap = min(t for t in good if t > run["at"]) - max(t for t in good if t < run["at"]) + way
    farther = max(run["at"], 10 * S - run["at"]) - gap
    smallest = way * (1 + gap / farther)
    step = run["sign"] * (int(smallest) + run["excess"])
    clocks = {"near": Clock(10**15), "far": Clock(3600 * S, 40_000)}
    stepped = clocks[run["whose"]]
    clocks[run["whose"]] = Clock(stepped.start, stepped.ppb, (), ((run["at"], step),), run["with_it"])
    rows = exchanges(**clocks, ways=[(one, run["delay"], 10_000, run["delay"]) for one in sent])
    with pytest.raises(MeasurementError, match=r"^g2's clock was stepped or slewed, by [\d,.]+ us at least") as refused:
        bounded(rows)
    at_least = float(str(refused.value).split(" us ")[0].split("by ")[1].replace(",", ""))
    assert 0 < at_least <= abs(step) / 1e3 + 0.1
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("with_it", [True, False])
@pytest.mark.parametrize("by", [-MS, MS])
def test_a_millisecond_in_the_middle_is_refused_whether_the_oscillator_jumped_or_not(by, with_it):
    far = Clock(3600 * S, -20_000, (), ((S, by),), with_it)
    rows = exchanges(Clock(), far, [(one, 20_000, 10_000, 30_000) for one in sent_at(2)])
    with pytest.raises(MeasurementError) as refused:
        bounded(rows)
    moved = float(re.search(r"its own oscillator it moved by ([\d.,]+) us", str(refused.value))[1])
    assert moved == 0 if with_it else 800 < moved <= 1000, "what says whether a time service or the machine did it"


def test_a_slew_as_ntp_does_it_is_refused_where_the_noise_lets_it_be_seen():
    slewed = Clock(0, 0, ((S, 0), (3 * S, MS)))
    quick, slow = ([(one, delay, 10_000, delay) for one in sent_at(4)] for delay in (30_000, 5 * MS))
    with pytest.raises(MeasurementError, match="stepped or slewed"):
        bounded(exchanges(Clock(), slewed, quick))
    bound = bounded(exchanges(Clock(), slewed, slow))
    truth, low, high = asked(bound, Clock(), slewed, range(0, 4 * S, 10 * MS))
    assert ((low <= truth) & (truth <= high)).all(), "what was measured of it widens the bound"


def test_five_million_stamps_of_a_machine_that_is_up_for_thirty_years_are_bounded_to_the_ns():
    near, far = Clock(10**18), Clock(10**18 + 12345, 30_000)
    bound = bounded(exchanges(near, far, [(one, 7_001, 3, 5_003) for one in sent_at(60)]))
    rng = np.random.default_rng(1)
    stamps = rng.integers(bound.first_ns, bound.last_ns, 5_000_000)
    stamps[::100] = -1
    began = time.thread_time()
    low, high = bound.near(stamps)
    assert time.thread_time() - began < 10
    assert low.dtype == high.dtype == np.int64
    assert (low[::100] == -1).all()
    assert (high[::100] == -1).all()
    width = (high - low)[stamps >= 0]
    assert 12_000 <= width.min() <= width.max() <= 12_020


@pytest.mark.parametrize("off", [-1, 1])
def test_an_instant_before_the_first_exchange_or_after_the_last_is_refused_by_name(off):
    bound = bounded(exchanges(Clock(), Clock(S), [(one, 1000, 10, 1000) for one in sent_at(2)]))
    ends = np.array([bound.first_ns, bound.last_ns, -1])
    bound.near(ends)
    bound.near(ends[:0])
    bound.near(ends[2:])
    with pytest.raises(MeasurementError, match=r"^g2: a time is 0\.000000 s (before the first|after the last) clock"):
        bound.near(ends[:2] + off)


@pytest.mark.parametrize(
    ("kept", "end"), [(np.s_[:0], "first"), (np.s_[:9], "first"), (np.s_[12:], "first"), (np.s_[:-12], "last")]
)
def test_a_run_with_too_few_exchanges_at_an_end_is_refused(kept, end):
    sent = [one * MS for one in (*range(20), *range(1500, 5000, 500), *range(6500, 6520))]
    rows = exchanges(Clock(), Clock(), [(one, 1000, 10, 1000) for one in sent])
    bounded(rows)
    with pytest.raises(MeasurementError, match=f"^g2: [0-9] clock exchanges in the {end} second, of 10 at least"):
        bounded(rows[kept])


def test_one_clock_has_no_width_and_is_asked_of_anything():
    stamps = np.array([-1, 0, 10**18])
    for bound in (Bound.same(), Bound.from_plain(json.loads(json.dumps(Bound.same().plain())))):
        low, high = bound.near(stamps)
        assert (low == stamps).all()
        assert (high == stamps).all()
        assert bound.is_same
        assert (bound.offset_s, bound.drift_ppm, bound.wander_ns) == (0, 0, 0)
        assert bound.first_ns == 0
        assert bound.last_ns == np.iinfo(np.int64).max


def test_a_bound_goes_through_json_and_comes_back_the_same():
    rng = np.random.default_rng(2)
    far = Clock(10**18, 80_000)
    ways = [(one, *rng.integers(20_000, 90_000, 3).tolist()) for one in sent_at(3)]
    bound = bounded(exchanges(Clock(S), far, ways))
    again = Bound.from_plain(json.loads(json.dumps(bound.plain())))
    stamps = bound.first_ns + np.linspace(0, bound.last_ns - bound.first_ns, 1001).astype(np.int64)
    for one, other in zip(bound.near(stamps), again.near(stamps), strict=True):
        assert (one == other).all()
    assert again.plain() == bound.plain()
    assert again.offset_s == pytest.approx(1 - 1e9, abs=1e-3)
    assert again.drift_ppm == pytest.approx(-80, abs=40)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("host", 3),
        ("far_ns", "x"),
        ("near_ns", 1.5),
        ("low", [[2, 1], [1, 1]]),
        ("high", [[1, 2, 3]]),
        ("high", []),
        ("low", [[10**30, 1]]),
        ("wander_ns", -1),
        ("exchanges", None),
    ],
)
def test_what_is_no_bound_is_refused_in_one_line_that_names_the_key(key, value):
    plain = bounded(exchanges(Clock(), Clock(), [(one, 1000, 10, 1000) for one in sent_at(1)])).plain()
    with pytest.raises(InputError, match=f"^the bound of a clock: .*{key}") as refused:
        Bound.from_plain({**plain, key: value})
    assert "\n" not in str(refused.value)


def test_copies_of_a_virtual_machine_are_known_by_what_their_clocks_say():
    ways = [(one, 1000, 10, 1000) for one in sent_at(1)]
    assert Exchanges(exchanges(Clock(S), Clock(S), ways), 99).can_be_of_one_clock
    for apart in (-2000, 2000):
        assert not Exchanges(exchanges(Clock(S), Clock(S + apart), ways), 99).can_be_of_one_clock


def test_what_was_asked_and_not_answered_is_lost():
    assert Exchanges(np.zeros(7, EXCHANGE), 10).lost == 3
