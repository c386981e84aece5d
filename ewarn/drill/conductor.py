"""The conductor: brings gateway and swarm together, plays the quake, and has the verdict given."""

import os
from collections.abc import Generator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ewarn.audience.followed import MOST_PLACES
from ewarn.clock import Clock
from ewarn.config.drill import DrillSettings
from ewarn.drill.accounts import Accounts, told_by
from ewarn.drill.commotion import Commotion
from ewarn.drill.gateways import SUPERVISOR, External
from ewarn.drill.inspection import verify
from ewarn.drill.platforms import Platforms, open_platforms
from ewarn.drill.scenario import Scenario, ideal_scores, origin_of, prepare, story
from ewarn.drill.view import View
from ewarn.drill.watcher import Watcher
from ewarn.errors import GatewayError, InputError
from ewarn.gateway.journal import Journal
from ewarn.machine import Machine, available_bytes, check_fit
from ewarn.publish import Release, play
from ewarn.seismic.origin import Report
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
"""a drill waits for missing receipts until none has come for so long, unless it is told otherwise"""
TRICKLE = 800
"""bytes that a slow client reads a second: less than reports bring, and enough not to be dropped"""
AWAY_S = 60.0
"""nor longer than this for those who have yet to come back: phones try again every half minute"""
TICK_S = 0.05
CONNECTING, PLAYING = "connecting users", "playing the reports"


@dataclass
class Outcome:
    """One play of a drill, judged."""

    scenario: Scenario
    settings: DrillSettings
    """in force in this play"""
    verdict: Verdict
    receipts: NDArray[Any]
    accounts: Accounts
    connected: int
    """devices"""
    environment: dict[str, Any]
    sent: dict[str, int | None]
    """`SENT`, as the gateways counted them"""
    commotion: dict[str, Any]
    """what was done to the connections meanwhile, and how it ended"""
    platforms: dict[str, Any] | None
    """where there are two: who was told by which, and what the one saved of the other's fault"""
    complaints: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Stage:
    """What all plays of a drill share."""

    scenario: Scenario
    platforms: Platforms
    journal: Journal
    swarm: Swarm
    due: list[int]
    """users to whom each report will be due, as far as can be told before"""
    clock: Clock
    view: Watcher
    quiet_s: float


def run(
    settings: DrillSettings,
    *,
    machine: Machine,
    clock: Clock,
    view: Watcher,
    external: External | None = None,
    repeat: int = 1,
    orders: Sequence[str] = (),
    guests: int = 0,
    gateway_target: str = SUPERVISOR,
    quiet_s: float = QUIET_S,
) -> Generator[Outcome, None, None]:
    """Play the drill `repeat` times over the same connections, and yield each play as it is judged.

    With `orders`, each time once with each of them in turn, instead of the one in the settings. A gateway of its own
    has room for `guests` besides the users, who are told of the quake, and are no part of the drill. A play whose
    receipts are not complete is over once none has come for `quiet_s`.
    """
    check_fit(settings.audience.users, machine)
    available = available_bytes()
    scenario = prepare(settings)
    check_fit(int(np.unpackbits(scenario.on[:, None]).sum()), machine)
    plays = repeat * max(1, len(orders))
    _check_commotion(settings, scenario, plays)
    view.say(story(scenario))
    shape = len(scenario.reports), len(scenario.audience)
    memory = Journal.create(*shape)
    with ExitStack() as stack:
        stack.callback(os.close, memory)
        platforms = stack.enter_context(
            open_platforms(
                settings,
                scenario.on,
                external,
                journal=(memory, *shape),
                clock=clock,
                view=view,
                guests=guests,
                gateway_target=gateway_target,
            )
        )
        view.opens(scenario, platforms.targets)
        swarm = stack.enter_context(_swarm(settings, scenario, platforms, machine, clock, external))
        complaints = _connect(settings, scenario, platforms, swarm, clock, view)
        due = scenario.due.sum(axis=1).tolist()
        on_stage = _Stage(scenario, platforms, Journal(memory, *shape), swarm, due, clock, view, quiet_s)
        theirs = platforms.health.get("order", "")
        for play_ in range(plays):
            in_force, in_order = settings, theirs if external else settings.gateway.order
            if orders:
                in_order = orders[play_ % len(orders)]
                changed = settings.gateway.model_copy(update={"order": in_order})
                in_force = settings.model_copy(update={"gateway": changed})
                platforms.change(order=in_order)
                view.say(f"order {in_order}")
            outcome = _play(in_force, on_stage, in_order)
            used = max(0, available - available_bytes())
            outcome.environment = _environment(machine, in_force, platforms, external, used, in_order)
            outcome.complaints = complaints
            yield outcome
        if external and orders:
            platforms.change(order=theirs)


