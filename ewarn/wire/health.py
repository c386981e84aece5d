"""What `/healthz` says of a gateway. Another version may say less, so every key can be left out."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType, field

from ewarn.wire.bus import ReportName

Status = Literal["ok", "degraded", "stale", "draining"]
"""what a gateway of this version says; see `Health`"""


class LineHealth(Struct, frozen=True):
    """How a line of the bus stands, as a gateway finds it."""

    up: bool = False
    since_s: float = 0.0
    """for how long it has been so, seconds"""
    answered_s: float = 0.0
    """seconds since it answered last"""
    caught_up: bool = False
    """since it came up, it has told the newest report of each quake"""
    pulse_s: float | None = None
    """seconds since the last pulse of the centre came by it; null: none has"""


class BusHealth(Struct, frozen=True):
    """How a gateway hears the bus."""

    lines: tuple[LineHealth, ...] = ()
    silent: tuple[int, ...] = ()
    """lines that cannot be heard, by index; the other one is alone then"""
    pulse_s: float | None = None
    """seconds since the last pulse of the centre by any line; null: none has come"""
    newest: ReportName | None = None
    """the last report that was taken by a line"""
    newest_s: float | None = None
    """seconds since then"""


class Health(Struct, frozen=True):
    """State, layout and strategy."""

    status: str = "ok"
    """`ok`; `degraded`: a part of it, or a line of the bus, is down; `draining`: all of it lets its users go; `stale`:
    all lines of the bus are silent, so that reports may go out of which it knows nothing"""
    drill: bool = True
    engine: str | UnsetType = UNSET
    gates: dict[str, float] = field(default_factory=dict)
    order: str | UnsetType = UNSET
    rate_per_s: float | UnsetType | None = UNSET
    shards: int = 0
    """that there are to be"""
    shards_up: int = 0
    """that take connections"""
    draining: int = 0
    stalled: tuple[int, ...] = ()
    """shards that stand still, by index"""
    capacity: int = 0
    """connections that it holds at most"""
    connections: int = 0
    bus: BusHealth | UnsetType = UNSET
    """where it hears one"""
