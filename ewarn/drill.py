"""The drill: one end-to-end run. The conductor, where gateway and swarm meet."""

import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ewarn import config, process
from ewarn.audience.forecast import forecast
from ewarn.audience.places import sichuan
from ewarn.audience.users import Circle, sample
from ewarn.clock import Clock
from ewarn.config import DrillSettings
from ewarn.errors import EwarnError, GatewayError, InputError
from ewarn.gateway.secret import VARIABLE
from ewarn.gateway.settings import GatewaySettings, Layout
from ewarn.gateway.supervisor import Started
from ewarn.machine import Machine, available_bytes
from ewarn.publish import Publisher, Release, play, publisher
from ewarn.seismic.intensity import LEVEL_FROM, LEVELS, level_index
from ewarn.seismic.layers import YUNNAN_2015
from ewarn.seismic.origin import Quake, Report
from ewarn.seismic.reports import Detection, series
from ewarn.seismic.stations import regular_network
from ewarn.seismic.travel_times import TravelTimes
from ewarn.swarm.client import Target, parse_target
from ewarn.swarm.crew import Swarm
from ewarn.verdict.budgets import Budgets
from ewarn.verdict.judge import Observed, Released, Truth, Verdict, judge
from ewarn.verdict.receipts import NEVER

CONNECTION_BYTES = 9_000
"""memory of one loopback connection, both ends: some 6.5 KB of kernel and 2 KB of processes, measured at 100,000"""
PROCESS_BYTES = 50 * 2**20
QUIET_S = 5.0
"""a drill waits for missing receipts until none has come for so long"""
TICK_S = 0.05
ROUNDING = 0.06
"""frames give one decimal; places travel with five"""


class View(Protocol):
    """Whoever watches a drill."""

    def say(self, line: str) -> None:
        """Something that happened."""

    def progress(self, doing: str, done: int, total: int) -> None:
        """How far a long phase is; a phase ends when another begins or `done` reaches `total`."""


@dataclass(frozen=True)
class External:
    """A gateway that runs already."""

    to: str
    control: str
    secret: str
    allow_network: bool = False


@dataclass(frozen=True)
class Gateway:
    """The gateway of this drill, started here or not."""

    target: Target
    control: str
    secret: str
    health: dict[str, Any]
    child: process.Child | None = None

    def check(self) -> None:
        """Raise GatewayError if it was started here and has died."""
        if self.child and (status := self.child.ended()) is not None:
            raise GatewayError(f"the gateway died (status {status})")


@dataclass(frozen=True)
class Scenario:
    """What is the same for every play of a drill: the quake, its reports, the audience, and the truth for it."""

    quake: Quake
    reports: list[Report]
    users: NDArray[Any]
    truth: Truth
    theoretical_km: float
    travel_times: TravelTimes


@dataclass
class Outcome:
    """One play of a drill, judged."""

    scenario: Scenario
    verdict: Verdict
    receipts: NDArray[Any]
    connected: int
    environment: dict[str, Any]
    sent: dict[str, int | None]
    """frames and bytes that the gateway counted"""
    complaints: list[str] = field(default_factory=list)


def prepare(settings: DrillSettings) -> Scenario:
    """Compute all that can be known before the first report. Raises InputError."""
    quake = config.load_quake(Path(settings.quake))
    origin, travel_times = quake.origin, TravelTimes(YUNNAN_2015)
    detection = Detection(**settings.detection.model_dump())
    reports = series(quake, regular_network(settings.network.spacing_km), travel_times, detection)
    radius = settings.audience.within_km
    within = Circle(origin.latitude, origin.longitude, radius) if radius else None
    users = sample(sichuan(), settings.audience.users, np.random.default_rng(settings.seed), within)
    true = forecast(origin, quake.zone, users["latitude"], users["longitude"], travel_times, quake.strike_deg)
    return Scenario(
        quake=quake,
        reports=reports,
        users=users,
        truth=Truth(origin.magnitude, true.distance_km, true.s_s, np.array(LEVELS)[level_index(true.intensity)]),
        theoretical_km=travel_times.s_distance_km(origin.depth_km, reports[0].released - origin.time),
        travel_times=travel_times,
    )


def check_fit(users: int, machine: Machine) -> None:
    """Raise InputError, with the two numbers, where this machine cannot hold so many users."""
    if machine.connections_per_process < 1:
        raise InputError(f"open files: the limit is {machine.open_files}, a process needs more than 256 for itself")
    have = available_bytes()
    each = CONNECTION_BYTES + 2 * PROCESS_BYTES / machine.connections_per_process
    if (need := users * each) > have:
        fit = int(have / each) // 1000 * 1000
        raise InputError(
            f"audience.users: {users:,} users need about {need / 2**30:.1f} GiB, {have / 2**30:.1f} GiB are available; "
            f"about {fit:,} would fit"
        )


