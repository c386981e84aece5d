"""Files as other programs write them: marks, line ends, long cells, capital suffixes; and what no parser survives."""

import json
import shutil
from pathlib import Path

import pytest

from ewarn.centre.check import check
from ewarn.config.catalogues import find_quake
from ewarn.config.places import load_places
from ewarn.config.tables import content, read
from ewarn.errors import InputError

HEAD = "code,name,longitude,latitude,area_km2,population\n"
QUAKE = "configs/quakes/luding-2022.toml"


def problems(ask, *words):
    with pytest.raises(InputError) as caught:
        ask(*words)
    return caught.value.problems


@pytest.fixture
def places(tmp_path):
    path = tmp_path / "places.csv"

    def write(name, head=HEAD, end="\n"):
        path.write_bytes(f"{head}aa1,{name},102,30,10,5{end}aa2,B,103,30,10,5{end}".replace("\n", end).encode())
        return path

    return write


@pytest.mark.parametrize("one", ["\x85", "\u2028", "\u2029", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e"])
def test_what_unicode_calls_the_end_of_a_line_may_stand_in_a_quoted_name(places, one):
    assert len(load_places(places(f'"Up{one}per"'))) == 2


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_lines_end_as_any_system_ends_them_and_a_byte_order_mark_is_no_letter(places, end, mark):
    assert len(load_places(places("A", mark + HEAD, end))) == 2


def test_a_cell_past_what_the_parser_takes_is_named_by_its_line(places):
    path = places("x" * 200_000)
    assert problems(load_places, path) == (
        f"{path}:2: field larger than field limit (131072), the line has 200,016 characters",
    )


def test_what_was_given_is_cut_short_where_it_is_long(places):
    path = places("x" * 100_000)
    (said,) = problems(load_places, path)
    assert said.startswith(f"{path}:2: name: ") and len(said) < len(str(path)) + 200


def test_a_toml_file_may_begin_with_a_byte_order_mark(tmp_path):
    path = tmp_path / "q.toml"
    path.write_bytes(b"\xef\xbb\xbf" + Path(QUAKE).read_bytes())
    assert find_quake(path) == find_quake(QUAKE)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"\xff\xfei\x00d\x00", "codec can't decode"),
        (b"x = " + b"[" * 100_000, "stand too deep in one another"),
        (b"x = " + b"9" * 5000, "Exceeds the limit"),
    ],
)
def test_what_is_no_toml_is_one_line(tmp_path, text, said):
    path = tmp_path / "q.toml"
    path.write_bytes(text)
    (line,) = problems(read, path)
    assert line.startswith(f"{path}: not TOML: ") and said in line


def test_a_name_that_no_file_can_have_is_one_line(tmp_path):
    (tmp_path / "drill.toml").write_text('quake = "a\\u0000b.toml"\n')
    (line,) = problems(check, tmp_path / "drill.toml")
    assert "embedded null byte" in line and "\0" not in line
    assert "Is a directory" in problems(content, tmp_path)[0]


def test_a_file_without_an_end_is_not_read_to_it():
    assert problems(content, Path("/dev/zero")) == ("/dev/zero: longer than 67,108,864 bytes",)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (QUAKE, "Q.TOML"),
        ("configs/velocity/ak135.toml", "V.Toml"),
        ("configs/stations/regular.toml", "N.TOML"),
        ("tests/config/luding-2022.usgs.geojson", "G.GEOJSON"),
        ("tests/config/luding-2022.quakeml", "X.QuakeML"),
    ],
)
def test_a_suffix_is_one_however_its_letters_are_written(tmp_path, source, name):
    path = tmp_path / name
    shutil.copy(source, path)
    assert check(path)


def test_check_takes_a_list_of_places_by_a_suffix_in_capitals(places, tmp_path):
    assert check(places("A").rename(tmp_path / "PL.CSV")) == "2 places of 10 people"


def test_a_geojson_that_begins_with_a_byte_order_mark_is_one_all_the_same(tmp_path):
    path = tmp_path / "q.geojson"
    path.write_bytes(b"\xef\xbb\xbf" + Path("tests/config/luding-2022.usgs.geojson").read_bytes())
    assert find_quake(path).origin.magnitude > 6
    path.write_text(json.dumps({"type": "Feature"}) + "[" * 100_000)
    assert "not JSON" in problems(find_quake, path)[0]
