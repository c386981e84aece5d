"""Messages of strangers: JSON into typed values, and every wrong key named with all that may stand there."""

import json
import re
from collections.abc import Hashable
from functools import cache
from typing import Any, TypeVar, cast

import msgspec
from msgspec import inspect

from ewarn.errors import InputError, quoted

Kind = TypeVar("Kind")
PLACE = ("latitude", "longitude")
"""what a pair is, in every message that has one"""


def understood(data: str | bytes, decoder: msgspec.json.Decoder[Kind]) -> Kind:
    """A message of this type; keys that it does not know are let be. Raises InputError naming the full key.

    What JSON is, the standard library decides: of a key that is there twice, it takes the last one. It is asked only
    where msgspec, ten times as fast, does not take a message.
    """
    try:
        return decoder.decode(data if isinstance(data, str) else data.decode())
    except (msgspec.MsgspecError, ValueError, RecursionError):
        pass
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InputError(f"not JSON: {error}") from None
    return fitted(value, cast(type[Kind], decoder.type))


def fitted(value: Any, kind: type[Kind]) -> Kind:
    """The same of values that are read already."""
    try:
        return msgspec.convert(value, kind)
    except UnicodeEncodeError:
        raise InputError("not JSON: half a surrogate pair is no character") from None
    except msgspec.ValidationError as error:
        raise InputError(_explained(str(error), value, _type_info(cast(Hashable, kind)))) from None


@cache
def _type_info(kind: Hashable) -> inspect.Type:
    """Looked through once: it takes ten times as long as the rest of a refusal."""
    return inspect.type_info(kind)


def _explained(problem: str, value: Any, kind: inspect.Type) -> str:
    """`Expected `float` >= -90.0 - at `$.origin.latitude`` with its other bound, and with what came."""
    what, _, at = problem.replace("`", "").partition(" - at ")
    missing = re.fullmatch("Object missing required field (.*)", what)
    kinds, key = _alternatives(kind), ""
    for step in re.findall(r"\w+", at) + ([missing[1]] if missing else []):
        inside = [found for one in kinds for found in _inside(one, value, step)]
        name = inside[0][0] if inside else step
        key += f" {name}: " if name.isdigit() else f".{name}"
        kinds = [found for _, one in inside for found in _alternatives(one)]
        value = value[int(step)] if isinstance(value, list) else value.get(step)
    named = f"{key.replace(': .', ': ').strip('.: ')}: " if key else ""
    numbers = [one for one in kinds if isinstance(one, inspect.IntType | inspect.FloatType)]
    bounds = next((f"{one.ge:g} to {one.le:g}" for one in numbers if one.ge is not None and one.le is not None), "")
    if bounds and re.search("[<>]=|out of range", what):
        return f"{named}{str(value)[:20]} is outside {bounds}"
    wanted = _wanted(kinds, bounds) or what.removeprefix("Expected ").partition(", got ")[0].replace(" | ", " or ")
    return f"{named}missing" if missing and wanted == what else f"{named}expected {wanted}, got {quoted(value)}"


def _alternatives(kind: inspect.Type) -> list[inspect.Type]:
    return list(kind.types) if isinstance(kind, inspect.UnionType) else [kind]


def _inside(kind: inspect.Type, value: Any, step: str) -> list[tuple[str, inspect.Type]]:
    """What may stand at a key of an object, or a place of a list, with its name."""
    match kind:
        case inspect.StructType() if step == kind.tag_field:
            return [(step, inspect.LiteralType((kind.tag,)))]
        case inspect.StructType() if kind.tag is None or value.get(kind.tag_field, kind.tag) == kind.tag:
            return [(step, field.type) for field in kind.fields if field.encode_name == step]
        case inspect.TupleType():
            return [(PLACE[int(step)], kind.item_types[int(step)])]
        case inspect.VarTupleType() | inspect.ListType():
            return [(step, kind.item_type)]
    return []


def _wanted(kinds: list[inspect.Type], bounds: str) -> str:
    if names := [str(name) for one in kinds if isinstance(one, inspect.LiteralType) for name in one.values]:
        return f"{'one of ' * (len(names) > 1)}{', '.join(names)}"
    if bounds:
        return f"a {'' if any(isinstance(one, inspect.FloatType) for one in kinds) else 'whole '}number from {bounds}"
    return " and ".join(PLACE) if any(isinstance(one, inspect.TupleType) for one in kinds) else ""
