"""Every key of every file, from the models that read it, by way of their JSON schemas."""

import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, TypeAdapter

from docs.generate.markdown import between, code, number, prose, table, whole
from ewarn.config.drill import DrillSettings
from ewarn.config.networks import _NetworkFile
from ewarn.config.networks import _Row as _Station
from ewarn.config.outlines import _Corner
from ewarn.config.places import _Row as _Unit
from ewarn.config.quakes import _QuakeFile
from ewarn.config.tables import shipped
from ewarn.config.velocity import _VelocityFile

Schema = dict[str, Any]

FILES: tuple[tuple[str, str, type[BaseModel], str], ...] = (
    (
        "Drill files",
        "",
        DrillSettings,
        "TOML. `ewarn drill FILE` plays one; only `quake` is required. An option of a command wins over the file.",
    ),
    ("Quake files", "quake file", _QuakeFile, "TOML. QuakeML and USGS GeoJSON are read as well."),
    ("Velocity models", "velocity model", _VelocityFile, "TOML, named by `velocity` under `[earth]` of a drill file."),
    ("Networks", "network", _NetworkFile, "TOML, named by `stations` under `[network]` of a drill file."),
    ("Stations", "", _Station, "CSV with these columns, a station a line; named by `stations` of a network."),
    (
        "Places",
        "",
        _Unit,
        "CSV with these columns, a unit such as a county a line; named by `places` of `[audience]`, or `--places`.",
    ),
    (
        "Outlines",
        "",
        _Corner,
        "CSV with these columns, a corner a line; or GeoJSON (RFC 7946) with a Polygon or MultiPolygon. For "
        "`ewarn release --outline`.",
    ),
)
"""title, what one of them is called where its tables need telling apart, the model, and what kind of file it is"""

INTRO = """A key that no table knows is refused, and so is a value out of its bounds: one line names the file, the full
key and the value. A path counts from the folder of the file that names it. `ewarn check` reads files without playing
them:

<!-- run -->

```sh
ewarn check configs/*.toml configs/quakes/*.toml configs/velocity/*.toml configs/stations/*.toml
```"""

UNITS = (
    ("_km2", "km²"),
    ("_per_s", "a second"),
    ("_km_s", "km/s"),
    ("_m_s", "m/s"),
    ("_km", "km"),
    ("_deg", "degrees"),
    ("_cm", "cm"),
    ("_ms", "ms"),
    ("_s", "s"),
)
"""by how a key ends; and some by their whole name"""
KINDS = {"integer": "whole number", "number": "number", "string": "text", "boolean": "`true` or `false`"}
WHOLE_NAMES = {"latitude": "degrees north", "longitude": "degrees east"}


def page() -> str:
    """The page."""
    parts = [INTRO, "\n".join(f"- [{title}](#{_anchor(title)})" for title, *_ in FILES)]
    for title, one, model, text in FILES:
        schema = TypeAdapter(model).json_schema()
        parts += [f"## {title}", text, *_tables(schema, schema.get("$defs", {}), "", f" of a {one}" if one else "")]
    return whole("Configuration", *parts)


def _tables(schema: Schema, others: Schema, path: str, of: str) -> Iterator[str]:
    """The keys of a table, and then the tables in it; tables that are alike are shown once.

    `of` ends the headings, so that each has an anchor of its own; those of drill files have none, and are short.
    """
    keys = {name: _resolved(one, others) for name, one in schema["properties"].items()}
    needed = schema.get("required", [])
    plain = {name: one for name, one in keys.items() if not _inner(one)}
    if plain:
        yield table(
            ["key", "type", "default", "bounds", "unit", "meaning"],
            [
                (code(name), _type(one), _default(one, name in needed), _bounds(one), _unit(name), _meaning(one))
                for name, one in plain.items()
            ],
        )
    alike: dict[str, list[str]] = {}
    for name, one in keys.items():
        if inner := _inner(one):
            alike.setdefault(str(inner["title"]), []).append(name)
    for names in alike.values():
        inner = _inner(keys[names[0]]) or {}
        several = keys[names[0]].get("type") == "array"
        yield f"### {path}{names[0]}{of}"
        yield _about(inner, [f"[[{path}{name}]]" if several else f"[{path}{name}]" for name in names])
        yield from _tables(inner, others, f"{path}{names[0]}.", of)


