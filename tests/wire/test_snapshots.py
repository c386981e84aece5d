"""Snapshots say of every place what stands, and how far the waves are."""

import json
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ewarn.seismic.intensity import LEVELS, level_index
from ewarn.seismic.origin import Origin, Report
from ewarn.wire.snapshots import snapshot
from tests.wire.plans import NAMES, planned

RELEASED = 1767225606.0


def told(quake, places, p_in_s, s_in_s, status="update"):
    """Of one user."""
    report = Report(quake, 1, status, Origin(RELEASED - 6, 29.59, 102.08, 16.0, 6.1), "Qingzang", RELEASED)
    values = dict(zip(NAMES, (50.0, p_in_s, s_in_s, 5.5), strict=True))
    return planned(report, np.array([places]), {name: np.full((1, places), one) for name, one in values.items()})


def test_every_place_has_every_quake_in_the_order_of_places():
    said = json.loads(snapshot(RELEASED, 3, [told("one", 3, 1.0, 9.0), told("two", 3, 1.0, 9.0, "cancel")]))
    assert (said["type"], said["drill"]) == ("snapshot", True)
    assert [place["place"] for place in said["places"]] == [0, 1, 2]
    for place in said["places"]:
        assert [(one["quake"], one["status"], one["level"]) for one in place["quakes"]] == [
            ("one", "update", "orange"),
            ("two", "cancel", "orange"),
        ]
    assert [quake["quake"] for quake in said["quakes"]] == ["one", "two"]


@given(st.floats(-20, 100), st.floats(0, 60), st.floats(0, 200))
def test_times_count_from_the_snapshot_and_the_state_agrees_with_them(p_in_s, between_s, after_s):
    said = json.loads(snapshot(RELEASED + after_s, 1, [told("q", 1, p_in_s, p_in_s + between_s)]))
    (quake,) = said["places"][0]["quakes"]
    assert abs(quake["p_in_s"] - (p_in_s - after_s)) <= 0.051
    assert abs(quake["s_in_s"] - (p_in_s + between_s - after_s)) <= 0.051
    allowed = {"ahead": quake["p_in_s"] >= 0, "p": quake["p_in_s"] <= 0 <= quake["s_in_s"], "s": quake["s_in_s"] <= 0}
    assert allowed[quake["state"]]


def test_without_quakes_places_stand_empty():
    assert json.loads(snapshot(RELEASED, 2, []))["places"] == [{"place": 0, "quakes": []}, {"place": 1, "quakes": []}]


@given(st.floats(1, 12))
def test_the_intensity_of_a_snapshot_has_reached_a_level_exactly_when_its_level_says_so(intensity):
    one = told("q", 1, 1.0, 9.0)
    one.places.intensity[:] = intensity
    (quake,) = json.loads(snapshot(RELEASED, 1, [one]))["places"][0]["quakes"]
    assert quake["level"] == LEVELS[int(level_index(quake["intensity"]))] == LEVELS[int(level_index(intensity))]


def test_what_comes_in_nought_seconds_is_not_ahead():
    (quake,) = json.loads(snapshot(RELEASED, 1, [told("q", 1, 0.04, 9.0)]))["places"][0]["quakes"]
    assert (quake["p_in_s"], quake["state"]) == (0.0, "p")


def test_levels_begin_where_the_plan_says():
    of_six = replace(told("one", 1, 1.0, 9.0), level_from=(5.6, 6.0, 7.0))
    (place,) = json.loads(snapshot(RELEASED, 1, [of_six]))["places"]
    assert place["quakes"][0]["level"] == "blue"


@given(st.floats(-1000, 80_000), st.floats(-20, 100), st.floats(0, 200))
def test_where_a_drills_timeline_runs_ahead_seconds_count_by_the_clock_all_the_same(ahead_s, s_in_s, after_s):
    plan = told("q", 1, s_in_s - 5, s_in_s)
    plan = replace(plan, report=replace(plan.report, ahead_s=ahead_s))
    said = json.loads(snapshot(RELEASED - ahead_s + after_s, 1, [plan]))
    assert abs(said["places"][0]["quakes"][0]["s_in_s"] - (s_in_s - after_s)) <= 0.051
