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
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial

import numpy as np

from ewarn.errors import EwarnError
from ewarn.verdict.percentiles import percentile
from tests.campaign.attack_table import ATTACKS, BUSY, IN_SHORT, Attack
from tests.campaign.figures import said_ms
from tests.campaign.guard import HarnessError, guarded
from tests.campaign.rows import Row
from tests.campaign.service import WATCHED, Series, Service, gateway

PART = "attacks"
BYSTANDERS, NEWCOMERS, REPORTS = 60, 88, 8
LIMIT_S = 0.1
"""of the p99 of the bystanders"""
SHORT_LIMIT_S, TIMES_BUSY = 1.0, 10.0
"""The same in the bounded part, or so many times what it was where only the cores were burnt, whichever is more: a
machine that is shared says nothing of milliseconds."""
CROWDS = 2
"""processes that an attack comes from"""
BURN = """import sys, time
from tests.campaign.strangers import give_way
give_way()
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


SHORT, WHOLE = Pace(0.25, 15.0), Pace(1.0, 15.0)


@dataclass(frozen=True)
class Watched:
    """What the bystanders read."""

    latency_s: np.ndarray
    """(bystanders x reports,) float64: to the kernel's stamp of it or of a later one; infinite where neither came"""
    own_s: float
    """the longest that the bystanders' own process took to read what the kernel had"""
    ended: int
    """bystanders who were hung up on"""
    superseded: int = 0
    """reports that a bystander did not get, but a later one"""


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
    handed, series = {}, Series()
    with suppress(EwarnError, OSError), service.publisher() as control:
        began = time.monotonic()
        for number in range(1, REPORTS + 1):
            time.sleep(max(0.0, began + (number - 1) * pace.apart_s - time.monotonic()))
            handed[number] = control.hand_over(control.sealed(series.report(number)))
        time.sleep(pace.apart_s)
    return handed


def watched(receipts: list[tuple[int, int, int, int, str]], handed: dict[int, int], ended: int) -> Watched:
    """What bystanders read: (bystander, number, kernel's stamp ns, read ns, quake) of each receipt. Pure.

    `handed` is when each report was handed over, ns on the same clock, by number. Whoever has a later report needs none
    of those before it: it is as if they came with it.
    """
    arrived = np.full((BYSTANDERS, REPORTS), math.inf)
    own_ns = 0
    for index, number, arrived_ns, read_ns, _ in receipts:
        arrived[index, number - 1] = arrived_ns
        own_ns = max(own_ns, read_ns - arrived_ns)
    known = np.minimum.accumulate(arrived[:, ::-1], axis=1)[:, ::-1]
    superseded = int((np.isinf(arrived) & np.isfinite(known)).sum())
    at = np.array([handed.get(number, 0) for number in range(1, REPORTS + 1)])
    return Watched((known - at).ravel() / 1e9, own_ns / 1e9, ended, superseded)


def _set_up(service: Service, quakes: int) -> None:
    if quakes:
        with service.publisher() as control:
            for index in range(quakes):
                control.release(Series(f"in-force-{index}").report(1))


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


def tried(attack: Attack, pace: Pace, limit_s: float = LIMIT_S) -> Row:
    """An attack, against a gateway of its own; `limit_s` is of the p99."""
    with ExitStack() as stack:
        service = stack.enter_context(gateway("--capacity", str(attack.capacity)))
        _set_up(service, attack.quakes)
        words = (service.listen, BYSTANDERS, BYSTANDERS * REPORTS, WATCHED)
        bystanders = stack.enter_context(process("bystanders", *words, stdin=subprocess.PIPE))
        if bystanders.stdout.readline() != "ready\n":
            raise HarnessError(f"{attack.name}: the bystanders did not get in")
        strangers = _strangers(attack, service, pace.seconds, stack)
        time.sleep(pace.lead_s)
        seconds = pace.seconds - pace.lead_s
        newcomers = stack.enter_context(process("newcomers", service.listen, NEWCOMERS, seconds))
        handed = _publish(service, pace)
        heard = _line(bystanders, pace.grace_s)
        if heard not in ("", "all\n"):
            raise HarnessError(f"{attack.name}: the bystanders said {heard!r}")
        found = json.loads(bystanders.communicate()[0].splitlines()[-1])
        let_in = json.loads(newcomers.communicate()[0])
        did = [json.loads(one.communicate()[0]) for one in strangers]
        by = watched(found["receipts"], handed, found["ended"])
        return judged(attack, by, let_in, did, answers=service.answers(), limit_s=limit_s)


