"""Every key of every file, from the models that read it, by way of their JSON schemas."""

from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter

from docs.generate.markdown import KINDS, Schema, between, code, number, prose, table, whole
from ewarn.config import keys
from ewarn.config.tables import shipped

FILES = {
    "drill": ("Drill files", "TOML. `ewarn drill FILE` plays one. An option of a command wins over the file."),
    "quake": ("Quake files", "TOML. QuakeML and USGS GeoJSON are read as well."),
    "velocity": ("Velocity models", "TOML, named by `velocity` under `[earth]` of a drill file."),
    "network": ("Networks", "TOML, named by `stations` under `[network]` of a drill file."),
    "stations": ("Stations", "CSV with these columns, a station a line; named by `stations` of a network."),
    "places": ("Places", "CSV with these columns, a line for each county or other unit; named by `places`."),
    "outline": (
        "Outlines",
        "CSV with these columns, a corner a line; or GeoJSON (RFC 7946) with a Polygon or MultiPolygon. For "
        "`ewarn release --outline`.",
    ),
    "kiosk": (
        "Lists of a kiosk",
        "TOML. `ewarn demo --kiosk FILE` plays one; `configs/kiosk.toml` is the one that we ship.",
    ),
    "fleet": (
        "Fleet files",
        "TOML. `ewarn drill --fleet FILE` plays a drill over its hosts; `configs/fleet.toml` is an example. Commands "
        "start in the folder of the file.",
    ),
}
"""by kind of file: its title, and what there is to say of it"""

INTRO = """A key that no table knows is refused, and so is a value out of its bounds: one line names the file, the full
key and the value. A path counts from the folder of the file that names it. `ewarn check` reads files without playing
them:

<!-- run -->

```sh
ewarn check configs/*.toml configs/quakes/*.toml
```"""


def page() -> str:
    """The page."""
    parts = [INTRO, "\n".join(f"- [{title}](#{_anchor(title)})" for title, _ in FILES.values())]
    for kind, (title, text) in FILES.items():
        model = keys.FILES[kind]
        schema, meanings = TypeAdapter(model).json_schema(), {key.name: key.about for key in keys.keys(model)}
        of = "" if kind == "drill" else f" of a {kind} file"
        parts += [f"## {title}", text, *_tables(schema, schema.get("$defs", {}), meanings, "", of)]
    return whole("Configuration", *parts)


def _tables(schema: Schema, others: Schema, meanings: dict[str, str], path: str, of: str) -> Iterator[str]:
    """The keys of a table, and then the tables in it; tables that are alike are shown once.

    `of` ends the headings, so that each has an anchor of its own; those of drill files have none, and are short.
    """
    inside = {name: _resolved(one, others) for name, one in schema["properties"].items()}
    needed = schema.get("required", [])
    rows = [
        (code(name), meanings[f"{path}{name}"], _type(one), _default(one, name in needed), _bounds(one))
        for name, one in inside.items()
        if not _inner(one)
    ]
    if rows:
        yield table(["key", "meaning", "type", "default", "bounds"], rows)
    alike: dict[str, list[str]] = {}
    for name, one in inside.items():
        if inner := _inner(one):
            alike.setdefault(str(inner["title"]), []).append(name)
    for names in alike.values():
        inner = _inner(inside[names[0]]) or {}
        several = inside[names[0]].get("type") == "array"
        yield f"### {path}{names[0]}{of}"
        told = [(f"[[{path}{name}]]" if several else f"[{path}{name}]", meanings[f"{path}{name}"]) for name in names]
        said = [f"{code(brackets)}: {prose(meaning)}" for brackets, meaning in told]
        yield said[0] if len(said) == 1 else "\n".join(f"- {one}" for one in said)
        yield from _tables(inner, others, meanings, f"{path}{names[0]}.", of)


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
    if schema["type"] == "object":  # keys of the reader's own
        (values,) = schema.get("patternProperties", {"": schema.get("additionalProperties")}).values()
        return f"table of {_plural(_type(values))}"
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


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")
