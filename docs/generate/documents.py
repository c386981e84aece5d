"""Files of JSON, from their schemas: every key, what it means, and its type."""

from collections.abc import Iterator
from typing import Any

from docs.generate.markdown import KINDS, Schema, code, prose, table
from ewarn.runs.schema import schema


def tables(name: str) -> Iterator[str]:
    """The tables of a file that `ewarn schema NAME` knows, each under a heading of its own, the outermost first."""
    whole = schema(name)
    parts, seen = whole["$defs"], [_inside(whole)]
    for part in seen:
        found = parts[part]
        properties: dict[str, Schema] = found.get("properties", {})
        yield f"### {part}"
        yield prose(_meaning(found))
        if not properties:
            yield prose(f"One of {_type(found)}.")
            continue
        yield table(
            ["key", "meaning", "type"],
            [
                (code(key), _meaning(one), _type(one, optional=key not in found.get("required", [])))
                for key, one in properties.items()
            ],
        )
        seen += [other for one in properties.values() for other in _named(one) if other not in seen]


def _meaning(one: Schema) -> str:
    return " ".join(str(one.get("description", "")).split()).replace("None:", "`null`:").replace("is None", "is `null`")


def _named(one: Any) -> list[str]:
    """Other tables that a schema names, in order."""
    if isinstance(one, list):
        return [name for each in one for name in _named(each)]
    if not isinstance(one, dict):
        return []
    own = [one["$ref"].rpartition("/")[2]] if "$ref" in one else []
    return own + [name for key in ("anyOf", "items", "additionalProperties") for name in _named(one.get(key))]


def _inside(whole: Schema) -> str:
    """The outermost table."""
    return _named(whole)[0]


def _type(one: Schema, *, optional: bool = False) -> str:
    if "$ref" in one:
        name = one["$ref"].rpartition("/")[2]
        said = f"[{name}](#{name.lower()})"
    elif "anyOf" in one:
        said = " or ".join(dict.fromkeys(_type(each) for each in one["anyOf"]))
    elif "enum" in one:
        said = ", ".join(code(each) for each in one["enum"])
    elif one.get("type") == "array":
        said = f"list of {_type(one['items'])}" if one.get("items") else "list"
    elif one.get("type") == "object":
        said = f"by name, {_type(one['additionalProperties'])}" if one.get("additionalProperties") else "object"
    else:
        said = KINDS.get(str(one.get("type")), "any")
    return said + (", may be absent" if optional and "default" not in one else "")
