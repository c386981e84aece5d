"""Attacks: strangers without a secret do their worst, and bystanders must get every alert as if nobody were there.

Each attack meets a gateway of its own. Reports are published all the while; the latency of a receipt runs from the
hand-over on the control address to the kernel's stamp at the bystander. `quiet` and `busy` are no attacks: nobody else
there, and two processes that burn the machine's cores without ever touching the gateway.
"""

import json
import math
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field

import numpy as np

from ewarn.errors import EwarnError
from ewarn.verdict.percentiles import percentile
from ewarn.wire.chat import filled
from ewarn.wire.framing import PING, TEXT
from ewarn.wire.reports import REPORTS_PATH
from ewarn.wire.service_time import ask
from tests.campaign.clients import CONTINUATION, asking, fetching, following, frame, unfinished
from tests.campaign.figures import said_ms
from tests.campaign.rows import Row
from tests.campaign.service import WATCHED, Service, gateway, report
from tests.campaign.strangers import Habit

PART = "attacks"
BYSTANDERS, NEWCOMERS, REPORTS = 60, 88, 8
LIMIT_S = 0.1
"""of the p99 of the bystanders"""
CROWDS = 2
"""processes that an attack comes from"""
BLOCK = 50
"""messages in one `send` of a flood"""
BURN = """import os, sys, time
os.nice(19)
until = time.monotonic() + float(sys.argv[1])
while time.monotonic() < until: pass"""


@dataclass(frozen=True)
class Pace:
    """How long an attack lasts."""

    apart_s: float
    """between two reports"""
    grace_s: float
    """that is waited for what is late"""
    lead_s: float = 1.0
    """of the attack, before the first report"""

    @property
    def seconds(self) -> float:
        """Of the attack."""
        return self.lead_s + REPORTS * self.apart_s


SHORT, WHOLE = Pace(0.4, 4.0), Pace(1.0, 15.0)


@dataclass(frozen=True)
class Attack:
    """What is done to a gateway, and what honest newcomers are to see of it."""

    name: str
    habits: tuple[Habit, ...] = ()
    quakes: int = 0
    """in force"""
    capacity: int = 8000
    newcomers: str = "in"
    """`in`: everyone is let in; `full`: everyone is told that there is no room"""
    burns: bool = False
    in_short: bool = True
    options: tuple[str, ...] = field(default=())


def _flood(clients: int, message: bytes, places: int = 10, block: int = BLOCK) -> Habit:
    return Habit(clients, asking(following("stranger", places)), message * block)


def _asked(path: str, clients: int = 50) -> Habit:
    return Habit(clients, fetching(path))


def _snapshot_path(places: int = 10) -> str:
    return following("stranger", places).replace("/v1/alerts", "/v1/snapshot")


