"""JSON out of what is typed, and into it; whatever is wrong in a file is named by its full key."""

import json
import re
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np

from ewarn.errors import InputError
from ewarn.system import files

Kind = TypeVar("Kind")


def encoded(content: Any, indent: int = -1, *, escaped: bool = False) -> str:
    """Plain values, structs and dataclasses as JSON, kinds of strings too; what is not finite becomes null.

    With `indent` 0 it is a line with spaces, with more it has lines of its own for all parts. `escaped`: in ASCII.
    """
    try:
        text = msgspec.json.encode(content, enc_hook=_plain).decode()
    except UnicodeEncodeError:
        text = _spelled(json.dumps(msgspec.to_builtins(content, enc_hook=_plain), ensure_ascii=False))
    if escaped and not text.isascii():
        text = json.dumps(json.loads(text))
    return msgspec.json.format(text, indent=indent)


def write(path: Path, content: Any) -> None:
    """Write what `encoded` takes. Raises WriteError."""
    files.write_text(path, encoded(content, indent=1) + "\n")


def read(path: Path, kind: type[Kind]) -> Kind:
    """Read a file of such a type; keys that it does not know are let be. Raises InputError naming file and key."""
    try:
        return decoded(path.read_bytes(), kind)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def decoded(data: bytes, kind: type[Kind]) -> Kind:
    """The same of bytes. Raises InputError naming the key."""
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as error:
        raise InputError(_said(str(error))) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"not JSON: {str(error).removeprefix('JSON is malformed: ')}") from None


def _spelled(text: str) -> str:
    """With bytes of a file's name that are no UTF-8 spelled: a lone surrogate is no JSON that all can read."""
    spelled = re.sub("[\ud800-\udfff]", lambda found: f"\\\\x{ord(found[0]) & 0xFF:02x}", text)
    return msgspec.json.encode(json.loads(spelled)).decode()


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, str):  # of a kind of its own
        return str.__str__(value)
    raise TypeError(f"no JSON: {type(value).__name__}")


def _said(problem: str) -> str:
    """`Expected `int`, got `str` - at `$.a[0].b`` as `a.0.b: expected int, got str`."""
    what, _, at = problem.replace("`", "").partition(" - at ")
    key = re.sub(r"\[(\d+|\.\.\.)\]", r".\1", at).replace("....", ".*").removeprefix("$").removeprefix(".")
    if missing := re.fullmatch("Object missing required field (.*)", what):
        return f"{key}{'.' if key else ''}{missing[1]}: missing"
    return f"{key or 'top level'}: {what[0].lower()}{what[1:].replace(' | ', ' or ')}"
