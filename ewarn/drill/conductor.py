"""The conductor: brings gateway and swarm together, plays the quake, and has the verdict given."""

import os
from collections.abc import Generator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from itertools import cycle, islice
from typing import Any

import numpy as np

from ewarn.audience.followed import MOST_PLACES
from ewarn.config.drill import DrillSettings
from ewarn.drill.commotion import Commotion, check_commotion
from ewarn.drill.gateways import SUPERVISOR, External
from ewarn.drill.made import made
from ewarn.drill.outcome import Outcome, Played, Shared, draw_up
from ewarn.drill.platforms import Platforms, open_platforms
from ewarn.drill.scenario import Scenario, after_origin_s, prepare, story
from ewarn.drill.view import View
from ewarn.drill.watcher import Watcher
from ewarn.errors import GatewayError
from ewarn.gateway.journal import Journal
from ewarn.publish import Release, play
from ewarn.seismic.origin import Report
from ewarn.seismic.streams import stream
from ewarn.swarm.crew import Swarm
from ewarn.swarm.habits import Habits
from ewarn.system.clock import Clock
from ewarn.system.machine import Machine, available_bytes, check_fit
from ewarn.verdict.document import Environment, Sent
from ewarn.verdict.figures import instant

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
    command: Sequence[str] = (),
) -> Generator[Outcome, None, None]:
    """Play the drill `repeat` times over the same connections, and yield each play as it is judged.

    With `orders`, each time once with each of them in turn, instead of the one in the settings. A gateway of its own
    has room for `guests` besides the users, who are told of the quake, and are no part of the drill. A play whose
    receipts are not complete is over once none has come for `quiet_s`. `command` is what was typed, for the files.
    """
    check_fit(settings.audience.users, machine)
    available = available_bytes()
    scenario = prepare(settings)
    check_fit(int(np.unpackbits(scenario.on[:, None]).sum()), machine)
    plays = repeat * max(1, len(orders))
    check_commotion(settings, scenario, plays)
    by = made(clock, command)
    view.say(story(scenario))
    for note in scenario.notes:
        view.say(f"note: {note}")
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
        shared = Shared(scenario, platforms, Journal(memory, *shape), swarm, due, clock, view, quiet_s)
        if external:
            settings = _as_it_runs(settings, platforms.health)
        theirs = settings.gateway.order
        if external and orders:
            stack.callback(_give_back, platforms, theirs, view)
        for play_ in range(plays):
            in_force, in_order = settings, theirs
            if orders:
                in_order = orders[play_ % len(orders)]
                in_force = _with_gateway(settings, order=in_order)
                platforms.change(order=in_order)
                view.say(f"order {in_order}")
            outcome = draw_up(in_force, shared, _play(in_force, shared, in_order))
            used = max(0, available - available_bytes())
            environment = _environment(machine, in_force, platforms, external, used, in_order)
            yield replace(outcome, environment=environment, complaints=complaints, made=by)


def _with_gateway(settings: DrillSettings, **changed: Any) -> DrillSettings:
    return settings.model_copy(update={"gateway": replace(settings.gateway, **changed)})


def _as_it_runs(settings: DrillSettings, health: dict[str, Any]) -> DrillSettings:
    """The settings in force where a gateway ran before: its own order, rate and engine, as far as it tells."""
    told = {name: health[name] for name in ("order", "rate_per_s", "engine") if name in health}
    return _with_gateway(settings, **told)


def _give_back(platforms: Platforms, order: str, view: View) -> None:
    """However the drill ends: a gateway that ran before has its own order again."""
    try:
        platforms.change(order=order)
    except GatewayError as error:
        view.say(f"the gateway keeps the drill's order: {error}")


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


def _swarm(
    settings: DrillSettings,
    scenario: Scenario,
    platforms: Platforms,
    machine: Machine,
    clock: Clock,
    external: External | None,
) -> Swarm:
    audience = scenario.audience
    chosen = stream(settings.seed, "sample").random(len(audience)) < settings.swarm.sample
    return Swarm(
        platforms.targets,
        audience.followed,
        audience.threshold,
        Habits(
            settings.swarm.connects_per_s,
            settings.seed,
            reconnect=bool(settings.platforms or settings.gateway.resize),
            chat_per_s=settings.swarm.chat_per_s,
        ),
        reports=len(scenario.reports),
        sampled=chosen,
        machine=machine,
        clock=clock,
        on=scenario.on,
        allow_network=bool(external and external.allow_network),
    )


