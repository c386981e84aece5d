"""Streams of random numbers: each purpose its own, each quake its own, and the same everywhere."""

import itertools
import subprocess
import sys
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ewarn.centre.centre import Centre
from ewarn.config.catalogues import find_quake
from ewarn.config.drill import CentreSettings, DrillSettings
from ewarn.drill.scenario import prepare
from ewarn.seismic.origin import Origin, Quake
from ewarn.seismic.streams import quake_stream, stream

QUAKE = Quake("q", "Q", Origin(1e9, 30.0, 103.0, 12.0, 6.5), "Qingzang")

FIRST = [746, 679, 115, 286, 228]


def numbers(rng, count=4):
    return rng.standard_normal(count).tolist()


def test_the_numbers_of_a_stream_are_these_ones_for_good():
    # Written down once; whoever changes them changes every run of every seed.
    assert stream(1, "reports", 30.0, "a").integers(0, 1000, 5).tolist() == FIRST


def test_another_process_with_another_hash_seed_draws_the_same():
    said = "from ewarn.seismic.streams import stream; print(stream(7, 'outage', 2, 'x').random(3).tolist())"
    drawn = {
        subprocess.run(
            [sys.executable, "-c", said], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert drawn == {f"{stream(7, 'outage', 2, 'x').random(3).tolist()}\n"}


def test_no_two_purposes_seeds_or_contents_share_a_stream_nor_any_with_what_is_not_named():
    named = [
        stream(seed, purpose, *content)
        for seed in (0, 1, 2**70)
        for purpose in ("audience", "sample", "outage", "platforms")
        for content in ((), (0,), (1,), (0, 0), ("0",), ("", 1))
    ]
    plain = [np.random.default_rng(seed) for seed in (0, 1, [1, 1], [1, 2], [1, 0, 2])]
    drawn = [tuple(numbers(rng)) for rng in (*named, *plain)]
    assert len(set(drawn)) == len(drawn)


def test_a_whole_number_is_the_float_that_it_equals_and_nought_has_no_sign():
    assert numbers(stream(1, "a", 3, 0.0)) == numbers(stream(1, "a", 3.0, -0.0))
    assert numbers(stream(1, "a", np.float64(3))) == numbers(stream(1, "a", 3))


@given(st.sampled_from(["latitude", "longitude", "depth_km", "magnitude"]), st.floats(0.01, 1.0))
def test_a_quake_of_other_content_has_other_luck_and_one_of_another_name_or_time_the_same(key, more):
    other = replace(QUAKE, origin=replace(QUAKE.origin, **{key: getattr(QUAKE.origin, key) + more}))
    assert numbers(quake_stream(1, "reports", QUAKE)) != numbers(quake_stream(1, "reports", other))
    renamed = replace(QUAKE.at(2e9), id="r", name="R")
    assert numbers(quake_stream(1, "reports", QUAKE)) == numbers(quake_stream(1, "reports", renamed))


def test_one_seed_is_not_slow_and_high_for_every_quake():
    """Before, with one seed the delay and the magnitude's error of every quake were the same numbers."""
    quakes = [
        replace(QUAKE, origin=replace(QUAKE.origin, latitude=29.5 + 0.02 * nth, depth_km=10.0 + nth % 5))
        for nth in range(50)
    ]
    lots = []
    for seed in (1, 2):
        centre = Centre(CentreSettings(seed=seed))
        lots.append([centre.solutions(quake)[0].report.released - 1e9 for quake in quakes])
    first, second = np.array(lots)
    assert np.std(first) > 0.7 and np.std(second) > 0.7
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.4
    assert abs(first.mean() - second.mean()) < 0.6


def test_two_quakes_that_are_published_together_err_independently():
    quakes = [find_quake(name) for name in ("luding-2022", "lushan-2022")]
    finals = []
    for seed in range(40):
        centre = Centre(CentreSettings(seed=seed))
        finals.append([centre.solutions(quake)[-1].report.origin.magnitude for quake in quakes])
    assert abs(np.corrcoef(np.array(finals).T)[0, 1]) < 0.4


def test_the_same_seed_and_quake_give_the_same_and_an_outage_changes_nobody_elses_noise():
    quake = find_quake("luding-2022")
    whole, again = (Centre(CentreSettings()).picks(quake) for _ in range(2))
    assert np.array_equal(whole.magnitude_error, again.magnitude_error)
    lame = Centre(CentreSettings(network={"out_share": 0.3}))
    fewer = lame.picks(quake)
    code = Centre(CentreSettings()).network.stations.code[whole.station].tolist()
    error = dict(zip(code, whole.magnitude_error.tolist(), strict=True))
    there = lame.network.stations.code[fewer.station].tolist()
    assert [error[one] for one in there] == fewer.magnitude_error.tolist()
    assert len(fewer) < 0.8 * len(whole)


def test_who_is_where_who_is_sampled_and_what_is_out_are_drawn_apart():
    """Before, the sample and the outage, the platforms and the stations' noise came of one stream each."""
    users = 2_000
    drill = prepare(DrillSettings(quake="luding-2022", audience={"users": users}, platforms={}))
    sampled, out = (stream(1, purpose).random(users) for purpose in ("sample", "outage"))
    noise = quake_stream(1, "reports", drill.quake).random(users)
    for one, other in itertools.combinations((sampled, out, noise, drill.on, drill.audience.latitude), 2):
        assert abs(np.corrcoef(one, other)[0, 1]) < 0.1
