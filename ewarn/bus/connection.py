"""One connection to a line, from its beginning to its end; whatever goes wrong is a BusError of one clear line."""

import asyncio
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatchcase
from itertools import count
from typing import TYPE_CHECKING, Any

from ewarn.bus.addresses import Identity, LineAddress
from ewarn.bus.library import needed
from ewarn.bus.problems import explain
from ewarn.bus.roles import Role
from ewarn.errors import BusError, BusRefusedError

if TYPE_CHECKING:
    from ewarn.bus.client import LineClient

logger = logging.getLogger("ewarn.bus")
Hears = Mapping[str, Callable[[str, bytes], None]]
BEAT_S, ANSWER_S = 0.5, 1.0
"""how often a line is asked whether it is there, and how long it may take: a cut is noticed within both together"""
ROOM_S = 0.005
OLDER = "; its file is of an older ewarn: ewarn bus keys FOLDER --renew makes a new one for it to read"
MOST_UNSENT = 1 << 20
"""bytes that wait to be written; what is said beyond them is dropped"""
_DENIED = re.compile(r"permissions violation for (publish|subscription)[^\"]*\"([^\"]*)\"", re.I)
_NOBODY = "503"
"""the status of an answer that the server gives where nobody hears a question: NATS ADR-4"""


class Connection:
    """It is opened once, and discarded in the end; to be used in one event loop."""

    def __init__(self, address: LineAddress, identity: Identity) -> None:
        self.address = address
        self._identity = identity
        needed()
        from ewarn.bus import client

        self._client: LineClient = client.LineClient(address)
        self._kinds = client.LOST
        self._lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._asked: dict[str, tuple[str, asyncio.Future[bytes]]] = {}
        self._tokens = count()
        self._inbox = ""
        self._last: Exception | None = None
        self._denied: set[str] = set()

    @property
    def trusted_until(self) -> float | None:
        """When the certificate ends that the server showed, seconds since 1970; None where it showed none."""
        return self._client.trusted_until

    async def open(self, at: str, hears: Hears) -> None:
        """Connect to the host's address `at`, and subscribe. Raises BusError.

        When it returns, the server knows of all subscriptions.
        """
        try:
            with _cancellable():
                await self._client.open(at, self._identity, self._on_error)
            self._inbox = self._client.new_inbox()
            await self._subscribe(f"{self._inbox}.*", self._answered)
            for subject, heard in hears.items():
                await self._subscribe(subject, _plain(heard, self._identity.role.message_bytes))
        except self._kinds as error:
            raise self._problem(error) from None
        await self.settle()

    async def settle(self) -> None:
        """Return when the server has had all that was said to it. Raises BusError where it does not answer in time."""
        await self.beat()  # a question overtakes what the library has yet to write
        await self.beat()

    async def beat(self) -> None:
        """One way to the server and back. Raises BusError where there is no answer in time."""
        try:
            with _cancellable():
                await self._client.flush(timeout=ANSWER_S)
        except self._kinds as error:
            raise self._problem(error) from None
        if self._lost.done():
            self._lost.result()
        if self._client.deaf:
            raise BusError(f"{self.address} said what cannot be read")

    async def keep(self, on_answer: Callable[[], None]) -> None:
        """Ask it again and again. Raises BusError when it is gone, or what a callback raised."""
        while True:
            await self.beat()
            on_answer()
            await asyncio.wait((self._lost,), timeout=BEAT_S)

    async def room(self, size: int) -> None:
        """Wait until a large message is not one too many; a line that takes nothing is found out by `keep`."""
        while self._client.unsent + size > MOST_UNSENT and not self._lost.done():
            await asyncio.sleep(ROOM_S)

    async def publish(
        self, subject: str, payload: bytes, reply: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        """It does not wait. Raises BusError where the connection is gone, or cannot take it."""
        if self._client.pending_data_size > MOST_UNSENT:
            raise BusError(f"{self.address} takes nothing: {self._client.pending_data_size:,} bytes wait")
        try:
            await self._client.publish(subject, payload, reply, dict(headers) if headers else None)
        except self._kinds as error:
            raise self._problem(error) from None

    async def ask(
        self, subject: str, payload: bytes, timeout_s: float, headers: Mapping[str, str] | None = None
    ) -> bytes:
        """The answer to a question. Raises BusError where there is none in time, BusRefusedError where it is denied."""
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        token = str(next(self._tokens))
        self._asked[token] = subject, answer
        try:
            async with asyncio.timeout(timeout_s):
                await self.publish(subject, payload, f"{self._inbox}.{token}", headers)
                return await answer
        except TimeoutError:
            raise BusError(f"{self.address} did not answer {subject} within {timeout_s:g} s") from None
        finally:
            del self._asked[token]

    async def discard(self) -> None:
        """Let it go, with all that waits for it."""
        self._lose(BusError(f"{self.address} is let go"))
        self._lost.exception()  # it has been told, or does not matter
        await self._client.discard()

    async def _subscribe(self, subject: str, heard: Callable[[Any], None]) -> None:
        from ewarn.bus.client import MOST_PENDING, MOST_PENDING_BYTES

        async def take(message: Any) -> None:
            heard(message)

        await self._client.subscribe(
            subject, cb=take, pending_msgs_limit=MOST_PENDING, pending_bytes_limit=MOST_PENDING_BYTES
        )

    def _answered(self, message: Any) -> None:
        subject, answer = self._asked.get(message.subject.rpartition(".")[2], ("", None))
        if answer is None or answer.done():
            return
        if not message.data and (message.headers or {}).get("Status") == _NOBODY:
            answer.set_exception(BusError(f"{self.address}: nobody answers {subject}; has the server JetStream on?"))
        else:
            answer.set_result(message.data)

    async def _on_error(self, error: Exception) -> None:
        """What the library tells beside what it raises."""
        self._last = error
        if denied := _DENIED.search(str(error)):
            self._deny(denied[1].lower(), denied[2])
        elif self._inbox:
            self._lose(self._problem(error) if isinstance(error, self._kinds) else error)

    def _deny(self, what: str, subject: str) -> None:
        role = self._identity.role
        waiting = [one for one in self._asked.values() if one[0].lower() == subject.lower() and not one[1].done()]
        named = waiting[0][0] if waiting else subject  # the library writes it in small letters
        if self._inbox and subject.startswith(self._inbox.lower()):
            hint = "; does --name fit --key?" if role.host else ""
            self._lose(BusRefusedError(f"{self.address}: this key is not {role.titled}'s{hint}"))
            return
        refused = BusRefusedError(
            f"{self.address} does not let {role.titled} {_ACTS[what]} {named}{_why(role, what, named)}"
        )
        if what == "subscription":
            self._lose(refused)
            return
        for _, answer in waiting:
            answer.set_exception(refused)
        if not waiting and subject not in self._denied:
            self._denied.add(subject)
            logger.warning("%s", refused)

    def _lose(self, error: Exception) -> None:
        if not self._lost.done():
            self._lost.set_exception(error)
        for _, answer in self._asked.values():
            if not answer.done():
                answer.set_exception(BusError(str(error)))

    def _problem(self, error: Exception) -> BusError:
        """What it died of, as a sentence that names the address."""
        if self._lost.done() and isinstance(found := self._lost.exception(), BusError):
            return found
        if type(error).__name__ == "NoServersError" and self._last:
            error = self._last  # of which it is the sum
        return explain(self.address, self._identity.role, error)


def _plain(heard: Callable[[str, bytes], None], most: int) -> Callable[[Any], None]:
    """Of a message that the library brings; what is too long to be any of ours is let be."""

    def take(message: Any) -> None:
        if len(message.data) <= most:
            heard(message.subject, message.data)

    return take


def _why(role: Role, what: str, subject: str) -> str:
    """More of a refusal, where it is of what the role may do by this version."""
    known = role.publish if what == "publish" else role.hears
    return OLDER if any(fnmatchcase(subject, one.lower().replace(">", "*")) for one in known) else ""


_ACTS = {"publish": "publish to", "subscription": "hear"}


@contextmanager
def _cancellable() -> Iterator[None]:
    """`asyncio.wait_for`, of the library, may swallow a cancellation that comes with an answer (Python 3.11)."""
    task = asyncio.current_task()
    before = task.cancelling() if task else 0  # a group of tasks may leave some behind, of old
    yield
    if task and task.cancelling() > before:
        raise asyncio.CancelledError
