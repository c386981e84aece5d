"""Messages of strangers: JSON into typed values, and every wrong key named with all that may stand there."""

import json
import re
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from ewarn.errors import InputError, quoted

Kind = TypeVar("Kind")


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
    return fitted(value, decoder.type)


def fitted(value: Any, kind: type[Kind]) -> Kind:
    """The same of values that are read already."""
    try:
        return msgspec.convert(value, kind)
    except UnicodeEncodeError:
        raise InputError("not JSON: half a surrogate pair is no character") from None
    except msgspec.ValidationError as error:
        raise InputError(_explained(str(error), value, inspect.type_info(kind))) from None


def _explained(problem: str, value: Any, kind: inspect.Type) -> str:
    """`Expected `float` >= -90.0 - at `$.origin.latitude`` with its other bound, and with what came."""
    what, _, at = problem.replace("`", "").partition(" - at ")
    missing = re.fullmatch("Object missing required field (.*)", what)
    kinds, key = [kind], ""
    for step in re.findall(r"\w+", at) + ([missing[1]] if missing else []):
        inside = [found for one in kinds for found in _inside(one, value, step)]
        name = inside[0][0] if inside else step
        key += f" {name}: " if name.isdigit() else f".{name}"
        kinds = [one for _, one in inside]
        value = value[int(step)] if isinstance(value, list) else value.get(step)
    key = key.replace(": .", ": ").strip(".: ")
    wanted = _wanted(kinds, "" if missing else what)
    if missing:
        return f"{key}: missing{wanted and f', expected {wanted}'}"
    return f"{key}{': ' if key else ''}expected {wanted}, got {quoted(value)}"


def _inside(kind: inspect.Type, value: Any, step: str) -> list[tuple[str, inspect.Type]]:
    """What may stand at a key of an object, or a place of a list, with its name."""
    match kind:
        case inspect.UnionType():
            return [found for one in kind.types for found in _inside(one, value, step)]
        case inspect.StructType() if step == kind.tag_field:
            return [(step, inspect.LiteralType((kind.tag,)))]
        case inspect.StructType() if kind.tag is None or value.get(kind.tag_field, kind.tag) == kind.tag:
            return [(step, field.type) for field in kind.fields if field.encode_name == step]
        case inspect.NamedTupleType():
            return [(kind.fields[int(step)].name, kind.fields[int(step)].type)]
        case inspect.VarTupleType() | inspect.ListType():
            return [(step, kind.item_type)]
    return []


def _wanted(kinds: list[inspect.Type], what: str) -> str:
    flat = [one for kind in kinds for one in (kind.types if isinstance(kind, inspect.UnionType) else (kind,))]
    if names := [str(name) for one in flat if isinstance(one, inspect.LiteralType) for name in one.values]:
        return f"one of {', '.join(names)}" if len(names) > 1 else names[0]
    if flat and isinstance(flat[0], inspect.NamedTupleType):
        return " and ".join(field.name for field in flat[0].fields)
    numbers = [one for one in flat if isinstance(one, inspect.IntType | inspect.FloatType)]
    if numbers and numbers[0].ge is not None:
        whole = "" if any(isinstance(one, inspect.FloatType) for one in numbers) else "whole "
        return f"a {whole}number from {numbers[0].ge:g} to {numbers[0].le:g}"
    return what.removeprefix("Expected ").partition(", got ")[0].replace(" | ", " or ")
