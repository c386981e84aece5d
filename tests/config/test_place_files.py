"""CSV files of places: what they become, and what is said of bad ones."""

import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.audience.users import sample
from ewarn.centre.check import check
from ewarn.config.places import find_places, load_places
from ewarn.errors import InputError
from ewarn.seismic.geodesy import distance_km

HEAD = "code,name,longitude,latitude,area_km2,population"
GOOD = f"""{HEAD}
# counties that nobody knows
510101,Here,104.0,30.0,400,1000
510102,There,105.0,31.0,100,3000
620101,Nowhere,100.0,36.0,90000,0
620102,Yonder,103.0,36.0,2500,500
"""


@pytest.fixture
def write(tmp_path):
    def to_file(text, name="places.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return to_file


def problems(load, *arguments):
    with pytest.raises(InputError) as caught:
        load(*arguments)
    return caught.value.problems


def test_units_become_places_and_the_first_two_characters_of_their_codes_groups(write):
    places = load_places(write(GOOD))
    assert places.group_names == ("51", "62")
    assert places.group.tolist() == [0, 0, 1]
    assert places.residents.tolist() == [1000, 3000, 500]
    assert places.latitude.tolist() == [30.0, 31.0, 36.0]
    assert places.longitude.tolist() == [104.0, 105.0, 103.0]


def test_people_are_spread_over_a_disc_of_the_units_area(write):
    places = load_places(write(GOOD))
    assert np.pi * places.scatter_km**2 == pytest.approx([400, 100, 2500])
    users = sample(places, 20_000, np.random.default_rng(1))
    away = distance_km(users.latitude, users.longitude, places.latitude[users.place], places.longitude[users.place])
    assert (away < places.scatter_km[users.place] + 0.1).all()
    assert (away < places.scatter_km[users.place] / 2).mean() == pytest.approx(0.25, abs=0.02)


def test_more_columns_in_any_order_are_let_pass(write):
    turned = "\n".join(
        ",".join([cells[5], "0.5", *cells[:5]]) for cells in csv.reader(GOOD.replace("# ", "#").splitlines()[2:])
    )
    text = f"population,urban_share,code,name,longitude,latitude,area_km2\n{turned}\n"
    assert load_places(write(text)).residents.tolist() == [1000, 3000, 500]


def test_a_byte_order_mark_before_the_head_is_no_part_of_a_column(write):
    assert load_places(write("\ufeff" + GOOD)).residents.tolist() == [1000, 3000, 500]


def test_of_many_bad_cells_the_first_ten_are_told(write):
    rows = "\n".join(f"51{row:04},Here,104,30,-1,9" for row in range(12))
    told = problems(load_places, write(f"{HEAD}\n{rows}\n"))
    assert [line.split(": ")[0].rpartition(":")[2] for line in told] == [str(line) for line in range(2, 12)]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("area_km2,population\n", "area_km2,people\n", [":1: population: missing column", "people"]),
        (",1000\n", ",-1000\n", [":3: population", "-1000"]),
        ("104.0,30.0", "104.0,91", [":3: latitude", "91"]),
        ("105.0,31.0", "185.0,31.0", [":4: longitude", "185.0"]),
        (",400,", ",vast,", [":3: area_km2", "vast"]),
        (",400,", ",0,", [":3: area_km2", "'0'"]),
        (",3000\n", ",nan\n", [":4: population", "nan"]),
        (",3000\n", "\n", [":4: must be 6 columns"]),
        ("510102", "510101", [":4: code: '510101' stands in line 3 too"]),
        ("510102", "5", [":4: code"]),
    ],
)
def test_a_wrong_cell_is_named_in_one_line_by_file_line_column_and_value(write, before, after, said):
    path = write(GOOD.replace(before, after))
    (found,) = problems(load_places, path)
    assert found.startswith(str(path))
    assert "\n" not in found
    assert all(part in found for part in said), found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no places"),
        (HEAD, "no places"),
        (f"{HEAD}\n5101,Here,104,30,400,0\n5102,There,104,31,400,0\n", "population: 0 in all 2 lines"),
        ("latitude,longitude\n30,104\n", "code, name, area_km2, population: missing column"),
        (f"{HEAD},name\n5101,Here,104,30,400,9,Here\n", "columns must be"),
    ],
)
def test_a_file_without_people_or_columns_is_one_clear_line(write, text, said):
    (found,) = problems(load_places, write(text))
    assert said in found


def test_a_missing_file_and_one_that_is_not_text_are_named(tmp_path):
    assert "No such file" in problems(load_places, tmp_path / "none.csv")[0]
    path = tmp_path / "bytes.csv"
    path.write_bytes(b"\xff\xfe\x00")
    assert "not UTF-8" in problems(load_places, path)[0]


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_and_never_a_bug(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("any") / "places.csv"
    path.write_text(f"{HEAD}\n{text}", encoding="utf-8", errors="replace")
    try:
        assert len(load_places(path)) > 0
    except InputError as error:
        assert all(line.startswith(str(path)) for line in error.problems)


def test_places_that_came_with_the_program_go_by_name_and_others_must_be_a_file():
    assert len(find_places("sichuan").group_names) == 21
    assert len(find_places("china").group_names) == 31
    assert problems(find_places, "chna") == (
        "places: 'chna' is not one of sichuan, china, a CSV file; did you mean china?",
    )


def test_check_says_how_many_live_there_and_looks_at_what_a_drill_file_names(write):
    path = write(GOOD)
    assert "3 places of 4,500 people" in check(path)
    drill = write('quake = "luding-2022"\n[audience]\nplaces = "places.csv"\n', "drill.toml")
    assert "drill of luding-2022" in check(drill)
    write(GOOD.replace("30.0", "99"))
    assert "places.csv:3: latitude" in problems(check, drill)[0]
