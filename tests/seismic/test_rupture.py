"""Ruptures: their length, who is near them, and when strong shaking begins."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.seismic.earth import Earth, EarthModel
from ewarn.seismic.geodesy import offset_deg
from ewarn.seismic.magnitudes import expected
from ewarn.seismic.origin import Origin, Quake, Rupture
from ewarn.seismic.rupture import Fault, fault_of, length_km
from ewarn.seismic.strong_shaking import begins_s

WENCHUAN = Quake("w", "W", Origin(0.0, 31.0, 103.4, 14.0, 8.0), "Qingzang", 49.0, Rupture(240.0, 0.1))
EARTH = Earth(EarthModel())


def along_strike(km):
    north, east = offset_deg(31.0, km * np.sin(np.radians(49)), km * np.cos(np.radians(49)))
    return 31.0 + float(north), 103.4 + float(east)


def test_lengths_are_those_of_wells_and_coppersmith():
    lines = (Path(__file__).parent / "ruptures.csv").read_text().splitlines()
    for row in csv.DictReader(line for line in lines if not line.startswith("#")):
        assert length_km(float(row["magnitude"])) == pytest.approx(float(row["length_km"]), rel=0.01)


def test_a_quake_of_known_strike_has_a_line_of_any_size():
    assert fault_of(replace(WENCHUAN, strike_deg=None)) is None
    small = Quake("s", "S", replace(WENCHUAN.origin, magnitude=6.9), "Qingzang", 49.0)
    half = length_km(0.99 * 6.9 + 0.08) / 2  # of an unsaid magnitude in China, so Ms
    assert fault_of(small) == Fault(49.0, pytest.approx(half), pytest.approx(half))
    assert fault_of(WENCHUAN) == Fault(49.0, 216.0, 24.0)


@pytest.mark.parametrize("zone", ["Qingzang", "Central", "world"])
@pytest.mark.parametrize("magnitude", [5.5, 6.9, 8.0])
def test_a_magnitude_of_unsaid_kind_is_what_its_zone_expects_in_all_that_goes_by_it(zone, magnitude):
    """Before, it was Ms for how strongly it shakes in China and Mw for how long the rupture is."""
    unsaid = Quake("u", "U", Origin(0.0, 30.0, 103.0, 10.0, magnitude), zone, 49.0)
    said = replace(unsaid, origin=replace(unsaid.origin, magnitude_type=expected(zone)))
    assert fault_of(unsaid) == fault_of(said)
    for one in (unsaid, said):
        point = replace(one, strike_deg=None)
        assert begins_s(point, EARTH, 30.2, 103.2, 4.0) == begins_s(
            replace(point, origin=said.origin), EARTH, 30.2, 103.2, 4.0
        )
        assert begins_s(one, EARTH, 30.2, 103.2, 4.0) == begins_s(said, EARTH, 30.2, 103.2, 4.0)


def test_what_has_broken_is_as_large_as_its_length_says_in_moment_magnitude():
    # Ms 5.0 is Mw 5.42 (Scordilis 2006), so 5.7 km of fault and not 3.2; half of it on either side, at 2.8 km/s.
    small = Quake("s", "S", Origin(0.0, 30.0, 103.0, 10.0, 5.0), "Qingzang", None)
    whole = float(EARTH.intensity("Qingzang", small.origin, 5.0))
    s = float(EARTH.times.direct_s(10.0, 5.0))
    assert begins_s(small, EARTH, 30.0 + 5.0 / 111.195, 103.0, whole - 0.001) == pytest.approx(
        s + 5.73 / 2 / 2.8, abs=0.08
    )


def test_a_place_beside_the_line_is_as_far_as_it_is_across():
    fault = Fault(90.0, 100.0, 20.0)
    distance = fault.nearest_km(np.array([50.0, 130.0, 30.0, 5.0]), np.array([90.0, 90.0, 270.0, 0.0]))
    assert distance == pytest.approx([0.0, 30.0, 10.0, 5.0], abs=1e-9)


@given(st.floats(0, 500), st.floats(0, 359.9), st.floats(0, 200), st.floats(0, 200))
def test_nobody_is_farther_from_the_rupture_than_from_the_epicentre(distance, azimuth, ahead, behind):
    near = Fault(30.0, ahead, behind).nearest_km(np.array([distance]), np.array([azimuth]))
    assert near[0] <= distance + 1e-9


def test_a_town_on_the_rupture_of_wenchuan_is_destroyed_though_it_is_far_from_the_epicentre():
    at = along_strike(130.0)
    as_a_point = replace(WENCHUAN, origin=replace(WENCHUAN.origin, magnitude=8.0), strike_deg=None)
    assert np.isfinite(begins_s(WENCHUAN, EARTH, *at, 9.0))
    assert np.isinf(begins_s(as_a_point, EARTH, *at, 9.0))


def test_stronger_shaking_begins_later_and_none_before_the_first_s():
    at = along_strike(130.0)
    seconds = [begins_s(WENCHUAN, EARTH, *at, felt) for felt in (3.0, 5.0, 7.0, 9.0)]
    assert seconds == sorted(seconds)
    assert seconds[0] >= float(EARTH.times.first(14.0, 130.0)[1]) - 0.5
    assert seconds[-1] > seconds[0] + 3
