"""Playing reports into the bus: what `publish.play` hands reports to, with an event loop in a thread of its own."""

import asyncio
import logging
import random
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import CancelledError as Cancelled
from concurrent.futures import TimeoutError as TooLate
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from ewarn.bus import subjects
from ewarn.bus.addresses import Identity, LineAddress
from ewarn.bus.delivery import ANSWERS_S, Delivery
from ewarn.bus.library import needed
from ewarn.bus.outgoing import Message
from ewarn.errors import BusError, GatewayError, RefusedError
from ewarn.seismic.origin import Report
from ewarn.system.clock import Clock
from ewarn.wire.bus import ReportName
from ewarn.wire.releases import Release
from ewarn.wire.reports import encode
from ewarn.wire.signing import Signer

logger = logging.getLogger("ewarn.bus")
PATIENCE_S = 15.0
"""for which a line is waited for in the beginning, and then until any has a report: a cut of 12 s ends no play"""
HOSTS_S = 1.2
"""for which hosts are waited for then: each says once a second that it is there"""
SETTLE_S = 3.0
"""for which lines that lack something are waited for in the end"""
SLACK_S = 2.0
Result = TypeVar("Result")


class BusPublisher:
    """A centre on the bus; see `bus_publisher`."""

    stays = False
    """whether it goes on where nobody takes a report: the newest goes when a line is back"""

    def __init__(
        self,
        addresses: Sequence[LineAddress],
        identity: Identity,
        clock: Clock,
        signer: Signer,
        patience_s: float,
    ) -> None:
        self._addresses, self._identity, self._patience_s = addresses, identity, patience_s
        self._clock, self._signer = clock, signer
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="bus", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._delivery: Delivery | None = None
        self._running: asyncio.Task[None] | None = None

    def release(self, report: Report) -> Release:
        """Hand a report over, to all lines at once.

        Raises RefusedError where all hosts that are there refuse it, GatewayError where nobody takes it; a centre that
        stays says so in a note.
        """
        sealed = self._signer.seal(report) if not report.sealed else report
        name = ReportName(sealed.quake, sealed.play, sealed.number)
        message = Message(subjects.of_report(sealed), name, encode(sealed).encode())
        patience_s = ANSWERS_S if self.stays else self._patience_s
        stamp = self._clock.monotonic_ns()
        try:
            answers = self._do(lambda delivery: delivery.release(message, patience_s), patience_s)
        except BusError as error:
            if not self.stays:
                raise
            return Release(sealed, stamp, 0, f"{error}; it goes when one is back")
        if answers.all_refused:
            raise RefusedError(f"report {name.number}: {answers.note}")
        return Release(sealed, stamp, answers.targets, answers.note)

    def settle(self, patience_s: float = SETTLE_S) -> list[str]:
        """Wait until all lines have the newest report of each quake; what each lacks in the end, in words."""
        return self._do(lambda delivery: delivery.settle(patience_s), patience_s)

    def check(self) -> None:
        """Raise GatewayError where the bus is served no more."""
        if not self._thread.is_alive():
            raise self._died()

    def start(self) -> None:
        """Be there when it returns: a line is up, and hosts had time to say so.

        Raises InputError where no line is up in time, BusRefusedError where all refuse this caller.
        """
        needed()
        self._thread.start()
        self._started.wait(SLACK_S)
        self._do(lambda delivery: delivery.up(self._patience_s, HOSTS_S), self._patience_s + 2 * HOSTS_S)

    def stop(self) -> None:
        """Be gone; nothing that lines lack is waited for."""
        loop, running = self._loop, self._running
        if loop and running and self._thread.is_alive():
            with suppress(RuntimeError):  # it has just ended by itself
                loop.call_soon_threadsafe(running.cancel)
            self._thread.join(SLACK_S)

    def _do(self, act: Callable[[Delivery], Coroutine[Any, Any, Result]], patience_s: float) -> Result:
        """Have something done in the loop. Raises what it raises, or GatewayError where the loop has died."""
        if not self._loop or not self._delivery or not self._thread.is_alive():
            raise self._died()
        future = asyncio.run_coroutine_threadsafe(act(self._delivery), self._loop)
        try:
            return future.result(patience_s + SLACK_S)
        except (TooLate, Cancelled):
            future.cancel()
            raise self._died() from None

    def _died(self) -> GatewayError:
        return GatewayError("the bus is not served any more")

    def _serve(self) -> None:
        try:
            asyncio.run(self._keep())
        except Exception:
            logger.exception("the bus is served no more, by a fault of this program")
        finally:
            self._started.set()

    async def _keep(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._delivery = Delivery(self._addresses, self._identity, rng=random.Random())
        self._running = asyncio.create_task(self._delivery.run())
        self._started.set()
        with suppress(asyncio.CancelledError):
            await self._running


@contextmanager
def bus_publisher(
    addresses: Sequence[LineAddress],
    identity: Identity,
    clock: Clock,
    signer: Signer,
    patience_s: float = PATIENCE_S,
) -> Iterator[BusPublisher]:
    """A centre on these lines, whose reports the signer signs unless they are signed. Raises as `start` does.

    `patience_s`: for which a line is waited for in the beginning, and then until any has a report.
    """
    publisher = BusPublisher(addresses, identity, clock, signer, patience_s)
    try:
        publisher.start()
        yield publisher
    finally:
        publisher.stop()
