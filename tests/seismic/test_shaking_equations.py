"""Equations of shallow crust world-wide and of deep quakes against the values of others; magnitudes of all kinds."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.seismic import allen_2012, kanno_2006
from ewarn.seismic.earth import Earth, EarthModel
from ewarn.seismic.intensity import WORLD, intensity
from ewarn.seismic.magnitudes import converted, expected, kind_of
from ewarn.seismic.origin import Origin
from ewarn.seismic.worden_2012 import mercalli

STANDARD_GRAVITY_GAL = 980.665
KINDS = ("Ms", "Mw", "ML", "mb")


def rows(name):
    lines = (Path(__file__).parent / name).read_text().splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


@pytest.mark.parametrize("row", rows("allen_2012.csv"), ids=lambda row: "-".join(list(row.values())[:3]))
def test_mmi_of_shallow_crust_is_that_of_an_independent_implementation(row):
    equation = allen_2012.by_hypocentre if row["kind"] == "rhypo" else allen_2012.by_rupture
    found = float(equation(float(row["magnitude"]), np.array(float(row["distance_km"]))))
    assert found == pytest.approx(float(row["mmi"]), abs=0.001)


@pytest.mark.parametrize("row", rows("kanno_2006.csv"), ids=lambda row: "-".join(list(row.values())[:3]))
def test_motion_of_deep_and_shallow_quakes_is_that_of_an_independent_implementation(row):
    table = kanno_2006.DEEP if row["kind"] == "deep" else kanno_2006.SHALLOW
    at = np.array(float(row["distance_km"]))
    gal, cm_s = (10 ** (float(one.log(float(row["magnitude"]), at)) + one.site(300.0)) for one in table)
    assert gal / STANDARD_GRAVITY_GAL == pytest.approx(float(row["pga_g"]), rel=0.005)
    assert cm_s == pytest.approx(float(row["pgv_cm_s"]), rel=0.005)


def test_mmi_of_motion_has_the_values_worked_by_hand():
    # 100 gal: -1.60 + 3.70 x 2 = 5.80; 10 cm/s: 2.89 + 3.16 = 6.05. 10 gal: 1.78 + 1.55 = 3.33; 1 cm/s: 3.78.
    assert float(mercalli(np.array(2.0), np.array(1.0))) == pytest.approx((5.80 + 6.05) / 2)
    assert float(mercalli(np.array(1.0), np.array(0.0))) == pytest.approx((3.33 + 3.78) / 2)


def test_the_world_s_own_quake_of_7_1_shakes_as_allen_et_al_have_it_not_as_tibet():
    at = 40.0
    found = float(intensity(WORLD, 7.1, at, depth_km=8.0, magnitude_type="Mw"))
    near = -0.209 + 2.042 * np.exp(2.1)
    assert found == pytest.approx(2.085 + 1.428 * 7.1 - 1.402 * np.log(np.sqrt(40**2 + 8**2 + near**2)), abs=1e-6)
    assert abs(found - float(intensity("Qingzang", 7.1, at, magnitude_type="Mw"))) > 0.15


def test_a_deep_quake_shakes_as_kanno_et_al_have_it():
    # Mw 7.0, 80 km deep, at the epicentre: log PGA = 0.409 x 7 - 0.00389 x 80 - log 80 + 1.56 = 2.2087 (161.7 gal),
    # log PGV = 0.552 x 7 - 0.00324 x 80 - log 80 - 0.571 = 1.1307 (13.5 cm/s); I_A = 3.17 x 0.2087 + 6.59 = 7.25,
    # I_V = 3.00 x (1.1307 - 2) + 9.77 = 7.16, which decides.
    assert float(intensity("Qingzang", 7.0, 0.0, depth_km=80.0, magnitude_type="Mw")) == pytest.approx(7.16, abs=0.01)
    # By Worden et al.: (-1.60 + 3.70 x 2.2087 + 2.89 + 3.16 x 1.1307) / 2 = 6.52.
    assert float(intensity(WORLD, 7.0, 0.0, depth_km=80.0, magnitude_type="Mw")) == pytest.approx(6.52, abs=0.01)


@pytest.mark.parametrize(
    ("magnitude", "kind", "wanted", "value"),
    [
        (5.0, "Ms", "Mw", 5.42),  # 0.67 x 5 + 2.07
        (7.0, "Ms", "Mw", 7.01),  # 0.99 x 7 + 0.08
        (5.0, "mb", "Mw", 5.28),  # 0.85 x 5 + 1.03
        (5.0, "ML", "Ms", 4.57),  # 1.13 x 5 - 1.08
        (5.42, "Mw", "Ms", 5.0),
        (6.0, "M", "Mw", 6.0),
        (6.0, "M", "Ms", 6.0),
    ],
)
def test_magnitudes_are_converted_by_the_relations_that_are_cited(magnitude, kind, wanted, value):
    assert converted(magnitude, kind, wanted) == pytest.approx(value)


@given(st.sampled_from(KINDS), st.sampled_from(["Ms", "Mw"]), st.floats(0, 9.9))
def test_a_greater_magnitude_stays_the_greater_and_nothing_steps(kind, wanted, magnitude):
    rise = converted(magnitude + 0.01, kind, wanted) - converted(magnitude, kind, wanted)
    assert 0 < rise < 0.02


@given(st.floats(0, 10))
def test_there_and_back_is_the_same(magnitude):
    assert converted(converted(magnitude, "Ms", "Mw"), "Mw", "Ms") == pytest.approx(magnitude, abs=1e-9)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("mww", "Mw"),
        ("Mwc", "Mw"),
        ("MS_20", "Ms"),
        ("Ms(BB)", "Ms"),
        ("mb", "mb"),
        ("MLv", "ML"),
        ("mB", "M"),
        ("mb_Lg", "M"),
        ("md", "M"),
        (None, "M"),
    ],
)
def test_words_of_catalogues_are_understood_or_left_unsaid(word, kind):
    assert kind_of(word) == kind


def test_a_moment_magnitude_of_5_shakes_less_in_china_than_a_surface_wave_magnitude_of_5():
    said, moment = (float(intensity("Qingzang", 5.0, 20.0, magnitude_type=kind)) for kind in ("M", "Mw"))
    assert said - moment == pytest.approx(1.2746 * (5.0 - (5.0 - 2.07) / 0.67), abs=1e-6)


@pytest.mark.parametrize(
    ("zone", "route", "vs30", "names"),
    [
        ("Qingzang", "direct", None, ["GB 18306-2015, Qingzang;", "Kanno et al. 2006 and GB/T 17742-2020"]),
        ("Central", "instrumental", 300.0, ["and GB/T 17742-2020;", "Vs30 300 m/s, Boore & Atkinson 2008"]),
        (WORLD, "direct", 500.0, ["Allen et al. 2012", "Kanno et al. 2006 and Worden et al. 2012", "Boore & Atkinson"]),
        (WORLD, "instrumental", None, ["Kanno et al. 2006, shallow, and Worden et al. 2012", "deeper than 20 km"]),
    ],
)
def test_all_that_intensity_rests_on_is_named(zone, route, vs30, names):
    """Before, neither how motion becomes intensity below 20 km nor the site term was."""
    told = Earth(EarthModel(intensity=route, vs30_m_s=vs30)).shaking(zone, Origin(0.0, 30.0, 103.0, 10.0, 6.0)).basis
    assert all(name in told for name in names)
    assert ("Boore" in told) == (vs30 is not None)
    assert f"magnitude taken as {expected(zone)}" in told and "is taken as" not in told


@pytest.mark.parametrize(
    ("zone", "kind", "depth", "told"),
    [
        ("Qingzang", "ML", 10.0, "ML 5 is taken as Ms 4.57 (Guo Lücan 1971)"),
        ("Qingzang", "mb", 10.0, "mb 5 is taken as Ms 4.79 (Scordilis 2006)"),
        ("Qingzang", "M", 50.0, "Ms 5 is taken as Mw 5.42 (Scordilis 2006)"),
        (WORLD, "ML", 10.0, "ML 5 is taken as Mw 5.13 (Guo Lücan 1971, Scordilis 2006)"),
        (WORLD, "Mw", 50.0, None),
        ("Qingzang", "Ms", 10.0, None),
    ],
)
def test_a_conversion_is_named_with_what_it_makes_of_the_magnitude(zone, kind, depth, told):
    origin = Origin(0.0, 30.0, 103.0, depth, 5.0, kind)
    assert Earth(EarthModel()).shaking(zone, origin).conversion == told
