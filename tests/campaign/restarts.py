"""A service that is killed in mid-fan-out and started again by a loop: when everyone is back, and on the newest report.

The supervisor alone is killed; its shards have to find out by themselves. What the next one knows stands in the diary.
"""

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil

from ewarn.audience.followed import Followed
from ewarn.gateway.intake import keys
from ewarn.gateway.intake.secret import VARIABLE
from ewarn.publish import publisher
from ewarn.swarm.client import parse_target
from ewarn.swarm.crew import Swarm
from ewarn.swarm.habits import Habits
from ewarn.system.clock import WallClock
from ewarn.system.machine import this_machine
from tests.campaign.endings import PART
from tests.campaign.endings import judged as ended_as
from tests.campaign.ground import Ground, ground
from tests.campaign.guard import HarnessError, guarded
from tests.campaign.rows import Row
from tests.campaign.service import EWARN, SECRET, WATCHED, Series, end, family

USERS, FEW = 20_000, 1_000
FAN_OUT_S = 2.0
"""that a report is on its way"""
AGAIN_S = 0.1
"""that the loop waits before it starts the service again"""
PATIENCE_S = 240.0
LONGEST_S = 30.0
"""that a phone waits which found nobody"""
SLOWER = 4
"""They come back while the service starts, and each is given what is in force: so many times as long as they took to
connect at first, on this machine as busy as it is, besides what they wait."""
NAME = "service killed in mid-fan-out and started again"
DRILL = "drill against a service that is killed and started again"


def free_address() -> str:
    """Of a port that nobody has just now."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return f"127.0.0.1:{found.getsockname()[1]}"


@dataclass
class Loop:
    """What a unit with `Restart=always` is: it starts the same service on the same ports whenever it has ended."""

    here: Ground
    options: tuple[str, ...] = ()
    listen: str = field(default_factory=free_address)
    control: str = field(default_factory=free_address)
    starts: int = 0
    process: "subprocess.Popen[str] | None" = None
    _over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        """Make the keys of its centre."""
        self.signer = keys.make(self.here.folder / "keys")

    @property
    def state(self) -> Path:
        """The folder that it keeps."""
        return self.here.folder / "state"

    def command(self) -> list[str]:
        """The same each time."""
        trusted = str(self.here.folder / "keys" / keys.TRUSTED)
        ports = ["--listen", self.listen, "--control", self.control, "--shards", "2"]
        return [*EWARN, "gateway", *ports, "--state", str(self.state), "--trusted-keys", trusted, *self.options]

    def run(self) -> None:
        """Until it is over."""
        environment = self.here.environment(**{VARIABLE: SECRET})
        with (self.here.folder / "said").open("ab") as said:
            while not self._over.is_set():
                self.starts += 1
                self.process = subprocess.Popen(self.command(), env=environment, stderr=said, text=True)
                self.process.wait()
                self._over.wait(AGAIN_S)

    def stop(self) -> None:
        """End it, and start it no more."""
        self._over.set()
        if self.process:
            end(self.process)

    @property
    def signing_key(self) -> str:
        """File of its centre's key."""
        return str(self.here.folder / "keys" / keys.SIGNING)

    def kill(self) -> list[psutil.Process]:
        """Kill the supervisor, as the kernel does that is short of memory; those below it."""
        assert self.process
        below = family(self.process.pid)[1:]
        os.kill(self.process.pid, signal.SIGKILL)
        return below

    def answers(self) -> bool:
        """Whether it takes connections, and says that all is well."""
        host, _, port = self.listen.rpartition(":")
        with suppress(OSError, ValueError), socket.create_connection((host, int(port)), 1.0) as asking:
            asking.sendall(f"GET /healthz HTTP/1.1\r\nHost: {self.listen}\r\n\r\n".encode())
            said = b""
            while more := asking.recv(65_536):
                said += more
            return bool(json.loads(said.partition(b"\r\n\r\n")[2])["status"] == "ok")
        return False

    def release(self, series: Series, number: int) -> None:
        """One report, signed by the centre."""
        with publisher(self.control, SECRET, WallClock(), self.signer) as control:
            control.release(series.report(number))


@contextmanager
def looping(*options: str) -> Iterator[Loop]:
    """A service that is started again and again."""
    with ground() as here:
        loop = Loop(here, options)
        running = threading.Thread(target=loop.run)
        running.start()
        try:
            await_(loop.answers, "the service answers")
            yield loop
        finally:
            loop.stop()
            running.join()


def await_(done: Callable[[], bool], what: str, look: Callable[[], object] = lambda: None) -> float:
    """Wait until it is so, and look each time; the instant, monotonic s."""
    until = time.monotonic() + PATIENCE_S
    while not done():
        if time.monotonic() > until:
            raise HarnessError(f"not within {PATIENCE_S:g} s: {what}")
        look()
        time.sleep(0.01)
    return time.monotonic()