def _connect(
    settings: DrillSettings, scenario: Scenario, platforms: Platforms, swarm: Swarm, clock: Clock, view: View
) -> list[str]:
    total, began_ns = swarm.devices, clock.monotonic_ns()
    complaints = swarm.connect(lambda done: view.progress(CONNECTING, done, total), platforms.check)
    connected = swarm.book.total("connected")
    if not connected:
        raise GatewayError(f"no user could connect: {'; '.join(complaints) or 'no reason given'}")
    who = "users" if total == swarm.users else f"devices of {swarm.users:,} users"
    view.say(f"{connected:,} of {total:,} {who} connected in {(clock.monotonic_ns() - began_ns) / 1e9:.1f} s")
    homes = cycle(zip(scenario.audience.latitude.tolist(), scenario.audience.longitude.tolist(), strict=True))
    if settings.swarm.stuck:
        swarm.obstruct([[home] for home in islice(homes, settings.swarm.stuck)])
        view.say(f"{settings.swarm.stuck:,} more connected that will never read")
    if settings.swarm.slow:
        swarm.obstruct([[home] * MOST_PLACES for home in islice(homes, settings.swarm.slow)], TRICKLE)
        view.say(f"{settings.swarm.slow:,} more connected that read {TRICKLE} bytes a second")
    return complaints


def _check_commotion(settings: DrillSettings, scenario: Scenario, plays: int) -> None:
    """Raise InputError for a storm or churn that cannot be what was asked for."""
    storm_s, last_s = settings.swarm.storm_s, scenario.reports[-1].release_s
    if storm_s is not None and storm_s > last_s:
        raise InputError(f"swarm.storm_s: {storm_s:g} s is after the last report, {last_s:.1f} s after origin")
    table = settings.platforms
    befalls = {"gateway.resize": [after_s for after_s, _ in settings.gateway.resize]}
    if table and table.fault != "none":
        befalls |= {"platforms.fault_s": [table.fault_s], "platforms.back_s": [table.back_s or 0.0]}
    for key, times in befalls.items():
        if times and max(times) > last_s:
            raise InputError(f"{key}: {max(times):g} s is after the last report, {last_s:.1f} s after origin")
    if settings.swarm.slow and (table or settings.gateway.resize):
        raise InputError("swarm.slow: its clients do not come back, which [platforms] and gateway.resize want")
    if plays > 1 and (storm_s is not None or settings.swarm.churn_per_s):
        raise InputError("--repeat: who comes back in a second play is given the first one's report, still in force")
    if plays > 1 and settings.swarm.slow:
        raise InputError("--repeat: swarm.slow clients have caught up after the first play")
    if plays > 1 and (settings.gateway.resize or (settings.platforms and settings.platforms.fault != "none")):
        raise InputError("--repeat: what befalls the gateway in the first play would last into the second")


def _swarm(
    settings: DrillSettings,
    scenario: Scenario,
    platforms: Platforms,
    machine: Machine,
    clock: Clock,
    external: External | None,
) -> Swarm:
    audience = scenario.audience
    chosen = np.random.default_rng([settings.seed, 1]).random(len(audience)) < settings.swarm.sample
    return Swarm(
        platforms.targets,
        audience.followed,
        audience.threshold,
        reports=len(scenario.reports),
        sampled=chosen,
        connects_per_s=settings.swarm.connects_per_s,
        seed=settings.seed,
        machine=machine,
        clock=clock,
        allow_network=bool(external and external.allow_network),
        chat_per_s=settings.swarm.chat_per_s,
        reconnect=bool(settings.platforms or settings.gateway.resize),
        on=scenario.on,
    )


