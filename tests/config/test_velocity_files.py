"""Velocity files: good ones become models, bad ones are named by file, key and value."""

import pytest

from ewarn.config.velocity import load_velocity
from ewarn.errors import InputError

GOOD = """name = "two"
[[layer]]
thickness_km = 20.0
p_km_s = 6.0
s_km_s = 3.5
[[layer]]
p_km_s = 8.0
s_km_s = 4.5
"""


@pytest.fixture
def write(tmp_path):
    def put(text):
        path = tmp_path / "velocity.toml"
        path.write_text(text)
        return path

    return put


def test_a_file_becomes_a_model_of_a_round_earth_where_it_does_not_say(write):
    model = load_velocity(write(GOOD))
    assert (model.name, model.earth) == ("two", "round")
    assert (model.thicknesses_km, model.p_km_s, model.s_km_s) == ((20.0,), (6.0, 8.0), (3.5, 4.5))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("thickness_km = 20.0", "thickness_km = -1", ["layer.0.thickness_km", "-1"]),
        ("s_km_s = 3.5", "s_km_s = 6.5", ["layer.0", "s_km_s", "6.5", "6"]),
        ("p_km_s = 8.0", "p_km_s = nan", ["layer.1.p_km_s", "nan"]),
        ("thickness_km = 20.0\n", "", ["layer.0.thickness_km", "missing"]),
        ("p_km_s = 8.0", "p_km_s = 8.0\nthickness_km = 5", ["layer.1.thickness_km", "5"]),
        ("thickness_km = 20.0", "thickness_km = 1999\np_km_s_ = 1", ["layer.0.p_km_s_"]),
        ('name = "two"', 'name = "two"\nearth = "hollow"', ["earth", "hollow"]),
        ('name = "two"', 'name = "two"\nmantle_km = 20', ["mantle_km", "20", "last layer's top"]),
        ('name = "two"', 'name = "two"\nmantle_km = 3000', ["mantle_km", "3000", "2891.5"]),
        ('name = "two"', 'name = "two"\nearth = "flat"\nmantle_km = 120', ["mantle_km", "flat"]),
    ],
)
def test_a_bad_value_is_one_line_with_file_key_and_value(write, before, after, said):
    with pytest.raises(InputError) as caught:
        load_velocity(write(GOOD.replace(before, after)))
    (line,) = caught.value.problems
    for word in ("velocity.toml", *said):
        assert word in line


@pytest.mark.parametrize(
    ("before", "after", "from_km"),
    [
        ('name = "two"', 'name = "two"\nmantle_km = 90', 90),
        ('name = "two"', 'name = "two"', 120),
        ("thickness_km = 20.0", "thickness_km = 100.0", 140),
        ('name = "two"', 'name = "two"\nearth = "flat"', None),
    ],
)
def test_the_mantle_of_ak135_follows_below_the_last_layer_of_a_round_earth(write, before, after, from_km):
    assert load_velocity(write(GOOD.replace(before, after))).mantle_km == from_km
