"""Intensity against values by hand from the published coefficients, and the shape of its isoseismals."""

import csv
from dataclasses import asdict, astuple
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ewarn.seismic.attenuation import ZONES
from ewarn.seismic.intensity import LEVELS, NUMERALS, Levels, intensity, level_index, numeral, shown

BY_HAND = Path(__file__).parent / "intensity_by_hand.csv"
TOLERANCE = 0.002
MAGNITUDES = st.floats(5.0, 8.0)
NAMES = st.sampled_from(["Qingzang", "Xinjiang", "East", "Central"])
CROSS_KM = {"Qingzang": 389, "Central": 171}
ALONG, ACROSS = 0.0, 90.0


def by_hand():
    lines = BY_HAND.read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def at(zone, magnitude, distance_km, angle_deg=None):
    return float(intensity(zone, magnitude, distance_km, angle_deg))


@pytest.mark.parametrize("row", by_hand(), ids=lambda row: "-".join([row["zone"], row["axis"], row["magnitude"]]))
def test_each_axis_has_the_value_computed_by_hand(row):
    angle = ALONG if row["axis"] == "major" else ACROSS
    value = at(row["zone"], float(row["magnitude"]), float(row["distance_km"]), angle)
    assert value == pytest.approx(float(row["intensity"]), abs=TOLERANCE)


def test_every_zone_has_values_by_hand_on_both_axes():
    assert {(row["zone"], row["axis"]) for row in by_hand()} == {
        (zone, axis) for zone in ZONES for axis in ("major", "minor")
    }


@pytest.mark.parametrize("zone", ["Qingzang", "Xinjiang", "East", "Central"])
def test_without_a_strike_the_value_is_the_mean_of_both_axes(zone):
    rows = [row for row in by_hand() if row["zone"] == zone and row["magnitude"] == "6.8"]
    mean = sum(float(row["intensity"]) for row in rows) / 2
    assert at(zone, 6.8, 30) == pytest.approx(mean, abs=TOLERANCE)


@settings(max_examples=100, deadline=None)
@given(NAMES, MAGNITUDES, st.floats(5, 150), st.floats(0, 360))
def test_any_direction_lies_between_across_and_along_the_strike(zone, magnitude, distance, angle):
    least, most = at(zone, magnitude, distance, ACROSS), at(zone, magnitude, distance, ALONG)
    assert least - 1e-5 <= at(zone, magnitude, distance, angle) <= most + 1e-5


@settings(max_examples=50, deadline=None)
@given(NAMES, MAGNITUDES, st.floats(5, 150), st.floats(0, 90))
def test_the_four_quarters_are_mirror_images(zone, magnitude, distance, angle):
    one = at(zone, magnitude, distance, angle)
    for twin in (180 - angle, 180 + angle, -angle):
        assert at(zone, magnitude, distance, twin) == pytest.approx(one, abs=1e-5)


@pytest.mark.parametrize("angle", [20.0, 45.0, 70.0])
def test_a_place_lies_on_the_ellipse_whose_axes_have_its_intensity(angle):
    value = at("Qingzang", 6.8, 60, angle)
    # Invert the equation by hand: R = 10 ** ((A + B M - I) / -C) - R0.
    major = 10 ** ((6.4580 + 1.2746 * 6.8 - value) / 4.4709) - 25
    minor = 10 ** ((3.3682 + 1.2746 * 6.8 - value) / 3.3119) - 9
    x, y = 60 * np.cos(np.radians(angle)), 60 * np.sin(np.radians(angle))
    assert (x / major) ** 2 + (y / minor) ** 2 == pytest.approx(1, abs=1e-3)


def test_intensity_falls_from_the_strike_to_the_normal():
    values = intensity("Central", 6.0, np.full(10, 40.0), np.linspace(0, 90, 10))
    assert (np.diff(values) < 0).all()


@pytest.mark.parametrize("zone", ["Qingzang", "Central"])
@pytest.mark.parametrize("beyond_km", [5, 100])
def test_beyond_the_crossing_of_the_axes_the_isoseismal_is_a_circle(zone, beyond_km):
    values = intensity(zone, 8.0, np.full(19, CROSS_KM[zone] + beyond_km), np.linspace(0, 180, 19))
    assert values == pytest.approx(values[0])


def test_at_the_epicentre_every_direction_feels_the_same():
    values = intensity("Qingzang", 6.8, np.zeros(19), np.linspace(0, 180, 19))
    assert values == pytest.approx(values[0], abs=0.001)
    assert values[0] == pytest.approx(6.4580 + 1.2746 * 6.8 - 4.4709 * 1.39794, abs=TOLERANCE)


