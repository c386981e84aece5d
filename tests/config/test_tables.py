"""Tables: whatever is out of bounds is refused by its full name, with the value, whoever's dataclass it is."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest
from annotated_types import Ge, Le
from hypothesis import given
from hypothesis import strategies as st

from ewarn.config.drill import DrillSettings, load_drill
from ewarn.config.keys import keys
from ewarn.config.tables import FromFile, Table, names, validated
from ewarn.errors import InputError, WrongKeyError

FILE = Path("some.toml")


@dataclass(frozen=True)
class Inner:
    """A dataclass that knows nothing of files."""

    share: Annotated[float, Ge(0), Le(1)] = 0.5
    count: int = 1

    def __post_init__(self):
        if self.count == 13:
            raise WrongKeyError("count", "13 brings no luck")
        if self.count > 100:
            raise ValueError(f"count: {self.count} is above a hundred")


@dataclass(frozen=True)
class Outer:
    """One that holds another."""

    inner: Inner
    maybe: Inner | None = None


class File(Table):
    """A file with both."""

    table: FromFile[Outer] = Outer(Inner())


def problems(data):
    with pytest.raises(InputError) as refused:
        validated(File, data, FILE)
    return list(refused.value.problems)


def test_a_dataclass_is_read_from_a_table_and_so_are_those_in_it():
    assert validated(File, {}, FILE).table == Outer(Inner())
    found = validated(File, {"table": {"inner": {"share": 1}, "maybe": {"count": 2.0}}}, FILE).table
    assert found == Outer(Inner(1.0), Inner(count=2))
    assert type(found.inner.share) is float and type(found.maybe.count) is int


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"inner": {"share": 2}}, "table.inner.share: input should be less than or equal to 1, got 2"),
        ({"inner": {"share": True}}, "table.inner.share: input should be a valid number, got True"),
        ({"inner": {"share": "1"}}, "table.inner.share: input should be a valid number, got '1'"),
        ({"inner": {"share": math.nan}}, "table.inner.share: input should be a finite number, got nan"),
        ({"inner": {"count": 1.5}}, "table.inner.count: input should be a valid integer, got 1.5"),
        ({"inner": {"count": "1"}}, "table.inner.count: input should be a valid integer, got '1'"),
        ({"inner": {"shares": 1}}, "table.inner.shares: unknown key, did you mean share?"),
        ({"inner": {"count": 13}}, "table.inner.count: 13 brings no luck"),
        ({"inner": {"count": 101}}, "table.inner: count: 101 is above a hundred"),
        ({"inner": 3}, "table.inner: expected a table, got 3"),
        ({}, "table.inner: missing"),
    ],
)
def test_what_is_wrong_in_it_is_named_in_full(table, said):
    assert problems({"table": table}) == [f"{FILE}: {said}"]


def test_every_wrong_key_has_a_line():
    assert len(problems({"table": {"inner": {"share": -1, "count": "x"}, "maybe": {"share": 5}}})) == 3


def test_the_names_of_all_keys_are_those_of_tables_in_tables_too():
    assert list(names(File)) == ["table", "inner", "share", "count", "maybe", "share", "count"]
    assert {"order", "compute_s", "yellow", "fault_s", "first_report_s"} <= set(names(DrillSettings))


def bounded():
    """Key, a bound of its numbers, and on which side of it a number is wrong."""
    for key in keys(DrillSettings):
        for schema in (key.allowed, *key.allowed.get("anyOf", ())):
            for bound, away in (("minimum", -1), ("exclusiveMinimum", 0), ("maximum", 1), ("exclusiveMaximum", 0)):
                if bound in schema:
                    yield key.name, schema["type"], schema[bound], away


@given(st.sampled_from(list(bounded())), st.integers(1, 10**6))
def test_a_number_beyond_a_bound_of_any_key_of_a_drill_file_is_refused_by_its_full_name_with_both(case, beyond):
    key, kind, bound, away = case
    wrong = bound + away * (beyond if kind == "integer" else beyond / 1000)
    with pytest.raises(InputError) as refused:
        load_drill(Path("configs/drill.toml"), {key: wrong})
    (line,) = [line for line in refused.value.problems if line.startswith(f"configs/drill.toml: {key}: ")]
    assert repr(wrong) in line and str(int(bound) if bound == int(bound) else bound) in line