def _play(settings: DrillSettings, shared: Shared, order: str) -> Played:
    """Play the reports, and wait until everyone has read what they are going to read."""
    platforms, swarm, clock, view = shared.platforms, shared.swarm, shared.clock, shared.view
    quake, planned = shared.scenario.quake, shared.scenario.reports
    swarm.begin(quake.id)
    shared.journal.clear()
    before, connected = platforms.counters(), swarm.book.total("connected")
    releases: list[Release] = []

    def on_release(release: Release) -> None:
        releases.append(release)
        view.released(release)
        view.progress(PLAYING, len(releases), len(planned))
        after_s = after_origin_s(shared.scenario, [one.report for one in releases[:1]], release.report)
        view.say(_line(release, after_s, shared.due[release.report.number - 1]))

    view.progress(PLAYING, 0, len(planned))
    cut_short = None
    commotion = Commotion(settings.swarm, swarm, clock, view)
    interludes = commotion.interludes(planned[-1].release_s) + platforms.interludes(settings)
    origin_ns = clock.monotonic_ns()
    view.begins(order, origin_ns, swarm.book)
    try:
        play(quake, planned, platforms, clock, settings.speed, on_release, interludes, origin_ns=origin_ns)
    except GatewayError as error:
        cut_short = str(error)
    _await_receipts(shared, [release.report for release in releases])
    closed_ns = clock.monotonic_ns()
    slow_on = swarm.newest_of_the_slow() if settings.swarm.slow else None
    kept = swarm.collect()
    swarm.check()
    after = platforms.counters()
    sent = _sent({name: _difference(after, before, metric) for name, metric in SENT.items()})
    return Played(order, releases, cut_short, connected, commotion, slow_on, kept, sent, closed_ns)


def _line(release: Release, after_s: float, due: int) -> str:
    """`after_s` is seconds after the true origin, as the verdict counts them; `due`, to how many users it should go."""
    report = release.report
    return (
        f"  +{instant(after_s):>5} s  report {report.number} ({report.status}), "
        f"magnitude {report.origin.magnitude:.1f}, to {due:,} users" + (f"; {release.note}" if release.note else "")
    )


def _await_receipts(shared: Shared, played: list[Report]) -> None:
    """Wait until everyone to whom the last report played was due has it, or nothing has come for a while."""
    if not played:
        return
    swarm, clock, view, due = shared.swarm, shared.clock, shared.view, shared.due[len(played) - 1]
    number, last, began = played[-1].number, (-1, -1), clock.monotonic_ns()
    since = began
    while (received := swarm.book.received(number)) < due:
        now = clock.monotonic_ns()
        # What was read is parsed only when there is time, so both count as going on; so do phones on their way back.
        coming_back = swarm.away() > 0 and not shared.platforms.down and now - began < AWAY_S * 1e9
        if (progress := (received, swarm.book.total("reads"))) != last or coming_back:
            last, since = progress, now
        elif now - since > shared.quiet_s * 1e9:
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
) -> Environment:
    health, hosts = platforms.health, [target.host for target in platforms.targets]
    loopback = all(host.startswith("127.") or host == "localhost" for host in hosts)
    return Environment(
        **asdict(machine),
        memory_used_gib=round(used_bytes / 2**30, 2),
        engine=health.get("engine"),
        order=order,
        rate_per_s=health.get("rate_per_s") if external else settings.gateway.rate_per_s,
        shards=platforms.shards,
        gateway="external" if external else "own",
        path="loopback" if loopback else "network",
        tls=False,
        speed=settings.speed,
        seed=settings.seed,
    )


def _sent(counts: dict[str, int | None]) -> Sent:
    frames, size = counts["frames"], counts["bytes"]
    return Sent(**counts, bytes_per_frame=round(size / frames, 1) if frames and size is not None else None)


def _difference(after: dict[str, int], before: dict[str, int], key: str) -> int | None:
    return after[key] - before[key] if key in after and key in before else None
