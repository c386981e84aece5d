"""Quakes far from Sichuan, deep, or outside every network: a ground of their own, and a word on what is not known."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from ewarn.centre import unknowns
from ewarn.centre.centre import Centre
from ewarn.centre.landmarks import MOST, NEAR_KM, landmarks
from ewarn.centre.outlook import outlook
from ewarn.centre.scenery import scenery
from ewarn.config.catalogues import find_quake, make_quake, write_quake
from ewarn.config.drill import CentreSettings, NetworkTable, load_drill
from ewarn.config.tables import shipped
from ewarn.drill import conductor
from ewarn.drill.scenario import prepare
from ewarn.errors import InputError
from ewarn.seismic.geodesy import distance_km
from ewarn.seismic.stations import MOST_STATIONS, regular
from ewarn.system.clock import WallClock
from ewarn.system.machine import this_machine
from ewarn.watching.standing import Known

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PLACES = "code,name,longitude,latitude,area_km2,population\n"


def quake(latitude, longitude, depth_km=10.0, magnitude=6.5):
    return make_quake(latitude, longitude, depth_km, magnitude, None, NOW)


def centre(**network):
    return Centre(CentreSettings(network=NetworkTable(**network)))


NOTO, FIJI = quake(37.5, 137.2, magnitude=7.5), quake(-17.0, 179.9)
GRID = centre(spacing_km=20.0)


@pytest.mark.parametrize("where", [NOTO, FIJI, quake(-17.0, -179.9), quake(64.0, -20.0), quake(-33.0, -71.5)])
def test_a_grid_stands_around_the_quake_wherever_it_is(where):
    first = GRID.solutions(where)[0]
    assert first.report.released - where.origin.time < 15
    assert first.gap_deg < 270
    stations = GRID.network_of(where).stations
    away = distance_km(where.origin.latitude, where.origin.longitude, stations.latitude, stations.longitude)
    assert away.min() < 20 and away.max() > 500
    assert len(set(stations.code.tolist())) == len(stations)
    assert np.abs(stations.longitude).max() <= 180


def test_what_is_asked_of_a_quake_is_answered_by_the_grid_around_it():
    both = centre(spacing_km=20.0)
    assert [both.reports(one)[0] for one in (FIJI, NOTO)] == [GRID.reports(one)[0] for one in (FIJI, NOTO)]
    stations, _ = scenery(NOTO, GRID)
    assert np.abs(np.array(stations)[:, 1] - 137.2).max() < 10


def test_the_networks_of_files_stay_where_they_are():
    usual = centre()
    assert usual.network_of(NOTO) is usual.network


def test_a_grid_may_be_given_a_box_and_stays_in_it():
    boxed = centre(spacing_km=50.0, box=(170.0, -20.0, -170.0, -10.0))
    stations = boxed.network_of(NOTO).stations
    assert boxed.network_of(NOTO) is boxed.network
    assert (stations.latitude >= -20).all() and (stations.latitude <= -10).all()
    assert (np.abs(stations.longitude) >= 170).all()
    assert (stations.longitude > 0).any() and (stations.longitude < 0).any()


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("box = [1, 2, 3, 4]", "network: box: wants spacing_km"),
        ("spacing_km = 20\nbox = [100, 40, 110, 30]", "network: box: south must be below north"),
        ("spacing_km = 20\nbox = [100, 30, 100, 40]", "network: box: west and east are the same, 100"),
        ("spacing_km = 20\nbox = [100, 30, 181, 40]", "network.box.2"),
        ("spacing_km = 20\nbox = [100, 30, 110]", "network.box"),
        ("spacing_km = 20\nbox = [100, 30, 110, true]", "network.box.3"),
    ],
)
def test_a_bad_box_is_named(tmp_path, lines, said):
    path = tmp_path / "drill.toml"
    path.write_text(f'quake = "luding-2022"\n[network]\n{lines}\n')
    with pytest.raises(InputError, match=r"drill\.toml") as caught:
        load_drill(path)
    assert said in str(caught.value)


def test_too_dense_a_grid_is_refused_with_both_numbers():
    with pytest.raises(InputError, match=rf"network.spacing_km: 2 km makes .* stations, at most {MOST_STATIONS:,}"):
        regular(2.0, (-85, 85, -180, 180))


def test_places_are_those_near_the_quake():
    names = [place[0] for place in landmarks(quake(30.0, 102.0).origin).places]
    assert len(names) == 21 and "Chengdu" in names
    beijing = landmarks(quake(40.0, 116.0).origin).places
    assert {"Beijing", "Tianjin"} <= {place[0] for place in beijing} and len(beijing) == MOST
    assert all(distance_km(40.0, 116.0, *place[1:]) <= NEAR_KM for place in beijing)


def test_where_no_places_are_near_there_are_none_and_a_word():
    told = outlook(NOTO, GRID)
    assert told.places == []
    (note,) = told.notes
    assert note.startswith("no places: the nearest of those that came along is 8") and "--places" in note
    named = outlook(NOTO, GRID, [("Wajima", 37.4, 136.9)])
    assert [place.name for place in named.places] == ["Wajima"] and not named.notes


def test_places_are_taken_from_a_file(tmp_path):
    path = tmp_path / "noto.csv"
    rows = [f"A{n},Town {n},{137 + n / 10},{37 + n / 10},100,{1000 * n}" for n in range(1, 30)]
    path.write_text(PLACES + "\n".join(rows) + "\n")
    told = outlook(NOTO, GRID, named=str(path))
    assert len(told.places) == MOST and "Town 29" in {place.name for place in told.places}
    assert told.notes == []


def test_places_that_are_asked_for_and_far_away_are_told_of_with_a_word():
    told = outlook(FIJI, GRID, named="sichuan")
    assert len(told.places) == 21
    assert "the nearest of the places of sichuan is" in told.notes[-1]
    assert all(place.direct_s_s is None for place in told.places)
    assert any("the nearest place is" in note and "nobody here is where it shakes" in note for note in told.notes)


@pytest.mark.parametrize(
    ("where", "settings_", "said"),
    [
        (quake(30.0, 103.0, 100.5), centre(), ["depth 100.5 km is over 100 km"]),
        (quake(30.0, 103.0, 100.0), centre(), []),
        (find_quake("maduo-2021"), centre(), ["the epicentre lies outside the network"]),
        (find_quake("luding-2022"), centre(), []),
        (NOTO, centre(), ["the nearest station of sichuan-synthetic is 2,6"]),
        (quake(37.5, 137.2, 600.0), GRID, ["depth 600 km is over 100 km"]),
    ],
)
def test_what_is_not_known_of_a_quake_is_said(where, settings_, said):
    notes = unknowns.of_quake(where, settings_)
    assert len(notes) == len(said)
    assert all(note.startswith(start) for note, start in zip(notes, said, strict=True)), notes


@pytest.mark.parametrize(
    ("magnitude", "zone", "said"),
    [
        (6.8, "Qingzang", []),
        (7.4, "Qingzang", ["GB 18306-2015 is for distances up to 200 km; intensity 5.2"]),
        (4.0, "Qingzang", ["GB 18306-2015 is for Ms 4.5 to 8; it is carried on to Ms 4,"]),
        (7.1, "Central", ["GB 18306-2015 in zone Central is for Ms 4.5 to 7"]),
        (6.0, "world", []),
        (9.1, "world", ["Allen et al. 2012 is for Mw 5 to 7.9", "Allen et al. 2012 is for distances up to 300 km"]),
    ],
)
def test_equations_that_are_used_beyond_their_data_are_named_with_what_it_is(magnitude, zone, said):
    notes = unknowns.of_shaking(replace(quake(30.0, 103.0, 10.0, magnitude), zone=zone), centre())
    assert len(notes) == len(said)
    assert all(note.startswith(start) for note, start in zip(notes, said, strict=True)), notes


def test_what_is_not_known_of_places_is_said():
    usual = centre()
    assert unknowns.of_places([], usual) == []
    assert unknowns.of_places([3.0, 9_000.0], usual) == []
    assert "9,300 km away" in unknowns.of_places([3.0, 9_300.0], usual)[0]
    assert "the nearest place is 501 km" in unknowns.of_places([501.0], usual)[0]
    flat = centre()
    flat.earth.model = replace(flat.earth.model, velocity=replace(flat.earth.model.velocity, earth="flat"))
    assert "flat earth" in unknowns.of_places([3.0, 1_200.0], flat)[0]


def test_a_drill_of_a_quake_that_nobody_lives_near_is_refused_with_both_numbers(tmp_path):
    write_quake(FIJI, tmp_path / "fiji.toml")
    changes = {"audience.users": 50, "quake": str(tmp_path / "fiji.toml")}
    with pytest.raises(
        InputError, match=r"audience.places: the nearest of the 262 places of sichuan is .* over 2,000 km"
    ):
        prepare(load_drill(shipped() / "drill.toml", changes))


def test_a_drill_says_what_is_not_known(tmp_path):
    deep = quake(33.0, 95.0, 150.0, 7.5)
    write_quake(deep, tmp_path / "deep.toml")
    scenario = prepare(
        load_drill(shipped() / "drill.toml", {"audience.users": 50, "quake": str(tmp_path / "deep.toml")})
    )
    assert scenario.notes[0].startswith("depth 150 km is over 100 km")
    assert any("nearest station" in note or "outside the network" in note for note in scenario.notes)
    assert len(prepare(load_drill(shipped() / "drill.toml", {"audience.users": 50})).notes) == 0


class _StopError(Exception):
    pass


class _Ear:
    def __init__(self):
        self.heard = []

    def say(self, line):
        self.heard.append(line)


def test_a_drill_says_so_before_anyone_is_connected(monkeypatch):
    def stop(*_, **__):
        raise _StopError

    monkeypatch.setattr(conductor, "open_platforms", stop)  # what comes before is what is looked at
    ear = _Ear()
    settings_ = load_drill(shipped() / "drill.toml", {"audience.users": 50, "quake": "maduo-2021"})
    with pytest.raises(_StopError):
        next(conductor.run(settings_, machine=this_machine(), clock=WallClock(), view=ear))
    assert ear.heard[0].startswith("Maduo")
    assert ear.heard[1].startswith("note: the epicentre lies outside the network")


def test_the_terminal_knows_how_far_waves_have_come_beyond_1500_km():
    known = Known.of(prepare(load_drill(shipped() / "drill.toml", {"audience.users": 5})))
    p_km, s_km = known.reach_km(421.7)
    assert 3900 < p_km < 4700 and 1800 < s_km < 2300


def test_a_drill_across_the_date_line_has_its_users_on_both_sides(tmp_path):
    write_quake(FIJI, tmp_path / "fiji.toml")
    rows = [f"A{n},Isle {n},{side * 179.95},-17,900,1000" for n, side in ((1, 1), (2, -1))]
    (tmp_path / "fiji.csv").write_text(PLACES + "\n".join(rows) + "\n")
    changes = {
        "audience.users": 400,
        "audience.places": str(tmp_path / "fiji.csv"),
        "quake": str(tmp_path / "fiji.toml"),
        "network.spacing_km": 20,
    }
    scenario = prepare(load_drill(shipped() / "drill.toml", changes))
    longitude = scenario.audience.longitude
    assert (longitude > 179).any() and (longitude < -179).any() and np.abs(longitude).max() <= 180
    assert scenario.truth.distance_km.max() < 60
    for report in scenario.reports:
        assert abs(report.origin.longitude) <= 180
        assert distance_km(FIJI.origin.latitude, FIJI.origin.longitude, *_at(report)) < 60


def _at(report):
    return report.origin.latitude, report.origin.longitude
