"""The series of reports of a quake."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ewarn.errors import InputError
from ewarn.seismic.layers import YUNNAN_2015
from ewarn.seismic.origin import Origin, Quake
from ewarn.seismic.reports import Detection, magnitude_cap, series
from ewarn.seismic.stations import Stations, regular_network, trigger_times
from ewarn.seismic.travel_times import TravelTimes

TRAVEL_TIMES = TravelTimes(YUNNAN_2015)
NETWORK = regular_network(14.0)
LUDING = Quake("luding-2022", "Luding", Origin(1662353538.0, 29.59, 102.08, 16.0, 6.8), "Qingzang", 315.0)
DETECTIONS = st.builds(
    Detection,
    stations=st.integers(1, 10),
    delay_s=st.floats(0, 20),
    record_s=st.floats(0.5, 10),
    interval_s=st.floats(0.5, 5),
    updates=st.integers(0, 6),
    longest_s=st.floats(30, 90),
)
QUAKES = st.builds(
    lambda latitude, longitude, depth, magnitude: replace(
        LUDING, origin=Origin(1e9, latitude, longitude, depth, magnitude)
    ),
    st.floats(27, 33),
    st.floats(99, 108),
    st.sampled_from([5.0, 10.0, 17.0]),
    st.floats(4, 8).map(lambda magnitude: round(magnitude, 1)),
)


def reports_of(quake, detection=None):
    return series(quake, NETWORK, TRAVEL_TIMES, detection or Detection())


def record_s(detection, report):
    return detection.record_s + (report.number - 1) * detection.interval_s


@pytest.mark.parametrize(("seconds", "magnitude"), [(2, 5.2), (3, 5.55), (5, 6.0), (10, 6.6), (20, 7.2)])
def test_the_cap_is_what_the_facts_say_at_each_length_of_record(seconds, magnitude):
    # The facts round to a tenth (5.55 to a twentieth).
    assert magnitude_cap(seconds) == pytest.approx(magnitude, abs=0.06)


def test_the_first_report_comes_the_delay_after_the_wanted_station_has_p():
    for wanted in (1, 4, 9):
        detection = Detection(stations=wanted, delay_s=2.5)
        trigger = trigger_times(LUDING.origin, NETWORK, TRAVEL_TIMES)[wanted - 1]
        assert reports_of(LUDING, detection)[0].release_s == pytest.approx(trigger + 2.5, abs=1e-6)


def test_first_reports_in_sichuan_come_some_7_seconds_after_origin():
    rng = np.random.default_rng(7)
    first = [
        reports_of(replace(LUDING, origin=Origin(0.0, rng.uniform(27, 33), rng.uniform(99, 108), depth, 6.0)))[0]
        for depth in np.tile([10.0, 12.0, 14.0, 17.0], 40)
    ]
    assert np.median([report.release_s for report in first]) == pytest.approx(6.8, abs=0.4)


@settings(max_examples=60, deadline=None)
@given(QUAKES, DETECTIONS)
def test_magnitudes_never_fall_nor_pass_the_true_one_or_the_cap(quake, detection):
    reports = reports_of(quake, detection)
    magnitudes = [report.origin.magnitude for report in reports]
    assert magnitudes == sorted(magnitudes)
    assert max(magnitudes) <= quake.origin.magnitude
    for report in reports:
        # A report gives tenths, so it may round the cap up by half of one.
        assert report.origin.magnitude <= magnitude_cap(record_s(detection, report)) + 0.05 + 1e-9


@settings(max_examples=60, deadline=None)
@given(QUAKES, DETECTIONS)
def test_the_last_report_alone_is_final_after_at_least_the_updates_asked_for(quake, detection):
    statuses = [report.status for report in reports_of(quake, detection)]
    assert statuses[-1] == "final"
    assert set(statuses[:-1]) <= {"update"}
    assert len(statuses) >= 1 + detection.updates


@settings(max_examples=60, deadline=None)
@given(QUAKES, DETECTIONS)
def test_reports_are_numbered_from_1_and_released_an_interval_apart(quake, detection):
    reports = reports_of(quake, detection)
    assert [report.number for report in reports] == list(range(1, len(reports) + 1))
    assert np.diff([report.released for report in reports]) == pytest.approx(detection.interval_s, abs=1e-5)
    assert reports[0].released > quake.origin.time


@settings(max_examples=60, deadline=None)
@given(QUAKES, DETECTIONS)
def test_the_final_report_comes_within_the_longest_time_after_the_first(quake, detection):
    reports = reports_of(quake, detection)
    assert reports[-1].released - reports[0].released <= detection.longest_s + 1e-6


def test_the_final_report_of_a_quake_within_reach_of_the_cap_has_the_true_magnitude():
    assert reports_of(LUDING)[-1].origin.magnitude == 6.8


def test_maduo_starts_far_too_low():
    maduo = replace(LUDING, origin=Origin(0.0, 34.59, 98.34, 17.0, 7.4))
    assert reports_of(maduo)[0].origin.magnitude == pytest.approx(7.4 - 1.8, abs=0.15)


def test_every_report_carries_the_quake_and_its_zone():
    for report in reports_of(LUDING):
        assert (report.quake, report.zone) == ("luding-2022", "Qingzang")
        assert replace(report.origin, magnitude=6.8) == LUDING.origin


def test_the_same_quake_gives_the_same_reports():
    assert reports_of(LUDING) == reports_of(LUDING)


def test_too_few_stations_are_an_error_that_names_both_numbers():
    few = Stations(NETWORK.latitude[:3], NETWORK.longitude[:3])
    with pytest.raises(InputError, match=r"detection\.stations") as caught:
        series(LUDING, few, TRAVEL_TIMES, Detection(stations=17))
    assert "17" in str(caught.value)
    assert "3" in str(caught.value).replace("17", "")


def test_a_report_moved_to_a_later_world_keeps_its_release_after_origin():
    report = reports_of(LUDING)[0]
    moved = report.later(1000.0)
    assert moved.release_s == pytest.approx(report.release_s)
    assert moved.released == report.released + 1000
    assert moved.origin.time == report.origin.time + 1000
