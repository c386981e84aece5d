"""What the public pages say of bus and hosts, out of what is on the board. Pure."""

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from ewarn.gateway.hosts.board import Notice
from ewarn.wire.gateways import Gateways, bounded
from ewarn.wire.health import BusHealth, LineHealth, Status

SILENT_S = 2.0
"""A line that has not answered for so long is silent; it is asked every half second."""


def gateways(notice: Notice | None, connections: int) -> Gateways:
    """Who there is; `connections` are those of this gateway now."""
    if notice is None:
        return Gateways.of(())
    return Gateways.of(bounded((replace(notice.own, connections=connections), *notice.others)))


def status(notice: Notice | None, now: float, *, sound: bool) -> Status:
    """How a gateway is, in a word; `sound` says whether all of its own parts are. `now` is monotonic, seconds."""
    bus = notice.bus if notice else None
    if bus and bus.is_stale(now, SILENT_S):
        return "stale"
    if notice and notice.own.state == "draining":
        return "draining"
    return "ok" if sound and not (bus and bus.silent(now, SILENT_S)) else "degraded"


def bus_health(notice: Notice | None, now: float) -> BusHealth | UnsetType:
    """How the bus is heard, at `now` (monotonic s); unset where there is none."""
    if notice is None or notice.bus is None:
        return UNSET
    bus = notice.bus
    lines = tuple(
        LineHealth(
            line.up,
            _since(line.since, now),
            _since(line.answered, now),
            line.caught_up,
            None if line.pulse is None else _since(line.pulse, now),
        )
        for line in bus.lines
    )
    heard, pulse_s = bus.heard, bus.pulse_s(now)
    newest, newest_s = (heard.report, _since(heard.at, now)) if heard else (None, None)
    silent = bus.silent(now, SILENT_S)
    return BusHealth(lines, silent, None if pulse_s is None else _since(now - pulse_s, now), newest, newest_s)


def _since(at: float, now: float) -> float:
    return round(max(0.0, now - at), 3)
