"""Whoever shows a drill as it happens."""

from collections.abc import Sequence
from typing import Protocol

from ewarn.drill.meter import Meter
from ewarn.drill.scenario import Scenario
from ewarn.drill.view import View
from ewarn.gateway.sending.journal import Journal
from ewarn.swarm.client import Target
from ewarn.verdict.happened import Happened
from ewarn.verdict.receipts import ReceiptBook
from ewarn.wire.releases import Release


class Watcher(View, Protocol):
    """A view that is told besides what a drill plays, and where its receipts are.

    Calls come from the drill's own thread, in this order, and hold it up: a watcher takes note and returns.
    """

    def opens(self, scenario: Scenario, targets: Sequence[Target], key: bytes | None) -> None:
        """The gateways are up, at `targets`; users are about to connect.

        Reports will be signed, and `key` is the public key to check that by; None: they will not.
        """

    def begins(self, order: str, origin_ns: int, book: ReceiptBook) -> None:
        """A play begins: the quake's origin is at `origin_ns`, monotonic.

        `book` fills while it goes on, and may be read from another thread until the next play begins.
        """

    def metered(self, meter: Meter, journal: Journal | None) -> None:
        """The meter of the play that has begun, and what its gateways note; None: a gateway that notes nothing."""

    def happened(self, one: Happened) -> None:
        """Something happened in the play that goes on beside its reports; this may come from another thread."""

    def released(self, release: Release) -> None:
        """A report is out."""