FOLLOW = json.dumps({"type": "follow", "places": [[30 + one / 10, 103.0] for one in range(10)]}).encode()
SNAPSHOT = frame(TEXT, b'{"type":"snapshot"}')
HALF = asking(following("stranger"))[:60]
WRONG = asking(REPORTS_PATH, "Authorization: Bearer a-guess-at-the-secret")
ATTACKS = (
    Attack("quiet"),
    Attack("busy: two processes burn the cores", burns=True),
    Attack("snapshot flood, 20 clients", (_flood(20, SNAPSHOT),), quakes=20),
    Attack("snapshot flood, 200 clients", (_flood(200, SNAPSHOT),), quakes=20, in_short=False),
    Attack("snapshot flood by HTTP", (_asked(_snapshot_path()),), quakes=20),
    Attack("follow flood", (_flood(50, frame(TEXT, FOLLOW)),), quakes=20),
    Attack("chat flood", (_flood(50, frame(TEXT, filled(2000))),)),
    Attack("ping flood", (_flood(50, frame(PING, b"x" * 125)),)),
    Attack("time-question flood", (_flood(50, frame(TEXT, ask(1))),)),
    Attack("messages that are none", (_flood(50, frame(TEXT, b"{")),)),
    Attack(
        "fragments without end",
        (Habit(10, asking(following("stranger")) + unfinished(TEXT, b"{"), unfinished(CONTINUATION) * 1000),),
    ),
    Attack(
        "one long message in fragments",
        (Habit(10, asking(following("stranger")) + unfinished(TEXT, b"{"), unfinished(CONTINUATION, b"x") * 1000),),
    ),
    Attack("slowloris: a byte a second", (Habit(1000, HALF, b"x", every_s=1.0),), capacity=300),
    Attack("silence, 1,000 sockets, a gateway of 300", (Habit(1000),), capacity=300),
    Attack("silence from the bystanders' address", (Habit(1000, source="127.0.0.1"),), capacity=300, in_short=False),
    Attack("silence, 4,000 sockets", (Habit(4000),)),
    Attack("connect and reset", (Habit(200, leaves="reset"),)),
    Attack("a handshake, then a reset", (Habit(200, asking(following("stranger", 10)), leaves="reset"),), quakes=20),
    Attack("half a handshake, then gone", (Habit(200, HALF, leaves="close"),)),
    Attack("half a handshake, and silence", (Habit(1000, HALF),), capacity=300),
    Attack("never read, 10 places", (Habit(1000, asking(following("stranger", 10)), reads=False, buffer=2048),)),
    Attack(
        "never read, snapshots asked for",
        (Habit(200, asking(following("stranger", 10)), SNAPSHOT * BLOCK, reads=False, buffer=2048),),
        quakes=20,
    ),
    Attack("more clients than capacity", (Habit(600, asking(following("stranger"))),), capacity=300, newcomers="full"),
    Attack("wrong secrets without end", (Habit(50, WRONG, control=True),)),
    Attack("silence at the control address", (Habit(400, control=True),)),
    Attack("huge query strings", (Habit(50, asking(following("x" * 7000))),)),
    Attack("requests longer than allowed", (Habit(50, asking(following("x" * 100_000))),)),
    Attack("/metrics flood", (_asked("/metrics"),)),
    Attack("/healthz flood", (_asked("/healthz"),)),
)


@dataclass(frozen=True)
class Watched:
    """What the bystanders read."""

    latency_s: np.ndarray
    """(bystanders x reports,) float64: to the kernel's stamp; infinite where it never came"""
    own_s: float
    """the longest that the bystanders' own process took to read what the kernel had"""
    ended: int
    """bystanders who were hung up on"""


class Harness(Exception):  # noqa: N818 - no error of the program
    """The campaign's own processes did not do their part, so that nothing is shown."""


@contextmanager
def process(module: str, *words: object, **pipes: int) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", f"tests.campaign.{module}", *map(str, words)]
    with subprocess.Popen(command, text=True, stdout=subprocess.PIPE, **pipes) as child:
        try:
            yield child
        finally:
            child.kill()


def _publish(service: Service, pace: Pace) -> dict[int, int]:
    """Hand reports over at their times; when each was (monotonic ns). An answer is waited for by nobody."""
    handed = {}
    with suppress(EwarnError, OSError), service.publisher() as control:
        began = time.monotonic()
        for number in range(1, REPORTS + 1):
            time.sleep(max(0.0, began + (number - 1) * pace.apart_s - time.monotonic()))
            handed[number] = control.hand_over(report(number))
        time.sleep(pace.apart_s)
    return handed


def _watched(bystanders: "subprocess.Popen[str]", handed: dict[int, int]) -> Watched:
    out, _ = bystanders.communicate()
    found = json.loads(out.splitlines()[-1])
    latency = np.full((BYSTANDERS, REPORTS), math.inf)
    own_ns = 0
    for index, number, arrived_ns, read_ns, _ in found["receipts"]:
        latency[index, number - 1] = (arrived_ns - handed[number]) / 1e9
        own_ns = max(own_ns, read_ns - arrived_ns)
    return Watched(latency.ravel(), own_ns / 1e9, found["ended"])


def _set_up(service: Service, quakes: int) -> None:
    if quakes:
        with service.publisher() as control:
            for index in range(quakes):
                control.release(report(1, f"in-force-{index}"))


def _strangers(attack: Attack, service: Service, seconds: float, stack: ExitStack) -> "list[subprocess.Popen[str]]":
    them = []
    for habit in attack.habits * CROWDS:
        address = service.control if habit.control else service.listen
        one = stack.enter_context(process("strangers", address, seconds, stdin=subprocess.PIPE))
        one.stdin.write(habit.shared(CROWDS).encoded())
        one.stdin.close()
        one.stdin = None
        them.append(one)
    if attack.burns:
        command = [sys.executable, "-c", BURN, str(seconds)]
        for _ in range(CROWDS):
            burner = stack.enter_context(subprocess.Popen(command, text=True, stdout=subprocess.PIPE))
            stack.callback(burner.kill)
    return them