def _about(schema: Schema, brackets: list[str]) -> str:
    """What a table's docstring says, behind how it is written in a file."""
    said = re.sub(r"^`\[\w+\]`: ", "", str(schema.get("description", ""))).strip()
    names = ", ".join(code(one) for one in brackets) + (", each with the same keys" if len(brackets) > 1 else "")
    return names + (f": {prose(' '.join(said.split()))}" if said else "")


def _resolved(schema: Schema, others: Schema) -> Schema:
    """A schema without references at its top; what may also be absent is as what it is else."""
    if "$ref" in schema:
        found = others[schema["$ref"].rpartition("/")[2]]
        schema = {**found, **{key: value for key, value in schema.items() if key != "$ref"}, "title": found["title"]}
        schema["description"] = found.get("description", "")
    some = [one for one in schema.get("anyOf", []) if one.get("type") != "null"]
    if "anyOf" in schema and len(some) == 1:
        kept = {key: value for key, value in schema.items() if key != "anyOf"}
        return {**_resolved(some[0], others), **kept}
    if "items" in schema:
        schema = {**schema, "items": _resolved(schema["items"], others)}
    return schema


def _inner(schema: Schema) -> Schema | None:
    """The table that a key holds, or a list of them; None for a value."""
    held = schema.get("items", {}) if schema.get("type") == "array" else schema
    return held if "properties" in held else None


def _type(schema: Schema) -> str:
    if "enum" in schema:
        return ", ".join(code(one) for one in schema["enum"])
    if "const" in schema:
        return code(schema["const"])
    if schema.get("type") == "array":
        if "prefixItems" not in schema:
            return f"list of {_plural(_type(schema['items']))}"
        each = [_type(one) for one in schema["prefixItems"]]
        alike = len(set(each)) == 1
        return f"list of {len(each)} {_plural(each[0])}" if alike else f"list of {' and '.join(each)}"
    if schema.get("format") == "date-time":
        return "date and time"
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    return KINDS[schema["type"]]


def _plural(kind: str) -> str:
    return "lists" + kind.removeprefix("list") if kind.startswith("list") else f"{kind}s" if kind != "text" else "texts"


def _bounds(schema: Schema) -> str:
    if "pattern" in schema:
        return code(schema["pattern"])
    if schema.get("type") == "string":
        length = between(schema.get("minLength"), schema.get("maxLength"))
        return f"{length} letters" if length else ""
    if schema.get("type") == "array":
        count = between(schema.get("minItems"), schema.get("maxItems")) if "items" in schema else ""
        each = _bounds(schema.get("items", {}))
        return "; ".join(filter(None, [f"{count} of them" if count else "", f"each {each}" if each else ""]))
    ends = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
    return between(*(schema.get(end) for end in ends))


def _default(schema: Schema, needed: bool) -> str:
    if needed:
        return "required"
    value = schema.get("default")
    if value is None or value == []:
        return "none"
    return code(_toml(value))


def _toml(value: Any) -> str:
    """A value as a file has it; what came with the program by where it stands in the tree."""
    if isinstance(value, str):
        return f'"{value}"'.replace(f"{shipped()}/", "configs/")
    if isinstance(value, list):
        return f"[{', '.join(_toml(one) for one in value)}]"
    return str(value).lower() if isinstance(value, bool) else number(value, "_")


def _unit(name: str) -> str:
    return WHOLE_NAMES.get(name) or next((unit for end, unit in UNITS if name.endswith(end)), "")


def _meaning(schema: Schema) -> str:
    return str(schema.get("description", ""))


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")
