"""How reports are to be dispatched: the question on the control address, and its answer."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType


class Changed(Struct, frozen=True, tag_field="type", tag="strategy"):
    """Another strategy; what a question does not name is as before."""

    order: str | UnsetType = UNSET
    rate_per_s: Annotated[float, Meta(ge=0, le=1e9)] | UnsetType | None = UNSET
