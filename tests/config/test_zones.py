"""Attenuation zones of places that every map agrees on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.config.zones import zone_at
from ewarn.seismic.attenuation import ZONES

PLACES = {
    "Qingzang": {
        "Kangding": (30.05, 101.96),
        "Xichang": (27.89, 102.26),
        "Beichuan": (31.83, 104.46),
        "Qingchuan": (32.58, 105.23),
        "Kunming": (25.04, 102.71),
        "Lhasa": (29.65, 91.13),
        "Xining": (36.62, 101.78),
        "Lanzhou": (36.06, 103.83),
        "Jiuquan": (39.73, 98.49),
    },
    "Central": {
        "Chengdu": (30.66, 104.06),
        "Yibin": (28.77, 104.62),
        "Chongqing": (29.56, 106.55),
        "Guiyang": (26.65, 106.63),
        "Changsha": (28.23, 112.94),
        "Wuhan": (30.59, 114.30),
    },
    "Xinjiang": {
        "Urumqi": (43.83, 87.62),
        "Kashgar": (39.47, 75.99),
        "Yining": (43.91, 81.32),
        "Korla": (41.73, 86.17),
        "Hami": (42.83, 93.51),
    },
    "East": {
        "Beijing": (39.90, 116.41),
        "Tangshan": (39.63, 118.18),
        "Xi'an": (34.34, 108.94),
        "Yinchuan": (38.49, 106.23),
        "Haicheng": (40.85, 122.75),
        "Xiamen": (24.48, 118.09),
        "Taipei": (25.03, 121.57),
    },
}


@pytest.mark.parametrize(
    ("zone", "place"),
    [(zone, place) for zone, places in PLACES.items() for place in places],
)
def test_a_city_lies_in_its_zone(zone, place):
    assert zone_at(*PLACES[zone][place]) == zone


def test_the_longmenshan_parts_the_plateau_from_the_basin():
    west_to_east = [zone_at(31.0, 101.0 + step / 10) for step in range(50)]
    assert west_to_east == sorted(west_to_east, reverse=True)
    assert 103.4 <= 101.0 + west_to_east.index("Central") / 10 <= 104.0


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_every_place_on_earth_has_a_zone_that_attenuation_knows(latitude, longitude):
    assert zone_at(latitude, longitude) in ZONES
