"""A line of the bus, kept: one connection after the other, each dropped as soon as it falls silent."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

from ewarn.bus.addresses import Identity, LineAddress
from ewarn.bus.connection import Connection, Hears
from ewarn.bus.lookup import Lookup
from ewarn.bus.roles import Role
from ewarn.errors import BusError, BusRefusedError
from ewarn.wire.bus import MOST_BYTES

logger = logging.getLogger("ewarn.bus")
AGAIN_S = 0.1, 0.3
"""between two connections, drawn, so that a fleet does not come back at one instant"""
REFUSED_S = 1.0, 2.0
"""the same after a refusal, which lasts until somebody changes a file"""
MOST_SAID, MOST_UNSAID_BYTES = 1024, 32 << 20
"""messages that wait to be said, and their bytes; the last may be beyond them"""


class Line:
    """One line, for one event loop. `up`: connected and subscribed.

    `since` is when it last answered, monotonic seconds (`time.monotonic`), or when it was made.
    """

    def __init__(
        self,
        address: LineAddress,
        identity: Identity,
        hears: Hears,
        on_up: Callable[["Line"], Awaitable[None]],
        on_down: Callable[["Line", str], None],
        *,
        rng: random.Random,
    ) -> None:
        """`hears`: by subject, `*` allowed, what is called with the subject and the bytes of each message.

        It is called in the event loop and must not wait; it may raise nothing for what strangers said. `on_up` runs
        after each connection, beside the line; it is cancelled when the line is lost, and a BusError of it is only
        logged. `on_down` gets the reason, one clear line: when a line is lost, and when the reason is another. `rng`
        draws the waits between connections.
        """
        self.address = address
        self.up = False
        self.since = time.monotonic()
        self.problem: BusError | None = None
        """why it is not up; None while it is, or while that is not known yet"""
        self.trusted_until: float | None = None
        """when the certificate ends that it showed last, seconds since 1970; None where it showed none"""
        self._identity, self._hears, self._on_up, self._on_down = identity, hears, on_up, on_down
        self._rng, self._lookup = rng, Lookup(address)
        self._connection: Connection | None = None
        self._unsaid: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue(MOST_SAID)
        self._unsaid_bytes = 0

    @property
    def role(self) -> Role:
        """As whom it is called."""
        return self._identity.role

    @property
    def refused(self) -> BusRefusedError | None:
        """Why it does not take this caller at all, or this caller does not trust it; it is tried again all the same."""
        return self.problem if isinstance(self.problem, BusRefusedError) else None

    async def run(self) -> None:
        """Keep the line until cancelled; then nothing of it is left. What a callback raises ends it, too.

        Raises InputError where the library is not there.
        """
        while True:
            try:
                await self._visit()
            except BusError as error:
                self._lost(error)
            except asyncio.CancelledError:
                if _is_to_end():
                    raise
                self._lost(BusError(f"{self.address} was let go by a fault of this program"))
            await asyncio.sleep(self._rng.uniform(*(REFUSED_S if self.refused else AGAIN_S)))

    def say(self, subject: str, payload: bytes) -> None:
        """Publish without an answer. It never waits: where the line is down, or takes nothing, nothing is said."""
        if self.up and not self._unsaid.full() and self._unsaid_bytes <= MOST_UNSAID_BYTES:
            self._unsaid.put_nowait((subject, payload))
            self._unsaid_bytes += len(payload)

    async def ask(
        self, subject: str, payload: bytes, timeout_s: float, headers: Mapping[str, str] | None = None
    ) -> bytes:
        """The answer to a question, which may have headers.

        Raises BusError where there is none in time, BusRefusedError where it is denied.
        """
        if self._connection is None or not self.up:
            raise self.problem or BusError(f"{self.address} is not up")
        return await self._connection.ask(subject, payload, timeout_s, headers)

    async def settle(self) -> None:
        """Return when the server has all that was said. Raises BusError where it does not answer in time."""
        connection = self._connection
        if connection is None or not self.up:
            raise self.problem or BusError(f"{self.address} is not up")
        while not self._unsaid.empty() and self.up:
            await asyncio.sleep(0)
        await connection.settle()

    async def _visit(self) -> None:
        """One connection, until it is lost: BusError says why."""
        at = await self._lookup.find()
        connection = Connection(self.address, self._identity)
        failed: BaseException | None = None
        try:
            await connection.open(at, self._hears)
            self._found(connection)
            await asyncio.create_task(self._use(connection))
        except* BusError as group:
            failed = group.exceptions[0]
        finally:
            self.up, self._connection = False, None
            await connection.discard()
        if failed:
            raise failed

    async def _use(self, connection: Connection) -> None:
        """Until it is lost. In a task of its own: one in which a group has failed goes on counting as cancelled.

        Before Python 3.11.3 (gh-102780; Debian 12 has 3.11.2) its next timeout would end it, and the line for good.
        """
        async with asyncio.TaskGroup() as tasks:
            for part in (connection.keep(self._answered), self._say_all(connection), self._greet()):
                tasks.create_task(self._heeded(part))

    async def _heeded(self, part: Coroutine[Any, Any, None]) -> None:
        """A group takes a part that ends as cancelled for one that is done, and goes on without it."""
        try:
            await part
        except asyncio.CancelledError:
            if _is_to_end():
                raise
            raise BusError(f"{self.address} was let go by a fault of this program") from None

    def _found(self, connection: Connection) -> None:
        while not self._unsaid.empty():  # said before the last one was lost: it is old
            self._unsaid.get_nowait()
        self._unsaid_bytes = 0
        self._connection, self.up, self.problem = connection, True, None
        self.trusted_until = connection.trusted_until
        self._answered()

    def _lost(self, error: BusError) -> None:
        if self.problem is None or str(self.problem) != str(error):
            self.problem = error
            self._on_down(self, str(error))

    def _answered(self) -> None:
        self.since = time.monotonic()

    async def _say_all(self, connection: Connection) -> None:
        while True:
            subject, payload = await self._unsaid.get()
            self._unsaid_bytes -= len(payload)
            if len(payload) > MOST_BYTES:
                await connection.room(len(payload))
            await connection.publish(subject, payload)

    async def _greet(self) -> None:
        try:
            await self._on_up(self)
        except BusError as error:
            logger.warning("%s", error)


def _is_to_end() -> bool:
    """Whether this task was told to; else what it waited for was cancelled, which is no wish of anybody."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