def _line(child: "subprocess.Popen[str]", patience_s: float) -> str:
    """The next line that it says, or nothing where it says none in time."""
    ready, _, _ = select.select([child.stdout], [], [], patience_s)
    return child.stdout.readline() if ready else ""


def judged(
    attack: Attack, by: Watched, newcomers: dict, did: list[dict], *, answers: bool, limit_s: float = LIMIT_S
) -> Row:
    """The row of an attack. Pure."""
    latency = by.latency_s
    p50, p99 = percentile(latency, 0.5), percentile(latency, 0.99)
    missing = int(np.isinf(latency).sum())
    worst = float(latency[np.isfinite(latency)].max()) if missing < len(latency) else math.inf
    seen = [
        f"p50 {said_ms(p50)}, p99 {said_ms(p99)}, worst {said_ms(worst)}",
        f"{missing} of {len(latency)} missing",
        f"{newcomers['in']} of {newcomers['count']} in"
        + (f" within {said_ms(newcomers['longest_s'])}" if newcomers["in"] else ""),
    ]
    if by.superseded:
        seen.append(f"{by.superseded} superseded")
    if newcomers["full"]:
        seen.append(f"{newcomers['full']} told that it is full")
    if newcomers["other"]:
        seen.append(f"{newcomers['other']} without an answer")
    if by.ended:
        seen.append(f"{by.ended} bystanders hung up on")
    if not answers:
        seen.append("/healthz not ok afterwards")
    seen.append(f"clients' own lateness {said_ms(by.own_s)}")
    if did:
        totals = {key: sum(one[key] for one in did) for key in ("opened", "hung_up", "bytes")}
        seen.append(f"strangers: {totals['opened']:,} connections, {totals['bytes'] / 1e6:,.1f} MB")
    wanted = newcomers["in"] + (newcomers["full"] if attack.newcomers == "answered" else 0)
    passed = p99 < limit_s and not missing and not by.ended and wanted == newcomers["count"] and answers
    door = f"all {NEWCOMERS} newcomers {'in' if attack.newcomers == 'in' else 'in, or told that it is full'}"
    soon = f"p99 under {said_ms(limit_s)}, " if math.isfinite(limit_s) else ""
    expected = f"{soon}0 missing, {door}"
    figure = p99 * 1e3 if math.isfinite(p99) else None
    return Row(PART, attack.name, expected, ", ".join(seen), passed, figure, "ms p99")


def limit_of(attack: Attack, short: bool, so_far: Sequence[Row]) -> float:
    """Of the p99 of an attack, seconds, after these rows. Pure."""
    if not short:
        return LIMIT_S
    if not attack.habits:
        return math.inf  # it tells of the machine alone
    burnt = next((row.figure for row in so_far if row.name == BUSY and row.figure is not None), 0.0)
    return max(SHORT_LIMIT_S, TIMES_BUSY * burnt / 1e3)


def attacks(*, short: bool = False, only: str = "", say=print) -> list[Row]:
    """All of them, or those whose names hold a word; each is said as it is done."""
    pace = SHORT if short else WHOLE
    rows: list[Row] = []
    for attack in IN_SHORT if short and not only else ATTACKS:
        if only in attack.name:
            trial = partial(tried, attack, pace, limit_of(attack, short, rows))
            rows.append(guarded(PART, attack.name, trial, say))
    return rows
