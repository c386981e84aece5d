"""What stations hear of a quake, and what of it is the station's own and what the quake's."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ewarn.seismic.earth import Earth, EarthModel
from ewarn.seismic.geodesy import distance_km, offset_deg
from ewarn.seismic.intensity import intensity
from ewarn.seismic.origin import FalseAlarm, Origin, Quake
from ewarn.seismic.picks import DAMAGING, PD_MAGNITUDE, Picks, log_displacement
from ewarn.seismic.stations import KINDS, Delay, Network, StationClass, Stations, regular

EARTH = Earth(EarthModel())
CLASS = StationClass(Delay(0.6, 0.4), Delay(0.4, 0.3), 0.001)
NETWORK = Network("grid", regular(20.0), (CLASS,) * len(KINDS))
ORIGIN = Origin(1e9, 30.0, 103.0, 12.0, 5.0)
QUAKE = Quake("q", "Q", ORIGIN, "Qingzang")


def hear(network=NETWORK, seed=1, silent_share=0.0, false_alarm=None, earth=EARTH, **changes):
    quake = replace(QUAKE, origin=replace(ORIGIN, **changes), false_alarm=false_alarm)
    return Picks.draw(quake, network, earth, np.random.default_rng(seed), silent_share)


def heard_by_all(**changes):
    return hear(false_alarm=FalseAlarm(6.0, 10.0), **changes)


def at(*east_and_north_km, kind="basic"):
    """A network of stations so far from the epicentre."""
    east, north = np.array(east_and_north_km, float).T
    latitude, longitude = offset_deg(ORIGIN.latitude, east, north)
    code = np.array([f"S{number}" for number in range(len(east))])
    kinds = np.full(len(east), KINDS.index(kind), np.uint8)
    return replace(NETWORK, stations=Stations(code, ORIGIN.latitude + latitude, ORIGIN.longitude + longitude, kinds))


def by_station(picks, values):
    """As rows of the network; NaN where it was not heard."""
    found = np.full((len(NETWORK.stations), *values.shape[1:]), np.nan)
    found[picks.station] = values
    return found


@pytest.mark.parametrize(
    ("magnitude", "hypocentral_km", "log_cm"),
    [(6.0, 100.0, -1.837), (6.0, 10.0, -0.463), (4.0, 10.0, -1.921), (6.0, 1.0, 0.911), (6.0, 0.0, 0.911)],
)
def test_displacement_is_that_of_wu_and_zhao_and_grows_no_more_within_a_kilometre(magnitude, hypocentral_km, log_cm):
    assert log_displacement(magnitude, np.array(hypocentral_km)) == pytest.approx(log_cm)


def test_waves_come_to_a_station_from_where_and_when_they_should():
    picks = heard_by_all(network=at((0, 40), (25, 0), (0, -60), (-10, 0)))
    order = np.argsort(picks.station)
    assert picks.distance_km[order] == pytest.approx([40, 25, 60, 10], rel=1e-3)
    assert picks.azimuth_deg[order] == pytest.approx([0, 90, 180, 270], abs=0.2)
    p, s = EARTH.times.first(ORIGIN.depth_km, picks.distance_km)
    assert picks.p_s == pytest.approx(p)
    assert picks.s_s == pytest.approx(s)


@given(st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_the_first_to_be_known_comes_first_with_any_window(seed):
    picks = heard_by_all(seed=seed)
    assert (np.diff(picks.known_s(0.0)) >= 0).all()
    assert picks.known_s(3.0) == pytest.approx(picks.p_s + picks.delay_s + 3.0)
    assert (np.diff(picks.p_s) < 0).any(), "the centre knows of some sooner that P reaches later"


def test_a_false_alarm_is_heard_everywhere_and_a_small_quake_is_not():
    assert len(heard_by_all(magnitude=1.0)) == len(NETWORK.stations)
    assert 0 < len(hear(magnitude=3.0)) < len(NETWORK.stations)


@pytest.mark.parametrize("depth_km", [5.0, 60.0])
def test_a_station_hears_what_stands_out_of_its_noise_at_its_distance_from_the_hypocentre(depth_km):
    all_of_them = heard_by_all(magnitude=4.0, depth_km=depth_km)
    from_hypocentre_km = np.hypot(all_of_them.distance_km, depth_km)
    # What a station has too large, it takes for magnitude: the same scatter, in other units.
    expected = log_displacement(4.0, from_hypocentre_km) + PD_MAGNITUDE * all_of_them.magnitude_error
    stands_out = all_of_them.station[expected >= np.log10(CLASS.least_pd_cm)]
    assert set(hear(magnitude=4.0, depth_km=depth_km).station) == set(stands_out)


def test_of_two_stations_at_one_place_the_quieter_hears_more():
    places = np.linspace(5, 300, 200)
    classes = (replace(CLASS, least_pd_cm=1e-4), CLASS, replace(CLASS, least_pd_cm=1e-2))
    heard = {}
    for kind in KINDS:
        network = replace(at(*zip(places, 0 * places, strict=True), kind=kind), classes=classes)
        heard[kind] = set(hear(network).station.tolist())
    assert heard["datum"] > heard["basic"] > heard["ordinary"]


@given(st.integers(0, 10_000), st.floats(3.0, 6.5), st.floats(0.1, 2.0))
@settings(max_examples=15, deadline=None)
def test_a_larger_magnitude_is_heard_by_more_and_changes_no_stations_numbers(seed, magnitude, more):
    small, large = hear(seed=seed, magnitude=magnitude), hear(seed=seed, magnitude=magnitude + more)
    assert set(small.station) <= set(large.station)
    for name in ("delay_s", "magnitude_error", "location_error"):
        one, other = by_station(small, getattr(small, name)), by_station(large, getattr(large, name))
        assert np.array_equal(one[small.station], other[small.station])


def test_errors_scatter_as_stated_and_are_strangers_to_one_another():
    picks = [heard_by_all(seed=seed) for seed in range(5)]
    errors = np.concatenate([np.column_stack([one.magnitude_error, one.location_error]) for one in picks])
    assert errors.std(axis=0) == pytest.approx([0.305 / 0.729, 7.6, 7.6, 8.0, 0.4], rel=0.05)
    assert errors.mean(axis=0) / errors.std(axis=0) == pytest.approx(np.zeros(5), abs=0.05)
    delay = np.log(np.concatenate([one.delay_s for one in picks]))
    assert np.corrcoef(np.column_stack([errors, delay]).T) == pytest.approx(np.eye(6), abs=0.05)
    assert np.exp(np.median(delay)) == pytest.approx(1.05, abs=0.05)  # of 0.6 and 0.4 s, both skewed


def test_none_falls_silent_unless_told_to():
    assert np.isinf(hear(magnitude=7.5).silent_s).all()


def test_all_that_are_shaken_enough_fall_silent_as_s_comes_where_all_are_to():
    picks = hear(magnitude=7.5, silent_share=1.0)
    shaken = intensity(QUAKE.zone, 7.5, picks.distance_km) >= DAMAGING
    assert 0 < shaken.sum() < len(picks)
    assert picks.silent_s[shaken] == pytest.approx(picks.s_s[shaken])
    assert np.isinf(picks.silent_s[~shaken]).all()


@pytest.mark.parametrize("model", [EarthModel(intensity="instrumental"), EarthModel(vs30_m_s=250.0)])
def test_what_shakes_a_station_shakes_it_as_all_else_in_the_run(model):
    """Before, stations fell silent by the direct route on rock, whatever the run's route and ground."""
    earth = Earth(model)
    picks = hear(magnitude=7.5, silent_share=1.0, earth=earth)
    shaken = earth.intensity(QUAKE.zone, replace(ORIGIN, magnitude=7.5), picks.distance_km) >= DAMAGING
    assert np.array_equal(np.isfinite(picks.silent_s), shaken)
    assert not np.array_equal(shaken, np.isfinite(hear(magnitude=7.5, silent_share=1.0).silent_s))


