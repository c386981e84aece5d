"""Arrays to and from the swarms of a fleet, in pieces that are asked for: nothing is lost, and nothing floods."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from ewarn.bus.leading import Leading
from ewarn.errors import InputError, MeasurementError
from ewarn.wire import pieces
from ewarn.wire.swarms import Collect, Collected, Give, Piece, Said, Take

if TYPE_CHECKING:
    from numpy.typing import NDArray

Kind = TypeVar("Kind")
AT_ONCE = 8
"""hosts that hand over a piece at a time: together less than a server lets wait for one client"""


@dataclass(frozen=True)
class Haul:
    """What a host handed over."""

    said: Collected
    arrays: "dict[str, NDArray[Any]]"


def send(
    leading: Leading, orders: Mapping[str, Sequence[Take]], patience_s: float, *, lost_ok: bool = False
) -> set[str]:
    """Have each host take its pieces, see `pieces.takes`; those that have all of them. Raises as `Leading.ask` does.

    `patience_s` is for each piece.
    """
    left = set(orders)
    for index in range(max(map(len, orders.values()), default=0)):
        for some in _in_turn([name for name in orders if name in left and index < len(orders[name])]):
            asked = {name: orders[name][index] for name in some}
            left -= asked.keys() - leading.ask(asked, patience_s, lost_ok=lost_ok).keys()
    return left


def collect(leading: Leading, names: Sequence[str], patience_s: float, *, lost_ok: bool = False) -> dict[str, Haul]:
    """What the hosts have taken down, of those that hand all of it over. Raises as `Leading.ask` does.

    `patience_s` is for each piece, and for what all of them take down.
    """
    said = {
        name: _of_kind(name, one, Collected)
        for name, one in leading.ask(dict.fromkeys(names, Collect()), patience_s, lost_ok=lost_ok).items()
    }
    due = {
        name: [Give(what, index) for what, array in one.arrays.items() for index in range(array.pieces)]
        for name, one in said.items()
    }
    found: dict[str, dict[str, list[bytes]]] = {name: {} for name in due}
    for index in range(max(map(len, due.values()), default=0)):
        for some in _in_turn([name for name in found if index < len(due[name])]):
            gives = {name: due[name][index] for name in some}
            answers = leading.ask(gives, patience_s, lost_ok=lost_ok)
            for name, give in gives.items():
                if name in answers:
                    _keep(name, found[name], give, _of_kind(name, answers[name], Piece))
                else:
                    del found[name]  # lost in the middle
    return {name: _joined(name, said[name], got) for name, got in found.items()}


def _in_turn(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[at : at + AT_ONCE] for at in range(0, len(names), AT_ONCE))


def _of_kind(name: str, said: Said, kind: type[Kind]) -> Kind:
    if not isinstance(said, kind):
        raise MeasurementError(f"{name}: its swarm answered {type(said).__name__.lower()}, not {kind.__name__.lower()}")
    return said


def _keep(name: str, found: dict[str, list[bytes]], asked: Give, piece: Piece) -> None:
    if (piece.what, piece.index) != (asked.what, asked.index):
        raise MeasurementError(f"{name}: its swarm gave another piece than was asked for")
    try:
        found.setdefault(asked.what, []).append(pieces.opened(piece.data))
    except InputError as error:
        raise MeasurementError(f"{name}: {asked.what}: {error}") from None


def _joined(name: str, said: Collected, found: dict[str, list[bytes]]) -> Haul:
    try:
        return Haul(said, {what: pieces.joined(what, found.get(what, []), one) for what, one in said.arrays.items()})
    except InputError as error:
        raise MeasurementError(f"{name}: {error}") from None
