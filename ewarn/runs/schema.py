"""The JSON Schema of each file that a drill or a verb leaves, from the types that write and read it."""

import ast
import inspect
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import msgspec

from ewarn.runs.compared import Comparison
from ewarn.runs.explained import Explanation
from ewarn.runs.run_files import ClocksFile
from ewarn.seismic.origin import Report
from ewarn.verdict.document import Document

FILES: dict[str, Any] = {
    "verdict": Document,
    "reports": list[Report],
    "compare": Comparison,
    "explain": Explanation,
    "clocks": ClocksFile,
}
"""by name: `verdict.json`, `reports.json`, `compare.json`, and what `explain --json` prints, and `clocks.json`"""


def schema(name: str) -> dict[str, Any]:
    """Of one of `FILES`, draft 2020-12; each key has the words that stand beside it in the code."""
    (found,), parts = msgspec.json.schema_components([FILES[name]])
    for kind in _classes(FILES[name], set()):
        for base in reversed([one for one in kind.__mro__ if _is_ours(one)]):
            for key, words in _beside(base).items():
                parts[kind.__name__]["properties"].get(key, {})["description"] = words
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found, "$defs": parts}


def _classes(kind: Any, seen: set[type]) -> Iterator[type]:
    """Those of ours that a type is made of, each once: one may be made of itself."""
    if _is_ours(kind) and kind not in seen:
        seen.add(kind)
        yield kind
        for hint in get_type_hints(kind).values():
            yield from _classes(hint, seen)
    for part in get_args(kind):
        yield from _classes(part, seen)


def _is_ours(kind: Any) -> bool:
    return isinstance(kind, type) and kind.__module__.startswith("ewarn.")


def _beside(kind: type) -> dict[str, str]:
    """The docstring below each attribute of a class."""
    (tree,) = ast.parse(inspect.getsource(kind)).body
    pairs = zip(tree.body, tree.body[1:], strict=False) if isinstance(tree, ast.ClassDef) else ()
    return {
        field.target.id: " ".join(str(words.value.value).split())
        for field, words in pairs
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(words, ast.Expr) and isinstance(words.value, ast.Constant)
    }
