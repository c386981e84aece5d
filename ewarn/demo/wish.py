"""What a visitor of the page asks for, and the drill that it makes. Pure but for the files that settings name."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta, Struct
from msgspec.json import Decoder

from ewarn.centre.centre import Centre
from ewarn.config.catalogues import find_quake
from ewarn.config.drill import FAULTS, DrillSettings, load_drill
from ewarn.dispatch.orders import ORDERS
from ewarn.errors import InputError
from ewarn.gateway.engines import AUTO, CHOICES
from ewarn.wire.messages import understood
from ewarn.words import say

MOST_ORDERS = 2
MOST_USERS = 500_000
MOST_PER_S = 1e9
"""messages a second, as a drill file may have"""
QUICK_S = 6.0
"""the quick report comes so soon after the last one, that visitors may see it; real ones take minutes"""
FROM, UNTIL = 0.15, 0.55
"""when a platform's fault begins and ends, as shares of the time from the first report to the last"""


@dataclass(frozen=True)
class DrillWish:
    """A drill that is asked for."""

    quake: str
    """its id; for `settings_for`, what a drill file calls it"""
    users: int
    engine: str
    orders: tuple[str, ...]
    """one, or two to be played in turn and seen side by side"""
    fault: str
    rate_per_s: float | None = None
    """messages a second at most; None: as the drill file has it"""


class _Start(Struct):
    users: Annotated[int, Meta(ge=1, le=MOST_USERS)]
    rate_per_s: Annotated[float, Meta(gt=0, le=MOST_PER_S)] | None = None
    quake: Any = None
    engine: Any = AUTO
    orders: Any = None
    fault: Any = "none"


_START = Decoder(_Start)


def parse_wish(text: str | bytes, quakes: Sequence[str]) -> DrillWish:
    """Read a `start` message. Raises InputError naming the key."""
    said = understood(text, _START)
    orders, fault = said.orders, _one_of("fault", said.fault, FAULTS)
    if not isinstance(orders, list) or not 1 <= len(orders) <= MOST_ORDERS:
        raise InputError(say("problem.orders", str(MOST_ORDERS), ", ".join(ORDERS)))
    for order in orders:
        _one_of("orders", order, tuple(ORDERS))
    if len(set(orders)) < len(orders):
        raise InputError(say("problem.same-orders", say(f"order.{orders[0]}")))
    if fault != "none" and len(orders) > 1:
        raise InputError(say("problem.fault"))
    quake, engine = _one_of("quake", said.quake, quakes), _one_of("engine", said.engine, tuple(CHOICES))
    return DrillWish(quake, said.users, engine, tuple(orders), fault, said.rate_per_s)


def settings_for(wish: DrillWish, config: Path) -> DrillSettings:
    """The drill file with what is wished for. Raises InputError."""
    changes: dict[str, Any] = {
        "quake": wish.quake,
        "audience.users": wish.users,
        "gateway.engine": wish.engine,
        "gateway.order": wish.orders[0],
        "speed": 1.0,
    }
    if wish.rate_per_s is not None:
        changes["gateway.rate_per_s"] = wish.rate_per_s
    settings = load_drill(config, changes)
    if settings.detection.quick_s is None:
        settings = load_drill(config, changes | {"detection.quick_s": QUICK_S})
    if wish.fault == "none":
        return settings
    quake = find_quake(settings.quake)
    times = [report.released - quake.origin.time for report in Centre(settings).reports(quake)]
    span_s = times[-1] - times[0]
    fault = {
        "platforms.fault": wish.fault,
        "platforms.fault_s": round(times[0] + FROM * span_s, 1),
        "platforms.back_s": round(times[0] + UNTIL * span_s, 1),
    }
    return load_drill(config, changes | {"detection.quick_s": settings.detection.quick_s} | fault)


def _one_of(key: str, value: object, known: Sequence[str]) -> str:
    if not isinstance(value, str) or value not in known:
        raise InputError(say("problem.one-of", key, ", ".join(known), repr(str(value)[:40])))
    return value
