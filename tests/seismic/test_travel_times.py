"""Travel times against a reference table, ObsPy's TauP, Snell's law by brute force, and what physics demands."""

import csv
import time
import warnings
from dataclasses import replace
from math import hypot, sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ewarn.config.velocity import load_velocity
from ewarn.seismic import velocity
from ewarn.seismic.travel_times import TravelTimes
from ewarn.seismic.velocity import VelocityModel

HERE = Path(__file__).parent
REFERENCE_TOLERANCE_S = 0.05
TAUP_TOLERANCE_S = 0.45
AK135 = VelocityModel("ak135", (20.0, 15.0), (5.80, 6.50, 8.04), (3.46, 3.85, 4.48), "flat")
YUNNAN_2015 = replace(velocity.YUNNAN_2015, earth="flat")
MODELS = {"ak135": AK135, "yn2015": YUNNAN_2015}
SHARED = {name: TravelTimes(model) for name, model in MODELS.items()}
SHARED_ROUND = TravelTimes(velocity.YUNNAN_2015)
DEPTHS_KM = st.just(0.0) | st.floats(1e-9, 100)
EVERY_KM = np.arange(0.0, 600.0, 0.5)


def table(name):
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    return {column: np.array([float(row[column]) for row in rows]) for column in rows[0]}


def exact(model, depth_km, distances_km):
    times = TravelTimes(model)
    distances = np.asarray(distances_km, float)
    return tuple(times.exact(phase, depth_km, distances.ravel()).reshape(distances.shape) for phase in "ps")


@pytest.mark.parametrize("name", MODELS)
def test_times_are_those_of_the_reference_table(name):
    reference = table("travel_times_reference.csv")
    p, s = exact(MODELS[name], 10.0, reference["distance_km"])
    assert p == pytest.approx(reference[f"p_{name}"], abs=REFERENCE_TOLERANCE_S)
    assert s == pytest.approx(reference[f"s_{name}"], abs=REFERENCE_TOLERANCE_S)


@pytest.mark.parametrize("depth_km", [5.0, 10.0, 15.0, 25.0])
def test_ak135_is_near_taup_at_every_depth(depth_km):
    taup = table("taup_ak135.csv")
    rows = taup["depth_km"] == depth_km
    assert rows.sum() == 13
    p, s = SHARED["ak135"].first(depth_km, taup["distance_km"][rows])
    assert p == pytest.approx(taup["p_s"][rows], abs=TAUP_TOLERANCE_S)
    assert s == pytest.approx(taup["s_s"][rows], abs=TAUP_TOLERANCE_S)


def test_the_committed_taup_times_are_what_obspy_computes_today():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the reference library's own warnings, on import and in use
        from obspy.taup import TauPyModel

        model = TauPyModel("ak135")
        taup = table("taup_ak135.csv")
        for row in (4, 17, 30, 51):
            degrees = taup["distance_km"][row] / (np.pi * 6371 / 180)
            for column, phases in (("p_s", ["p", "P", "Pn", "Pg"]), ("s_s", ["s", "S", "Sn", "Sg"])):
                arrivals = model.get_travel_times(taup["depth_km"][row], degrees, phases)
                assert min(ray.time for ray in arrivals) == pytest.approx(taup[column][row], abs=0.01)


@pytest.mark.parametrize("depth_km", [0.5, 5.0, 16.0, 19.99])
def test_within_the_first_layer_near_the_epicentre_the_ray_is_straight(depth_km):
    for distance in (0.0, 1.0, 20.0, 40.0):
        p, s = exact(YUNNAN_2015, depth_km, [distance])
        assert p[0] == pytest.approx(hypot(distance, depth_km) / 6.01, abs=1e-6)
        assert s[0] == pytest.approx(hypot(distance, depth_km) / 3.52, abs=1e-6)


@pytest.mark.parametrize("depth_km", [21.0, 25.0, 35.0, 40.0])
@pytest.mark.parametrize("distance_km", [0.0, 5.0, 30.0, 60.0])
def test_the_direct_ray_across_an_interface_takes_the_quickest_of_all_ways(depth_km, distance_km):
    # Fermat: try every point at which the ray might cross the interface at 20 km.
    crossing = np.linspace(0, max(distance_km, 1), 200_001)
    ways = np.hypot(crossing, 20) / 3.52 + np.hypot(distance_km - crossing, depth_km - 20) / 3.86
    assert exact(YUNNAN_2015, depth_km, [distance_km])[1][0] == pytest.approx(ways.min(), abs=1e-6)


