"""What the public port answers to plain HTTP."""

from dataclasses import asdict

import numpy as np

from ewarn.gateway import metrics
from ewarn.gateway.clients.questions import Body, Later
from ewarn.gateway.counters import Counters
from ewarn.gateway.hosts.board import Board, Notice
from ewarn.gateway.hosts.shown import bus_health, gateways, status
from ewarn.gateway.sending.desk import Desk
from ewarn.gateway.settings import ShardSettings
from ewarn.gateway.way_in.handshake import Page
from ewarn.system.clock import Clock
from ewarn.system.json_files import encoded
from ewarn.wire.gateways import GATEWAYS_PATH
from ewarn.wire.health import Health, Status
from ewarn.wire.subscriptions import SNAPSHOT_PATH, parse_places

JSON = "application/json"
QUAKES_PATH = "/v1/quakes"


class Pages:
    """`/healthz` and `/metrics`, over all shards; recent quakes, what they mean at places; which gateways there are."""

    def __init__(self, settings: ShardSettings, counters: Counters, desk: Desk, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._board = Board(settings.board) if settings.board is not None else None
        self._counters = counters
        self._desk = desk
        self._metrics = metrics.Page(counters, {"engine": settings.gateway.engine}, lambda: self._status(*self._seen()))

    def by_path(self) -> dict[str, Page]:
        """The pages there are."""
        alike = {"/healthz": self.health, "/metrics": self.metrics, QUAKES_PATH: self.quakes}
        if self._board:
            alike[GATEWAYS_PATH] = self.gateways
        later = {path: Later(path, make) for path, make in alike.items()}
        return {path: lambda _asked, page=page: page for path, page in later.items()} | {SNAPSHOT_PATH: self.snapshot}

    def quakes(self) -> Body:
        """The newest report of each recent quake, the latest quake first."""
        return JSON, encoded({"drill": True, "quakes": self._desk.history()}, 0) + "\n"

    def snapshot(self, path: str) -> Later:
        """All quakes under way, as they stand at the places that are asked for."""
        places = parse_places(path)
        return Later(f"{SNAPSHOT_PATH} {places}", lambda: (JSON, self._desk.snapshot(places) + "\n"), places)

    def gateways(self) -> Body:
        """Which gateways there are; this one alone, where it hears no bus."""
        notice = self._board.read() if self._board else None
        return JSON, encoded(gateways(notice, self._counters.total("parked")), 0) + "\n"

    def health(self) -> Body:
        """State, layout and strategy as JSON, and how the bus is heard."""
        gateway, totals = self._settings.gateway, self._counters.totals()
        notice, now = self._seen()
        stalled = np.flatnonzero(self._counters.by_shard("stalled")).tolist()
        found = Health(
            status=self._status(notice, now),
            engine=gateway.engine,
            gates=asdict(gateway.alerts.gates),
            order=self._desk.strategy.order,
            rate_per_s=self._desk.strategy.rate_per_s,
            shards=totals["wanted"],
            shards_up=totals["up"],
            draining=totals["draining"],
            stalled=tuple(stalled),
            capacity=totals["capacity"],
            connections=totals["parked"],
            bus=bus_health(notice, now),
        )
        return JSON, encoded(found, 0) + "\n"

    def _seen(self) -> tuple[Notice | None, float]:
        """What is on the board, and when it was read (monotonic s)."""
        return self._board.read() if self._board else None, self._clock.monotonic_ns() / 1e9

    def _status(self, notice: Notice | None, now: float) -> Status:
        up, wanted, *still = map(self._counters.total, ("up", "wanted", "stalled", "tls_stalled"))
        return status(notice, now, sound=up >= wanted and not any(still))

    def metrics(self) -> Body:
        """Prometheus text format."""
        return metrics.CONTENT_TYPE, self._metrics.text()