def tried(attack: Attack, pace: Pace) -> Row:
    """An attack, against a gateway of its own."""
    with ExitStack() as stack:
        service = stack.enter_context(gateway("--capacity", str(attack.capacity), *attack.options))
        _set_up(service, attack.quakes)
        words = (service.listen, BYSTANDERS, BYSTANDERS * REPORTS, WATCHED)
        bystanders = stack.enter_context(process("bystanders", *words, stdin=subprocess.PIPE))
        if bystanders.stdout.readline() != "ready\n":
            raise Harness(f"{attack.name}: the bystanders did not get in")
        strangers = _strangers(attack, service, pace.seconds, stack)
        time.sleep(pace.lead_s)
        seconds = pace.seconds - pace.lead_s
        newcomers = stack.enter_context(process("newcomers", service.listen, NEWCOMERS, seconds))
        handed = _publish(service, pace)
        heard = _line(bystanders, pace.grace_s)
        if heard not in ("", "all\n"):
            raise Harness(f"{attack.name}: the bystanders said {heard!r}")
        watched = _watched(bystanders, handed)
        let_in = json.loads(newcomers.communicate()[0])
        did = [json.loads(one.communicate()[0]) for one in strangers]
        return judged(attack, watched, let_in, did, answers=service.answers())


def _line(child: "subprocess.Popen[str]", patience_s: float) -> str:
    """The next line that it says, or nothing where it says none in time."""
    ready, _, _ = select.select([child.stdout], [], [], patience_s)
    return child.stdout.readline() if ready else ""


def judged(attack: Attack, watched: Watched, newcomers: dict, did: list[dict], *, answers: bool) -> Row:
    """The row of an attack. Pure."""
    latency = watched.latency_s
    p50, p99 = percentile(latency, 0.5), percentile(latency, 0.99)
    missing = int(np.isinf(latency).sum())
    worst = float(latency[np.isfinite(latency)].max()) if missing < len(latency) else math.inf
    seen = [
        f"p50 {said_ms(p50)}, p99 {said_ms(p99)}, worst {said_ms(worst)}",
        f"{missing} of {len(latency)} missing",
        f"{newcomers['in']} of {newcomers['count']} in"
        + (f" within {said_ms(newcomers['longest_s'])}" if newcomers["in"] else ""),
    ]
    if newcomers["full"]:
        seen.append(f"{newcomers['full']} told that it is full")
    if newcomers["other"]:
        seen.append(f"{newcomers['other']} without an answer")
    if watched.ended:
        seen.append(f"{watched.ended} bystanders hung up on")
    if not answers:
        seen.append("/healthz not ok afterwards")
    seen.append(f"clients' own lateness {said_ms(watched.own_s)}")
    if did:
        totals = {key: sum(one[key] for one in did) for key in ("opened", "hung_up", "bytes")}
        seen.append(f"strangers: {totals['opened']:,} connections, {totals['bytes'] / 1e6:,.1f} MB")
    wanted = newcomers["in"] if attack.newcomers == "in" else newcomers["full"]
    passed = p99 < LIMIT_S and not missing and not watched.ended and wanted == newcomers["count"] and answers
    door = f"all {NEWCOMERS} newcomers {'in' if attack.newcomers == 'in' else 'told that it is full'}"
    expected = f"p99 under {said_ms(LIMIT_S)}, 0 missing, {door}"
    figure = p99 * 1e3 if math.isfinite(p99) else None
    return Row(PART, attack.name, expected, ", ".join(seen), passed, figure, "ms p99")


def attacks(*, short: bool = False, only: str = "", say=print) -> list[Row]:
    """All of them, or those whose names hold a word; each is said as it is done."""
    rows = []
    for attack in ATTACKS:
        if only not in attack.name or (short and not attack.in_short):
            continue
        began = time.monotonic()
        try:
            row = tried(attack, SHORT if short else WHOLE)
        except Harness as error:
            row = Row(PART, attack.name, "a measurement", str(error), passed=False)
        rows.append(row)
        say(
            f"{'ok' if row.passed else 'FAILED'}  {row.name}: {row.seen} ({time.monotonic() - began:.0f} s)", flush=True
        )
    return rows


if __name__ == "__main__":
    attacks(short="--short" in sys.argv, only=" ".join(word for word in sys.argv[1:] if word != "--short"))
