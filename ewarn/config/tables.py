"""TOML to validated tables; every wrong key is named in full, with its file and value."""

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, core_schema

from ewarn.errors import InputError, WrongKeyError, not_one_of, quoted


def _whole(given: Any) -> Any:
    """A whole number may be written as 1e5 or 28.0 as well."""
    return int(given) if isinstance(given, float) and given.is_integer() else given


Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
DEEPEST_KM = 700
"""of a quake: the deepest known lie some 700 km below, where plates that sink come to their end"""
DepthKm = Annotated[float, Field(ge=0, le=DEEPEST_KM)]

MOST_BYTES = 1 << 26
"""of a file that is read at once: ten times the largest there are, and an end to what has none, such as /dev/zero"""

Model = TypeVar("Model", bound=BaseModel)


class _AsTable:
    """Lets a dataclass be read from a table of a strict file, which would want an instance of it.

    So it does with dataclasses in it; and whole numbers may be written as others.
    """

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema: CoreSchema = self._read(handler(source), handler)
        return schema

    def _read(self, schema: Any, handler: GetCoreSchemaHandler) -> Any:
        found: Any = handler.resolve_ref_schema(schema)
        if found["type"] == "int":
            return core_schema.no_info_before_validator_function(_whole, found)
        if found["type"] == "dataclass":
            found["strict"] = False
            for field in found["schema"]["fields"]:
                field["schema"] = self._read(field["schema"], handler)
        elif found["type"] in ("default", "nullable"):
            found["schema"] = self._read(found["schema"], handler)
        return schema


Setting = TypeVar("Setting")
FromFile = Annotated[Setting, _AsTable()]
"""A dataclass of a room that reads no files, as a table of one: it is validated as a `Table` is, by the bounds of its
annotations and by its own `__post_init__`."""


class Table(BaseModel):
    """A table of a file: what it does not know it refuses, and what is no number where one is wanted.

    Neither `true` nor "6.8" is a number. Cells of CSV files are all text: a row's table says `strict=False`.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, strict=True, use_attribute_docstrings=True
    )


def shipped() -> Path:
    """The folder of velocity models, networks and quakes that came with the program."""
    package = Path(__file__).parent.parent
    installed = package / "configs"
    return installed if installed.is_dir() else package.parent / "configs"


def read(path: Path) -> dict[str, Any]:
    """Raise InputError where there is no such file, or no TOML in it."""
    try:
        return tomllib.loads(content(path).decode("utf-8-sig"))
    except RecursionError:
        raise InputError(f"{path}: not TOML: arrays or tables stand too deep in one another") from None
    except ValueError as error:  # of the syntax, or of the encoding
        raise InputError(f"{path}: not TOML: {error}") from None


def content(path: Path) -> bytes:
    """What stands in a file. Raises InputError where it cannot be read, or does not end."""
    try:
        with path.open("rb") as file:
            found = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    except ValueError as error:  # no file can have such a name
        raise InputError(f"{quoted(str(path))}: {error}") from None
    if len(found) > MOST_BYTES:
        raise InputError(f"{path}: longer than {MOST_BYTES:,} bytes")
    return found


def validated(model: type[Model], data: dict[str, Any], path: Path, options: Mapping[str, str] | None = None) -> Model:
    """Raise InputError with a line for every wrong key; for one whose value an option gave, the line names that.

    `options` are such names by key.
    """
    try:
        return model.model_validate(_fixed(data))
    except ValidationError as error:
        raise InputError(*(_complaint(model, one, path, options or {}) for one in error.errors())) from None


def _fixed(value: Any) -> Any:
    """Lists as tuples, all the way down: strict tables take a list for no tuple."""
    if isinstance(value, dict):
        return {key: _fixed(one) for key, one in value.items()}
    return tuple(_fixed(one) for one in value) if isinstance(value, list) else value


def _complaint(model: type[BaseModel], error: Any, path: Path, options: Mapping[str, str]) -> str:
    own = error["ctx"]["error"] if error["type"] == "value_error" else None
    key = ".".join(str(part) for part in [*error["loc"], *([own.key] if isinstance(own, WrongKeyError) else [])])
    if key in options:
        return _of_key(model, error, options[key])
    return f"{path}: {_of_key(model, error, key)}"


def _of_key(model: type[BaseModel], error: Any, key: str) -> str:
    if error["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        wrong = str(error["loc"][-1])
        close = difflib.get_close_matches(wrong, set(names(model)) - {wrong}, 1)
        return f"{key}: unknown key" + (f", did you mean {close[0]}?" if close else "")
    if error["type"] in ("dataclass_type", "model_type", "model_attributes_type"):
        return f"{key}: expected a table, got {quoted(error['input'])}"
    if error["type"] == "missing":
        return f"{key}: missing"
    if error["type"] == "value_error":  # our own words; of a whole table, they name the key themselves
        said = error["ctx"]["error"]
        return ": ".join(part for part in (key, said.problem if isinstance(said, WrongKeyError) else str(said)) if part)
    if error["type"] == "literal_error" and len(allowed := _allowed(error["ctx"]["expected"])) > 1:
        return str(not_one_of(key, error["input"], allowed))
    if error["type"] == "tuple_type":
        return f"{key}: expected {_list_of(key, error['input'])}, got {quoted(error['input'])}"
    message = error["msg"][0].lower() + error["msg"][1:]
    return f"{key}: {message}, got {quoted(error['input'])}"


def _list_of(key: str, given: Any) -> str:
    """What there should have been in place of something else."""
    return f"[[{key}]], one or more of them" if isinstance(given, dict) else "a list, [...]"


def _allowed(expected: str) -> list[str]:
    """The names in pydantic's "'a', 'b' or 'c'"."""
    return expected.replace(" or ", ", ").replace("'", "").split(", ")


def names(model: type[Any]) -> Iterator[str]:
    """Names of all keys of a table, and of the tables in it."""
    hints = get_type_hints(model)
    for name in getattr(model, "model_fields", None) or [field.name for field in fields(model)]:
        yield name
        for inner in tables_in(hints[name]):
            yield from names(inner)


def tables_in(hint: Any) -> Iterator[type[Any]]:
    """Types of tables in the type of a key: its own, one that may be left out, or that of a list of them."""
    if is_dataclass(hint) or (isinstance(hint, type) and issubclass(hint, BaseModel)):
        yield hint  # type: ignore[misc]
    for part in get_args(hint):
        yield from tables_in(part)
