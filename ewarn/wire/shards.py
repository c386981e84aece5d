"""How many shards a gateway is to have: the question on the control address, and its answer."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from ewarn.errors import InputError
from ewarn.wire.reports import parse_object

TYPE = "shards"


@dataclass(frozen=True)
class Wanted:
    """What is asked for."""

    count: int | None = None
    """shards that take connections; None only asks how things stand"""
    force: bool = False
    """even where fewer shards cannot hold the connections there are"""


@dataclass(frozen=True)
class Shards:
    """How things stand."""

    count: int
    """shards that there are to be"""
    up: int
    """of these, how many take connections now"""
    starting: tuple[int, ...]
    draining: tuple[int, ...]
    """shards besides, that let their connections go and then end; both by index"""

    @property
    def settled(self) -> bool:
        """Whether nothing is under way."""
        return not self.starting and not self.draining


def encode_wanted(wanted: Wanted) -> str:
    """The question."""
    count = {} if wanted.count is None else {"count": wanted.count}
    return json.dumps({"type": TYPE, **count, "force": wanted.force})


def decode_wanted(text: str | bytes) -> Wanted:
    """Read the question. Raises InputError naming the key."""
    data = parse_object(text)
    count, force = data.get("count"), data.get("force", False)
    if count is not None and (not isinstance(count, int) or isinstance(count, bool)):
        raise InputError(f"count: expected a whole number of shards, got {count!r}"[:100])
    if not isinstance(force, bool):
        raise InputError(f"force: expected true or false, got {force!r}"[:100])
    return Wanted(count, force)


def fields(shards: Shards) -> dict[str, Any]:
    """The answer, ready for JSON."""
    return {"type": TYPE, **asdict(shards)}


def decode_shards(answer: dict[str, Any]) -> Shards:
    """The answer, from its fields."""
    return Shards(answer["count"], answer["up"], tuple(answer["starting"]), tuple(answer["draining"]))
