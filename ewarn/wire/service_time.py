"""The service's time, for phones that ask: `{"type":"time","sent":X}` in, the same with `"service"` back. Pure.

A phone counts seconds until S by the service's clock, since its own may be seconds off. It asks, and takes the answer
to have been written half a round trip before it came; of several exchanges the one with the smallest round trip is off
least, by at most half of it (F. Cristian, Probabilistic clock synchronization, Distributed Computing 3, 1989).
"""

import math
from typing import Annotated

from msgspec import Meta, Struct

TIME = "time"
LARGEST = 2**53
"""of `sent`: the largest number up to which every reader of JSON knows all whole ones"""
_BOUNDS = Meta(ge=-LARGEST, le=LARGEST)
_ASKED, _TOLD = b'{"type":"time","sent":', b'{"type":"time","drill":true,"sent":'


class Question(Struct, frozen=True, tag_field="type", tag=TIME):
    """What a client asks."""

    sent: Annotated[int, _BOUNDS] | Annotated[float, _BOUNDS]
    """as it came: a whole number stays one"""


def ask(sent: float) -> bytes:
    """Payload of a client's question; `sent` is a number of its own, by which it knows the answer again."""
    return b"%b%a}" % (_ASKED, sent)


def tell(sent: float, service_s: float) -> bytes:
    """Payload of the answer: `sent` as it came, and `service`, whole milliseconds since 1970-01-01 UTC, from seconds.

    A number as of JavaScript's `Date.now()`, since it is reckoned with and not read. Cut off, not rounded: the service
    never claims to be later than it is.
    """
    return b'%b%a,"service":%d}' % (_TOLD, sent, math.floor(service_s * 1000))


def is_told(payload: bytes) -> bool:
    """Whether a payload is such an answer."""
    return payload.startswith(_TOLD)
