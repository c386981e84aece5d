"""The asker beside the conductor: a process of its own, which asks the ears of all hosts for their clocks."""

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import numpy as np

from ewarn.clocks.asking import Address, Begun, Finish, HowItStands, Standing, Told, Up, Wanted
from ewarn.clocks.datagrams import Datagrams
from ewarn.clocks.exchanges import EXCHANGE, Exchanges
from ewarn.clocks.pace import BURST
from ewarn.errors import MeasurementError
from ewarn.system import address, process

UP_S = 60.0
"""for which its process is waited for"""
SLACK_S = 5.0
"""for which a process is waited for that answers in milliseconds, on a machine that is busy"""


class Asker:
    """Asks as long as the context lasts."""

    def __init__(
        self,
        ears: Mapping[str, Address],
        key: bytes,
        *,
        allow_network: bool = False,
        seed: int = 0,
        target: str = "ewarn.clocks.asking:main",
    ) -> None:
        """`ears`: host and UDP port of each, by the name of the host that it is on. `seed`: of the waits' chance.

        Raises InputError naming a host that has no address, or one that is not loopback where that is not allowed.
        """
        Datagrams(key)
        self._ears = {
            name: address.resolve(f"clock of {name}", *at, allow_network=allow_network, otherwise="asks it")
            for name, at in ears.items()
        }
        self._wanted, self._target = Wanted(self._ears, key, seed), target
        self._has_begun = False

    def __enter__(self) -> Self:
        """Raises MeasurementError where the process does not come up."""
        self._child = process.spawn(self._target, self._wanted)
        # How long that takes is no matter of whom it asks.
        if self._next(Up, UP_S) is None:
            self._child.stop()
            raise MeasurementError(f"the asker, which asks for clocks, is not up within {UP_S:g} s")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._child.stop()

    def check(self) -> None:
        """Raise MeasurementError where the process has ended."""
        if self._child.ended() is not None:
            raise self._died()

    def begun(self, patience_s: float) -> None:
        """Return once all have answered a first burst. Raises MeasurementError naming those that do not in time."""
        self._has_begun = self._has_begun or self._next(Begun, patience_s) is not None
        if self._has_begun:
            return
        self._order(HowItStands())
        standing: dict[str, Standing] = dict(self._next(list, SLACK_S) or ())
        lacking = [name for name, one in standing.items() if one.answered <= BURST]
        if lacking:
            raise MeasurementError("; ".join(self._silent(name, standing[name], patience_s) for name in lacking))

    def finish(self, patience_s: float) -> dict[str, Exchanges]:
        """Ask a last burst, and return all exchanges with each host by its name.

        One that does not answer any more, or not in time, has what it has. Raises MeasurementError where the process
        has ended.
        """
        self._order(Finish(patience_s))
        told: dict[str, Told] | None = self._next(dict, patience_s + SLACK_S)
        if told is None:
            raise MeasurementError(f"the asker, which asks for clocks, stands still for {SLACK_S:g} s")
        return {name: _exchanges(one) for name, one in told.items()}

    def _silent(self, name: str, standing: Standing, patience_s: float) -> str:
        where = f"{address.joined(*self._ears[name])} (UDP)"
        if standing.answered:
            counts = f"{standing.answered} of {standing.asked}"
            return f"{name}: of the clock exchanges with {where} {counts} were answered within {patience_s:g} s"
        why = standing.problem or "is its ear up, and does every firewall between let that port through?"
        return f"{name}: no clock exchange with {where} was answered within {patience_s:g} s ({why})"

    def _order(self, order: Finish | HowItStands) -> None:
        try:
            self._child.channel.send(order)
        except OSError:
            raise self._died() from None

    def _next(self, kind: type[Any], patience_s: float) -> Any:
        """The next message of this kind; None where none comes in time. Raises MeasurementError."""
        until = time.monotonic() + patience_s
        try:
            while self._child.channel.poll(max(0.0, until - time.monotonic())):
                said = self._child.channel.recv()
                if isinstance(said, kind):
                    return said
        except (EOFError, OSError):
            raise self._died() from None
        return None

    def _died(self) -> MeasurementError:
        return MeasurementError(f"the asker, which asks for clocks, has ended (status {self._child.stop()})")


def _exchanges(told: Told) -> Exchanges:
    """In the order in which they were sent; answers may have overtaken each other."""
    rows = np.frombuffer(told.rows, EXCHANGE)
    return Exchanges(rows[np.argsort(rows["sent"], kind="stable")], told.asked)
