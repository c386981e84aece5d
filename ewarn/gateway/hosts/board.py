"""The notice board: what the supervisor knows of bus and hosts, for shards to show. In shared memory.

Nobody is woken by what is put up there, and no report waits behind it in a pipe. Ages are worked out by whoever reads,
on the one monotonic clock of a machine, so that a supervisor which stands still is seen to.
"""

from msgspec import Struct, msgpack

from ewarn.system import shared_array
from ewarn.wire.bus import ReportName
from ewarn.wire.gateways import MOST_GATEWAYS, Gateway

_BYTES = MOST_GATEWAYS * 512
"""of a notice; a gateway's line has 450 at the most"""
_HEAD = 2


class LineNotice(Struct, frozen=True):
    """How a line of the bus stands; times are monotonic, s."""

    up: bool
    since: float
    """when it came up, or was lost"""
    answered: float
    """when it answered last"""
    caught_up: bool
    """since it came up, it has told what it keeps"""
    pulse: float | None = None
    """when its last pulse came"""
    trusted_until: float | None = None
    """when the certificate ends that it showed last, seconds since 1970; None where it showed none"""

    def is_silent(self, now: float, silent_s: float) -> bool:
        """Whether nothing can be heard by it, or the newest may be missing."""
        return not self.up or not self.caught_up or now - self.answered > silent_s


class Heard(Struct, frozen=True):
    """The newest report that came by the bus."""

    report: ReportName
    at: float
    """monotonic s"""


class BusNotice(Struct, frozen=True):
    """How the bus stands."""

    lines: tuple[LineNotice, ...]
    heard: Heard | None = None

    def silent(self, now: float, silent_s: float) -> tuple[int, ...]:
        """Lines by which nothing can be heard, by index."""
        return tuple(index for index, line in enumerate(self.lines) if line.is_silent(now, silent_s))

    def is_stale(self, now: float, silent_s: float) -> bool:
        """Whether reports may go out of which nothing is known here."""
        return len(self.silent(now, silent_s)) == len(self.lines)

    def pulse_s(self, now: float) -> float | None:
        """Seconds since the last pulse; None where none has come."""
        return min((now - line.pulse for line in self.lines if line.pulse is not None), default=None)


class Notice(Struct, frozen=True):
    """All that is put up."""

    own: Gateway
    """its connections are those of another time, see the counters"""
    others: tuple[Gateway, ...] = ()
    bus: BusNotice | None = None
    """None: there is none"""


_NOTICE = msgpack.Decoder(Notice)


class Board:
    """One process writes, any number read.

    There are two places, used in turn, and a number that says how many notices there have been: a reader who took one
    while the number stayed as it was has a whole one.
    """

    def __init__(self, descriptor: int) -> None:
        """Over memory from `create`."""
        self._head = shared_array.attach(descriptor, "<i8", (1 + _HEAD,))
        """how many notices there have been, and the length of each place"""
        self._places = shared_array.attach(descriptor, "u1", (2, _BYTES), self._head.nbytes)

    def put(self, notice: Notice) -> None:
        """Show this from now on."""
        content = msgpack.encode(notice)
        number = int(self._head[0]) + 1
        place = number % 2
        self._places[place, : len(content)] = bytearray(content)
        self._head[1 + place] = len(content)
        self._head[0] = number

    def read(self) -> Notice | None:
        """What is shown; None where nothing has been yet."""
        while number := int(self._head[0]):
            place = number % 2
            content = self._places[place, : int(self._head[1 + place])].tobytes()
            if self._head[0] == number:
                return _NOTICE.decode(content)
        return None


def create() -> int:
    """Shared memory for a board; what is never written takes none."""
    return shared_array.create(8 * (1 + _HEAD) + 2 * _BYTES)