def test_far_away_the_first_arrival_travels_at_the_speed_of_the_mantle():
    p, s = exact(YUNNAN_2015, 10.0, np.array([300.0, 400.0]))
    assert p[1] - p[0] == pytest.approx(100 / 7.89, abs=1e-6)
    assert s[1] - s[0] == pytest.approx(100 / 4.43, abs=1e-6)


def test_a_head_wave_has_the_intercept_of_the_textbook():
    # One interface, source at the surface: t = d / v2 + 2 h sqrt(1 / v1^2 - 1 / v2^2).
    time = exact(VelocityModel("two", (10.0,), (5.2, 8.6), (3.0, 5.0), "flat"), 0.0, [100.0])[1][0]
    assert time == pytest.approx(100 / 5 + 2 * 10 * sqrt(1 / 9 - 1 / 25), abs=1e-9)


def test_at_the_surface_a_shallow_source_is_heard_at_once():
    assert exact(AK135, 0.0, [0.0])[0][0] == 0


@pytest.mark.parametrize("depth_km", [1e-300, 1e-200, 1e-100])
def test_a_depth_of_next_to_nothing_is_as_good_as_none(depth_km):
    assert exact(AK135, depth_km, [0.0, 50.0])[0] == pytest.approx([0.0, 50 / 5.8])


@pytest.mark.parametrize("interface_km", [20.0, 41.0])
@pytest.mark.parametrize("step_km", [1e-9, 1e-3])
def test_times_are_continuous_in_depth_across_an_interface(interface_km, step_km):
    above, on, below = (exact(YUNNAN_2015, interface_km + shift, EVERY_KM) for shift in (-step_km, 0.0, step_km))
    for phase in (0, 1):
        assert above[phase] == pytest.approx(on[phase], abs=1e-5 + step_km)
        assert below[phase] == pytest.approx(on[phase], abs=1e-5 + step_km)


def test_jiuzhaigou_exactly_on_the_interface_is_no_later_than_its_neighbours():
    # A naive direct ray is 1.6 s late for S at 140 km from a hypocentre at 20 km.
    on = exact(YUNNAN_2015, 20.0, [140.0])[1][0]
    near = [exact(YUNNAN_2015, depth, [140.0])[1][0] for depth in (19.9, 20.1)]
    assert min(near) - 0.05 <= on <= max(near) + 0.05


@settings(max_examples=25, deadline=None)
@given(st.floats(5, 60), st.sampled_from(sorted(MODELS)), st.lists(st.floats(0, 900), min_size=1, max_size=20))
def test_the_table_is_within_a_hundredth_of_a_second_of_the_exact_time(depth_km, name, distances_km):
    tabled = TravelTimes(MODELS[name]).first(depth_km, distances_km)
    for of_table, of_rays in zip(tabled, exact(MODELS[name], depth_km, distances_km), strict=True):
        assert of_table == pytest.approx(of_rays, abs=0.01)


@settings(max_examples=15, deadline=None)
@given(st.floats(1, 5), st.lists(st.floats(0, 900), min_size=1, max_size=20))
def test_the_table_is_within_two_hundredths_for_very_shallow_sources(depth_km, distances_km):
    tabled = TravelTimes(YUNNAN_2015).first(depth_km, distances_km)
    for of_table, of_rays in zip(tabled, exact(YUNNAN_2015, depth_km, distances_km), strict=True):
        assert of_table == pytest.approx(of_rays, abs=0.02)


@settings(max_examples=25, deadline=None)
@given(DEPTHS_KM, st.sampled_from(sorted(MODELS)))
def test_first_arrivals_grow_with_distance_and_p_comes_before_s(depth_km, name):
    p, s = exact(MODELS[name], depth_km, EVERY_KM)
    assert (np.diff(p) > 0).all()
    assert (np.diff(s) > 0).all()
    assert (p[1:] < s[1:]).all()


@settings(max_examples=25, deadline=None)
@given(DEPTHS_KM, st.lists(st.floats(0, 1000), min_size=1, max_size=20))
def test_no_wave_is_faster_than_the_fastest_layer_or_slower_than_the_slowest(depth_km, distances_km):
    straight = np.hypot(distances_km, depth_km)
    p, s = exact(YUNNAN_2015, depth_km, distances_km)
    assert (p >= straight / 7.89 - 1e-9).all() and (p <= straight / 6.01 + 1e-9).all()
    assert (s >= straight / 4.43 - 1e-9).all() and (s <= straight / 3.52 + 1e-9).all()