def run(
    settings: DrillSettings,
    *,
    machine: Machine,
    clock: Clock,
    view: View,
    external: External | None = None,
    repeat: int = 1,
    gateway_target: str = "ewarn.gateway.supervisor:main",
) -> Iterator[Outcome]:
    """Play the drill `repeat` times over the same connections, and yield each play as it is judged."""
    check_fit(settings.audience.users, machine)
    available = available_bytes()
    scenario = prepare(settings)
    view.say(_story(scenario))
    with (
        _gateway(settings, external, view, gateway_target) as gateway,
        _swarm(settings, scenario, gateway, machine, clock, external) as swarm,
    ):
        total = swarm.users
        complaints = swarm.connect(lambda done: view.progress("connecting users", done, total), gateway.check)
        connected = swarm.book.total("connected")
        if not connected:
            raise GatewayError(f"no user could connect: {'; '.join(complaints) or 'no reason given'}")
        view.say(f"{connected:,} of {total:,} users connected")
        with publisher(gateway.control, gateway.secret, clock) as control:
            for _ in range(repeat):
                outcome = _play(settings, scenario, gateway, swarm, control, clock, view)
                used = max(0, available - available_bytes())
                outcome.environment = _environment(machine, settings, gateway, external, used)
                outcome.complaints = complaints
                yield outcome


def _story(scenario: Scenario) -> str:
    reports, origin = scenario.reports, scenario.quake.origin
    first, last = (report.released - origin.time for report in (reports[0], reports[-1]))
    return (
        f"{scenario.quake.name}: magnitude {origin.magnitude:g}, depth {origin.depth_km:g} km; "
        f"{len(reports)} reports from {first:.1f} to {last:.1f} s after origin"
    )


@contextmanager
def _gateway(settings: DrillSettings, external: External | None, view: View, gateway_target: str) -> Iterator[Gateway]:
    """The gateway to drill: the one that runs, or one of our own that ends with the context."""
    if external:
        target = parse_target(external.to)
        gateway = Gateway(target, external.control, external.secret, _health(target))
        room = gateway.health.get("capacity", 0) - gateway.health.get("connections", 0)
        if room < settings.audience.users:
            raise InputError(f"audience.users: {settings.audience.users:,} users, the gateway has room for {room:,}")
        yield gateway
        return
    wanted = GatewaySettings(
        listen="127.0.0.1:0",
        control="127.0.0.1:0",
        shards=settings.gateway.shards,
        capacity=settings.audience.users,
        engine=settings.gateway.engine,
        order=settings.gateway.order,
        seed=settings.seed,
    )
    # By the environment, so that no file is left behind whichever way this ends.
    secret = secrets.token_urlsafe(32)
    child = process.spawn(gateway_target, wanted, environment={VARIABLE: secret})
    try:
        started = child.channel.recv()
        if isinstance(started, EwarnError):
            raise started
        assert isinstance(started, Started)  # noqa: S101  the only other thing it says
        _tell_layout(view, started.layout)
        target = parse_target(f"ws://{started.listen}")
        yield Gateway(target, started.control, secret, _health(target), child)
    except EOFError:
        raise GatewayError(f"the gateway died as it started (status {child.stop()})") from None
    finally:
        child.stop()


def _tell_layout(view: View, layout: Layout) -> None:
    view.say(f"gateway: {layout.why}")


def _swarm(
    settings: DrillSettings,
    scenario: Scenario,
    gateway: Gateway,
    machine: Machine,
    clock: Clock,
    external: External | None,
) -> Swarm:
    users = scenario.users
    chosen = np.random.default_rng([settings.seed, 1]).random(len(users)) < settings.swarm.sample
    return Swarm(
        gateway.target,
        users["latitude"],
        users["longitude"],
        reports=len(scenario.reports),
        sampled=chosen,
        connects_per_s=settings.swarm.connects_per_s,
        seed=settings.seed,
        machine=machine,
        clock=clock,
        allow_network=bool(external and external.allow_network),
    )


