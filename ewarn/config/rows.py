"""CSV files to validated rows; every wrong cell is named by file, line, column and value."""

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from ewarn.config.tables import content
from ewarn.errors import InputError, quoted

MOST_PROBLEMS = 10
"""told of one file"""

Row = TypeVar("Row", bound=BaseModel)


def read_rows(
    model: type[Row], path: Path, columns: Sequence[str], others: bool = False
) -> tuple[list[int], list[Row]]:
    """Line numbers and rows; lines that begin with # are left out. Columns are in any order.

    With `others` a file may have more columns, which are ignored. Raises InputError with a line for every problem.
    """
    lines, cells = _cells(path, columns, others)
    try:
        return lines, TypeAdapter(list[model]).validate_python(cells)  # type: ignore[valid-type]
    except ValidationError as error:
        raise InputError(*(f"{path}:{_complaint(lines, one)}" for one in error.errors()[:MOST_PROBLEMS])) from None


def heading(path: Path) -> list[str]:
    """Names of a file's columns; none where it is empty. Raises InputError where it cannot be read."""
    _, names = next(_lines(path), (0, []))
    return names


def _cells(path: Path, columns: Sequence[str], others: bool) -> tuple[list[int], list[dict[str, str]]]:
    """Line numbers, and for each what stands in the columns."""
    kept = list(_lines(path))
    if not kept:
        return [], []
    (head, found), *rows = kept
    if missing := [name for name in columns if name not in found] if others else []:
        raise InputError(f"{path}:{head}: {', '.join(missing)}: missing column, got {quoted(','.join(found))}")
    if len(set(found)) != len(found) or (not others and set(found) != set(columns)):
        raise InputError(f"{path}:{head}: columns must be {','.join(columns)}, got {quoted(','.join(found))}")
    for number, cells in rows:
        if len(cells) != len(found):
            raise InputError(f"{path}:{number}: must be {len(found)} columns, got {quoted(','.join(cells))}")
    wanted = [(name, found.index(name)) for name in columns]
    return [number for number, _ in rows], [{name: cells[at] for name, at in wanted} for _, cells in rows]


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each line that counts."""
    try:
        text = content(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8: {error}") from None
    # Line by line: a stray quotation mark swallows no lines, and numbers are those of the file. What else Unicode
    # calls the end of a line (next line, U+2028, ...) may stand in a name.
    for number, line in enumerate(re.split("\r\n|\r|\n", text), 1):
        if line.strip() and line[0] != "#":
            yield number, _split(path, number, line)


def _split(path: Path, number: int, line: str) -> list[str]:
    try:
        return next(csv.reader([line]))
    except csv.Error as error:
        raise InputError(f"{path}:{number}: {error}, the line has {len(line):,} characters") from None


def _complaint(lines: list[int], error: ErrorDetails) -> str:
    row, *key = error["loc"]
    message = error["msg"][0].lower() + error["msg"][1:]
    return f"{lines[int(row)]}: {'.'.join(map(str, key))}: {message}, got {quoted(error['input'])}"