def test_any_shape_comes_back_as_it_went_in_and_inputs_are_not_changed():
    distances = np.array([[5.0, 300.0, 50.0], [0.0, 1.0, 2.0]])
    before = distances.copy()
    p, s = SHARED["yn2015"].first(12.0, distances)
    assert p.shape == s.shape == (2, 3)
    assert exact(YUNNAN_2015, 12.0, distances)[0].shape == (2, 3)
    assert SHARED["yn2015"].first(12.0, 40.0)[0].shape == ()
    assert np.array_equal(distances, before)


def test_more_depths_than_are_kept_still_give_right_times():
    times = TravelTimes(AK135)
    first = [times.first(depth, [50.0])[0][0] for depth in np.linspace(1, 30, TravelTimes.KEPT + 3)]
    again = [times.first(depth, [50.0])[0][0] for depth in np.linspace(1, 30, TravelTimes.KEPT + 3)]
    assert first == again


def test_s_has_come_as_far_as_where_it_arrives_then():
    for distance in (3.0, 30.0, 120.0, 300.0):
        arrives = float(SHARED["yn2015"].first(16.0, distance)[1])
        assert SHARED["yn2015"].s_distance_km(16.0, arrives) == pytest.approx(distance, abs=0.01)


def test_s_that_has_not_surfaced_has_come_nowhere():
    assert SHARED["yn2015"].s_distance_km(16.0, 4.0) == 0  # 16 km at 3.52 km/s take 4.5 s
    assert SHARED["yn2015"].s_distance_km(16.0, -3.0) == 0


def test_in_a_round_earth_of_one_speed_rays_are_chords():
    # Exact, and independent of slices: a straight line through the sphere.
    radius = velocity.EARTH_RADIUS_KM
    one = TravelTimes(VelocityModel("one speed", (30.0,), (6.0, 6.0), (3.5, 3.5)))
    for depth_km in (0.0, 10.0, 50.0):
        distance = np.arange(0.0, 1000.0, 5.0)
        angle, below = distance / radius, radius - depth_km
        chord = np.sqrt(radius**2 + below**2 - 2 * radius * below * np.cos(angle))
        assert one.first(depth_km, distance)[1] == pytest.approx(chord / 3.5, abs=0.02)
        assert one.first(depth_km, distance)[0] == pytest.approx(chord / 6.0, abs=0.02)


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([0.0, 20.0, 41.0]) | st.floats(0.05, 80),
    st.sampled_from(["p", "s", "direct"]),
    st.sampled_from(["round", "flat"]),
    st.lists(st.floats(0, 1000), min_size=1, max_size=20),
)
def test_tables_are_within_two_hundredths_of_a_second_of_exact_times(depth_km, phase, earth, distances_km):
    times, distances = TravelTimes(replace(YUNNAN_2015, earth=earth)), np.array(distances_km)
    assert times.look_up(depth_km, distances, (phase,))[0] == pytest.approx(
        times.exact(phase, depth_km, distances), abs=0.02
    )


@settings(max_examples=25, deadline=None)
@given(DEPTHS_KM)
def test_in_a_round_earth_too_arrivals_grow_with_distance_and_are_continuous_in_depth(depth_km):
    times = TravelTimes(velocity.YUNNAN_2015)
    for phase in ("p", "s"):
        here = times.exact(phase, depth_km, EVERY_KM)
        assert (np.diff(here) > 0).all()
        assert times.exact(phase, depth_km + 1e-3, EVERY_KM) == pytest.approx(here, abs=2e-3)


def test_curvature_brings_far_waves_earlier():
    flat, round_ = TravelTimes(YUNNAN_2015), TravelTimes(velocity.YUNNAN_2015)
    assert float(flat.first(10.0, 1000.0)[1] - round_.first(10.0, 1000.0)[1]) == pytest.approx(1.5, abs=0.3)
    assert float(flat.first(10.0, 50.0)[1] - round_.first(10.0, 50.0)[1]) == pytest.approx(0, abs=0.02)


def test_the_direct_s_is_the_first_near_by_and_seconds_later_far_away():
    times = TravelTimes(velocity.YUNNAN_2015)
    near, far = np.array([0.0, 20.0, 60.0]), np.array([200.0, 300.0])
    assert times.direct_s(10.0, near) == pytest.approx(times.first(10.0, near)[1])
    assert times.direct_s(10.0, far) - times.first(10.0, far)[1] == pytest.approx([1.9, 7.5], abs=0.6)


