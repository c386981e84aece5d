"""How the clients of one process are connected: by sockets of this kernel, or by packets. A row is a device."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ewarn.swarm.recorder import Heard


@dataclass(frozen=True)
class Told:
    """Whom a transport asks, and tells."""

    path: Callable[[int], str]
    """by row: what is requested"""
    opened: Callable[[int, int], None]
    """(row, its handle): the handshake is done"""
    failed: Callable[[int, str], None]
    """(row, why)"""


class Transport(Protocol):
    """Opens, reads, says and closes; a handle is what stands for an open connection, at least 0."""

    name: str

    @property
    def kept(self) -> int:
        """Pieces read and not yet taken."""

    @property
    def busy(self) -> bool:
        """Whether anyone is still to connect."""

    def call(self, rows: Iterable[int] | Sequence[int], per_s: float) -> None:
        """Connect these too, all that are still due at so many a second, however often it is called."""

    def go_on(self) -> None:
        """Begin those whose turn it is, and give up those who got no answer."""

    def ready(self, descriptor: int) -> None:
        """Something that it watches for a handshake is ready."""

    def read(self, wait_s: float) -> tuple[int, list[int]]:
        """Read all that is readable, waiting so long for the first; return how many pieces, and rows that ended."""

    def doubts(self) -> Iterable[tuple[str, int]]:
        """What happened since this was asked last that makes what is measured doubtful: a tally, and how often."""

    def take(self) -> Iterator[Heard]:
        """Hand over what was read, in order, and keep it no longer."""

    def say(self, handle: int, frame: bytes) -> int:
        """Bytes that go out: none where the connection is gone or full, whose end will show by itself."""

    def hang_up(self, handle: int) -> None:
        """Say that no more will come; the end is read, as that of any other, before it is closed."""

    def close(self, handle: int) -> None:
        """One of which the end was read."""

    def leave(self, handles: Iterable[int]) -> None:
        """Begin no more, and reset these at once, as phones do that lose their network."""
