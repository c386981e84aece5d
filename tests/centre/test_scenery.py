import numpy as np
import pytest

from ewarn.audience.forecast import forecast
from ewarn.centre.centre import Centre
from ewarn.centre.scenery import CHI_SQUARE_95, error_ellipse, scenery, surroundings
from ewarn.config.catalogues import find_quake
from ewarn.config.drill import CentreSettings
from ewarn.config.quakes import load_quake
from ewarn.config.tables import shipped
from ewarn.seismic.earth import Earth, EarthModel
from ewarn.seismic.geodesy import azimuth_deg, distance_km
from ewarn.seismic.intensity import Levels
from ewarn.seismic.origin import Origin, Quake
from ewarn.seismic.picks import LOCATION_SIGMA_KM
from ewarn.seismic.rupture import fault_of

LUDING = shipped() / "quakes" / "luding-2022.toml"


@pytest.mark.parametrize("stations", [4, 40])
def test_the_truth_lies_in_the_ellipse_95_times_of_100(stations):
    rng, inside = np.random.default_rng(1), 0
    for _ in range(2000):
        errors = rng.normal(0, LOCATION_SIGMA_KM, (stations, 2))
        found = error_ellipse(errors, 0.0)
        azimuth = np.radians(found["azimuth_deg"])
        along = np.array([np.sin(azimuth), np.cos(azimuth)])
        across = np.array([along[1], -along[0]])
        mean = errors.mean(axis=0)
        inside += (mean @ along / found["major_km"]) ** 2 + (mean @ across / found["minor_km"]) ** 2 <= 1
    assert inside / 2000 == pytest.approx(0.95, abs=0.025)


def test_its_long_axis_lies_where_the_errors_do():
    along = np.random.default_rng(2).normal(0, 20, 60)
    found = error_ellipse(np.column_stack([along, along]), 0.0)
    assert found["azimuth_deg"] == pytest.approx(45, abs=1)
    assert found["major_km"] > 3 * found["minor_km"]


def test_a_gap_makes_it_wider_and_two_stations_make_none():
    errors = np.random.default_rng(3).normal(0, LOCATION_SIGMA_KM, (9, 2))
    assert error_ellipse(errors, 300)["major_km"] > 2 * error_ellipse(errors, 90)["major_km"]
    assert error_ellipse(errors[:2], 0.0) is None


def test_of_luding_stations_hear_p_later_the_farther_they_are_and_later_reports_know_better():
    quake = load_quake(LUDING)
    stations, ellipses = scenery(quake, Centre(CentreSettings()))
    latitude, longitude, p_s = np.array(stations).T
    far_km = distance_km(quake.origin.latitude, quake.origin.longitude, latitude, longitude)
    by_distance = np.argsort(far_km)
    assert (np.diff(p_s[by_distance]) > -0.1).all()
    assert list(ellipses) == list(range(1, len(ellipses) + 1))
    assert ellipses[len(ellipses)]["major_km"] < ellipses[1]["major_km"] < 3 * (CHI_SQUARE_95**0.5 * LOCATION_SIGMA_KM)


def test_of_real_series_the_truth_lies_in_first_and_last_ellipses_as_often():
    """Before, what all stations have in common was none of it: the last was far too small."""
    quake, inside = load_quake(LUDING), []
    for seed in range(30):
        centre = Centre(CentreSettings(seed=seed))
        _, ellipses = scenery(quake, centre)
        reports = [one.report for one in centre.solutions(quake)]
        for report in (reports[0], reports[-1]):
            found, said = ellipses[report.number], report.origin
            north = 111.2 * (said.latitude - quake.origin.latitude)
            east = 111.2 * (said.longitude - quake.origin.longitude) * np.cos(np.radians(said.latitude))
            azimuth = np.radians(found["azimuth_deg"])
            along, across = (
                east * np.sin(azimuth) + north * np.cos(azimuth),
                east * np.cos(azimuth) - north * np.sin(azimuth),
            )
            inside.append((along / found["major_km"]) ** 2 + (across / found["minor_km"]) ** 2 <= 1)
    first, last = np.array(inside).reshape(-1, 2).mean(axis=0)
    assert first >= 0.88 and last >= 0.88


EARTH = Earth(EarthModel())
NOTO = Quake("noto", "Noto", Origin(0.0, 37.5, 137.2, 10.0, 7.5, "Mw"), "world")


@pytest.mark.parametrize("name", ["luding-2022", "wenchuan-2008"])
def test_the_bands_of_the_map_give_every_place_the_intensity_that_its_users_have(name):
    quake = find_quake(name)
    shaking = surroundings(quake, EARTH)["shaking"]
    rng = np.random.default_rng(1)
    latitude, longitude = rng.uniform(27, 34, 2000), rng.uniform(98, 108, 2000)
    truth = forecast(quake.origin, quake.zone, latitude, longitude, EARTH, fault_of(quake))
    azimuth = azimuth_deg(quake.origin.latitude, quake.origin.longitude, latitude, longitude)
    for line in shaking["lines"]:
        turns = (azimuth - shaking["azimuth_deg"]) % 360
        step = 360 / len(line["km"])
        reach = np.interp(turns, step * np.arange(len(line["km"]) + 1), [*line["km"], line["km"][0]])
        clear = abs(truth.distance_km - reach) > 1.5
        assert clear.mean() > 0.9
        within, strong = truth.distance_km < reach, truth.intensity >= line["degree"]
        assert (within == strong)[clear].all()


def test_towns_are_told_what_a_user_there_would_be_and_their_level_by_the_levels_in_force():
    quake = find_quake("luding-2022")
    earth = Earth(EarthModel(levels=Levels(2.0, 3.0, 4.0)))
    found = surroundings(quake, earth)
    towns = {town["name"]: town for town in found["towns"]}
    assert len(towns) == 21
    assert all(town["seat"] for town in towns.values())
    chengdu = towns["Chengdu"]
    there = forecast(quake.origin, quake.zone, 30.66667, 104.06667, earth, fault_of(quake))
    assert chengdu["s_s"] == pytest.approx(float(there.s_s), abs=0.01)
    assert 0 <= float(there.intensity) - chengdu["intensity"] < 0.01
    assert (chengdu["level"], towns["Garze"]["level"]) == ("red", "red")
    assert found["shaking"]["levels"] == {"yellow": 2.0, "orange": 3.0, "red": 4.0}


def test_of_a_quake_far_from_every_town_none_is_told_of_and_its_bands_are():
    found = surroundings(NOTO, EARTH)
    assert found["towns"] == []
    assert [line["degree"] for line in found["shaking"]["lines"]][:2] == [3, 4]
