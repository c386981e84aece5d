"""What the desk of a shard works with, made from settings; all of it is passed in, so that a test may give it worse."""

from dataclasses import dataclass

import numpy as np

from ewarn.dispatch.engine import Engine
from ewarn.dispatch.gates import TIERS, Gates
from ewarn.dispatch.orders import ORDERS
from ewarn.dispatch.plan import Followers, Plan, plan
from ewarn.gateway.engines import ENGINES
from ewarn.gateway.sending.journal import Journal
from ewarn.gateway.sending.pace import Pace
from ewarn.gateway.settings import ShardSettings, Strategy
from ewarn.seismic.earth import Earth
from ewarn.seismic.origin import Report
from ewarn.system.clock import Clock, WallClock
from ewarn.wire.matrix import BUILDERS, FrameBuilder


@dataclass(frozen=True)
class Means:
    """Tools, and rules."""

    engine: Engine
    strategy: Strategy
    gates: Gates
    earth: Earth
    builder: FrameBuilder
    rng: np.random.Generator
    clock: Clock
    pace: Pace
    journal: Journal | None = None

    def plan(self, report: Report, followers: Followers, order: str) -> Plan:
        """What to tell each of the followers, in an order by name; see `dispatch.plan`."""
        return plan(report, followers, self.gates, self.earth, ORDERS[order], self.rng)


def stream_of(settings: ShardSettings, purpose: str) -> np.random.Generator:
    """Random numbers of this shard, of this platform."""
    return settings.gateway.draws.stream(purpose, settings.index)


def make(settings: ShardSettings, rows: int) -> Means:
    """For a shard whose descriptors are below `rows`. Raises OSError where its engine cannot be had."""
    gateway = settings.gateway
    return Means(
        engine=ENGINES[gateway.engine].make(rows),
        strategy=gateway.strategy,
        gates=gateway.alerts.gates,
        earth=Earth(gateway.alerts.earth),
        builder=BUILDERS[gateway.alerts.frames](TIERS),
        rng=stream_of(settings, "order"),
        clock=WallClock(),
        journal=Journal(*gateway.notes.journal, settings.index) if gateway.notes.journal else None,
        pace=Pace(settings.pace, settings.shards, settings.index),
    )
