"""Layered models, and how a round earth is cut into flat slices."""

from pathlib import Path

import numpy as np
import pytest

from ewarn.config.drill import EarthTable
from ewarn.config.velocity import load_velocity
from ewarn.seismic.geodesy import EARTH_RADIUS_KM
from ewarn.seismic.mantle import AK135_MANTLE, CORE_KM
from ewarn.seismic.velocity import SLICE_KM, YUNNAN_2015, VelocityModel, flattened, slices

FLAT = VelocityModel("three", (2.0, 3.0), (3.0, 4.0, 5.0), (1.0, 2.0, 3.0), "flat")


def test_tops_begin_at_the_surface_and_add_up_the_thicknesses():
    assert FLAT.tops_km.tolist() == [0.0, 2.0, 5.0]
    assert YUNNAN_2015.tops_km.tolist() == [0.0, 20.0, 41.0]


def test_the_file_that_we_ship_is_the_model_that_is_used_without_one():
    assert load_velocity(Path(EarthTable().velocity)) == YUNNAN_2015


def test_a_flat_earth_is_its_own_stack_of_slices():
    stack = slices(FLAT)
    assert stack.top_km.tolist() == [0.0, 2.0, 5.0]
    assert stack.p_km_s.tolist() == [3.0, 4.0, 5.0]
    assert stack.layer.tolist() == [0, 1, 2]


def test_slices_of_a_round_earth_begin_at_every_interface_and_get_faster_downwards():
    stack = slices(YUNNAN_2015)
    assert {0.0, float(flattened(20.0)), float(flattened(41.0))} <= set(stack.top_km.tolist())
    assert (np.diff(stack.p_km_s) > 0).all() and (np.diff(stack.s_km_s) > 0).all()
    assert np.diff(stack.top_km)[:10].max() < SLICE_KM * 1.01
    assert (np.diff(stack.p_top_km_s) > 0).all() and (np.diff(stack.s_top_km_s) > 0).all()
    first = stack.layer == 1
    assert stack.p_km_s[first] == pytest.approx(6.60, rel=0.01)


def test_the_stack_goes_down_to_the_core_and_has_the_mantles_discontinuities_as_borders():
    stack = slices(YUNNAN_2015)
    assert stack.top_km[-1] == pytest.approx(float(flattened(CORE_KM)))
    assert {float(flattened(depth)) for depth in (120.0, 410.0, 660.0)} <= set(stack.top_km.tolist())
    assert sorted(set(stack.layer.tolist())) == [0, 1, 2, 3, 4, 5]
    round_again = np.exp(stack.top_km / EARTH_RADIUS_KM)  # what flattening makes faster
    assert np.interp(CORE_KM - 1e-6, *AK135_MANTLE[:, :2].T) == pytest.approx(13.6602)
    assert stack.p_top_km_s[-1] / round_again[-1] == pytest.approx(13.6602)
    below_410 = np.flatnonzero(stack.layer == 4)[0]
    assert (stack.p_top_km_s / round_again)[below_410] == pytest.approx(9.36)


def test_flattening_stretches_depth_more_the_deeper():
    assert flattened(0.0) == 0
    assert flattened(20.0) == pytest.approx(20.03, abs=0.01)
    assert flattened(700.0) > 740
