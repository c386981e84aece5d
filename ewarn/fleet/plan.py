"""What a fleet on one machine is made of. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ewarn.errors import InputError, quoted
from ewarn.swarm.kind import KINDS, Kind

CENTRE, PHONES = "centre", "phones"
"""hosts on which nothing runs by itself: reports are published from the first, clients connect from the others"""
MOST = {"buses": 2, "gateways": 16, "phones": 8, "shards": 64, "swarms": 16}
"""of each at most; the least is one, but for swarms"""
RANGE, RANGES = "10.64.{}.0/24", "10.64.0.0/16"
"""phones of one swarm that are packets, and of all"""
MOST_AHEAD_S = 3600.0
"""of a host's clock, either way; none comes before the machine's own beginning"""


@dataclass(frozen=True)
class Cable:
    """How a host differs from one on a quick cable with this machine's clock. Seconds."""

    ahead_s: float = 0.0
    """its monotonic and boot-time clocks are so far ahead of this machine's"""
    delay_s: float = 0.0
    """that what it sends is on the way"""
    back_s: float | None = None
    """that what it is sent is on the way; as `delay_s` where it is None"""
    jitter_s: float = 0.0
    """that chance adds at most, each way"""


@dataclass(frozen=True)
class Plan:
    """How many of each, and what is special about some. Raises InputError naming the option."""

    buses: int = 2
    gateways: int = 3
    phones: int = 1
    """hosts for phones"""
    swarms: int = 0
    """hosts with a swarm that waits for a drill over this fleet"""
    shards: int = 1
    """of each gateway"""
    capacity: int | None = None
    """of each gateway: most connections; what its shards can hold where it is None"""
    drain_s: float | None = None
    """over so long a gateway lets its users go; what it takes by itself where it is None"""
    cables: Mapping[str, Cable] = field(default_factory=dict)
    """by the host's name"""
    rate_per_s: float | None = None
    """frames that each gateway sends a second at most"""
    kinds: Sequence[Kind] = ()
    """of the clients of each swarm; sockets where none is said"""
    journals: bool = True
    """gateways keep a journal of a drill over this fleet, where there are swarms"""

    def __post_init__(self) -> None:
        for name, most in MOST.items():
            if not (name != "swarms") <= (count := getattr(self, name)) <= most:
                raise InputError(f"--{name}: expected {int(name != 'swarms')} to {most}, got {count}")

    @property
    def lines(self) -> tuple[str, ...]:
        """Hosts with a server of the bus."""
        return tuple(f"b{number}" for number in range(1, self.buses + 1))

    @property
    def gates(self) -> tuple[str, ...]:
        """Hosts with a gateway."""
        return tuple(f"g{number}" for number in range(1, self.gateways + 1))

    @property
    def crews(self) -> tuple[str, ...]:
        """Hosts with a swarm."""
        return tuple(f"s{number}" for number in range(1, self.swarms + 1))

    @property
    def ranges(self) -> dict[str, str]:
        """Addresses of the phones of each swarm whose clients are packets, by its host."""
        packets = (number for number, kind in enumerate(self.kinds) if kind == "packets")
        return {self.crews[number]: RANGE.format(number) for number in packets}

    @property
    def callers(self) -> tuple[str, ...]:
        """Hosts for phones."""
        return tuple(PHONES if number == 1 else f"{PHONES}{number}" for number in range(1, self.phones + 1))

    @property
    def hosts(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.lines, *self.gates, CENTRE, *self.callers, *self.crews)


def clocks(swarms: int, ahead_s: Sequence[float] = ()) -> dict[str, Cable]:
    """Hosts with a swarm, whose clocks are so far ahead, s; without that, s1 an hour, and each other one a part of it.

    Raises InputError.
    """
    if ahead_s and len(ahead_s) != swarms:
        raise InputError(f"--ahead: {len(ahead_s)} numbers for {swarms} swarms; give one for each")
    if ahead_s and not max(map(abs, ahead_s)) <= MOST_AHEAD_S:
        raise InputError(f"--ahead: expected seconds from -{MOST_AHEAD_S:g} to {MOST_AHEAD_S:g}")
    given = ahead_s or [round(MOST_AHEAD_S / number) for number in range(1, swarms + 1)]
    return {f"s{number}": Cable(ahead_s=one) for number, one in enumerate(given, 1)}


def kinds(swarms: int, given: str) -> tuple[Kind, ...]:
    """The clients of each swarm: one word for all, or one for each with commas between. Raises InputError."""
    words = [one.strip() for one in given.split(",")]
    found = [kind for one in words for kind in KINDS if kind == one]
    if len(found) < len(words):
        raise InputError(
            f"--phones: expected {' or '.join(KINDS)}, for each swarm where they differ, got {quoted(given)}"
        )
    if len(found) not in (1, swarms):
        raise InputError(f"--phones: {len(found)} words for {swarms} swarms; give one for all, or one for each")
    return tuple(found * swarms if len(found) == 1 else found)
