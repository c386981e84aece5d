"""Our own gateway as a contender: by itself, among stuck or chatting clients, or told while nobody may read."""

import time
from dataclasses import replace
from itertools import islice

from ewarn.bench.budget import Parts
from ewarn.bench.contender import TICK_S, Terms, WithSwarm
from ewarn.bench.harness import Doors
from ewarn.bench.sample import Footprint, Sample
from ewarn.dispatch.gates import NO_GATES
from ewarn.drill.gateways import ANYWHERE, Gateway, own_gateway
from ewarn.errors import MeasurementError
from ewarn.gateway.settings import Alerts, Draws, GatewaySettings, Limits, Size, Strategy
from ewarn.publish import Publisher, publisher
from ewarn.seismic.origin import Report
from ewarn.swarm.chatter import MESSAGE_BYTES
from ewarn.swarm.client import Target
from ewarn.system import process
from ewarn.words import say

FRAMES = "ewarn_frames_total"
PARTS = "ewarn_fan_out_seconds_total"
CHATTING_S = 0.3
"""clients have chatted for so long when an alert is to meet their chat"""


class OwnGateway(WithSwarm):
    """A gateway of ours, with one engine and one order."""

    kind = "engine"
    stuck = 0
    """clients besides that never read"""
    limits = Limits()

    def __init__(self, terms: Terms, engine: str, order: str, frames: str) -> None:
        super().__init__(terms)
        self.name, self.engine, self.order, self.frames = f"{engine}/{order}", engine, order, frames
        self.settings = say("contest.set-own")
        self.gateway: Gateway
        self._publisher: Publisher
        self._pids: list[int]
        """asked for once: its shards stay, and looking through all processes of the machine takes a while"""

    def gateway_pids(self) -> list[int]:
        """See `WithSwarm.gateway_pids`."""
        return self._pids

    def _open(self, doors: Doors | None) -> list[Target]:
        door = doors() if doors else None
        wanted = GatewaySettings(
            addresses=replace(ANYWHERE, also=(door.descriptor,)) if door else ANYWHERE,
            size=Size(capacity=len(self._terms.audience) + self.stuck),
            limits=self.limits,
            alerts=Alerts(NO_GATES, frames=self.frames),
            strategy=Strategy(self.order),
            engine=self.engine,
            draws=Draws(self._terms.seed),
        )
        self.gateway = self._stack.enter_context(own_gateway(wanted, self._terms.signer))
        self._publisher = self._stack.enter_context(publisher(self.gateway.control, self.gateway.secret, self._clock))
        assert self.gateway.child  # noqa: S101  it is our own
        pid = self.gateway.child.process.pid
        self._pids = [pid, *process.descendants(pid)]
        return [door.target if door else self.gateway.target]

    def _parts(self) -> Parts | None:
        found = self.gateway.labelled(PARTS)
        return Parts(found["plan"], found["frames"], found["send"], found["notes"]) if found else None

    def _release(self, report: Report) -> int:
        return self._publisher.release(report).monotonic_ns


class Stuck(OwnGateway):
    """The same, with clients in its way that never read, until their buffers are full."""

    kind, besides = "stuck", True
    limits = Limits(slow_s=3600.0)
    """or they would be dropped, and in nobody's way, after ten seconds"""
    MOST_FRAMES = 1_000

    def __init__(self, terms: Terms, engine: str, order: str, frames: str, share: float) -> None:
        super().__init__(terms, engine, order, frames)
        self.stuck = max(1, round(share * self.users))
        self.name, self.settings = f"{self.name} +stuck", say("contest.set-stuck", f"{self.stuck:,}")

    def rehearse(self) -> Footprint:
        """See `Contender.rehearse`; those who never read come after all others, and count for nothing."""
        footprint = super().rehearse()
        audience = self._terms.audience
        homes = zip(audience.latitude.tolist(), audience.longitude.tolist(), strict=True)
        self._swarm.obstruct([[home] for home in islice(homes, self.stuck)])
        doing = say("doing.filling-buffers")
        for done in range(self.MOST_FRAMES):
            self._terms.view.progress(doing, done, self.MOST_FRAMES)
            before = self.gateway.counters()
            self._release_now()
            while (now := self.gateway.counters())["ewarn_reports_total"] == before["ewarn_reports_total"]:
                self._clock.sleep(TICK_S)
            if now["ewarn_deferred_total"] >= 2 * self.stuck:
                return footprint
        raise MeasurementError(f"{self.name}: {self.MOST_FRAMES} frames did not fill the buffers of all")


class Chatty(OwnGateway):
    """The same, while clients chat on the connections over which the alert goes out."""

    kind = "chat"

    def __init__(self, terms: Terms, engine: str, order: str, frames: str, share: float) -> None:
        super().__init__(terms, engine, order, frames)
        self._share = share
        self.name = f"{self.name} +chat"
        self.settings = say("contest.set-chat", f"{share:.4g}", str(MESSAGE_BYTES))

    def play(self) -> Sample:
        """See `Contender.play`; they chat while they play, and are still while the others do."""
        self._swarm.chat(self._share)
        self._clock.sleep(CHATTING_S)
        try:
            return super().play()
        finally:
            self._swarm.chat(0.0)


class Null(OwnGateway):
    """What the swarm alone can take: it is stopped until the gateway has sent all, and timed from then on.

    A contender that comes near to this row was held up by the harness, not by itself.
    """

    kind = "null"

    def __init__(self, terms: Terms, engine: str, order: str, frames: str) -> None:
        super().__init__(terms, engine, order, frames)
        self.name, self.settings = "null", say("contest.set-null")

    def play(self) -> Sample:
        """See `Contender.play`."""
        return replace(super().play(), send_us=float("nan"), busy_us=float("nan"), counted=None)

    def _release(self, report: Report) -> int:
        due = self.gateway.counters()[FRAMES] + self._frames_due
        with self._swarm.standing_still():
            super()._release(report)
            until = time.monotonic() + 60
            while self.gateway.counters().get(FRAMES, due) < due and time.monotonic() < until:
                self._clock.sleep(TICK_S)
            return self._clock.monotonic_ns()
