"""What a run leaves behind: files for tools, and a table that a stakeholder understands."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
from msgspec import UNSET, structs, to_builtins
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ewarn.config.drill import DrillSettings, dump
from ewarn.drill.accounts import Accounts, users_table
from ewarn.drill.outcome import Outcome
from ewarn.drill.scenario import Scenario, origin_of
from ewarn.errors import InputError
from ewarn.runs import run_files
from ewarn.runs.folder import heading, whole
from ewarn.runs.run_files import PLACE
from ewarn.seismic.earth import Shaking
from ewarn.system import files, json_files
from ewarn.verdict.clients import Clients
from ewarn.verdict.document import FORMAT, BeforeNext, Check, Delivery, Document, Lead
from ewarn.verdict.fate import FINAL, Fate
from ewarn.verdict.figures import beside_limit, instant, percent
from ewarn.verdict.headline import headline
from ewarn.verdict.judge import Verdict
from ewarn.words import called, say

NOBODY_WARNED = "Nobody was warned: no report was released to the public."
ALWAYS = (Fate.IN_TIME, Fate.LATE, Fate.BLIND_ZONE, Fate.MISSING)
"""fates that the verdict counts though nobody had them"""
MOST_FOLLOWED = 10
"""reports that not all had read before the next of which each is told"""


def run_name(outcome: Outcome) -> str:
    """What the folder of a run is called, TIME-QUAKE: by name they stand in the order in which they were played."""
    return f"{datetime.now():%Y%m%d-%H%M%S}-{outcome.scenario.quake.id}"


def document(outcome: Outcome) -> Document:
    """The content of `verdict.json`."""
    verdict, scenario = outcome.verdict, outcome.scenario
    return Document(
        format=FORMAT,
        made=outcome.made,
        quake=scenario.quake.id,
        shaking=_shaking(scenario),
        users=len(scenario.audience),
        residents=round(scenario.residents),
        concentrated=scenario.concentrated,
        connected=outcome.connected,
        environment=outcome.environment,
        notes=tuple(scenario.notes),
        reports=verdict.reports,
        # How many were in time says something of a limit that was missed.
        checks=tuple(one if one.passed is False else structs.replace(one, landed=None) for one in verdict.checks),
        first=verdict.first,
        warned=verdict.warned,
        closed_s=None if outcome.closed_s is None else round(outcome.closed_s, 3),
        sent=outcome.sent,
        commotion=outcome.commotion,
        platforms=outcome.platforms.table if outcome.platforms else UNSET,
        harness=verdict.harness,
        passed=verdict.passed,
    )


def _shaking(scenario: Scenario) -> Shaking:
    return scenario.earth.shaking(scenario.quake.zone, scenario.quake.origin)


def check(settings: DrillSettings) -> None:
    """Raises InputError where `drill.toml` cannot hold the settings: a path may have bytes that are no UTF-8."""
    try:
        dump(resolved(settings)).encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{error.object[error.start - 20 : error.end]!a}: a name that is not UTF-8") from None


def write(outcome: Outcome, run: Path, play: str = ".", instead_of: Sequence[Path] = ()) -> None:
    """`verdict.json`, `receipts.npy`, `drill.toml`, and what `run_files` has: all of them, or none.

    They come to stand in the folder `play` of the run's own, `.` where it has no other. `instead_of` are folders of
    earlier plays, which go once these files are written. Raises WriteError.
    """
    with whole(run / play, instead_of) as stage:
        files.write_text(stage / "drill.toml", heading(play) + dump(resolved(outcome.settings)))
        files.write_array(stage / "receipts.npy", outcome.receipts)
        write_accounts(outcome.accounts, stage)
        json_files.write(stage / "verdict.json", document(outcome))


def write_accounts(accounts: Accounts, folder: Path) -> None:
    """See `run_files`. Raises WriteError."""
    scenario, followed = accounts.scenario, accounts.scenario.audience.followed
    places = np.empty(len(followed.latitude), PLACE)
    places["user"] = np.repeat(np.arange(len(followed)), followed.count)
    places["latitude"], places["longitude"] = followed.latitude, followed.longitude
    run_files.write(
        folder,
        ledger=accounts.ledger,
        users=users_table(scenario),
        places=places,
        reports=accounts.played,
        origin_s=origin_of(scenario, accounts.played),
        quake=scenario.quake,
    )


def resolved(settings: DrillSettings) -> DrillSettings:
    """With paths that hold wherever the file is read."""

    def whole(name: str) -> str:
        return str(Path(name).resolve()) if Path(name).suffix else name

    earth = replace(settings.earth, velocity=whole(settings.earth.velocity))
    network = settings.network.model_copy(update={"stations": whole(settings.network.stations)})
    audience = replace(settings.audience, places=whole(settings.audience.places))
    changed = {"quake": whole(settings.quake), "earth": earth, "network": network, "audience": audience}
    return settings.model_copy(update=changed)


def table(outcome: Outcome) -> RenderableType:
    """The verdict in words and numbers."""
    return Group(
        _reports(outcome.verdict),
        *_followed(outcome.verdict.reports),
        "",
        _checks(outcome.verdict),
        *(Text(line, "yellow") for line in aside(outcome.verdict.checks)),
        "",
        _warned(outcome) if outcome.verdict.first is not None else Text(NOBODY_WARNED, "bold"),
        "",
        *_footnotes(outcome),
        "",
        Text(headline(document(outcome)), "bold"),
    )


def summary(plays: list[Verdict], of: str = "") -> RenderableType:
    """Medians over the plays of one drill, or of one order in it."""
    grid = Table(title=f"{len(plays)} plays {of}".strip(), box=None, title_justify="left")
    for column in ("report", "p50 ms", "p99 ms", "max ms"):
        grid.add_column(column, justify="right")
    for index, report in enumerate(plays[0].reports):
        cells = []
        for name in ("p50", "p99", "max"):
            values = [getattr(verdict.reports[index].delivery_ms, name) for verdict in plays]
            known = [np.inf if value is None else value for value in values]
            cells.append(f"{np.median(known):.1f} ({min(known):.1f}-{max(known):.1f})")
        grid.add_row(str(report.number), *cells)
    return grid


def _reports(verdict: Verdict) -> Table:
    targets = max(report.targets for report in verdict.reports)
    grid = Table(
        title=f"Reports to {targets:,} users; times in ms", box=None, title_justify="left", padding=(0, 1, 0, 0)
    )
    gated = any(report.held_back for report in verdict.reports)
    counts = {"delivered": "delivered", "superseded": "newer", "missing": "missing"}
    counts |= {"held_back": "held back"} if gated else {}
    for column in ("report", "released", "M", *counts.values(), "p50", "p99", "max"):
        grid.add_column(column, justify="right", no_wrap=True)
    for report in verdict.reports:
        grid.add_row(
            f"{report.number} {report.status}",
            f"+{instant(report.release_s)} s",
            f"{report.magnitude:.1f}",
            *(f"{getattr(report, name):,}" for name in counts),
            *(_milliseconds(getattr(report.delivery_ms, name), report.targets) for name in ("p50", "p99", "max")),
        )
    return grid


def _followed(reports: Sequence[Delivery]) -> list[Text]:
    """Whether users were told of each report before the next came: completeness, not speed."""
    told = [(report, report.before_next) for report in reports if report.before_next]
    late = [(report, next_) for report, next_ in told if next_.users < report.targets]
    if not late:
        soonest_s = min((next_.next_s for _, next_ in told), default=0.0)
        line = f"all users had read each report before the next came, {soonest_s:.2f} s later at the soonest"
        return [Text(line, "green")] if told else []
    lines = [_too_soon(report, next_) for report, next_ in late[:MOST_FOLLOWED]]
    more = len(late) - MOST_FOLLOWED
    return [Text(line, "yellow") for line in [*lines, *([f"so it was with {more} more reports"] if more > 0 else [])]]


def _too_soon(report: Delivery, next_: BeforeNext) -> str:
    end = "nobody ever did" if report.last_ms is None else f"{report.delivered:,} in the end"
    last = "" if report.last_ms is None else f", the last after {report.last_ms / 1e3:.2f} s"
    return (
        f"report {report.number}: {next_.users:,} of {report.targets:,} users had read it when the next came, "
        f"{next_.next_s:.2f} s later; {end}{last}"
    )


def _milliseconds(value: float | None, targets: int) -> str:
    return "-" if not targets else "never" if value is None else f"{value:,.0f}"


def _checks(verdict: Verdict) -> Table:
    grid = Table(title="Promises", box=None, title_justify="left", pad_edge=False)
    grid.add_column("", no_wrap=True)
    grid.add_column("measured", justify="right", no_wrap=True)
    grid.add_column("limit", justify="right", no_wrap=True)
    grid.add_column("verdict")
    for check in verdict.checks:
        grid.add_row(
            say(f"check.{check.name}"), in_unit(check, check.measured), in_unit(check, check.limit), said(check)
        )
    return grid


def in_unit(check: Check, value: float | None) -> str:
    """What was measured, or the limit, in words."""
    if value is None:
        return "never" if check.passed is False else "-"
    if check.unit == "share":
        return percent(value)
    if check.unit == "frames":
        return f"{value:g}"
    # An instant has the digits that it has everywhere else; a time that was taken, those that matter.
    if check.name == "first_report" and value != check.limit:
        return f"{instant(value, check.limit)} s"
    return f"{beside_limit(value, check.limit)} {check.unit}"


def said(check: Check) -> Text:
    """What the judge says of it."""
    if check.passed is False:
        landed = f": {check.landed:,} of {check.users:,} in time" if check.landed is not None else ""
        return Text(f"FAILED{landed}", "bold red")
    if check.passed:
        return Text("kept", "green")
    return Text(check.why, "yellow")


def aside(checks: Sequence[Check]) -> list[str]:
    """What is to be said below the promises: which reports were not public, and so are not the first."""
    return [f"not public: {check.held_back}" for check in checks if check.held_back]


def _warned(outcome: Outcome) -> Table:
    warned = outcome.verdict.warned
    zone, users = warned.blind_zone_km, to_builtins(warned)
    grid = Table(title="Warned before the S wave", box=None, title_justify="left", show_header=False, pad_edge=False)
    grid.add_column()
    grid.add_column()
    shown = [fate for fate in FINAL if fate in ALWAYS or users.get(fate.key)]
    grid.add_row("users", ", ".join(f"{users[fate.key]:,} {say(f'fate.{fate.key}')}" for fate in shown))
    for level, count in warned.by_level.items():
        if count.users:
            grid.add_row(f"  level {level}", f"{count.in_time:,} of {count.users:,} in time")
    grid.add_row("lead time", _lead(warned.lead_s))
    grid.add_row(
        "blind zone",
        f"{_or_never(zone.theoretical, 'km')} when the first public report was released, "
        f"{_or_never(zone.effective, 'km', 'everywhere')} when it was read",
    )
    return grid


def _lead(lead: Lead) -> str:
    """Of those who were to be warned."""
    if lead.p50 is None:
        return "half of those who were to be warned had no warning"
    few = "one in ten had no warning" if lead.p10 is None else f"10 % have less than {lead.p10:.1f} s"
    return f"median {lead.p50:.1f} s, {few}"


def _platforms(outcome: Outcome) -> list[str]:
    if not (told := outcome.platforms):
        return []
    each = (f"{name} {part.users:,} users, {part.first:,} reports first" for name, part in told.names.items())
    lines = [f"platforms: {', '.join(each)}; {told.both:,} users on both"]
    if fault := told.fault:
        back = f" to {fault.back_s:g}" if fault.back_s is not None else ""
        lines.append(
            f"fault: {fault.on} {fault.kind} from {fault.from_s:g}{back} s after origin; meanwhile the other "
            f"told {fault.saved:,} users of both, while {fault.cut_off:,} have only {fault.on}"
        )
    return lines


def _commotion(outcome: Outcome) -> list[str]:
    told, sent, lines = outcome.commotion, outcome.sent, []
    if told.stuck and sent.deferred is not None:
        lines.append(
            f"stuck: {told.stuck:,} clients besides never read; {sent.deferred:,} frames met a full buffer, "
            f"{sent.replaced:,} were replaced by newer ones, {sent.dropped:,} connections dropped"
        )
    if told.chats:
        lines.append(f"chat: {told.chats:,} messages on the same connections, {told.echoes:,} echoed")
    if told.slow:
        lines.append(
            f"slow: {told.slow_on_newest:,} of {told.slow:,} clients that hardly read ended on the newest report"
        )
    if told.returned:
        lines.append(f"hung up and came back: {told.returned:,} connections")
    if told.storm_s is not UNSET:
        told_all, newest = (
            f"{after_s:.2f} s after it" if isinstance(after_s, float) else "never"
            for after_s in (told.all_told_s, told.newest_s)
        )
        lines.append(
            f"storm: everyone had a report {told_all}, and the newest {newest}; {told.on_newest:,} users ended on it"
        )
    return lines


def _or_never(value: float | None, unit: str, never: str = "none") -> str:
    return never if value is None else f"{value:.1f} {unit}"


def _packets(clients: Clients) -> list[str]:
    """What clients were, and what was lost of them; nothing of sockets."""
    if clients.kind != "packets":
        return []
    words = {
        "mss": "payloads of up to {:,} bytes",
        "ring_drops": "{:,} dropped by a full ring",
        "lost": "{:,} lost before it",
        "truncated": "{:,} cut short",
        "bad": "{:,} bad",
        "retransmitted": "{:,} segments sent again by the gateway",
    }
    parts = [words[name].format(count) for name, count in clients.counted().items()]
    return [f"clients: {'; '.join([clients.said, *parts])}"]


def _footnotes(outcome: Outcome) -> list[Text]:
    place, sent, harness = outcome.environment, outcome.sent, outcome.verdict.harness
    lines = []
    if sent.bytes is not None and sent.frames:
        replaced = f"; {sent.replaced:,} were replaced by newer ones" if sent.replaced else ""
        lines.append(
            f"sent: {sent.frames:,} frames, {sent.bytes / 1e6:,.1f} MB, {sent.bytes_per_frame} bytes each{replaced}"
        )
    lines += _commotion(outcome) + _platforms(outcome)
    lines.append(
        f"measured over {called('environment', str(place.path))}, {'with' if place.tls else 'no'} TLS, "
        f"{place.clients.way}, at each client's read; "
        f"engine {place.engine}, order {place.order}, {place.shards} shards; {place.cpus} cores, "
        f"{place.memory_gib} GiB ({place.memory_used_gib} GiB used)"
    )
    lines += _packets(place.clients)
    lines.append(f"intensity by {_shaking(outcome.scenario).basis}")
    first = next((one for one in outcome.verdict.reports if one.number == outcome.verdict.first), None)
    if first and (strayed := first.displacement).users:
        lines.append(
            f"order: at kernel arrival of report {first.number}, {strayed.users:,} users were "
            f"{strayed.p50:.1%} (p50), {strayed.p95:.1%} (p95) of all users away from their place in the "
            f"{place.order} order"
        )
    if (lag := harness.lag_ms).p50 is not None:
        lines.append(
            f"harness: {harness.stamped:,} frames were read {lag.p50:.1f} ms (p50), {lag.p99:.1f} ms (p99) "
            f"after the kernel had them"
        )
    notes = [Text(line, "dim") for line in lines]
    notes += [Text(f"cut short: {harness.cut_short}", "bold red")] if harness.cut_short else []
    notes += [Text(f"not trustworthy: {problem}", "bold red") for problem in harness.untrusted]
    return notes + [Text(f"could not connect: {complaint}", "red") for complaint in outcome.complaints]
