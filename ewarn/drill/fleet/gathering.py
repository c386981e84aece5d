"""Gathering what hosts hold of a play, in rounds: each that has more gives a piece, all of them at the same time."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ewarn.bus.leading import Leading
from ewarn.errors import InputError, MeasurementError
from ewarn.verdict.receipts import TALLIES
from ewarn.wire.pieces import Micros, joined, opened, unpack_frames
from ewarn.wire.swarms import Collect, Collected, Give, Piece

COLLECT_S, GIVE_S = 120.0, 60.0
"""for which an answer is waited for: a host takes some seconds to parse what half a million have read"""
SHAPES: Mapping[str, tuple[str, str]] = {
    "read_base": ("<i8", "r"),
    "read": ("<u4", "ru"),
    "kernel_base": ("<i8", "r"),
    "kernel": ("<u4", "ru"),
    "via": ("|u1", "ru"),
    "duplicates": ("<i8", "pr"),
    "out_of_order": ("<i8", "pr"),
    "tallies": ("<i8", "pt"),
    "frames": ("|u1", "b"),
}
"""by array of `ewarn.agent.handing` its dtype, and of what it has an item: reports, users, processes, tallies, bytes"""

Result = TypeVar("Result")


@dataclass
class Holding:
    """What a host holds, and what of it has come."""

    reports: int
    users: int
    collected: Collected
    pieces: dict[str, list[bytes]] = field(default_factory=dict)
    shapes: Mapping[str, tuple[str, str]] = field(default_factory=lambda: SHAPES)

    def wanted(self) -> Iterator[Give]:
        """All that is to be asked for, in turn."""
        for what in self.shapes:
            yield from (Give(what, index) for index in range(self.collected.arrays[what].pieces))

    def take(self, piece: Piece) -> None:
        """One more, in turn. Raises InputError where it is none."""
        self.pieces.setdefault(piece.what, []).append(opened(piece.data))

    def check(self) -> None:
        """Raise InputError where it has other arrays than it should, before any of them is asked for."""
        sizes = {"r": self.reports, "u": self.users, "t": len(TALLIES)}
        for what, (dtype, of) in self.shapes.items():
            if (said := self.collected.arrays.get(what)) is None:
                raise InputError(f"{what}: missing")
            wanted = tuple(sizes.get(one, -1) for one in of)
            if said.dtype != dtype or len(said.shape) != len(wanted):
                raise InputError(f"{what}: expected {dtype} of {len(wanted)} dimensions, got {said.dtype} {said.shape}")
            if any(due not in (-1, found) for due, found in zip(wanted, said.shape, strict=True)):
                raise InputError(f"{what}: expected the shape {wanted}, got {said.shape}")

    def array(self, what: str) -> NDArray[np.generic]:
        """One of `shapes`, whole. Raises InputError where its pieces are not what was said."""
        return joined(what, self.pieces.get(what, []), self.collected.arrays[what])

    def times(self, what: str) -> Micros:
        """`read` or `kernel`. Raises InputError."""
        base, after = self.array(f"{what}_base"), self.array(what)
        return Micros(base.astype(np.int64), after.astype(np.uint32))

    def counts(self, what: str) -> NDArray[np.int64]:
        """`duplicates`, `out_of_order` or `tallies`, over all of its processes. Raises InputError."""
        return np.asarray(self.array(what).astype(np.int64).sum(axis=0))

    def frames(self) -> list[tuple[int, bytes]]:
        """(user, payload) of what sampled users read, counted from the host's first. Raises InputError."""
        found = unpack_frames(self.array("frames").tobytes())
        if (last := max((user for user, _ in found), default=0)) >= self.users:
            raise InputError(f"frames: one is of user {last}, of {self.users}")
        return found


def collect(leading: Leading, users: Mapping[str, int], reports: int) -> dict[str, Holding]:
    """Have all hosts take down what was read; what each holds. Those that are lost meanwhile are left out.

    `users` by host. Raises MeasurementError where a host holds something else than it should.
    """
    said = leading.ask(dict.fromkeys(users, Collect()), COLLECT_S, lost_ok=True)
    found: dict[str, Holding] = {}
    for name, one in said.items():
        if not isinstance(one, Collected):
            raise MeasurementError(f"{name}: its answer to collect is of another kind")
        found[name] = Holding(reports, users[name], one)
        with_name(name, found[name].check)
    return found


def gather(leading: Leading, holdings: Mapping[str, Holding]) -> dict[str, Holding]:
    """Ask for all pieces. Those that are lost meanwhile are left out. Raises MeasurementError."""
    queues = {name: one.wanted() for name, one in holdings.items()}
    whole: dict[str, Holding] = {}
    while queues:
        orders = {name: next(queue, None) for name, queue in queues.items()}
        for name in [name for name, order in orders.items() if order is None]:
            whole[name] = holdings[name]
            del queues[name], orders[name]
        said = leading.ask({name: one for name, one in orders.items() if one}, GIVE_S, lost_ok=True) if orders else {}
        for name, order in orders.items():
            piece = said.get(name)
            if piece is None:
                del queues[name]
            elif (
                not isinstance(piece, Piece) or order is None or (piece.what, piece.index) != (order.what, order.index)
            ):
                raise MeasurementError(f"{name}: its answer to give is another piece")
            else:
                _taken(name, holdings[name], piece)
    return whole


def _taken(name: str, of: Holding, piece: Piece) -> None:
    with_name(name, lambda: of.take(piece))


def with_name(name: str, act: Callable[[], Result]) -> Result:
    """Do it; what is wrong with what a host says is told of that host. Raises MeasurementError."""
    try:
        return act()
    except InputError as error:
        raise MeasurementError(f"{name}: what it holds cannot be read: {error}") from None
