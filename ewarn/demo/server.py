"""The two servers of the demo: the page and its feed, which anyone may read, and the control of the stage."""

import asyncio
import hmac
import logging
import secrets
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from ewarn.config.drill import FAULTS, DrillSettings, load_drill
from ewarn.demo.doorkeeper import Doorkeeper
from ewarn.demo.feed import PATH, Feed
from ewarn.demo.library import Library
from ewarn.demo.log import ShowLog
from ewarn.demo.programme import Programme, programme
from ewarn.demo.serving import Place, asked_to_stop, serving, url_of
from ewarn.demo.stage import Stage
from ewarn.demo.static import TYPES, Files, folder, response
from ewarn.demo.wish import MOST_USERS, parse_wish
from ewarn.dispatch.orders import ORDERS
from ewarn.errors import InputError, quoted
from ewarn.gateway.engines import CHOICES
from ewarn.gateway.intake.answering import answering
from ewarn.system.address import address_of, bind
from ewarn.system.allowed import loopback_pages
from ewarn.system.json_files import encoded
from ewarn.wire.messages import understood
from ewarn.wire.reports import HEAD
from ewarn.words import Named, joined, say, spelled

logger = logging.getLogger("ewarn.demo")

PRESET_ORDERS = ["fifo", "deadline"]
PRESET_SHARE = 0.1
"""of the speed that the promise needs: there the order decides"""


@dataclass(frozen=True)
class DemoSettings:
    """How the demo is run."""

    config: Path | None
    """a drill file that every drill here is made of, or a quake file; None: the drill file that we ship"""
    out: Path
    place: Place
    control: str
    """HOST:PORT, loopback"""


@dataclass(frozen=True)
class DemoStarted:
    """What the demo says once it listens."""

    page: str
    """address that a browser opens, with the token in its fragment, which no server is sent"""
    control: str
    token: str


def run(wanted: DemoSettings, on_start: Callable[[DemoStarted], None]) -> None:
    """Serve in the foreground until SIGINT or SIGTERM. Raises InputError."""
    asyncio.run(_serve(wanted, on_start))


async def _serve(wanted: DemoSettings, on_start: Callable[[DemoStarted], None]) -> None:
    offered = programme(wanted.config)
    defaults = load_drill(offered.config)
    log, library, token = ShowLog(), Library(), secrets.token_urlsafe(24)
    (page, own), control = wanted.place.take(), bind("--control", wanted.control, False)
    # The page speaks to the control and to the gateways of its drills, each at another port.
    others = replace(own, origins=own.origins | loopback_pages(page.getsockname()[1]))
    stage = Stage(offered, wanted.out, log, library, tuple(sorted(others.origins)))
    hello = _hello(offered, defaults, page_address(control))
    stop = asked_to_stop()
    feed = Feed(Files(folder()), library, log, hello)
    master = Master(stage, token, list(offered.names))
    async with (
        serving(feed, page, own),
        serve(
            master.obey,
            sock=control,
            process_request=Doorkeeper(others, master.let_in).let_in,
            create_connection=answering(),
            compression=None,
            max_size=65536,
        ),
    ):
        on_start(DemoStarted(f"{url_of(page)}#token={token}", address_of(control), token))
        await stop.wait()
        await stage.stop()


def _hello(offered: Programme, defaults: DrillSettings, control: str) -> dict[str, Any]:
    """What a page is told first: what can be played here, and where it asks for that."""
    return {
        "type": "hello",
        "drill": True,
        "quakes": [_offered(identity, name) for identity, name in offered.names.items()],
        "engines": list(CHOICES),
        "orders": list(ORDERS),
        "faults": list(FAULTS),
        "most_users": MOST_USERS,
        "control": control,
        "defaults": {
            "quake": offered.first,
            "users": min(defaults.audience.users, MOST_USERS),
            "engine": defaults.gateway.engine,
            "orders": [defaults.gateway.order],
            "fault": "none",
            "rate_per_s": defaults.gateway.rate_per_s,
        },
        "promise_s": defaults.budgets.delivery_s,
        "preset": {"quake": offered.preset, "orders": PRESET_ORDERS, "rate_share": PRESET_SHARE},
    }


def _offered(identity: str, name: Named) -> dict[str, Any]:
    """A quake that can be played; `names` by language where it has more than one."""
    return {"id": identity, "name": name} | ({"names": name.names} if name.others else {})


class Master:
    """Obeys whoever has the token."""

    def __init__(self, stage: Stage, token: str, quakes: Sequence[str]) -> None:
        self._stage, self._token, self._quakes = stage, token, quakes

    def let_in(self, _connection: ServerConnection, request: Request) -> Response | None:
        """Only a WebSocket at `PATH`."""
        if request.path != PATH:
            return response(HTTPStatus.NOT_FOUND, TYPES[".txt"], f"no such path; there is {PATH}\n".encode())
        return None

    async def obey(self, connection: ServerConnection) -> None:
        """Answer each message; who has not the token is shown out."""
        try:
            async for text in connection:
                answer = await self._answer(text)
                await connection.send(encoded(answer))
                if answer.get("problem") == say("problem.token"):
                    return
        except ConnectionClosed:
            return

    async def _answer(self, text: str | bytes) -> dict[str, Any]:
        try:
            said = understood(text, HEAD)
            token = said.token if isinstance(said.token, str) else ""
            if not hmac.compare_digest(token.encode(errors="replace"), self._token.encode()):
                logger.warning("control: a wrong or missing token")
                raise InputError(say("problem.token"))
            await self._do(said.type, text)
        except InputError as error:
            return _refusal(error)
        return {"type": "ok"}

    async def _do(self, kind: object, text: str | bytes) -> None:
        if kind == "start":
            await self._stage.start(parse_wish(text, self._quakes))
        elif kind == "stop":
            await self._stage.stop()
        else:
            raise InputError(say("problem.type", quoted(kind, 40)))


def _refusal(error: InputError) -> dict[str, Any]:
    """`problem` in English, and as `words` the same as pages say it; what only names keys stands in their sentence."""
    told = joined(*error.problems) or ""
    return {"type": "error", "problem": str(error), "words": spelled(told) or say("problem.other", told).spelled()}


def page_address(listener: socket.socket) -> str:
    """HOST:PORT by which the page reaches a listener: no source of a Content-Security-Policy can be an IPv6 address."""
    port = listener.getsockname()[1]
    return f"localhost:{port}" if listener.family is socket.AF_INET6 else address_of(listener)