def test_a_share_falls_silent_and_nothing_else_is_changed_by_it():
    whole, lame = hear(magnitude=8.0), hear(magnitude=8.0, silent_share=0.3)
    shaken = intensity(QUAKE.zone, 8.0, lame.distance_km) >= DAMAGING
    assert np.isfinite(lame.silent_s[shaken]).mean() == pytest.approx(0.3, abs=0.1)
    for name in ("station", "p_s", "delay_s", "magnitude_error", "location_error"):
        assert np.array_equal(getattr(whole, name), getattr(lame, name))


def test_draws_from_the_same_seed_leave_the_generator_where_it_was_whoever_hears():
    after = []
    for magnitude, silent_share in ((3.0, 0.0), (7.0, 0.0), (7.0, 0.5)):
        rng = np.random.default_rng(5)
        Picks.draw(replace(QUAKE, origin=replace(ORIGIN, magnitude=magnitude)), NETWORK, EARTH, rng, silent_share)
        after.append(rng.random())
    assert len(set(after)) == 1


def test_distances_are_those_of_the_sphere_to_the_stations_named():
    picks = hear()
    stations = NETWORK.stations[picks.station]
    assert picks.distance_km == pytest.approx(
        distance_km(ORIGIN.latitude, ORIGIN.longitude, stations.latitude, stations.longitude)
    )