@dataclass
class Watched:
    """What was seen, seconds after the kill."""

    users: int
    had: int
    """users who had the report that was on its way"""
    first_s: float
    """that all of them took to connect at first"""
    answers_s: float = 0.0
    connected_s: dict[int, float] = field(default_factory=dict)
    """by share, per cent"""
    newest_s: float = 0.0
    older: int = 0
    missing: int = 0
    starts: int = 0
    orphans: int = 0


def crew_of(loop: Loop, users: int) -> Swarm:
    """Phones that come back."""
    return Swarm(
        parse_target(f"ws://{loop.listen}"),
        Followed.one_each(np.linspace(28, 33, users), np.linspace(100, 105, users)),
        np.zeros(users),
        Habits(1e6, seed=1, quake=WATCHED, reconnect=True),
        reports=3,
        sampled=np.zeros(users, bool),
        machine=this_machine(),
        clock=WallClock(),
    )


def watched(users: int) -> Watched:
    """Kill it under so many phones, and see."""
    rate = ("--rate-per-s", f"{users / FAN_OUT_S:g}")
    with looping(*rate) as loop, crew_of(loop, users) as crew:
        book, series = crew.book, Series()
        began = time.monotonic()
        crew.connect(lambda _: None, lambda: None)
        first_s = time.monotonic() - began
        loop.release(series, 1)
        await_(lambda: book.received(1) == users, "report 1 with everyone", crew.collect)
        loop.release(series, 2)
        await_(lambda: book.received(2) > users / 5, "report 2 on its way", crew.collect)
        killed = time.monotonic()
        below = loop.kill()
        crew.collect()
        seen = Watched(users, book.received(2), first_s)
        answering: list[float] = []
        asking = threading.Thread(target=lambda: answering.append(await_(loop.answers, "the port answers") - killed))
        asking.start()
        for share in (50, 99, 100):
            due = -(-users * share // 100)
            seen.connected_s[share] = await_(lambda due=due: book.total("returned") >= due, f"{share} % back") - killed
        newest = await_(lambda: book.received(2) == users, "report 2 with everyone", crew.collect)
        seen.newest_s = newest - killed
        asking.join()
        seen.answers_s = answering[0] if answering else PATIENCE_S
        loop.release(series, 3)
        await_(lambda: book.received(3) == users, "report 3 with everyone", crew.collect)
        seen.older = int(book.out_of_order.sum()) + book.total("duplicates") + book.total("stale")
        seen.missing = users - int((book.read > 0)[2].sum())
        seen.starts, seen.orphans = loop.starts, len(psutil.wait_procs(below, 5.0)[1])
        return seen


def judged(seen: Watched) -> list[Row]:
    """A row a promise. Pure."""
    name = f"{NAME} under {seen.users:,} phones"
    timed = {
        "the port answers": seen.answers_s,
        **{f"{share} % connected": took for share, took in seen.connected_s.items()},
        "100 % on the newest": seen.newest_s,
    }
    within_s = LONGEST_S + SLOWER * seen.first_s
    rows = [
        Row(PART, f"{name}: {what}", f"within {within_s:.0f} s", f"{took:.1f} s", took <= within_s, took, "s")
        for what, took in timed.items()
    ]
    counted = {"shown an older report": seen.older, "missing": seen.missing, "processes left": seen.orphans}
    rows += [Row(PART, f"{name}: {what}", "0", f"{count:,}", count == 0, count) for what, count in counted.items()]
    middle = 0 < seen.had < seen.users and seen.starts == 2
    had = f"{seen.had:,} of {seen.users:,} had it"
    how = f"{had}; started {seen.starts} times; at first all connected in {seen.first_s:.1f} s"
    return [*rows, Row(PART, f"{name}: the kill", "in mid-fan-out; started twice", how, middle)]


def drilled() -> Row:
    """A drill whose service comes back without its publisher: it ends, and passes for no good one."""
    with looping("--rate-per-s", "2000") as loop, ground() as here:
        to = ["--to", f"ws://{loop.listen}", "--control", loop.control, "--signing-key", loop.signing_key]
        command = [*EWARN, "drill", str(here.drill()), "--out", str(here.out), *to]
        return ended_as(DRILL, (3,), here.played(command, r"report 2 \(", lambda _: loop.kill(), **{VARIABLE: SECRET}))


def rows(*, short: bool = False, only: str = "", say: Callable[..., None] = print) -> list[Row]:
    """Of the trials whose names hold a word."""
    found: list[Row] = []

    def trial() -> Row:
        found.extend(judged(watched(FEW if short else USERS)))
        return found.pop()

    if only in NAME:
        last = guarded(PART, NAME, trial, say)
        for row in found:
            say(f"{'ok' if row.passed else 'FAILED'}  {row.name}: {row.seen}", flush=True)
        found.append(last)
    if only in DRILL and (only or not short):
        found.append(guarded(PART, DRILL, drilled, say))
    return found
