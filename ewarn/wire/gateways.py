"""The list of gateways, which each of them serves: a client chooses one by it, and its operator sees if one may die."""

from collections.abc import Iterable
from typing import Annotated, Literal, Self

from msgspec import Meta, Struct, json
from msgspec.structs import replace

from ewarn.wire.messages import understood

GATEWAYS_PATH = "/v1/gateways"
"""of the public port"""
MOST_GATEWAYS = 1024
"""in a list"""
MOST_TIMES = 4
"""the weight of the next largest that a gateway may have"""
State = Literal["up", "draining", "lost"]
Count = Annotated[int, Meta(ge=0, le=2**53)]


class Gateway(Struct, frozen=True):
    """One of the list."""

    name: Annotated[str, Meta(pattern=r"\A[a-z0-9][a-z0-9-]{0,62}\Z")]
    """of its host"""
    url: Annotated[str, Meta(min_length=1, max_length=300)]
    """`ws://HOST:PORT`, or `wss://` for TLS"""
    weight: Count
    """its share of the users: the connections that it can hold"""
    connections: Count
    """open now"""
    state: State
    """`up`; `draining`: it lets its users go and takes no others; `lost`: it has not been heard of for a while"""


class Gateways(Struct, frozen=True, kw_only=True):
    """The list, by name, and what all of them together can hold."""

    drill: bool = True
    gateways: Annotated[tuple[Gateway, ...], Meta(max_length=MOST_GATEWAYS)]
    capacity: Count
    """connections that those which are up can hold"""
    connections: Count
    """open now; those of a gateway that is lost are not counted"""
    without_the_largest: Count
    """connections that those which are up could hold without the largest of them"""
    spare: bool
    """whether the largest may die: the others could hold all connections"""

    @classmethod
    def of(cls, gateways: Iterable[Gateway]) -> Self:
        """The list of these."""
        listed = tuple(sorted(gateways, key=lambda one: one.name))
        up = [one.weight for one in listed if one.state == "up"]
        connections = sum(one.connections for one in listed if one.state != "lost")
        left = sum(up) - max(up, default=0)
        return cls(
            gateways=listed,
            capacity=sum(up),
            connections=connections,
            without_the_largest=left,
            spare=connections <= left,
        )


def bounded(gateways: Iterable[Gateway]) -> list[Gateway]:
    """The same, none with more than `MOST_TIMES` the weight of the largest of the others, unless these have none.

    Each host says itself what it can hold. One that says too much would be the home of nearly all users.
    """
    listed = list(gateways)
    weights = sorted(one.weight for one in listed)
    if len(weights) < 2 or not (most := MOST_TIMES * weights[-2]):
        return listed
    return [replace(one, weight=min(one.weight, most)) for one in listed]


_GATEWAYS = json.Decoder(Gateways)


def decode(data: str | bytes) -> Gateways:
    """The list from a gateway. Raises InputError naming the full key of the first thing wrong."""
    return understood(data, _GATEWAYS)
