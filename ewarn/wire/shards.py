"""How a gateway is to be: how many shards, which strategy; the questions on the control address, and their answers."""

import json
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType, to_builtins

TYPE = "shards"
STRATEGY = "strategy"


class Wanted(Struct, frozen=True, omit_defaults=True):
    """What is asked for."""

    count: int | None = None
    """shards that take connections; None only asks how things stand"""
    force: bool = False
    """even where fewer shards cannot hold the connections there are"""


class Shards(Struct, frozen=True, tag_field="type", tag=TYPE):
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


class Changed(Struct, frozen=True, tag_field="type", tag=STRATEGY):
    """Another strategy of dispatch: the question, and its answer; what it does not name is as before."""

    order: str | UnsetType = UNSET
    rate_per_s: Annotated[float, Meta(ge=0, le=1e9)] | UnsetType | None = UNSET


def encode_wanted(wanted: Wanted) -> str:
    """The question; a number of shards may be larger than what msgspec writes."""
    return json.dumps({"type": TYPE, **to_builtins(wanted)})
