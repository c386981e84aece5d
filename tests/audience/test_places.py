"""The places of Sichuan under the totals of the census."""

import csv
from importlib import resources

import numpy as np
import pytest

from ewarn.audience.places import SCATTER_KM, sichuan
from ewarn.seismic.geodesy import distance_km

PLACES = sichuan()
CENSUS_TOTAL = 83_674_866


def census():
    text = resources.files("ewarn.audience").joinpath("sichuan_prefectures.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {row["prefecture"]: int(row["population"]) for row in rows}


def test_residents_sum_to_the_census_of_2020():
    assert PLACES.residents.sum() == pytest.approx(CENSUS_TOTAL, abs=0.5)
    assert sum(census().values()) == CENSUS_TOTAL


@pytest.mark.parametrize("prefecture", census())
def test_each_prefecture_has_its_census_total(prefecture):
    row = PLACES.prefecture_names.index(prefecture)
    assert PLACES.residents[PLACES.prefecture == row].sum() == pytest.approx(census()[prefecture], abs=0.5)


def test_there_are_21_prefectures_and_hundreds_of_places_in_sichuan():
    assert len(PLACES.prefecture_names) == 21
    assert len(PLACES.latitude) > 200
    assert (PLACES.latitude > 25.9).all() and (PLACES.latitude < 34.5).all()
    assert (PLACES.longitude > 97.2).all() and (PLACES.longitude < 108.7).all()


def test_somebody_lives_in_every_place():
    assert (PLACES.residents > 0).all()


def test_chengdu_is_the_largest_place():
    largest = PLACES.residents.argmax()
    assert distance_km(30.667, 104.067, PLACES.latitude[largest], PLACES.longitude[largest]) < 5


def test_discs_reach_half_the_way_to_the_next_place_within_bounds():
    for row in range(0, len(PLACES.latitude), 10):
        away = distance_km(PLACES.latitude[row], PLACES.longitude[row], PLACES.latitude, PLACES.longitude)
        half_way = np.sort(away)[1] / 2
        assert PLACES.scatter_km[row] == pytest.approx(min(max(half_way, SCATTER_KM[0]), SCATTER_KM[1]))


def test_reading_twice_gives_the_same():
    again = sichuan()
    assert np.array_equal(again.residents, PLACES.residents)
    assert np.array_equal(again.latitude, PLACES.latitude)
