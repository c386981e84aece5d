"""Every key of every file says what it means."""

import pytest

from ewarn.config.drill import DrillSettings
from ewarn.config.keys import FILES, keys

EVERY = [(kind, key) for kind, table in FILES.items() for key in keys(table)]


@pytest.mark.parametrize(("kind", "key"), EVERY, ids=[f"{kind}: {key.name}" for kind, key in EVERY])
def test_every_key_has_a_plain_sentence(kind, key):
    assert len(key.about) > 10, f"{kind}: {key.name}"
    assert key.about[0].isupper() or key.about[0] == "`"
    assert key.about.endswith(".")


UNITS = {"km_s": "km/s", "m_s": "m/s", "per_s": "second", "s": "second", "km": "km", "deg": "degrees", "cm": "cm"}


@pytest.mark.parametrize(("kind", "key"), EVERY, ids=[f"{kind}: {key.name}" for kind, key in EVERY])
def test_a_key_whose_name_ends_in_a_unit_says_it(kind, key):
    unit = next((unit for ending, unit in UNITS.items() if key.name.endswith(f"_{ending}")), "")
    assert unit in key.about.lower(), f"{kind}: {key.name}"


def test_keys_are_those_of_the_file_with_their_bounds_and_defaults():
    found = {key.name: key for key in keys(DrillSettings)}
    assert found["gateway.order"].default == "deadline"
    assert "fifo" in found["gateway.order"].allowed["enum"]
    assert found["swarm.sample"].allowed == {"type": "number", "minimum": 0, "maximum": 1}
    assert found["quake"].required and not found["speed"].required
    assert {"audience", "audience.follow", "audience.users", "earth.velocity", "platforms.fault_s"} <= set(found)
    assert {key.name for key in keys(FILES["velocity"])} >= {"layer", "layer.p_km_s"}
    assert [key.name for key in keys(FILES["stations"])] == ["code", "latitude", "longitude", "class"]
