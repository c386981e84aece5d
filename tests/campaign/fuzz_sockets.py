"""Fuzz by sockets: bad bytes at a real gateway's ports, while bystanders must get every alert.

Strangers send requests and frames to the public port and requests to the control port; a centre gone mad, which
knows the secret, sends reports. A fault is one that the gateway counts itself, or a bystander who misses an alert.
"""

import asyncio
import base64
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from tempfile import TemporaryFile

import numpy as np
from msgspec.json import decode
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from ewarn.seismic.origin import Origin, Report
from ewarn.wire.reports import USERS_OWN
from tests.campaign import fuzz_kinds
from tests.campaign.conformance_requests import request
from tests.campaign.fuzz_kinds import Kind
from tests.campaign.fuzz_mutation import made
from tests.campaign.rows import Row
from tests.conftest import KEY, SECRET, RunningGateway, gateways

PART = "fuzz"
BYSTANDERS = 20
AT_ONCE = 40
EVERY_S = 0.25
"""an alert for the bystanders"""
PATIENCE_S = 20.0
QUIET_S = 0.02
"""that a stranger waits for an answer before hanging up; most get one at once, or none at all"""
OWN = "bystander-"
FAULTS = 'ewarn_closed_total{reason="fault"}'


@dataclass
class Heard:
    """What one bystander read: by quake, when."""

    at: dict[str, float] = field(default_factory=dict)

    async def listen(self, connection: ClientConnection) -> None:
        """Until the connection ends."""
        with suppress(ConnectionClosed):
            async for frame in connection:
                self.at.setdefault(decode(frame)["quake"], time.monotonic())


def by_sockets(inputs: int, seconds: float, seed: int) -> list[Row]:
    """So many inputs, or as many as there is time for."""
    with gateways() as start, TemporaryFile() as log:
        with _errors_to(log.fileno()):
            gateway = start(in_force_s=2.0, capacity=2000)
        made_ = asyncio.run(_campaign(gateway, inputs, seconds, seed))
        log.seek(0)
        lines = log.read().decode(errors="replace").splitlines()
    tracebacks = lines.count("Traceback (most recent call last):")
    last = next((line for line in reversed(lines) if line.endswith("Error") or "Error: " in line), "")
    seen = f"{tracebacks} in {len(lines):,} lines{f', {last}' if tracebacks else ''}"
    return [*made_, Row(PART, "by sockets: the log", "no traceback", seen, not tracebacks, len(lines), "lines")]


@contextmanager
def _errors_to(descriptor: int) -> Iterator[None]:
    """What is started meanwhile writes its errors there."""
    kept = os.dup(2)
    os.dup2(descriptor, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


async def _campaign(gateway: RunningGateway, inputs: int, seconds: float, seed: int) -> list[Row]:
    bystanders = [Heard() for _ in range(BYSTANDERS)]
    connections = [await connect(gateway.url(f"user=b{index}&place=30,103")) for index in range(BYSTANDERS)]
    listening = [
        asyncio.create_task(one.listen(connection)) for one, connection in zip(bystanders, connections, strict=True)
    ]
    released: dict[str, float] = {}
    over = asyncio.Event()
    alerting = asyncio.create_task(_alert(gateway, released, over))
    began = time.monotonic()
    sent = await _strangers(gateway, inputs, seed, began + seconds)
    took_s = time.monotonic() - began
    over.set()
    await alerting
    until = time.monotonic() + PATIENCE_S
    while any(released.keys() - one.at.keys() for one in bystanders) and time.monotonic() < until:
        await asyncio.sleep(0.02)
    faults, up = await asyncio.to_thread(lambda: (gateway.metric(FAULTS), gateway.health()["shards_up"]))
    for connection in connections:
        await connection.close()
    await asyncio.gather(*listening)
    repeat = f"; by sockets, seed {seed}, numbers 0 to {sent - 1}"
    return [
        Row(
            PART,
            "by sockets",
            "no fault counted",
            f"{sent:,} inputs, {faults} faults{repeat}",
            not faults,
            sent,
            "inputs",
        ),
        Row(
            PART,
            "by sockets: shards",
            f"{gateway.started.layout.shards} up",
            f"{up} up",
            up == 2,
            sent / took_s,
            "inputs/s",
        ),
        _missing(bystanders, released),
    ]


def _missing(bystanders: list[Heard], released: dict[str, float]) -> Row:
    late = [one.at.get(quake, np.inf) - at for one in bystanders for quake, at in released.items()]
    missing = sum(np.isinf(late))
    worst = float(np.quantile(late, 0.99)) * 1000 if late else 0.0
    seen = f"{len(late) - missing:,} of {len(late):,}; {len(released)} alerts to {len(bystanders)} bystanders"
    return Row(PART, "by sockets: bystanders", "every alert read", seen, not missing and bool(late), worst, "ms p99")


async def _alert(gateway: RunningGateway, released: dict[str, float], over: asyncio.Event) -> None:
    """A report of a quake of its own every moment, until the strangers have gone."""

    def publish() -> Iterator[Callable[[], None]]:
        with gateway.publisher() as centre:
            while True:
                now, quake = time.time(), f"{OWN}{len(released)}"
                origin = Origin(now - 6.0, 29.59, 102.08, 16.0, 6.1)
                at = time.monotonic()
                centre.release(Report(quake, 1, "update", origin, "Qingzang", now, round((now - 6.5) * 1e9)))
                released[quake] = at
                yield

    publishing = publish()
    while not over.is_set():
        await asyncio.to_thread(next, publishing)
        with suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), EVERY_S)
    publishing.close()


