"""Neither true nor "6.8" is a number, in no file that there is."""

import tomllib
from datetime import UTC, datetime

import pytest

from ewarn.config.drill import DrillSettings, dump, load_drill
from ewarn.config.networks import load_network
from ewarn.config.places import load_places
from ewarn.config.quakes import load_quake
from ewarn.config.tables import shipped, validated
from ewarn.config.velocity import load_velocity
from ewarn.errors import InputError

QUAKE = (shipped() / "quakes" / "thirty-reports.toml").read_text(encoding="utf-8")
VELOCITY = (shipped() / "velocity" / "yunnan-2015.toml").read_text(encoding="utf-8")
NETWORK = (shipped() / "stations" / "regular.toml").read_text(encoding="utf-8") + 'stations = "s.csv"\n'
LOADERS = {"quake": (load_quake, QUAKE), "velocity": (load_velocity, VELOCITY)}


def wrong(load, path):
    with pytest.raises(InputError) as caught:
        load(path)
    return caught.value.problems


def numbers(table, at=()):
    """Keys of every number in a table of TOML, nested."""
    pairs = table.items() if isinstance(table, dict) else enumerate(table)
    for key, value in pairs:
        if isinstance(value, dict | list):
            yield from numbers(value, (*at, key))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield (*at, key)


def changed(data, keys, value):
    table = data
    for key in keys[:-1]:
        table = table[key]
    table[keys[-1]] = value
    return data


@pytest.mark.parametrize("value", [True, False, "6.8", "1"])
@pytest.mark.parametrize("name", LOADERS)
def test_of_quakes_and_velocity_models_no_number_may_be_one(monkeypatch, name, value):
    load, text = LOADERS[name]
    module = load.__module__
    found = list(numbers(tomllib.loads(text)))
    assert len(found) > 5
    for keys in found:
        monkeypatch.setattr(f"{module}.read", lambda _, keys=keys: changed(tomllib.loads(text), keys, value))
        problems = wrong(load, shipped() / "x.toml")
        assert any(".".join(map(str, keys)) in line and repr(value) in line for line in problems), keys


@pytest.mark.parametrize("value", [True, "1"])
def test_of_a_drill_no_number_may_be_one(value):
    settings = load_drill(shipped() / "platforms.toml", {"gateway.shards": 2, "gateway.resize": [[9.0, 4]]})
    for keys in numbers(tomllib.loads(dump(settings))):
        data = changed(tomllib.loads(dump(settings)), keys, value)
        with pytest.raises(InputError) as caught:
            validated(DrillSettings, data, shipped() / "x.toml")
        assert any(f": {'.'.join(map(str, keys))}: " in line for line in caught.value.problems), keys


def test_a_network_and_its_stations_take_none(tmp_path):
    (tmp_path / "s.csv").write_text("code,latitude,longitude,class\nA,true,103,basic\n")
    (tmp_path / "n.toml").write_text(NETWORK.replace("least_pd_cm = 0.001", "least_pd_cm = true", 1))
    assert "classes.basic.least_pd_cm: " in wrong(load_network, tmp_path / "n.toml")[0]
    text = 'stations = "s.csv"\n' + (shipped() / "stations" / "regular.toml").read_text(encoding="utf-8")
    (tmp_path / "n.toml").write_text(text)
    assert "latitude: " in (line := wrong(load_network, tmp_path / "n.toml")[0]) and "'true'" in line
    (tmp_path / "p.csv").write_text("code,name,longitude,latitude,area_km2,population\nA1,x,103,30,5,true\n")
    assert "population: " in wrong(load_places, tmp_path / "p.csv")[0]


def test_whole_numbers_may_be_written_as_others(tmp_path):
    assert load_drill(shipped() / "drill.toml", {"audience.users": 1e5}).audience.users == 100_000
    path = tmp_path / "q.toml"
    path.write_text(QUAKE.replace("updates = 28", "updates = 28.0"), encoding="utf-8")
    assert load_quake(path).false_alarm.updates == 28
    assert load_quake(path).origin.time == datetime(2022, 9, 5, 4, 52, 18, tzinfo=UTC).timestamp()


def test_a_quake_may_be_700_km_deep_and_no_deeper(tmp_path):
    path = tmp_path / "q.toml"
    path.write_text(QUAKE.replace("depth_km = 16", "depth_km = 700 #"), encoding="utf-8")
    assert load_quake(path).origin.depth_km == 700
    path.write_text(QUAKE.replace("depth_km = 16", "depth_km = 700.5 #"), encoding="utf-8")
    assert "origin.depth_km: input should be less than or equal to 700, got 700.5" in wrong(load_quake, path)[0]
