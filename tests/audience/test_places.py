"""The places of Sichuan, and of China, under the totals of the census."""

import csv
from importlib import resources

import numpy as np
import pytest

from ewarn.audience.places import SCATTER_KM, china, sichuan
from ewarn.seismic.geodesy import distance_km

PLACES = sichuan()
CHINA = china()
CENSUS_TOTAL = 83_674_866
CHINA_TOTAL = 1_409_778_724


def census(name="sichuan_prefectures.csv", unit="prefecture"):
    text = resources.files("ewarn.audience").joinpath(name).read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {row[unit]: int(row["population"]) for row in rows}


PROVINCES = census("china_provinces.csv", "province")


def test_residents_sum_to_the_census_of_2020():
    assert PLACES.residents.sum() == pytest.approx(CENSUS_TOTAL, abs=0.5)
    assert sum(census().values()) == CENSUS_TOTAL


@pytest.mark.parametrize("prefecture", census())
def test_each_prefecture_has_its_census_total(prefecture):
    row = PLACES.group_names.index(prefecture)
    assert PLACES.residents[PLACES.group == row].sum() == pytest.approx(census()[prefecture], abs=0.5)


def test_there_are_21_prefectures_and_hundreds_of_places_in_sichuan():
    assert len(PLACES.group_names) == 21
    assert len(PLACES.latitude) > 200
    assert (PLACES.latitude > 25.9).all() and (PLACES.latitude < 34.5).all()
    assert (PLACES.longitude > 97.2).all() and (PLACES.longitude < 108.7).all()


def test_somebody_lives_in_every_place():
    assert (PLACES.residents > 0).all()


def test_chengdu_is_the_largest_place():
    largest = PLACES.residents.argmax()
    assert distance_km(30.667, 104.067, PLACES.latitude[largest], PLACES.longitude[largest]) < 5


def test_discs_reach_half_the_way_to_the_next_place_within_bounds():
    for places, step in ((PLACES, 10), (CHINA, 97)):
        for row in range(0, len(places), step):
            away = distance_km(places.latitude[row], places.longitude[row], places.latitude, places.longitude)
            half_way = np.sort(away)[1] / 2
            assert places.scatter_km[row] == pytest.approx(min(max(half_way, SCATTER_KM[0]), SCATTER_KM[1]))


def test_reading_twice_gives_the_same():
    again = sichuan()
    assert np.array_equal(again.residents, PLACES.residents)
    assert np.array_equal(again.latitude, PLACES.latitude)


def test_china_sums_to_the_census_of_2020_and_so_does_each_of_its_31_provinces():
    assert sum(PROVINCES.values()) == CHINA_TOTAL
    assert CHINA.group_names == tuple(PROVINCES)
    assert len(PROVINCES) == 31
    assert np.bincount(CHINA.group, CHINA.residents) == pytest.approx(list(PROVINCES.values()), abs=0.5)
    assert CHINA.residents.sum() == pytest.approx(CHINA_TOTAL, abs=1)


def test_somebody_lives_in_every_place_of_china_and_all_of_them_are_in_it():
    assert (CHINA.residents > 0).all()
    # From Sansha, on the Paracel Islands, to Mohe.
    assert (CHINA.latitude > 16).all() and (CHINA.latitude < 53.6).all()
    assert (CHINA.longitude > 73.4).all() and (CHINA.longitude < 135.1).all()


@pytest.mark.parametrize(
    ("province", "latitude", "longitude"),
    [("Sichuan", 30.66, 104.06), ("Beijing", 39.9, 116.4), ("Xinjiang", 43.8, 87.6), ("Hainan", 20.0, 110.3)],
)
def test_a_provinces_largest_place_is_its_capital(province, latitude, longitude):
    there = np.flatnonzero(CHINA.group == CHINA.group_names.index(province))
    largest = there[CHINA.residents[there].argmax()]
    assert distance_km(latitude, longitude, CHINA.latitude[largest], CHINA.longitude[largest]) < 15
