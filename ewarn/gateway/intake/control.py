"""The control address: the only way in for reports, and for orders to the gateway itself.

A WebSocket at `/v1/reports`, opened with the secret.
"""

import asyncio
import hmac
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from ssl import SSLContext

from msgspec import UNSET, structs
from msgspec.json import Decoder
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from ewarn.errors import InputError
from ewarn.gateway.intake.answering import answering
from ewarn.gateway.intake.hasty import library_log
from ewarn.gateway.intake.keeping import Keeping
from ewarn.gateway.intake.seldom import Seldom
from ewarn.gateway.intake.taking import Bringer, Taking
from ewarn.gateway.settings import Strategy, check_strategy
from ewarn.system.clock import Clock
from ewarn.system.json_files import encoded
from ewarn.wire import shards
from ewarn.wire.messages import understood
from ewarn.wire.reports import HEAD, REPORTS_PATH, Accepted, Refused, decode

HANDSHAKE_S = 10.0
"""of TLS; the library has 60"""
logger = logging.getLogger("ewarn.gateway.intake.control")
GUESS_S = 0.25
"""until a wrong secret is told so; of all that are wrong, so many can be tried one after the other"""
NOTED_S = 10.0
"""from one line about wrong secrets to the next: three months of them are no more than the audit log holds"""
MOST_GUESSES = 64
"""that wait so; of more, each would hold a descriptor"""
Answer = Accepted | shards.Shards | shards.Changed | Refused
_WANTED, _CHANGED = Decoder(shards.Wanted), Decoder(shards.Changed)


@dataclass(frozen=True)
class Behind:
    """What stands behind the control address."""

    taking: Taking
    """takes reports"""
    resize: Callable[[shards.Wanted], shards.Shards]
    """has shards added or removed; raises InputError"""
    change: Callable[[Strategy], None]
    """takes a strategy to the shards"""
    count: Callable[[str], None]
    """counts one more, by the metric's name"""


class Control:
    """Checks who speaks and what they say, and hands good reports on."""

    def __init__(
        self,
        secret: str,
        behind: Behind,
        strategy: Strategy,
        clock: Clock,
        keeping: Keeping,
    ) -> None:
        self._expected = f"Bearer {secret}"
        self._behind, self._taking = behind, behind.taking
        self._strategy, self._clock, self._keeping = strategy, clock, keeping
        self._seldom = Seldom(NOTED_S)
        self._guessing, self._guesses = asyncio.Lock(), 0
        """held while a wrong secret is answered; how many wait for that"""

    async def listen(self, listener: socket.socket, tls: SSLContext | None = None) -> Server:
        """Serve on a bound socket, with or without TLS, until the server is closed."""
        patience_s = HANDSHAKE_S if tls else None
        return await serve(
            self._converse,
            sock=listener,
            ssl=tls,
            ssl_handshake_timeout=patience_s,
            process_request=self._let_in,
            create_connection=answering(),
            compression=None,
            max_size=65536,
            logger=library_log("control"),
        )

    async def _let_in(self, connection: ServerConnection, request: Request) -> Response | None:
        if request.path != REPORTS_PATH:
            return connection.respond(HTTPStatus.NOT_FOUND, f"no such path; there is {REPORTS_PATH}\n")
        presented = request.headers.get_all("Authorization")
        if len(presented) == 1 and hmac.compare_digest(presented[0].encode(), self._expected.encode()):
            return None
        problem = "wrong secret" if presented else "no secret"
        self._note_guess(_peer(connection), problem)
        self._behind.count("secrets_refused")
        if self._guesses < MOST_GUESSES:
            self._guesses += 1
            try:
                async with self._guessing:  # one at a time, whoever asks: who guesses waits, who knows does not
                    await asyncio.sleep(GUESS_S)
            finally:
                self._guesses -= 1
        return connection.respond(HTTPStatus.UNAUTHORIZED, f"{problem}\n")

    def _note_guess(self, peer: str, problem: str) -> None:
        """Some of them: else whoever guesses without end would push all that is known of others out of the log."""
        now = self._clock.time()
        if times := self._seldom.due(now):
            logger.warning("control: refused %s: %s (%d since the last line)", peer, problem, times)
            self._keeping.note(now, peer, "connect", problem, times=times)

    async def _converse(self, connection: ServerConnection) -> None:
        try:
            async for message in connection:
                answer = await self._take(message, _peer(connection))
                await self._keeping.written()
                await connection.send(encoded(answer, 0, escaped=True))
        except ConnectionClosed:
            return

    async def _take(self, message: str | bytes, peer: str) -> Answer:
        now = self._clock.time()
        try:
            kind = understood(message, HEAD).type
            if kind not in (shards.TYPE, shards.STRATEGY):
                return await self._taking.take(decode(message), Bringer(peer), now)
            answer = self._obey(kind, message)
            self._keeping.note(now, peer, kind, encoded(answer, 0))
            return answer
        except InputError as error:
            logger.warning("control: refused: %s", error)
            self._behind.count("reports_refused")
            self._keeping.note(now, peer, "message", f"refused: {error}")
            return Refused(str(error))

    def _obey(self, kind: str, message: str | bytes) -> shards.Shards | shards.Changed:
        if kind == shards.TYPE:
            return self._behind.resize(understood(message, _WANTED))
        self._strategy = decode_strategy(message, self._strategy)
        self._behind.change(self._strategy)
        return shards.Changed(self._strategy.order, self._strategy.rate_per_s)


def _peer(connection: ServerConnection) -> str:
    """Where it comes from, HOST:PORT."""
    host, port = connection.remote_address[:2]
    return f"{host}:{port}"


def decode_strategy(message: str | bytes, now: Strategy) -> Strategy:
    """The strategy that a message asks for; what it does not name is as now. Raises InputError naming the key."""
    asked = structs.asdict(understood(message, _CHANGED))
    wanted = replace(now, **{name: value for name, value in asked.items() if value is not UNSET})
    check_strategy(wanted)
    return wanted
