"""The conductor: brings gateway and swarm together, plays the quake, and has the verdict given."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ewarn.clock import Clock
from ewarn.config.drill import DrillSettings
from ewarn.drill.commotion import Commotion
from ewarn.drill.gateways import SUPERVISOR, External, Gateway, open_gateway
from ewarn.drill.scenario import Scenario, ideal_scores, prepare, story, verify
from ewarn.drill.view import View
from ewarn.errors import GatewayError, InputError
from ewarn.machine import Machine, available_bytes, check_fit
from ewarn.publish import Publisher, Release, play, publisher
from ewarn.swarm.crew import Swarm
from ewarn.verdict.budgets import Budgets
from ewarn.verdict.judge import Observed, Released, Verdict, judge
from ewarn.verdict.receipts import NEVER

SENT = {
    "frames": "ewarn_frames_total",
    "bytes": "ewarn_bytes_total",
    "deferred": "ewarn_deferred_total",
    "replaced": "ewarn_superseded_total",
    "dropped": 'ewarn_closed_total{reason="slow_consumer"}',
}
"""what a drill takes down of its gateway's counters, and the metric of each"""
QUIET_S = 5.0
"""a drill waits for missing receipts until none has come for so long"""
TICK_S = 0.05
PLAYING = "playing the reports"


@dataclass
class Outcome:
    """One play of a drill, judged."""

    scenario: Scenario
    verdict: Verdict
    receipts: NDArray[Any]
    connected: int
    environment: dict[str, Any]
    sent: dict[str, int | None]
    """`SENT`, as the gateway counted them"""
    commotion: dict[str, Any]
    """what was done to the connections meanwhile, and how it ended"""
    complaints: list[str] = field(default_factory=list)


def run(
    settings: DrillSettings,
    *,
    machine: Machine,
    clock: Clock,
    view: View,
    external: External | None = None,
    repeat: int = 1,
    gateway_target: str = SUPERVISOR,
) -> Iterator[Outcome]:
    """Play the drill `repeat` times over the same connections, and yield each play as it is judged."""
    check_fit(settings.audience.users, machine)
    available = available_bytes()
    scenario = prepare(settings)
    _check_commotion(settings, scenario, repeat)
    view.say(story(scenario))
    with (
        open_gateway(settings, external, view, gateway_target) as gateway,
        _swarm(settings, scenario, gateway, machine, clock, external) as swarm,
    ):
        total = swarm.users
        began_ns = clock.monotonic_ns()
        complaints = swarm.connect(lambda done: view.progress("connecting users", done, total), gateway.check)
        connected = swarm.book.total("connected")
        if not connected:
            raise GatewayError(f"no user could connect: {'; '.join(complaints) or 'no reason given'}")
        view.say(f"{connected:,} of {total:,} users connected in {(clock.monotonic_ns() - began_ns) / 1e9:.1f} s")
        if settings.swarm.stuck:
            homes = scenario.users.latitude, scenario.users.longitude
            swarm.obstruct(list(zip(*(part[: settings.swarm.stuck].tolist() for part in homes), strict=True)))
            view.say(f"{settings.swarm.stuck:,} more connected that will never read")
        with publisher(gateway.control, gateway.secret, clock) as control:
            for _ in range(repeat):
                outcome = _play(settings, scenario, gateway, swarm, control, clock, view)
                used = max(0, available - available_bytes())
                outcome.environment = _environment(machine, settings, gateway, external, used)
                outcome.complaints = complaints
                yield outcome


def _check_commotion(settings: DrillSettings, scenario: Scenario, repeat: int) -> None:
    """Raise InputError for a storm or churn that cannot be what was asked for."""
    storm_s, last_s = settings.swarm.storm_s, scenario.reports[-1].release_s
    if storm_s is not None and storm_s > last_s:
        raise InputError(f"swarm.storm_s: {storm_s:g} s is after the last report, {last_s:.1f} s after origin")
    if repeat > 1 and (storm_s is not None or settings.swarm.churn_per_s):
        raise InputError("--repeat: who comes back in a second play is given the first one's report, still in force")


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
        users.latitude,
        users.longitude,
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
    before = gateway.counters()
    connected = swarm.book.total("connected")
    releases: list[Release] = []

    def on_release(release: Release) -> None:
        releases.append(release)
        view.progress(PLAYING, len(releases), len(scenario.reports))
        report = release.report
        view.say(
            f"  +{report.release_s:4.1f} s  report {report.number} ({report.status}), "
            f"magnitude {report.origin.magnitude:.1f}, to {release.targets:,} users"
        )

    view.progress(PLAYING, 0, len(scenario.reports))
    cut_short = None
    commotion = Commotion(settings.swarm, swarm, clock, view)
    interludes = commotion.interludes(scenario.reports[-1].release_s)
    try:
        play(scenario.quake, scenario.reports, control, clock, settings.speed, on_release, interludes)
    except GatewayError as error:
        cut_short = str(error)
    _await_receipts(swarm, len(releases), connected, clock, view)
    kept = swarm.collect()
    swarm.check()
    after = gateway.counters()
    sent = {name: _difference(after, before, metric) for name, metric in SENT.items()}
    released = np.full(len(scenario.reports), NEVER, np.int64)
    released[: len(releases)] = [release.monotonic_ns for release in releases]
    receipts = swarm.book.table(released)
    played = [release.report for release in releases]
    checked, wrong = verify(kept, played, scenario)
    observed = Observed(
        receipts=receipts,
        duplicates=swarm.book.duplicates.sum(axis=0),
        out_of_order=swarm.book.out_of_order.sum(axis=0),
        connected=connected,
        checked=checked,
        wrong=wrong,
        disagreements=swarm.book.disagreements(),
        ideal=ideal_scores(scenario, played, gateway.health.get("order", ""), swarm.book.kernel > 0),
        cut_short=cut_short,
    )
    judged = [
        Released(planned.number, planned.status, report.release_s, planned.origin.magnitude)
        for planned, report in zip(scenario.reports, [*played, *scenario.reports[len(played) :]], strict=True)
    ]
    budgets = Budgets(**settings.budgets.model_dump())
    verdict = judge(judged, observed, scenario.truth, budgets, scenario.theoretical_km)
    return Outcome(scenario, verdict, receipts, connected, {}, sent, commotion.told(receipts))


def _await_receipts(swarm: Swarm, number: int, connected: int, clock: Clock, view: View) -> None:
    """Wait until everyone connected has the last report that was released, or nothing has come for a while."""
    if not number:
        return
    last, since = (-1, -1), clock.monotonic_ns()
    while (received := swarm.book.received(number)) < connected:
        # What was read is parsed only when there is time, so both count as going on.
        if (progress := (received, swarm.book.total("reads"))) != last:
            last, since = progress, clock.monotonic_ns()
        elif clock.monotonic_ns() - since > QUIET_S * 1e9:
            break
        swarm.check()
        view.progress("receiving the last report", received, connected)
        clock.sleep(TICK_S)
    view.progress("receiving the last report", connected, connected)


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


def _difference(after: dict[str, int], before: dict[str, int], key: str) -> int | None:
    return after[key] - before[key] if key in after and key in before else None
