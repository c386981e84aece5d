"""A soak: a gateway under churn, chat, follow, floods of handshakes and quakes one after another, for a long time.

The slopes of its memory and of its descriptors, by least squares over samples after a warm-up, must stay below limits.
"""

import json
import math
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

import psutil

from ewarn.wire.chat import filled
from ewarn.wire.framing import TEXT
from tests.campaign.attack_table import FOLLOW
from tests.campaign.attacks import BYSTANDERS, process
from tests.campaign.clients import asking, fetching, following, frame
from tests.campaign.figures import slope
from tests.campaign.rows import Row
from tests.campaign.service import EWARN, Series, Service, family, gateway
from tests.campaign.strangers import Habit

PART = "soak"
SECONDS = 1200.0
SAMPLE_S = 2.0
CLIENTS = 600
QUAKE = "luding-2022"
"""how ids of its quakes begin; the first is this one, whose reports the swarm knows"""
WARM_UP, LEAST_WARM_UP_S = 0.25, 20.0
"""share of the soak that is left out, or so long: clients connect, pools fill, and the first quakes are remembered"""
KIB_PER_MINUTE, LEAST_KIB = 100.0, 1024.0
"""Limits of a slope: so much a minute, or so much over all the time that is looked at, whichever is more. An allocator
grows in steps of up to 1 MiB."""
DESCRIPTORS_PER_MINUTE, LEAST_DESCRIPTORS = 1.0, 20.0
"""the same of descriptors: churn has some more of them open at one sample than at another"""
LEAVING_S = 15.0
"""for everyone to be gone at the end: a handshake that is not finished has ten seconds"""
QUAKE_S, REPORTS = 5.0, 4
"""a quake begins so often, and has so many reports"""
CROWD = (
    Habit(100, asking(following("soak")), frame(TEXT, filled(200)), every_s=1.0),
    Habit(100, asking(following("soak", 10)), frame(TEXT, FOLLOW), every_s=1.0),
    Habit(100, asking(following("soak")), frame(TEXT, b'{"type":"snapshot"}'), every_s=2.0),
    Habit(4, fetching("/metrics")),
    Habit(4, asking(following("soak")), leaves="reset"),
)
"""besides a swarm that churns and chats"""


@dataclass(frozen=True)
class Sample:
    """What one process of the gateway held at an instant."""

    at_s: float
    private_kib: float
    """memory that is its own: what would come free if it ended"""
    descriptors: int


def sampled(service: Service, began: float) -> dict[str, Sample]:
    """By process, a sample."""
    found: dict[str, Sample] = {}
    for one in family(service.process.pid):
        try:
            name = "shard" if "shard:main" in " ".join(one.cmdline()) else "supervisor"
            memory = one.memory_full_info().uss / 1024
            found[f"{name} {one.pid}"] = Sample(time.monotonic() - began, memory, one.num_fds())
        except psutil.NoSuchProcess:
            continue
    return found


def judged(samples: dict[str, list[Sample]], seconds: float) -> list[Row]:
    """Rows of a gateway: the slope of each process's memory, and of the descriptors of all of them. Pure.

    Clients that come back may find themselves with another shard, so that one shard's descriptors say nothing.
    """
    warm_up_s = min(0.5 * seconds, max(WARM_UP * seconds, LEAST_WARM_UP_S))
    minutes = (seconds - warm_up_s) / 60
    at_s = [one.at_s for one in max(samples.values(), key=len)]

    def row(name: str, times_s: list[float], values: list[float], limit: float, unit: str) -> Row:
        found = 60 * slope(times_s, values, warm_up_s)
        seen = f"{found:+,.1f} {unit} over {minutes:.1f} min; {values[0]:,.0f} at first, {values[-1]:,.0f} at last"
        passed = found < limit and times_s[-1] > 0.9 * seconds
        return Row(PART, name, f"below {limit:,.1f} {unit}", seen, passed, found, unit)

    memory_limit = max(KIB_PER_MINUTE, LEAST_KIB / minutes)
    rows = [
        row(f"memory of {name}", [one.at_s for one in held], [one.private_kib for one in held], memory_limit, "KiB/min")
        for name, held in samples.items()
    ]
    open_files = [float(sum(one.descriptors for one in each)) for each in zip(*samples.values(), strict=False)]
    limit = max(DESCRIPTORS_PER_MINUTE, LEAST_DESCRIPTORS / minutes)
    return [*rows, row("descriptors of all processes", at_s[: len(open_files)], open_files, limit, "/min")]


