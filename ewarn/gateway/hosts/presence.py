"""How this gateway stands, as others and its own public pages are told."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args
from urllib.parse import urlsplit

from ewarn.gateway.counters import MICROSECONDS, Counters
from ewarn.gateway.hosts.board import Board, BusNotice, Notice
from ewarn.gateway.hosts.known import Known
from ewarn.gateway.hosts.shown import SILENT_S
from ewarn.system.address import literal
from ewarn.wire.bus import Standing
from ewarn.wire.bus import State as SaidState
from ewarn.wire.gateways import Gateway, Gateways, State


@dataclass(frozen=True)
class Called:
    """What a host is called, and where its users connect."""

    name: str
    url: str

    @property
    def names(self) -> tuple[str, ...]:
        """Names by which users ask for it, since they are told the URL; an address needs none."""
        host = urlsplit(self.url).hostname or ""
        return (host,) if host and literal(host) is None else ()


class Presence:
    """One host among those that are known; none are where there is no bus."""

    def __init__(
        self, called: Called, counters: Counters, capacity: Callable[[], int], board: Board, now: float
    ) -> None:
        """`capacity`: connections that it is to hold; `now` is monotonic, seconds."""
        self.called, self.known, self.is_draining = called, Known(now), False
        self._counters, self._capacity, self._board = counters, capacity, board
        self._began = now
        self.count = counters.add
        """counts one more, by the name of a metric's cell"""

    @property
    def own(self) -> Gateway:
        """Itself, as it stands in the list."""
        state: State = "draining" if self.is_draining else "up"
        called = self.called
        return Gateway(called.name, called.url, self._capacity(), self._counters.total("parked"), state)

    def standing(self, *, stale: bool, leaving: bool = False) -> Standing:
        """Itself, as it says to others that it stands."""
        own = self.own
        state: SaidState = "leaving" if leaving else "draining" if self.is_draining else "stale" if stale else "up"
        return Standing(own.name, own.url, own.weight, own.connections, state)

    def show(self, now: float, bus: BusNotice | None) -> None:
        """Put up on the board, and into the metrics, how all of it stands."""
        others = tuple(self.known.listed())
        self._board.put(Notice(self.own, others, bus))
        if bus is None:
            return
        stale = bus.is_stale(now, SILENT_S)
        self.known.look(now, hears=not stale)
        pulse_s = bus.pulse_s(now)
        self._put("bus_stale", int(stale))
        self._put("bus_pulse_age_seconds", round((now - self._began if pulse_s is None else pulse_s) * MICROSECONDS))
        self._put("bus_lines", len(bus.lines))
        for index, line in enumerate(bus.lines):
            self._put(f"bus_line_up_{index}", int(line.up))
            ends = round((line.trusted_until or 0) * MICROSECONDS)
            self._put(f"bus_certificate_expiry_timestamp_seconds_{index}", ends)
        listed = Gateways.of((self.own, *others)).gateways
        for state in get_args(State):
            self._put(f"hosts_{state}", sum(one.state == state for one in listed))

    def _put(self, cell: str, value: int) -> None:
        self._counters.put(cell, value)
