"""What `/healthz` says of a gateway. Another version may say less, so every key can be left out."""

from msgspec import UNSET, Struct, UnsetType, field


class Health(Struct, frozen=True):
    """State, layout and strategy."""

    status: str = "ok"
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