@pytest.mark.parametrize("zone", ["Qingzang", "Central"])
@pytest.mark.parametrize("angle", [None, 0.0, 30.0, 60.0, 90.0])
def test_nothing_jumps_where_the_axes_cross(zone, angle):
    distances = np.arange(CROSS_KM[zone] - 10, CROSS_KM[zone] + 10, 0.1)
    values = intensity(zone, 8.0, distances, None if angle is None else np.full(len(distances), angle))
    assert np.abs(np.diff(values)).max() < 0.01


@settings(max_examples=50, deadline=None)
@given(NAMES, MAGNITUDES, st.one_of(st.none(), st.floats(0, 360)))
def test_intensity_never_grows_with_distance(zone, magnitude, angle):
    distances = np.arange(0.0, 600.0, 2.0)
    values = intensity(zone, magnitude, distances, None if angle is None else np.full(len(distances), angle))
    assert (np.diff(values) <= 1e-4).all()


@settings(max_examples=50, deadline=None)
@given(NAMES, st.floats(5.0, 7.5), st.floats(0, 400), st.one_of(st.none(), st.floats(0, 360)))
def test_intensity_never_falls_as_the_quake_grows(zone, magnitude, distance, angle):
    assert at(zone, magnitude + 0.5, distance, angle) >= at(zone, magnitude, distance, angle)


@settings(max_examples=100, deadline=None)
@given(NAMES, st.floats(0, 10), st.floats(0, 20_000), st.one_of(st.none(), st.floats(0, 360)))
def test_intensity_stays_from_1_to_12(zone, magnitude, distance, angle):
    assert 1 <= at(zone, magnitude, distance, angle) <= 12


def test_a_tiny_far_quake_is_1_and_an_impossible_one_12():
    assert at("Qingzang", 3.0, 1000) == 1
    assert at("Qingzang", 10.0, 0) == 12


def test_the_zone_of_vi_of_luding_covers_some_15_300_square_kilometres():
    step = 0.5
    x, y = np.meshgrid(np.arange(-150, 150, step) + step / 2, np.arange(-150, 150, step) + step / 2)
    values = intensity("Qingzang", 6.8, np.hypot(x, y), np.degrees(np.arctan2(y, x)))
    assert (values >= 6.0).sum() * step**2 == pytest.approx(15_300, rel=0.01)


@pytest.mark.parametrize(
    ("value", "level"),
    [
        (1.0, "blue"),
        (2.9999, "blue"),
        (3.0, "yellow"),
        (4.9999, "yellow"),
        (5.0, "orange"),
        (6.9999, "orange"),
        (7.0, "red"),
        (12.0, "red"),
    ],
)
def test_levels_go_by_the_number_itself_not_rounded(value, level):
    assert LEVELS[level_index(value)] == level


def test_inputs_keep_their_shape_and_are_not_changed():
    distances, angles = np.array([[0.0, 10.0], [100.0, 500.0]]), np.array([[0.0, 45.0], [90.0, 300.0]])
    before = distances.copy(), angles.copy()
    assert intensity("East", 7.0, distances, angles).shape == (2, 2)
    assert level_index(distances).shape == (2, 2)
    assert np.array_equal(distances, before[0]) and np.array_equal(angles, before[1])


HUNDREDTHS = [step / 100 for step in range(100, 1201)]
EDGES = [edge for whole in range(2, 13) for edge in (np.nextafter(whole, 0), np.nextafter(whole, 13))]
FIRST = {"blue": "I", "yellow": "III", "orange": "V", "red": "VII"}
"""degree at which each level begins"""


@pytest.mark.parametrize("values", [HUNDREDTHS, EDGES])
def test_number_numeral_and_level_never_contradict_each_other(values):
    for value in values:
        level = LEVELS[int(level_index(value))]
        written = float(f"{float(shown(value)):.1f}")
        degree = NUMERALS.index(numeral(value)) + 1
        assert LEVELS[int(level_index(written))] == level
        assert LEVELS[int(level_index(degree))] == level
        assert numeral(written) == numeral(value)
        assert degree >= NUMERALS.index(FIRST[level]) + 1
        assert written <= value < written + 0.1 + 1e-9


def test_six_point_eight_is_orange_and_so_no_seven():
    assert (numeral(6.8), LEVELS[int(level_index(6.8))]) == ("VI", "orange")
    assert (numeral(7.0), LEVELS[int(level_index(7.0))]) == ("VII", "red")
    assert (float(shown(6.96)), float(shown(6.8)), float(shown(7.0))) == (6.9, 6.8, 7.0)
    assert (numeral(0.3), numeral(12.0)) == ("I", "XII")


@given(st.tuples(*[st.floats(0, 12)] * 3))
def test_levels_rise_or_are_refused_with_both_numbers_and_the_registry_has_their_names(lowest):
    if lowest[0] < lowest[1] < lowest[2]:
        assert astuple(Levels(*lowest)) == lowest
    else:
        with pytest.raises(ValueError, match=r"(orange|red): .* is not above (yellow|orange), "):
            Levels(*lowest)
    assert LEVELS[1:] == tuple(asdict(Levels()))
