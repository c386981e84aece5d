"""Attenuation zones of places that every map agrees on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.config.zones import zone_at
from ewarn.seismic.intensity import WORLD, ZONES

BORDER = {
    "Mohe": (52.97, 122.54),
    "Harbin": (45.80, 126.53),
    "Hunchun": (42.86, 130.37),
    "Dandong": (40.13, 124.39),
    "Tengchong": (25.02, 98.49),
    "Ruili": (24.01, 97.85),
    "Jinghong": (22.00, 100.80),
    "Hekou": (22.53, 103.95),
    "Sanya": (18.25, 109.50),
    "Hualien": (23.98, 121.60),
    "Tashkurgan": (37.77, 75.23),
    "Shiquanhe": (32.50, 80.10),
    "Gyirong": (28.86, 85.30),
    "Yadong": (27.50, 88.95),
    "Altay": (47.85, 88.13),
    "Erenhot": (43.65, 111.98),
    "Manzhouli": (49.60, 117.43),
}
ABROAD = {
    "Ridgecrest": (35.77, -117.60),
    "Noto": (37.50, 137.20),
    "Pazarcik": (37.17, 37.03),
    "Hanoi": (21.03, 105.85),
    "Mandalay": (21.97, 96.08),
    "Myitkyina": (25.38, 97.40),
    "Kathmandu": (27.70, 85.32),
    "Thimphu": (27.47, 89.64),
    "Srinagar": (34.10, 74.80),
    "Osh": (40.50, 72.80),
    "Almaty": (43.24, 76.90),
    "Ulaanbaatar": (47.90, 106.90),
    "Vladivostok": (43.10, 131.90),
    "Pyongyang": (39.00, 125.75),
    "Naha": (26.20, 127.70),
    "Manila": (14.60, 121.00),
}
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


@pytest.mark.parametrize("place", BORDER)
def test_a_city_near_the_border_has_one_of_china_s_zones(place):
    assert zone_at(*BORDER[place]) in ZONES and zone_at(*BORDER[place]) != WORLD


@pytest.mark.parametrize("place", ABROAD)
def test_a_place_abroad_is_given_no_zone_of_china(place):
    assert zone_at(*ABROAD[place]) == WORLD


def test_the_longmenshan_parts_the_plateau_from_the_basin():
    west_to_east = [zone_at(31.0, 101.0 + step / 10) for step in range(50)]
    assert west_to_east == sorted(west_to_east, reverse=True)
    assert 103.4 <= 101.0 + west_to_east.index("Central") / 10 <= 104.0


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_every_place_on_earth_has_a_zone_that_intensity_knows(latitude, longitude):
    assert zone_at(latitude, longitude) in ZONES
