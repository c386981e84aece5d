"""Several bench files in one plot: sizes or kinds of clients that were held in runs of their own."""

from collections.abc import Sequence
from pathlib import Path
from typing import NotRequired, TypedDict

from msgspec import DecodeError, ValidationError
from msgspec.json import decode

from ewarn.config.tables import content
from ewarn.errors import InputError


class Spread(TypedDict):
    """Of a figure over the plays; None where it was not measured."""

    median: float | None


class DrawnClients(TypedDict):
    """Of a row."""

    kind: str


class DrawnRow(TypedDict):
    """What a plot needs of a row."""

    name: str
    frames: str
    users: int
    seconds: Spread
    send_us: Spread
    busy_us: Spread
    gateway_bytes: float | None
    swarm_bytes: float | None
    kernel_bytes: float | None
    clients: NotRequired[DrawnClients]
    doubts: NotRequired[list[str]]


class Drawn(TypedDict):
    """A bench file, as far as it is drawn."""

    rows: list[DrawnRow]


def joined(paths: Sequence[Path]) -> Drawn:
    """All rows of these files. Raises InputError naming the file and its first wrong key."""
    return {"rows": [row for path in paths for row in _load(path)["rows"]]}


def _load(path: Path) -> Drawn:
    try:
        return decode(content(path), type=Drawn)
    except ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        at = f"{where.strip('`.')}: " if where else ""
        raise InputError(f"{path}: {at}{what[0].lower()}{what[1:]}") from None
    except DecodeError as error:
        raise InputError(f"{path}: not JSON: {error}") from None
