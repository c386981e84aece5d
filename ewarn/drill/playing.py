"""One play of a drill: the reports go out, and everyone reads what they are going to read."""

from msgspec.structs import replace

from ewarn.config.drill import DrillSettings
from ewarn.dispatch.gates import NO_GATES, Gates
from ewarn.drill.cabling import counted
from ewarn.drill.commotion import Commotion
from ewarn.drill.meter import Meter, Terms
from ewarn.drill.outcome import Played, Shared
from ewarn.drill.scenario import after_origin_s
from ewarn.drill.under_way import Player
from ewarn.errors import GatewayError
from ewarn.packets.kernel import KernelCounts
from ewarn.publish import play
from ewarn.seismic.origin import Report
from ewarn.system.happenings import Kind
from ewarn.verdict.clients import Clients
from ewarn.verdict.document import Sent
from ewarn.verdict.figures import instant
from ewarn.wire.releases import Release
from ewarn.words import Said, say

SENT = {
    "frames": "ewarn_frames_total",
    "bytes": "ewarn_bytes_total",
    "deferred": "ewarn_deferred_total",
    "replaced": "ewarn_superseded_total",
    "dropped": 'ewarn_closed_total{reason="slow_consumer"}',
}
"""what a drill takes down of its gateway's counters, and the metric of each"""
AWAY_S = 60.0
"""those who have yet to come back are waited for so long: phones try again every half minute"""
TICK_S = 0.05


def play_once(settings: DrillSettings, shared: Shared) -> Played:
    """Play the reports, and wait until everyone has read what they are going to read."""
    platforms, swarm, clock, view = shared.platforms, shared.swarm, shared.clock, shared.view
    quake, planned = shared.scenario.quake, shared.scenario.reports
    swarm.begin(quake.id)
    shared.journal.clear()
    before, connected = platforms.counters(), swarm.book.total("connected")
    kernel = shared.cabling.cables.kernel() if shared.cabling else None
    releases: list[Release] = []
    doing = say("doing.playing-the-reports")

    def on_release(release: Release) -> None:
        releases.append(release)
        chronicle.released(release)
        meter.released(release)
        view.released(release)
        view.progress(doing, len(releases), len(planned))
        after_s = after_origin_s(shared.scenario, [one.report for one in releases[:1]], release.report)
        view.say(_line(release, after_s, shared.due[release.report.number - 1], shared.scenario.gates))

    view.progress(doing, 0, len(planned))
    cut_short = None
    chronicle = platforms.chronicle
    commotion = Commotion(settings.swarm, swarm, clock, view, lambda: chronicle.note(Kind.STORM))
    interludes = commotion.interludes(planned[-1].release_s) + platforms.interludes(settings)
    interludes = [chronicle.timed(one) for one in interludes]
    with _meter(settings, shared) as meter:
        origin_ns = clock.monotonic_ns()
        view.begins(settings.gateway.order, origin_ns, swarm.book)
        chronicle.begins(shared.scenario, origin_ns, settings.speed)
        view.metered(meter, shared.journal if platforms.journals else None)
        try:
            play(quake, planned, platforms, clock, settings.speed, on_release, interludes, origin_ns=origin_ns)
        except GatewayError as error:
            cut_short = str(error)
            chronicle.note(Kind.ENDED_EARLY, why=cut_short)
        _await_receipts(shared, [release.report for release in releases])
        closed_ns = clock.monotonic_ns()
    slow_on = swarm.newest_of_the_slow() if settings.swarm.slow else None
    kept = swarm.collect()
    swarm.check()
    after = platforms.counters()
    sent = _sent({name: _difference(after, before, metric) for name, metric in SENT.items()})
    clients = _counted(shared, kernel)
    load = meter.load(releases, origin_ns)
    load = load if swarm.cpu_s is None else replace(load, phones_cpu_s=round(swarm.cpu_s, 3))
    return Played(
        releases, cut_short, connected, commotion, slow_on, kept, sent, closed_ns, clients, load, chronicle.over()
    )


def _meter(settings: DrillSettings, shared: Shared) -> Meter:
    """Of a play that is about to begin."""
    platforms, swarm = shared.platforms, shared.swarm
    rate = platforms.rate_per_s(settings.gateway.rate_per_s)

    def players() -> list[Player]:
        phones = [Player(pid, "phones", index) for index, pid in enumerate(swarm.pids())]
        return platforms.players() + phones

    return Meter(
        players,
        swarm.book,
        shared.due,
        shared.clock,
        Terms(rate, platforms.elsewhere, platforms.names, swarm.elsewhere),
    )


def _counted(shared: Shared, before: KernelCounts | None) -> Clients:
    """What the clients were, and what happened to them; `before`: what the kernel of their cables counted by then."""
    if not shared.clients.are_packets:
        return shared.clients
    if shared.cabling and before:
        return shared.cabling.counted(shared.clients, shared.swarm, before)
    return counted(shared.clients, shared.swarm)


def _line(release: Release, after_s: float, due: int, gates: Gates = NO_GATES) -> Said:
    """`after_s` is seconds after the true origin, as the verdict counts them; `due`, to how many users it should go."""
    report = release.report
    line = say(
        "log.report",
        f"{instant(after_s):>5}",
        str(report.number),
        say(f"status.{report.status}"),
        f"{report.origin.magnitude:.1f}",
        f"{due:,}",
    )
    return say("figure.also", line, _note(release, gates)) if release.note else line


def _note(release: Release, gates: Gates) -> str:
    """The gateway's own words, which come as text: as what is said, where they are what this version would say."""
    least, magnitude = f"{gates.magnitude:g}", f"{release.report.origin.magnitude:g}"
    own = say("gateway.below", magnitude, least), say("gateway.cancel-first")
    return next((one for one in own if one == release.note), release.note or "")


def _await_receipts(shared: Shared, played: list[Report]) -> None:
    """Wait until everyone to whom the last report played was due has it, or nothing has come for a while."""
    if not played:
        return
    swarm, clock, view, due = shared.swarm, shared.clock, shared.view, shared.due[len(played) - 1]
    number, last, began = played[-1].number, (-1, -1), clock.monotonic_ns()
    doing = say("doing.receiving-the-last-report")
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
        view.progress(doing, received, due)
        clock.sleep(TICK_S)
    view.progress(doing, due, due)


def _sent(counts: dict[str, int | None]) -> Sent:
    frames, size = counts["frames"], counts["bytes"]
    return Sent(**counts, bytes_per_frame=round(size / frames, 1) if frames and size is not None else None)


def _difference(after: dict[str, int], before: dict[str, int], key: str) -> int | None:
    return after[key] - before[key] if key in after and key in before else None
