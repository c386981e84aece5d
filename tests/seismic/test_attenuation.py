"""The attenuation of GB 18306-2015 against OpenQuake's tables, and the ellipses between the two axes."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.seismic.attenuation import ACCELERATION, INTENSITY, VELOCITY, ZONES, attenuate
from ewarn.seismic.intensity import instrumental, intensity


def table(name):
    lines = (Path(__file__).parent / name).read_text().splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


ROWS = table("yu_2013_openquake.csv")
TOLERANCE = 0.01
"""in log10: it has 2.3 for ln 10"""


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("axis", ["major", "minor"])
def test_motion_is_that_of_openquake_s_tables(zone, axis):
    rows = [row for row in ROWS if (row["zone"], row["axis"]) == (zone, axis)]
    assert len(rows) >= 25
    for table, column in ((ACCELERATION, "pga_gal"), (VELOCITY, "pgv_cm_s")):
        for row in rows:
            ours = table[zone][axis == "minor"].value(float(row["magnitude"]), np.array(float(row["distance_km"])))
            assert float(ours) == pytest.approx(np.log10(float(row[column])), abs=TOLERANCE)


def test_intensity_along_each_axis_is_that_of_an_independent_script():
    for row in table("gb18306_intensity_all_zones.csv"):
        axis = INTENSITY[row["zone"]][row["axis"] == "minor"]
        ours = axis.value(float(row["magnitude"]), np.array(float(row["distance_km"])))
        assert float(ours) == pytest.approx(float(row["intensity"]), abs=2e-4)


@pytest.mark.parametrize(
    ("zone", "crossing_km"), [("Qingzang", 389), ("Central", 171), ("Xinjiang", 1158), ("East", 463)]
)
def test_the_axes_of_intensity_cross_where_the_coefficients_of_both_say(zone, crossing_km):
    distance = np.arange(60.0, 3000.0, 0.5)
    major, minor = (axis.value(6.0, distance) for axis in INTENSITY[zone])
    assert distance[np.argmax(major < minor)] == pytest.approx(crossing_km, abs=2)


@given(
    st.sampled_from(ZONES),
    st.sampled_from([INTENSITY, ACCELERATION, VELOCITY]),
    st.floats(4.5, 8),
    st.floats(-359, 359),
    st.floats(0, 150),
)
def test_a_value_at_an_angle_lies_between_those_of_the_axes(zone, table, magnitude, angle, distance_km):
    at = np.array([distance_km])
    ends = [float(axis.value(magnitude, at)[0]) for axis in table[zone]]
    value = float(attenuate(table[zone], magnitude, at, np.array([angle]))[0])
    assert min(ends) - 0.003 <= value <= max(ends) + 0.003


@given(st.sampled_from(ZONES), st.floats(4.5, 6.5), st.floats(0, 90))
def test_motion_falls_with_distance_and_grows_with_magnitude(zone, magnitude, angle):
    distance = np.linspace(1, 200, 200)
    for table in (ACCELERATION, VELOCITY):
        here = attenuate(table[zone], magnitude, distance, np.full(200, angle))
        assert (np.diff(here) < 1e-9).all()
        assert (attenuate(table[zone], magnitude - 0.2, distance, np.full(200, angle)) < here).all()


def test_instrumental_intensity_has_the_values_of_gb_t_17742():
    for row in table("gbt_17742_checks.csv"):
        pga, pgv = float(row["pga_m_s2"]), float(row["pgv_m_s"])
        assert float(instrumental(np.log10(pga), np.log10(pgv))) == pytest.approx(float(row["intensity"]), abs=0.006)


def test_the_two_routes_differ_by_nearly_two_units_300_km_from_a_quake_of_6_8():
    # 1.9 by the coefficients of GB 18306-2015 and the formulas of GB/T 17742-2020, computed apart from this code.
    direct = intensity("Qingzang", 6.8, 300.0)
    by_motion = intensity("Qingzang", 6.8, 300.0, route="instrumental")
    assert abs(float(direct - by_motion)) == pytest.approx(1.9, abs=0.3)


def test_soft_ground_shakes_more_by_either_route_and_rock_as_without_a_site():
    distance = np.array([10.0, 50.0, 120.0])
    for route in ("direct", "instrumental"):
        rock = intensity("Qingzang", 6.0, distance, route=route, vs30_m_s=760.0)
        soft = intensity("Qingzang", 6.0, distance, route=route, vs30_m_s=np.array([200.0, 200.0, 200.0]))
        assert rock == pytest.approx(intensity("Qingzang", 6.0, distance, route=route))
        assert (soft > rock + 0.3).all()
