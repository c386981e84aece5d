"""Magnitudes by the record, what a quake's reports have in common, and a delay that has an end."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.seismic.estimates import (
    CAP_SIGMA,
    EVENT_MEAN,
    EVENT_SIGMA,
    MOST_SIGMA,
    Common,
    delay_s,
    magnitude_cap,
    station_magnitudes,
)

UNIFORM = np.linspace(0, 1, 20_001)


def test_a_short_record_scatters_more_and_counts_less():
    own = np.random.default_rng(1).standard_normal(20_000) * 0.42
    spread, counts = [], []
    for record in (1.0, 3.0, 9.0):
        magnitudes, weights = station_magnitudes(4.0, np.full(len(own), record), own, 0.0, 0.0)
        spread.append(magnitudes.std())
        counts.append(weights[0])
    assert spread == pytest.approx([0.42 * 3**0.5, 0.42, 0.42 / 3**0.5], rel=0.03)
    assert counts == [1.0, 3.0, 9.0]


@given(st.floats(3, 9), st.floats(0.1, 60), st.floats(-1, 1))
def test_no_record_shows_more_than_its_own_cap(magnitude, record_s, error):
    (seen,), _ = station_magnitudes(magnitude, np.array([record_s]), np.zeros(1), 0.0, error)
    assert seen == pytest.approx(min(magnitude, float(magnitude_cap(record_s)) + error))


def test_what_reports_have_in_common_scatters_as_stated_and_has_an_end():
    drawn = [Common.draw(np.random.default_rng(seed)) for seed in range(4_000)]
    magnitude, cap, depth, east, north = np.array(
        [[one.magnitude, one.cap, one.depth_km, one.east_km, one.north_km] for one in drawn]
    ).T
    assert (magnitude.mean(), magnitude.std()) == (
        pytest.approx(EVENT_MEAN, abs=0.02),
        pytest.approx(EVENT_SIGMA, rel=0.05),
    )
    assert (cap.mean(), cap.std()) == (pytest.approx(0.0, abs=0.02), pytest.approx(CAP_SIGMA, rel=0.05))
    assert np.abs(magnitude - EVENT_MEAN).max() <= MOST_SIGMA * EVENT_SIGMA + 1e-9
    assert (depth.mean(), depth.std()) == (pytest.approx(-3.0, abs=0.2), pytest.approx(3.6, rel=0.05))
    away = np.hypot(east, north)
    assert np.median(away) == pytest.approx(1.9, rel=0.06) and away.max() < 16
    assert np.abs(np.corrcoef([magnitude, cap, depth, east, north]) - np.eye(5)).max() < 0.06


def test_a_delay_is_lognormal_up_to_its_end_and_never_beyond():
    seconds = delay_s(UNIFORM, 2.0, 0.8, 2.5)
    assert seconds.max() <= 5.0 and seconds.min() > 0 and (np.diff(seconds) >= 0).all()
    below = np.random.default_rng(1).lognormal(np.log(2.0), 0.8, 400_000)
    below = below[below <= 5.0]
    for percent in (5, 25, 50, 75, 95):
        assert np.percentile(seconds, percent) == pytest.approx(np.percentile(below, percent), rel=0.02)


@pytest.mark.parametrize(("sigma", "most"), [(0.0, 1.0), (0.0, 3.0)])
def test_a_delay_without_scatter_is_its_median(sigma, most):
    assert (delay_s(UNIFORM, 2.0, sigma, most) == 2.0).all()
