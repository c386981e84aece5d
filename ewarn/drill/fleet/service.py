"""The gateways of a fleet as a drill has them: reports go to all of them over the bus, counters are summed."""

from collections.abc import Mapping, Sequence

from ewarn.bus.centre import BusPublisher
from ewarn.config.drill import DrillSettings
from ewarn.drill.chronicle import Chronicle
from ewarn.drill.fleet.roll import Roll
from ewarn.drill.gateways import Gateway
from ewarn.drill.under_way import Player
from ewarn.publish import Interlude
from ewarn.seismic.origin import Report
from ewarn.wire.releases import Release
from ewarn.wire.signing import Signer


class FleetService:
    """See `Sender`."""

    journals = False
    down = False
    """users whose gateway is lost go to others"""
    names: tuple[str, ...] = ()

    def __init__(
        self, publisher: BusPublisher, signer: Signer, gateways: Mapping[str, Gateway], roll: Roll, chronicle: Chronicle
    ) -> None:
        self._publisher, self._signer, self._roll = publisher, signer, roll
        self._gateways = dict(gateways)
        self.chronicle = chronicle

    @property
    def gateways(self) -> Sequence[Gateway]:
        """As they said on opening."""
        return list(self._gateways.values())

    @property
    def key(self) -> bytes | None:
        """See `Sender`."""
        return self._signer.public

    @property
    def elsewhere(self) -> str | None:
        """See `Sender`."""
        return ", ".join(self._gateways)

    def rate_per_s(self, wanted: float | None) -> float | None:
        """See `Sender`; each keeps to so many."""
        return None if wanted is None else wanted * len(self._gateways)

    def release(self, report: Report) -> Release:
        """See `Sender`; the instant is the one at which it is handed to all lines."""
        return self._publisher.release(self._signer.seal(report))

    def players(self) -> list[Player]:
        """See `Sender`."""
        return []

    def check(self) -> None:
        """See `Sender`."""
        self._publisher.check()

    def counters(self) -> dict[str, int]:
        """See `Sender`; none where a gateway was lost at any time, for what it counted is not known."""
        if self._roll.ever_away:
            return {}
        found = [one.counters() for one in self._gateways.values()]
        if not all(found):
            return {}
        return {metric: sum(one.get(metric, 0) for one in found) for metric in found[0]}

    def interludes(self, settings: DrillSettings) -> list[Interlude]:  # noqa: ARG002  a fleet has none of its own
        """See `Sender`."""
        return []