async def _strangers(gateway: RunningGateway, inputs: int, seed: int, until: float) -> int:
    """How many inputs were sent."""
    public, control = gateway.started.listen, gateway.started.control
    good = request("", public)[0]
    kinds = {kind.name: kind for kind in fuzz_kinds.kinds(public)}
    asked, frames, messages = kinds["handshakes"], kinds["frames"], kinds["messages"]
    mad = Kind("reports by socket", fuzz_kinds.reports(time.time()), print, 1)
    numbers = iter(range(inputs))
    ways = [
        lambda number: _spoken(public, made(asked.name, seed, number, asked.corpus)),
        lambda number: _spoken(public, good + made(frames.name, seed, number, frames.corpus)),
        lambda number: _spoken(public, good + fuzz_kinds.frame(made(messages.name, seed, number, messages.corpus))),
        lambda number: _spoken(control, made(asked.name, seed, number, asked.corpus)),
        lambda number: _published(control, _signed(number, made(mad.name, seed, number, mad.corpus))),
    ]
    sent = 0

    async def work() -> None:
        nonlocal sent
        for number in numbers:
            if time.monotonic() > until:
                return
            await ways[number % len(ways)](number)
            sent += 1

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return sent


def _signed(number: int, data: bytes) -> bytes:
    """Most with a good signature of the words that are there, so that the gateway looks at what they say."""
    said, mark, _ = data.partition(USERS_OWN)
    if not mark or number % 3 == 0:
        return data
    signature = base64.urlsafe_b64encode(KEY.sign(said)).rstrip(b"=")
    return said + mark + b':[],"signature":"' + signature + b'"}'


async def _spoken(address: str, data: bytes) -> None:
    """Say it, listen for a moment, and hang up."""
    host, port = address.rsplit(":", 1)
    reader, writer = await asyncio.open_connection(host, int(port))
    with suppress(ConnectionError, TimeoutError):
        writer.write(data)
        await asyncio.wait_for(reader.read(1 << 16), QUIET_S)
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def _published(address: str, data: bytes) -> None:
    """Say it on the control address with the secret, where it is answered in a sentence."""
    headers = {"Authorization": f"Bearer {SECRET}"}
    async with connect(f"ws://{address}/v1/reports", additional_headers=headers) as centre:
        with suppress(ConnectionClosed):  # bytes that are no UTF-8, or too many of them
            await centre.send(data, text=True)
            said = decode(await asyncio.wait_for(centre.recv(), PATIENCE_S))
            assert said["type"] in ("released", "error"), said
