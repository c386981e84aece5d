"""Pieces of Markdown that a forge and Sphinx show alike. Pure."""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

MADE = "<!-- Generated from the code by `make reference`; do not edit. -->"
"""at the top of a page that nobody should edit"""
Schema = dict[str, Any]
"""of JSON"""
KINDS = {
    "integer": "whole number",
    "number": "number",
    "string": "text",
    "boolean": "`true` or `false`",
    "null": "`null`",
}
"""of its types, in words"""


def whole(title: str, *parts: str) -> str:
    """A whole page."""
    return "\n\n".join([f"# {title}", MADE, *(part for part in parts if part)]) + "\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a column that is empty in every row is left out."""
    cells = [[cell(one) for one in row] for row in rows]
    used = [at for at in range(len(heads)) if any(row[at] for row in cells)]
    lines = [[heads[at] for at in used], ["---"] * len(used), *([row[at] for at in used] for row in cells)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cell(text: str) -> str:
    """Text that cannot break a table."""
    return prose(" ".join(text.split())).replace("|", "\\|")


def prose(text: str) -> str:
    """Text without markup of its own, but for `code`: what a forge would take for tags or emphasis is not."""
    pieces = re.split(r"(`[^`]*`)", text)
    return "".join(one if one.startswith("`") else re.sub(r"([<*])", r"\\\1", one) for one in pieces)


def code(text: object) -> str:
    """Something to type."""
    return f"`{text}`" if text != "" else ""


def fence(text: str, language: str = "text") -> str:
    """A block of code."""
    return f"```{language}\n{text.strip()}\n```"


def sentence(text: str) -> str:
    """A docstring's first paragraph as a table says it: no line ends, no full stop."""
    return " ".join(inspect.cleandoc(text).split("\n\n")[0].split()).removesuffix(".")


def number(value: float, group: str = ",") -> str:
    """A number as people read it; `group` stands between thousands of long ones: `_` in a file, nothing to type."""
    if not float(value).is_integer():
        return f"{value:g}"
    return f"{int(value):,}".replace(",", group) if abs(value) >= 10_000 else f"{int(value)}"


def between(low: float | None, high: float | None, above: float | None = None, below: float | None = None) -> str:
    """Bounds in words, of which each may be missing; `above` and `below` are themselves outside."""
    start = f"above {number(above)}" if above is not None else "" if low is None else number(low)
    if below is not None:
        return f"from {start}, below {number(below)}" if start else f"below {number(below)}"
    if high is None:
        return f"{start} or more" if start and above is None else start
    if not start:
        return f"at most {number(high)}"
    return f"{start}, at most {number(high)}" if above is not None else f"{start} to {number(high)}"


def attribute_docs(kind: type) -> dict[str, str]:
    """The text that stands in the source behind each member of an enum or field of a class."""
    found = {}
    for one, after in pairwise(ast.walk(ast.parse(textwrap.dedent(inspect.getsource(kind))))):
        targets = one.targets if isinstance(one, ast.Assign) else [one.target] if isinstance(one, ast.AnnAssign) else []
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) and isinstance(after.value.value, str):
            found.update({ast.unparse(target): " ".join(after.value.value.split()) for target in targets})
    return found
