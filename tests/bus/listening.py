"""A host for tests of the centre: it hears reports over all lines, says each second that it is there, and answers."""

import asyncio
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ewarn.bus import subjects
from ewarn.bus.line import Line
from ewarn.wire.bus import PULSE, Pulse, ReportName, Standing, Taken, decode, encode
from ewarn.wire.reports import decode as decode_report
from tests.bus.servers import Bus

PATIENCE_S = 20.0


@dataclass
class Host:
    """What it heard; all lists grow in its own thread."""

    name: str
    targets: int = 10
    answers: bool = True
    problem: str | None = None
    reports: list[tuple[int, ReportName, int]] = field(default_factory=list)
    """line, which, and when, monotonic ns"""
    pulses: list[Pulse] = field(default_factory=list)
    up: dict[int, bool] = field(default_factory=dict)

    def numbers(self) -> list[int]:
        return [name.number for _, name, _ in self.reports]


def met(condition, within_s: float = PATIENCE_S) -> None:
    until = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.005)


async def _serve(host: Host, bus: Bus, end: threading.Event) -> None:
    lines: list[Line] = []

    def hear(index: int):
        def heard(_subject: str, payload: bytes) -> None:
            now, report = time.monotonic_ns(), decode_report(payload)
            host.reports.append((index, ReportName(report.quake, report.play, report.number), now))
            if host.answers:
                more = {"problem": host.problem} if host.problem else {"targets": host.targets}
                answer = Taken(host.name, report.quake, report.play, report.number, **more)
                for line in lines:
                    line.say(subjects.taken(host.name), encode(answer))

        return heard

    async def up(_: Line) -> None:
        pass

    for index, one in enumerate(bus.servers):
        hears = {
            subjects.REPORTS: hear(index),
            subjects.PULSE: lambda _, payload: host.pulses.append(decode(payload, PULSE)),
        }
        drawn = random.Random(f"{host.name}{index}")
        lines.append(Line(one.address, bus.identity(host.name), hears, up, lambda *_: None, rng=drawn))
    tasks = [asyncio.create_task(one.run()) for one in lines]
    while not end.is_set():
        host.up = {index: line.up for index, line in enumerate(lines)}
        for line in lines:
            line.say(subjects.standing(host.name), encode(Standing(host.name, "ws://h:1", 100, 1, "up")))
        await asyncio.sleep(0.1)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@contextmanager
def host(bus: Bus, name: str) -> Iterator[Host]:
    """One that is up on all lines."""
    found, end = Host(name), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(found, bus, end)), daemon=True)
    thread.start()
    try:
        met(lambda: found.up and all(found.up.values()))
        yield found
    finally:
        end.set()
        thread.join()
