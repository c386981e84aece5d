"""JSON out of typed values and into them; the reference is the standard library."""

import json
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, Struct, UnsetType

from ewarn.errors import InputError, WriteError
from ewarn.system import json_files
from ewarn.system.json_files import decoded, encoded

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e300, 1e300) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


class Inner(Struct, frozen=True):
    value: float | None
    more: int | UnsetType = UNSET


@dataclass(frozen=True)
class Outer:
    name: str
    parts: list[Inner]
    by: dict[str, Inner]


WHOLE = Outer("泸定", [Inner(1.5), Inner(None, 3)], {"a": Inner(0.1)})


@given(PLAIN)
def test_plain_values_come_back_as_they_were(value):
    assert json.loads(encoded(value)) == value
    assert json.loads(encoded(value, 1)) == value
    assert json.loads(encoded(value, 0, escaped=True)) == value


@given(st.dictionaries(st.text(alphabet="abc"), st.integers() | st.lists(st.booleans(), max_size=3), max_size=3))
def test_it_is_printed_as_the_standard_library_does_in_a_line_and_in_a_file(value):
    value = {key: one if one != [] else [1] for key, one in value.items()}
    if value:
        small = json.loads(json.dumps(value), parse_int=lambda digits: int(digits) % 2**53)
        assert encoded(small, 0) == json.dumps(small)
        assert encoded(small, 1) == json.dumps(small, indent=1)


def test_what_is_not_finite_becomes_null_and_numbers_of_numpy_are_numbers():
    said = encoded([float("inf"), float("nan"), np.float64(1.5), np.int64(3), np.bool_(1), np.arange(2)])
    assert said == "[null,null,1.5,3,true,[0,1]]"


def test_structs_and_dataclasses_are_objects_whose_unset_keys_are_not_there(tmp_path):
    path = tmp_path / "one.json"
    json_files.write(path, WHOLE)
    assert json.loads(path.read_text()) == {
        "name": "泸定", "parts": [{"value": 1.5}, {"value": None, "more": 3}], "by": {"a": {"value": 0.1}}
    }  # fmt: skip
    assert json_files.read(path, Outer) == WHOLE


def test_a_name_that_is_no_utf_8_is_spelled_and_everything_is_for_ascii():
    assert json.loads(encoded({"folder": "runs/\udcff", "rate": float("inf")})) == {
        "folder": r"runs/\xff",
        "rate": None,
    }
    assert encoded(["é𝄞"], 0, escaped=True) == json.dumps(["é𝄞"])


def test_what_has_no_json_is_refused():
    with pytest.raises(TypeError, match="no JSON: object"):
        encoded([object()])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'{"name": "x", "parts": [], "by": {}, "more": 1}', None),
        (b'{"parts": [], "by": {}}', "name: missing"),
        (b'{"name": "x", "parts": [{"value": 1}, {}], "by": {}}', "parts.1.value: missing"),
        (b'{"name": "x", "parts": [{"value": "much"}], "by": {}}', "parts.0.value: expected float or null, got str"),
        (b'{"name": "x", "parts": [], "by": {"a": {"value": true}}}', "by.*.value: expected float or null, got bool"),
        (b"[]", "top level: expected object, got array"),
        (b"", "not JSON: Input data was truncated"),
        (b'{"name": "x",}', "not JSON: "),
        (b"\xff", "not JSON: invalid character (byte 0)"),
        (b'{"other": ' + b"[" * 100_000, "not JSON: "),
    ],
)
def test_what_is_wrong_is_named_by_its_full_key_in_a_line(data, said):
    if said is None:
        assert decoded(data, Outer).name == "x"
        return
    with pytest.raises(InputError) as error:
        decoded(data, Outer)
    assert str(error.value).startswith(said)
    assert "\n" not in str(error.value)


@given(st.binary(max_size=200))
def test_no_bytes_are_anything_but_read_or_refused(data):
    try:
        decoded(data, Outer)
    except InputError as error:
        assert len(error.problems) == 1


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"gone\.json: No such file"):
        json_files.read(tmp_path / "gone.json", Outer)
    with pytest.raises(WriteError):
        json_files.write(tmp_path / "no" / "folder.json", WHOLE)
