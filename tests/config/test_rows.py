"""CSV files: every wrong cell is named by file, line, column and value."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ConfigDict, Field

from ewarn.config.rows import MOST_PROBLEMS, heading, read_rows
from ewarn.config.tables import Table
from ewarn.errors import InputError


class Row(Table):
    model_config = ConfigDict(strict=False)

    name: str
    height_m: float = Field(ge=0, le=9000)


COLUMNS = ("name", "height_m")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "peaks.csv"


def read(path, text, **given):
    path.write_bytes(text.encode())
    return read_rows(Row, path, COLUMNS, **given)


def problems(path, text, **given):
    with pytest.raises(InputError) as refused:
        read(path, text, **given)
    return list(refused.value.problems)


def test_rows_come_with_the_numbers_of_their_lines(path):
    lines, rows = read(path, "# peaks\nname,height_m\n\nGongga,7556\n# a range on\nSiguniang,6250\n")
    assert lines == [4, 6]
    assert rows == [Row(name="Gongga", height_m=7556), Row(name="Siguniang", height_m=6250)]


def test_columns_are_in_any_order_and_others_are_left_out_where_they_may_be(path):
    assert read(path, "height_m,name\n1,a")[1] == [Row(name="a", height_m=1)]
    assert read(path, "range,height_m,name\nx,1,a", others=True)[1] == [Row(name="a", height_m=1)]
    assert problems(path, "range,height_m,name\nx,1,a") == [
        f"{path}:1: columns must be name,height_m, got 'range,height_m,name'"
    ]


def test_every_wrong_cell_has_a_line_up_to_ten(path):
    said = problems(path, "name,height_m\na,-1\nb,9001\nc,high")
    assert [line.split(": ")[0] for line in said] == [f"{path}:{number}" for number in (2, 3, 4)]
    assert "height_m: input should be greater than or equal to 0, got '-1'" in said[0]
    assert "9000, got '9001'" in said[1] and "got 'high'" in said[2]
    assert len(problems(path, "name,height_m\n" + "a,-1\n" * 20)) == MOST_PROBLEMS


def test_a_line_of_more_or_fewer_columns_is_named(path):
    assert problems(path, "name,height_m\na,1,2") == [f"{path}:2: must be 2 columns, got 'a,1,2'"]


def test_the_heading_of_a_file_is_its_first_line_that_counts(path):
    path.write_text("# peaks\nname,height_m\na,1\n")
    assert heading(path) == ["name", "height_m"]
    path.write_text("# nothing\n")
    assert heading(path) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_within_bounds_is_read_as_written_and_another_is_refused_with_itself(path, height):
    if 0 <= height <= 9000:
        assert read(path, f"name,height_m\na,{height!r}")[1][0].height_m == height
    else:
        (said,) = problems(path, f"name,height_m\na,{height!r}")
        assert said.startswith(f"{path}:2: height_m: ") and repr(height) in said
