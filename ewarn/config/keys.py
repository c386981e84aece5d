"""Every key of every file that is read, with what it means: for help, docs and tests."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from typing import Any, get_type_hints

from pydantic import create_model

from ewarn.config.drill import DrillSettings
from ewarn.config.fleet import FleetSettings
from ewarn.config.kiosk import KioskList
from ewarn.config.networks import NETWORK_FILE, STATIONS_FILE
from ewarn.config.outlines import OUTLINE_FILE
from ewarn.config.places import PLACES_FILE
from ewarn.config.quakes import QUAKE_FILE
from ewarn.config.tables import Table, tables_in
from ewarn.config.velocity import VELOCITY_FILE

FILES: Mapping[str, type[Any]] = {
    "drill": DrillSettings,
    "quake": QUAKE_FILE,
    "network": NETWORK_FILE,
    "stations": STATIONS_FILE,
    "velocity": VELOCITY_FILE,
    "places": PLACES_FILE,
    "outline": OUTLINE_FILE,
    "kiosk": KioskList,
    "fleet": FleetSettings,
}
"""By kind of file, the table that it is; of a CSV file, a line of it."""


@dataclass(frozen=True)
class Key:
    """A key of a file."""

    name: str
    """in full, with dots: `gateway.order`"""
    about: str
    """what it means, in a sentence or two, with its unit"""
    required: bool
    default: Any
    """None where there is none"""
    allowed: Mapping[str, Any]
    """its type and bounds, as JSON Schema has them"""


def keys(table: type[Any], within: str = "") -> Iterator[Key]:
    """All keys of a table, those of tables in it after the key that holds them."""
    schema, hints, inherited = _schema(table), get_type_hints(table), _inherited(table)
    aliases = {field.alias: name for name, field in getattr(table, "model_fields", {}).items() if field.alias}
    for called, found in schema["properties"].items():
        name = aliases.get(called, called)
        tables = list(tables_in(hints[name]))
        # Of a table pydantic leaves out what its class says as well.
        said = found.get("description") or inherited.get(name) or (tables and tables[0].__doc__) or ""
        required = called in schema.get("required", ())
        allowed = {word: found[word] for word in found if word not in ("$ref", "description", "default", "title")}
        yield Key(within + called, " ".join(said.split()), required, found.get("default"), allowed)
        for inner in tables:
            yield from keys(inner, f"{within}{called}.")


def _inherited(table: type[Any]) -> dict[str, str]:
    """Docstrings of the keys that a dataclass has from others, of which pydantic reads none."""
    said: dict[str, str] = {}
    for base in filter(is_dataclass, table.__mro__):
        for name, found in _schema(base)["properties"].items():
            if "description" in found:
                said.setdefault(name, found["description"])
    return said


def _schema(table: type[Any]) -> dict[str, Any]:
    """JSON Schema of a table. A dataclass has its docstrings read only as part of a model that says so."""
    around = create_model("Around", __base__=Table, it=(table, ...))
    found: dict[str, Any] = around.model_json_schema()["$defs"][table.__name__]
    return found