def soak(seconds: float = SECONDS, *, say: Callable[..., None] = print) -> list[Row]:
    """Rows of every process of a gateway that is soaked for so long, and of those who listened meanwhile."""
    samples: dict[str, list[Sample]] = defaultdict(list)
    with ExitStack() as stack:
        service = stack.enter_context(gateway("--capacity", "8000"))
        control = stack.enter_context(service.publisher())
        alone = _descriptors(service)
        for habit in CROWD:
            one = stack.enter_context(process("strangers", service.listen, seconds, stdin=subprocess.PIPE))
            one.stdin.write(habit.encoded())
            one.stdin.close()
        words = (service.listen, BYSTANDERS, sys.maxsize, QUAKE)
        bystanders = stack.enter_context(process("bystanders", *words, stdin=subprocess.PIPE))
        bystanders.stdout.readline()
        swarm = _swarm(service, seconds, stack)
        began, series = time.monotonic(), Series()
        due_sample = due_report = released = 0.0
        while (now := time.monotonic() - began) < seconds:
            if now >= due_report:
                quake, number = divmod(int(released), REPORTS)
                series = Series(_id(quake)) if number == 0 else series
                control.release(series.report(number + 1))
                released, due_report = released + 1, now + QUAKE_S / REPORTS
            if now >= due_sample:
                for name, sample in sampled(service, began).items():
                    samples[name].append(sample)
                due_sample = now + SAMPLE_S
            time.sleep(max(0.0, min(due_sample, due_report) - (time.monotonic() - began)))
        _, told = swarm.communicate(timeout=60)
        rows = judged({_plain(name, samples): held for name, held in samples.items()}, seconds)
        rows.append(_churned(swarm.returncode, told, service))
        receipts = json.loads(bystanders.communicate()[0].splitlines()[-1])["receipts"]
        rows.append(listened([(one[0], one[4], one[1]) for one in receipts], int(released)))
        rows.append(_alone_again(service, alone))
    for row in rows:
        say(f"{'ok' if row.passed else 'FAILED'}  {row.name}: {row.seen}", flush=True)
    return rows


def _swarm(service: Service, seconds: float, stack: ExitStack) -> "subprocess.Popen[str]":
    """Honest clients of whom some come and go, and chat; they stay as long as the soak."""
    ways = ["--reconnect", "--churn-per-s", "0.02", "--chat-per-s", "0.1", "--quake", QUAKE]
    command = [*EWARN, "swarm", "--to", f"ws://{service.listen}", "--clients", str(CLIENTS)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    swarm = subprocess.Popen([*command, "--for", f"{math.ceil(seconds + 1)}", *ways], text=True, **pipes)
    stack.callback(swarm.kill)
    while (line := swarm.stderr.readline()) and "clients connected" not in line:
        pass
    return swarm


def _descriptors(service: Service) -> int:
    """Of all processes of a gateway."""
    return sum(one.descriptors for one in sampled(service, 0.0).values())


def _alone_again(service: Service, before: int) -> Row:
    """Once everyone has gone, no descriptor is kept."""
    until = time.monotonic() + LEAVING_S
    while (now := _descriptors(service)) > before and time.monotonic() < until:
        time.sleep(0.1)
    expected, seen = f"as before anyone came, within {LEAVING_S:g} s", f"{now}, {before} before"
    return Row(PART, "descriptors, once all have gone", expected, seen, now <= before, float(now - before), "kept")


def _plain(name: str, samples: dict[str, list[Sample]]) -> str:
    """A name without a process id: `supervisor`, `shard 1`, `shard 2`."""
    kind = name.split()[0]
    alike = [one for one in samples if one.startswith(kind)]
    return kind if len(alike) == 1 else f"{kind} {alike.index(name) + 1}"


def _churned(code: int | None, told: str, service: Service) -> Row:
    """What the clients that come and go say at the end, and whether the gateway still answers."""
    lost = [line for line in told.splitlines() if line.startswith("FAILED")]
    health = "/healthz ok" if service.answers() else "/healthz not ok"
    seen = f"exit code {code}, {'; '.join(lost) or 'nothing lost'}, {health}"
    expected = "exit code 0, nothing lost, /healthz ok"
    return Row(PART, "clients that come, go and chat", expected, seen, seen == expected)


def listened(receipts: list[tuple[int, str, int]], released: int) -> Row:
    """The row of those who listened: (bystander, quake, number) of every receipt, of so many reports. Pure.

    A report may be superseded by the next of its quake: whoever has a later one has what counts.
    """
    newest: dict[tuple[int, str], int] = defaultdict(int)
    for bystander, quake, number in receipts:
        newest[bystander, quake] = max(newest[bystander, quake], number)
    due = [(_id(index), min(REPORTS, released - index * REPORTS)) for index in range(-(-released // REPORTS))]
    late = sum(newest[bystander, quake] < last for quake, last in due for bystander in range(BYSTANDERS))
    twice = len(receipts) - len(set(receipts))
    superseded = released * BYSTANDERS - len(set(receipts))
    seen = f"{late} not on the newest of {len(due)} quakes, {twice} twice, {superseded} of {len(receipts):,} superseded"
    expected = f"{BYSTANDERS} bystanders on the newest report of every quake, none twice"
    return Row(PART, "bystanders", expected, seen, late == twice == 0, float(late), "missing")


def _id(quake: int) -> str:
    return f"{QUAKE}-{quake}" if quake else QUAKE