@pytest.mark.parametrize("phase", ["S", "pn", ""])
def test_a_phase_that_there_is_not_is_refused_and_not_taken_for_s(phase):
    times = TravelTimes(velocity.YUNNAN_2015)
    with pytest.raises(ValueError, match="phase: expected one of p, s, direct, got"):
        times.exact(phase, 10.0, np.array([50.0]))
    with pytest.raises(ValueError, match="phase: expected one of p, s, direct, got"):
        times.look_up(10.0, np.array([50.0]), (phase,))


def far(name):
    """Rows of the far reference for one model: depth, distance, P, S."""
    lines = (HERE / "taup_far.csv").read_text(encoding="utf-8").splitlines()
    rows = [row for row in csv.DictReader(line for line in lines if line[0] != "#") if row["model"] == name]
    return np.array([[float(row[key]) for key in ("depth_km", "distance_km", "p_s", "s_s")] for row in rows])


@pytest.mark.parametrize("name", ["ak135", "yunnan-2015"])
def test_far_and_deep_times_are_those_of_taup(name):
    rows, times = far(name), TravelTimes(load_velocity(Path(f"configs/velocity/{name}.toml")))
    assert rows[:, 0].max() >= 550 and rows[:, 1].max() == 13_000
    for depth_km in np.unique(rows[:, 0]).tolist():
        _, distances, p_taup, s_taup = rows[rows[:, 0] == depth_km].T
        p, s = times.first(depth_km, distances)
        assert p == pytest.approx(p_taup, abs=0.05)
        assert s == pytest.approx(s_taup, abs=0.08)


def test_the_committed_far_times_are_what_obspy_computes_today():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the reference library's own warnings, on import and in use
        from obspy.taup import TauPyModel

        model = TauPyModel("ak135")
        for depth_km, distance_km, p_s, s_s in far("ak135")[[13, 20, 130, 240, 285]]:
            degrees = distance_km / (np.pi * 6371 / 180)
            for wave, seconds in (("p", p_s), ("s", s_s)):
                phases = [wave, wave.upper(), *(wave.upper() + end for end in ("n", "g", "diff"))]
                arrivals = model.get_travel_times(depth_km, degrees, phases)
                assert min(ray.time for ray in arrivals) == pytest.approx(seconds, abs=0.01)


@pytest.mark.parametrize("depth_km", [0.0, 16.0, 100.0, 410.0, 700.0])
def test_times_grow_to_the_other_side_of_the_earth_and_p_stays_before_s(depth_km):
    p, s = TravelTimes(velocity.YUNNAN_2015).first(depth_km, np.arange(1.0, 20_015.0, 1.0))
    assert (np.diff(p) > 0).all() and (np.diff(s) > 0).all()
    assert (p < s).all() and np.isfinite(s).all()


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from([41.0, 120.0, 410.0, 660.0]) | st.floats(0.0, 700),
    st.sampled_from(["p", "s", "direct"]),
    st.lists(st.floats(0, 20_000), min_size=1, max_size=20),
)
def test_far_tables_are_within_three_hundredths_of_a_second_of_exact_times(depth_km, phase, distances_km):
    times, distances = SHARED_ROUND, np.array(distances_km)
    assert times.look_up(depth_km, distances, (phase,))[0] == pytest.approx(
        times.exact(phase, depth_km, distances), abs=0.03
    )


@pytest.mark.parametrize("interface_km", [41.0, 120.0, 410.0, 660.0])
def test_times_of_a_round_earth_are_continuous_across_every_discontinuity(interface_km):
    distances = np.arange(0.0, 4000.0, 10.0)
    for phase in ("p", "s"):
        above, below = (SHARED_ROUND.exact(phase, interface_km + shift, distances) for shift in (-1e-3, 1e-3))
        assert above == pytest.approx(below, abs=0.01)


def test_the_table_of_a_depth_is_made_in_milliseconds():
    # Within the first report's delivery: some 1 ms of a shallow quake, 10 ms of one at 600 km.
    for depth_km, most_s in ((16.0, 0.05), (600.0, 0.25)):
        begun = time.process_time()
        SHARED_ROUND.first(depth_km + 0.123, 10.0)
        assert time.process_time() - begun < most_s


def test_ak135_with_its_mantle_is_within_a_tenth_of_a_second_of_taup_to_1000_km():
    taup = table("taup_ak135_1000km.csv")
    times = TravelTimes(load_velocity(Path("configs/velocity/ak135.toml")))
    for depth_km in np.unique(taup["depth_km"]).tolist():
        rows = taup["depth_km"] == depth_km
        p, s = times.first(depth_km, taup["distance_km"][rows])
        assert p == pytest.approx(taup["p_s"][rows], abs=0.1)
        assert s == pytest.approx(taup["s_s"][rows], abs=0.1)