def _play(
    settings: DrillSettings,
    scenario: Scenario,
    gateway: Gateway,
    swarm: Swarm,
    control: Publisher,
    clock: Clock,
    view: View,
) -> Outcome:
    swarm.begin(scenario.quake.id)
    before = _counters(gateway)
    connected = swarm.book.total("connected")
    releases: list[Release] = []

    def on_release(release: Release) -> None:
        releases.append(release)
        report = release.report
        view.say(
            f"  +{report.release_s:4.1f} s  report {report.number} ({report.status}), "
            f"magnitude {report.origin.magnitude:.1f}, to {release.targets:,} users"
        )

    cut_short = None
    try:
        play(scenario.quake, scenario.reports, control, clock, settings.speed, on_release)
    except GatewayError as error:
        cut_short = str(error)
    _await_receipts(swarm, len(releases), connected, clock, view)
    kept = swarm.collect()
    swarm.check()
    sent = {name: _difference(_counters(gateway), before, name) for name in ("frames", "bytes")}
    released = np.full(len(scenario.reports), NEVER, np.int64)
    released[: len(releases)] = [release.monotonic_ns for release in releases]
    receipts = swarm.book.table(released)
    checked, wrong = verify(kept, [release.report for release in releases], scenario)
    observed = Observed(
        receipts=receipts,
        duplicates=swarm.book.duplicates.sum(axis=0),
        out_of_order=swarm.book.out_of_order.sum(axis=0),
        connected=connected,
        checked=checked,
        wrong=wrong,
        disagreements=swarm.book.disagreements(),
        cut_short=cut_short,
    )
    judged = [
        Released(planned.number, planned.status, played.released - played.origin.time, planned.origin.magnitude)
        for planned, played in zip(
            scenario.reports,
            [*(release.report for release in releases), *scenario.reports[len(releases) :]],
            strict=True,
        )
    ]
    budgets = Budgets(**settings.budgets.model_dump())
    verdict = judge(judged, observed, scenario.truth, budgets, scenario.theoretical_km)
    return Outcome(scenario, verdict, receipts, connected, {}, sent)


def _await_receipts(swarm: Swarm, number: int, connected: int, clock: Clock, view: View) -> None:
    """Wait until everyone connected has the last report that was released, or nothing has come for a while."""
    if not number:
        return
    last, since = -1, clock.monotonic_ns()
    while (received := swarm.book.received(number)) < connected:
        if received > last:
            last, since = received, clock.monotonic_ns()
        elif clock.monotonic_ns() - since > QUIET_S * 1e9:
            break
        swarm.check()
        view.progress("receiving the last report", received, connected)
        clock.sleep(TICK_S)
    view.progress("receiving the last report", connected, connected)


def verify(kept: list[tuple[int, bytes]], released: list[Report], scenario: Scenario) -> tuple[int, int]:
    """Compute the sampled users' frames anew from their own places; return how many, and how many were wrong."""
    wrong = 0
    users = scenario.users
    for user, payload in kept:
        frame = json.loads(payload)
        report = released[frame["number"] - 1]
        latitude, longitude = users["latitude"][user], users["longitude"][user]
        due = forecast(report.origin, report.zone, latitude, longitude, scenario.travel_times)
        expected = {
            "distance_km": due.distance_km,
            "p_in_s": due.p_s - report.release_s,
            "s_in_s": due.s_s - report.release_s,
            "intensity": due.intensity,
        }
        said = frame["places"][0]
        close = all(abs(said[name] - float(value)) <= ROUNDING for name, value in expected.items())
        on_the_line = bool((np.abs(due.intensity - LEVEL_FROM) < ROUNDING).any())
        level = said["level"] == LEVELS[int(level_index(due.intensity))]
        wrong += not (close and (level or on_the_line) and len(frame["places"]) == 1)
    return len(kept), wrong


def _environment(
    machine: Machine, settings: DrillSettings, gateway: Gateway, external: External | None, used_bytes: int
) -> dict[str, Any]:
    health = gateway.health
    loopback = gateway.target.host.startswith("127.") or gateway.target.host == "localhost"
    return {
        "cpus": machine.cpus,
        "memory_gib": machine.memory_gib,
        "memory_used_gib": round(used_bytes / 2**30, 2),
        "open_files": machine.open_files,
        "kernel": machine.kernel,
        "python": machine.python,
        "engine": health.get("engine"),
        "order": health.get("order"),
        "shards": health.get("shards"),
        "gateway": "external" if external else "own",
        "path": "loopback" if loopback else "network",
        "tls": False,
        "speed": settings.speed,
        "seed": settings.seed,
    }


def _get(target: Target, path: str) -> str:
    with urllib.request.urlopen(f"http://{target.authority}{path}", timeout=10) as answer:
        return str(answer.read().decode())


def _health(target: Target) -> dict[str, Any]:
    try:
        return dict(json.loads(_get(target, "/healthz")))
    except (OSError, ValueError, urllib.error.URLError) as error:
        raise InputError(f"no gateway answers on {target.authority}: {error}") from None


def _counters(gateway: Gateway) -> dict[str, int]:
    """The gateway's totals; none where it is gone."""
    try:
        lines = _get(gateway.target, "/metrics").splitlines()
    except (OSError, urllib.error.URLError):
        return {}
    return {line.split()[0]: int(line.split()[1]) for line in lines if line and line[0] != "#"}


def _difference(after: dict[str, int], before: dict[str, int], name: str) -> int | None:
    key = f"ewarn_{name}_total"
    return after[key] - before[key] if key in after and key in before else None
