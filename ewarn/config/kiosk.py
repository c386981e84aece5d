"""Lists that a kiosk plays: `ewarn demo --kiosk`."""

from pathlib import Path
from typing import Annotated, Self

from annotated_types import Gt, Le
from pydantic import Field, field_validator, model_validator

from ewarn.config.catalogues import find_quake
from ewarn.config.drill import FaultKind
from ewarn.config.tables import Table, read, validated
from ewarn.dispatch.orders import OrderName
from ewarn.errors import InputError, quoted
from ewarn.words import languages

MOST_USERS = 500_000
"""that a page draws"""

MOST_ORDERS = 2
"""of an entry: so many maps stand side by side"""


class KioskEntry(Table):
    """A drill that is played live, replayed where it has two orders, and held at its end."""

    quake: str
    """Path of the quake file, from this file's folder, or the name of a quake that came with the program."""
    users: int = Field(20_000, ge=1, le=MOST_USERS)
    """Number of users."""
    orders: tuple[OrderName, ...] = ("deadline",)
    """Orders of dispatch: one, or two that are played in turn and replayed side by side."""
    rate_per_s: Annotated[float, Gt(0), Le(1e9)] | None = None
    """Frames that the gateway sends a second at most; without it, as the drill file has it."""
    fault: FaultKind = "none"
    """What befalls the first of two platforms while the reports go out."""
    language: str | None = None
    """Code of the language to which the page turns, such as zh; without it, the page stays as it is."""
    hold_s: float = Field(30.0, ge=0, le=3600)
    """Seconds for which the end is held before the next entry."""

    @field_validator("language")
    @classmethod
    def _known(cls, given: str | None) -> str | None:
        if given is not None and given not in languages():
            raise ValueError(f"{quoted(given)} is not one of {', '.join(languages())}")
        return given

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if not 1 <= len(self.orders) <= MOST_ORDERS:
            raise ValueError(f"orders: expected 1 or {MOST_ORDERS}, got {len(self.orders)}")
        if len(set(self.orders)) < len(self.orders):
            raise ValueError(f"orders: expected two different orders, got {self.orders[0]} twice")
        if self.fault != "none" and len(self.orders) > 1:
            raise ValueError("fault: a fault needs a single order; name one order, or no fault")
        return self


class KioskList(Table):
    """A list of drills that a page plays by itself, over and over, in the order in which they stand."""

    keep: int = Field(20, ge=2, le=100_000)
    """Number of plays whose folders are kept, the newest; older ones that the kiosk made are removed."""
    entry: tuple[KioskEntry, ...]
    """A drill of the list."""

    @field_validator("entry")
    @classmethod
    def _some(cls, given: tuple[KioskEntry, ...]) -> tuple[KioskEntry, ...]:
        if not given:
            raise ValueError("there is no entry to play")
        return given


def load_kiosk(path: Path) -> KioskList:
    """Read a list; paths come back resolved. Raises InputError with a line for every wrong key, quakes' files too."""
    data = read(path)
    entries = data.get("entry")
    for one in entries if isinstance(entries, list) else []:
        if isinstance(one, dict) and isinstance(one.get("quake"), str):
            named = path.parent / one["quake"]
            # The name of a quake that came with the program is no path.
            one["quake"] = str(named) if named.suffix else one["quake"]
    found = validated(KioskList, data, path)
    problems: list[str] = []
    for index, entry in enumerate(found.entry):
        try:
            find_quake(entry.quake)
        except InputError as error:
            problems += [f"{path}: entry.{index}.quake: {line.removeprefix('quake: ')}" for line in error.problems]
    if problems:
        raise InputError(*problems)
    return found
