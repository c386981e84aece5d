"""The two sides of a drill, as whoever plays and judges it has them: who sends, and who reads.

On one machine they are `Platforms` and `Swarm`; over a fleet, what leads its hosts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray

from ewarn.config.drill import DrillSettings
from ewarn.drill.chronicle import Chronicle
from ewarn.drill.under_way import Player
from ewarn.publish import Interlude
from ewarn.verdict.fleet import Clocks, OfFleet
from ewarn.verdict.receipts import ReceiptBook
from ewarn.wire.releases import Releases


@dataclass(frozen=True)
class Hosts:
    """The hosts of a play."""

    table: OfFleet
    clocks: Clocks


class Sender(Releases, Protocol):
    """What reports are handed over to."""

    @property
    def chronicle(self) -> Chronicle:
        """What happens in a play beside its reports."""

    @property
    def key(self) -> bytes | None:
        """The public key of the centre, by which its signatures are checked; None where it does not sign."""

    @property
    def down(self) -> bool:
        """Whether users cannot come back who lost their connection."""

    @property
    def journals(self) -> bool:
        """Whether gateways note whom they write to, and which shard does so, while a play goes on."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of platforms; none where there is one."""

    @property
    def elsewhere(self) -> str | None:
        """Where gateways are that are not on this machine, in words; None: they are."""

    def rate_per_s(self, wanted: float | None) -> float | None:
        """Frames a second that all may send together, where ours are to keep to `wanted` each; None: no limit."""

    def players(self) -> list[Player]:
        """The processes of gateways that run on this machine, as far as they are known."""

    def check(self) -> None:
        """Raise GatewayError where none is left to play to."""

    def counters(self) -> dict[str, int]:
        """Totals by metric; none where they are not those of all."""

    def interludes(self, settings: DrillSettings) -> list[Interlude]:
        """What is to befall them in a play."""


class Readers(Protocol):
    """The clients, and what they have read."""

    users: int
    devices: int
    """that the users have together"""
    elsewhere: str | None
    """hosts that they are on, in words; None: this machine"""
    mss: int | None
    """bytes of the longest payload of a segment, where clients are packets"""

    @property
    def cpu_s(self) -> float | None:
        """That its processes on other hosts used in a play; None: there are none, or it is not known."""

    @property
    def book(self) -> ReceiptBook:
        """Receipts and tallies. Tallies grow while a play goes on; receipts are all there once it was collected."""

    def connect(self, on_progress: Callable[[int], None], still_there: Callable[[], None]) -> list[str]:
        """Wait until every device is connected or has failed; return complaints of those that have.

        `still_there` is called meanwhile, to raise where there is nothing left to connect to.
        """

    def begin(self, quake: str) -> None:
        """Forget what was received so far and take down receipts of this quake from now on."""

    def collect(self) -> list[tuple[int, bytes]]:
        """Take down what has been read; return (user, payload) of every frame that a sampled user read."""

    def hosts(self, receipts: NDArray[Any]) -> Hosts | None:
        """The hosts as the play left them that was collected, whose `receipts` these are; None: there is one."""

    def bounce(self, share: float) -> None:
        """Have a share of the clients hang up at once, and come back."""

    def away(self) -> int:
        """Devices that lost their connection, and have yet to come back."""

    def newest_of_the_slow(self) -> list[int]:
        """Of clients besides the users that hardly read: the report that each has ended on."""

    def pids(self) -> list[int]:
        """Of their processes on this machine."""

    def check(self) -> None:
        """Raise MeasurementError where so many are lost that there is nothing to go on for."""