def _play(settings: DrillSettings, on_stage: _Stage, order: str) -> Outcome:
    scenario, platforms, swarm = on_stage.scenario, on_stage.platforms, on_stage.swarm
    clock, view, planned = on_stage.clock, on_stage.view, scenario.reports
    swarm.begin(scenario.quake.id)
    on_stage.journal.clear()
    before = platforms.counters()
    connected = swarm.book.total("connected")
    releases: list[Release] = []

    def on_release(release: Release) -> None:
        releases.append(release)
        view.released(release)
        view.progress(PLAYING, len(releases), len(planned))
        report = release.report
        view.say(
            f"  +{report.release_s:4.1f} s  report {report.number} ({report.status}), "
            f"magnitude {report.origin.magnitude:.1f}, to {release.targets:,} users"
            + (f"; {release.note}" if release.note else "")
        )

    view.progress(PLAYING, 0, len(planned))
    cut_short = None
    commotion = Commotion(settings.swarm, swarm, clock, view)
    interludes = commotion.interludes(planned[-1].release_s) + platforms.interludes(settings)
    origin_ns = clock.monotonic_ns()
    view.begins(order, origin_ns, swarm.book)
    try:
        play(scenario.quake, planned, platforms, clock, settings.speed, on_release, interludes, origin_ns=origin_ns)
    except GatewayError as error:
        cut_short = str(error)
    played = [release.report for release in releases]
    _await_receipts(on_stage, played)
    newest = swarm.newest_of_the_slow() if settings.swarm.slow else []
    kept = swarm.collect()
    swarm.check()
    after = platforms.counters()
    sent = {name: _difference(after, before, metric) for name, metric in SENT.items()}
    released = np.full(len(planned), NEVER, np.int64)
    released[: len(releases)] = [release.monotonic_ns for release in releases]
    receipts = swarm.book.table(released)
    checked, wrong = verify(kept, played, scenario)
    accounts = Accounts.of(scenario, played, receipts, swarm.book.via, on_stage.journal, swarm.book.there > 0)
    observed = Observed(
        receipts=receipts,
        duplicates=swarm.book.duplicates.sum(axis=0),
        out_of_order=swarm.book.out_of_order.sum(axis=0),
        connected=connected,
        checked=checked,
        wrong=wrong,
        disagreements=swarm.book.disagreements(),
        due=accounts.due,
        ideal=ideal_scores(scenario, played, order, swarm.book.kernel > 0),
        cut_short=cut_short,
        left_behind=sum(number != len(played) for number in newest) if settings.swarm.slow else None,
    )
    judged = _judged(scenario, played)
    budgets = Budgets(**settings.budgets.model_dump())
    verdict = judge(judged, observed, scenario.truth, budgets, scenario.theoretical_km)
    return Outcome(
        scenario=scenario,
        settings=settings,
        verdict=verdict,
        receipts=receipts,
        accounts=accounts,
        connected=connected,
        environment={},
        sent=sent,
        commotion=commotion.told(receipts, accounts.due)
        | {
            "slow": len(newest),
            "slow_on_newest": sum(number == len(played) for number in newest),
        },
        platforms=told_by(settings.platforms, scenario, accounts) if settings.platforms else None,
    )


def _judged(scenario: Scenario, played: list[Report]) -> list[Released]:
    """Release counts from the true origin, of which the reports know only an estimate."""
    origin_s, shortfall = origin_of(scenario, played), scenario.reports[len(played) :]
    release_s = [report.released - origin_s for report in played]
    release_s += [report.released - scenario.quake.origin.time for report in shortfall]
    return [
        Released(planned.number, planned.status, after_s, planned.origin.magnitude)
        for planned, after_s in zip(scenario.reports, release_s, strict=True)
    ]


def _await_receipts(on_stage: _Stage, played: list[Report]) -> None:
    """Wait until everyone to whom the last report played was due has it, or nothing has come for a while."""
    if not played:
        return
    swarm, clock, view, due = on_stage.swarm, on_stage.clock, on_stage.view, on_stage.due[len(played) - 1]
    number, last, began = played[-1].number, (-1, -1), clock.monotonic_ns()
    since = began
    while (received := swarm.book.received(number)) < due:
        now = clock.monotonic_ns()
        # What was read is parsed only when there is time, so both count as going on; so do phones on their way back.
        coming_back = swarm.away() > 0 and not on_stage.platforms.down and now - began < AWAY_S * 1e9
        if (progress := (received, swarm.book.total("reads"))) != last or coming_back:
            last, since = progress, now
        elif now - since > on_stage.quiet_s * 1e9:
            break
        swarm.check()
        view.progress("receiving the last report", received, due)
        clock.sleep(TICK_S)
    view.progress("receiving the last report", due, due)


def _environment(
    machine: Machine,
    settings: DrillSettings,
    platforms: Platforms,
    external: External | None,
    used_bytes: int,
    order: str,
) -> dict[str, Any]:
    health, hosts = platforms.health, [target.host for target in platforms.targets]
    loopback = all(host.startswith("127.") or host == "localhost" for host in hosts)
    return {
        "cpus": machine.cpus,
        "memory_gib": machine.memory_gib,
        "memory_used_gib": round(used_bytes / 2**30, 2),
        "open_files": machine.open_files,
        "kernel": machine.kernel,
        "python": machine.python,
        "engine": health.get("engine"),
        "order": order,
        "rate_per_s": health.get("rate_per_s") if external else settings.gateway.rate_per_s,
        "shards": platforms.shards,
        "gateway": "external" if external else "own",
        "path": "loopback" if loopback else "network",
        "tls": False,
        "speed": settings.speed,
        "seed": settings.seed,
    }


def _difference(after: dict[str, int], before: dict[str, int], key: str) -> int | None:
    return after[key] - before[key] if key in after and key in before else None
