"""What centres are published to have said lies in what ours says, whose distributions are no wider than need be."""

from collections import defaultdict

import numpy as np
import pytest

from tests.seismic.published import before, ensemble, held, quakes

SEEDS = 60
KINDS = {
    "s": ("first_s", "first_after_trigger_s", "final_s"),
    "reports": ("reports",),
    "magnitude": ("first_magnitude", "final_magnitude", "greatest_magnitude", "magnitude_error"),
    "km": ("blind_zone_km", "place_error_km", "depth_error_km"),
}


@pytest.fixture(scope="module")
def values():
    return held(SEEDS)


def test_at_least_80_of_100_published_values_lie_within_the_modelled_5_to_95_per_cent(values):
    """9 of 19 did before."""
    exact = [one for one in values if one.relation == "is"]
    outside = [(one.quake, one.quantity) for one in exact if not one.inside]
    assert len(outside) <= 0.2 * len(exact), outside


def test_no_distribution_is_wider_than_its_bound(values):
    wide = {
        (one.quake, one.quantity): float(one.spread[2] - one.spread[0])
        for one in values
        if one.spread[2] - one.spread[0] > one.widest
    }
    assert not wide


def test_bounds_that_are_published_are_kept_by_most_seeds_or_by_many_where_another_method_set_them(values):
    for one in values:
        if one.relation != "is":
            assert one.share > (0.25 if one.quantity == "first_magnitude" else 0.9), (one.quake, one.quantity)


def test_the_score_is_no_worse_than_before_for_any_kind_of_quantity(values):
    earlier, scores = before(), defaultdict(list)
    for one in values:
        if one.relation == "is":
            kind = next(name for name, quantities in KINDS.items() if one.quantity in quantities)
            scores[kind].append((one.crps, earlier[one.quake, one.quantity]))
    for kind, pairs in scores.items():
        now, then = np.mean(pairs, axis=0)
        assert now <= then, kind


def test_final_errors_have_the_medians_and_the_spread_that_are_published_for_2019_to_2021():
    # Peng et al. 2021: 2.3 ± 3.0 km, -3.0 ± 3.6 km, -0.2 ± 0.32. Of quakes of several sizes, as theirs were.
    known = quakes()
    pooled = [ensemble(*known[name], 80) for name in ("lushan-2022", "changning-2019-2021", "zizhong-2019")]
    place, depth, magnitude = (
        np.concatenate([one[name] for one in pooled])
        for name in ("place_error_km", "depth_error_km", "magnitude_error")
    )
    assert np.median(place) == pytest.approx(2.3, abs=0.5) and place.std() == pytest.approx(3.0, abs=0.8)
    assert np.median(depth) == pytest.approx(-3.0, abs=0.6) and depth.std() == pytest.approx(3.6, abs=0.5)
    assert np.median(magnitude) == pytest.approx(-0.2, abs=0.15) and magnitude.std() == pytest.approx(0.32, abs=0.06)
    assert (depth == 0.0).mean() < 0.2


def test_the_delay_of_computing_has_an_end(values):
    # Before, one origin in 6,205 waited for 46 s.
    for one in values:
        if one.quantity == "first_s":
            assert one.modelled.max() < 13, one.quake
