"""What a run leaves behind: files for tools, and a table that a stakeholder understands."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
from msgspec import UNSET, structs, to_builtins
from rich.console import Group, RenderableType
from rich.styled import Styled
from rich.table import Table

from ewarn.config.drill import DrillSettings, dump
from ewarn.drill.accounts import Accounts, users_table
from ewarn.drill.outcome import Outcome
from ewarn.drill.scenario import Scenario, origin_of
from ewarn.errors import InputError
from ewarn.runs import hosts, run_files
from ewarn.runs.folder import heading, whole
from ewarn.runs.run_files import PLACE
from ewarn.seismic.earth import Shaking
from ewarn.system import files, json_files
from ewarn.verdict.clients import Clients
from ewarn.verdict.document import FORMAT, BeforeNext, Check, Delivery, Document, Lead, said_in
from ewarn.verdict.fate import FINAL, Fate
from ewarn.verdict.figures import beside_limit, instant, percent
from ewarn.verdict.fleet import GATEWAY, OfFleet
from ewarn.verdict.headline import headline
from ewarn.verdict.judge import Verdict
from ewarn.verdict.load import Load
from ewarn.verdict.load import said as load_said
from ewarn.words import Said, called, chained, joined, listed, plain, say

ALWAYS = (Fate.IN_TIME, Fate.LATE, Fate.BLIND_ZONE, Fate.MISSING)
"""fates that the verdict counts though nobody had them"""
MOST_HAPPENED = 12
"""things that happened of which each is told"""
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
        shaking=_in_english(_shaking(scenario)),
        users=len(scenario.audience),
        residents=round(scenario.residents),
        concentrated=scenario.concentrated,
        connected=outcome.connected,
        environment=outcome.environment,
        notes=tuple(map(plain, scenario.notes)),
        reports=verdict.reports,
        checks=tuple(_as_written(one) for one in verdict.checks),
        first=verdict.first,
        warned=verdict.warned,
        closed_s=None if outcome.closed_s is None else round(outcome.closed_s, 3),
        sent=outcome.sent,
        commotion=outcome.commotion,
        platforms=outcome.platforms.table if outcome.platforms else UNSET,
        harness=structs.replace(
            verdict.harness,
            cut_short=_plain(verdict.harness.cut_short),
            untrusted=tuple(map(plain, verdict.harness.untrusted)),
        ),
        load=outcome.load,
        happened=tuple(structs.replace(one, why=plain(one.why)) for one in outcome.happened),
        fleet=outcome.fleet and _plainly(outcome.fleet),
        passed=verdict.passed,
        said=said_in(verdict.checks, verdict.harness, *scenario.notes, _shaking(scenario).basis, *_lost(outcome.fleet)),
    )


def _as_written(check: Check) -> Check:
    """In English alone, and how many were in time where that says something of a limit that was missed."""
    landed = check.landed if check.passed is False else None
    return structs.replace(check, landed=landed, note=_plain(check.note), held_back=_plain(check.held_back))


def _plain(text: str | None) -> str | None:
    return None if text is None else plain(text)


def _plainly(fleet: OfFleet) -> OfFleet:
    hosts = {name: structs.replace(host, lost=_plain(host.lost)) for name, host in fleet.hosts.items()}
    return structs.replace(fleet, hosts=hosts)


def _lost(fleet: OfFleet | None) -> list[str]:
    return [host.lost for host in fleet.hosts.values() if host.lost] if fleet else []


def _in_english(shaking: Shaking) -> Shaking:
    return replace(shaking, equations=plain(shaking.equations), conversion=_plain(shaking.conversion))


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
        if outcome.fleet and outcome.clocks:
            run_files.write_clocks(stage, outcome.fleet, outcome.clocks)
        write_accounts(outcome.accounts, stage, outcome.fleet.gateways if outcome.fleet else ())
        json_files.write(stage / "verdict.json", document(outcome))


def write_accounts(accounts: Accounts, folder: Path, gateways: Sequence[str] = ()) -> None:
    """See `run_files`; `gateways` are those of a fleet. Raises WriteError."""
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
        gateways=gateways,
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
    """The verdict in words and numbers, for a console that says them in its reader's language."""
    told = document(outcome)
    return Group(
        _reports(outcome.verdict),
        *_followed(outcome.verdict.reports),
        "",
        _checks(told),
        *(Styled(line, "yellow") for line in aside(told)),
        "",
        _warned(outcome) if outcome.verdict.first is not None else Styled(say("result.nobody"), "bold"),
        "",
        *hosts.in_a_terminal(told.fleet),
        *_footnotes(outcome),
        "",
        *(Styled(line, "bold red") for line in hosts.lost(told, GATEWAY)),
        Styled(headline(told), "bold"),
    )


def summary(plays: list[Verdict], of: str = "") -> RenderableType:
    """Medians over the plays of one drill, or of one order in it."""
    grid = Table(
        title=say("result.plays", str(len(plays)), called("order", of))
        if of
        else say("result.plays", str(len(plays)), ""),
        box=None,
        title_justify="left",
    )
    for column in ("report", "p50", "p99", "max"):
        grid.add_column(say(f"result.{column}-ms") if column != "report" else say("result.report"), justify="right")
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
    grid = Table(title=say("result.reports", f"{targets:,}"), box=None, title_justify="left", padding=(0, 1, 0, 0))
    gated = any(report.held_back for report in verdict.reports)
    counts = ("delivered", "superseded", "missing", *(["held_back"] if gated else []))
    for column in ("report", "released", "magnitude", *counts, "p50", "p99", "max"):
        grid.add_column(say(f"result.{column}"), justify="right", no_wrap=True)
    for report in verdict.reports:
        grid.add_row(
            say("result.number", str(report.number), called("status", report.status)),
            say("figure.after", instant(report.release_s)),
            f"{report.magnitude:.1f}",
            *(f"{getattr(report, name):,}" for name in counts),
            *(_milliseconds(getattr(report.delivery_ms, name), report.targets) for name in ("p50", "p99", "max")),
        )
    return grid


def _followed(reports: Sequence[Delivery]) -> list[Styled]:
    """Whether users were told of each report before the next came: completeness, not speed."""
    told = [(report, report.before_next) for report in reports if report.before_next]
    late = [(report, next_) for report, next_ in told if next_.users < report.targets]
    if not late:
        soonest_s = min((next_.next_s for _, next_ in told), default=0.0)
        return [Styled(say("result.all-before", f"{soonest_s:.2f}"), "green")] if told else []
    lines = [_too_soon(report, next_) for report, next_ in late[:MOST_FOLLOWED]]
    if (more := len(late) - MOST_FOLLOWED) > 0:
        lines.append(say("result.more-such", str(more)))
    return [Styled(line, "yellow") for line in lines]


def _too_soon(report: Delivery, next_: BeforeNext) -> Said:
    end = say("result.nobody-ever")
    if report.last_ms is not None:
        end = say("result.in-the-end", f"{report.delivered:,}", f"{report.last_ms / 1e3:.2f}")
    counts = f"{next_.users:,}", f"{report.targets:,}", f"{next_.next_s:.2f}"
    return say("result.too-soon", str(report.number), *counts, end)


def _milliseconds(value: float | None, targets: int) -> str:
    return "-" if not targets else say("figure.never") if value is None else f"{value:,.0f}"


def _checks(told: Document) -> Table:
    grid = Table(title=say("shell.promises"), box=None, title_justify="left", pad_edge=False)
    grid.add_column("", no_wrap=True)
    grid.add_column(say("report.is-measured"), justify="right", no_wrap=True)
    grid.add_column(say("report.limit"), justify="right", no_wrap=True)
    grid.add_column(say("report.is-verdict"))
    for check in told.checks:
        grid.add_row(say(f"check.{check.name}"), measured(check), in_unit(check, check.limit), said(check, told))
    return grid


def measured(check: Check) -> str:
    """What was measured, in words: where clocks leave open what it was, the earliest and the latest."""
    latest, earliest = (in_unit(check, value) for value in (check.measured, check.earliest))
    return latest if check.earliest is None or earliest == latest else say("figure.from-to", earliest, latest)


def in_unit(check: Check, value: float | None) -> str:
    """What was measured, or the limit, in words."""
    if value is None:
        return say("figure.never") if check.passed is False else "-"
    if check.unit == "share":
        return percent(value)
    if check.unit == "frames":
        return f"{value:g}"
    # An instant has the digits that it has everywhere else; a time that was taken, those that matter.
    if check.name == "first_report" and value != check.limit:
        return say("figure.seconds", instant(value, check.limit))
    return say("figure.seconds", beside_limit(value, check.limit))


def said(check: Check, of: Document) -> Styled:
    """What the judge says of a check of a document."""
    if check.passed is False:
        if check.landed is None:
            return Styled(say("verdict.failed"), "bold red")
        return Styled(say("verdict.failed-landed", f"{check.landed:,}", f"{check.users:,}"), "bold red")
    if check.passed:
        return Styled(say("verdict.kept"), "green")
    return Styled(of.in_words(check.why), "yellow")


def aside(of: Document) -> list[Said]:
    """What is to be said below the promises: which reports were not public, and so are not the first."""
    return [say("noted.aside", of.in_words(check.held_back)) for check in of.checks if check.held_back]


def _warned(outcome: Outcome) -> Table:
    warned = outcome.verdict.warned
    zone, users = warned.blind_zone_km, to_builtins(warned)
    grid = Table(title=say("result.warned"), box=None, title_justify="left", show_header=False, pad_edge=False)
    grid.add_column()
    grid.add_column()
    shown = [fate for fate in FINAL if fate in ALWAYS or users.get(fate.key)]
    grid.add_row(
        say("report.users"),
        listed([say("result.count", f"{users[fate.key]:,}", say(f"fate.{fate.key}")) for fate in shown]),
    )
    for level, count in warned.by_level.items():
        if count.users:
            grid.add_row(
                say("result.level", called("level", level)),
                say("result.in-time", f"{count.in_time:,}", f"{count.users:,}"),
            )
    grid.add_row(say("result.lead"), _lead(warned.lead_s))
    radii = _kilometres(zone.theoretical, "none"), _kilometres(zone.effective, "everywhere")
    grid.add_row(say("report.zone"), say("result.zone", *radii))
    return grid


def _lead(lead: Lead) -> Said:
    """Of those who were to be warned."""
    if lead.p50 is None:
        return say("result.no-lead")
    few = say("result.tenth-none") if lead.p10 is None else say("result.tenth", f"{lead.p10:.1f}")
    return say("result.median", f"{lead.p50:.1f}", few)


def _platforms(outcome: Outcome) -> list[Said]:
    if not (told := outcome.platforms):
        return []
    each = [say("result.platform", name, f"{part.users:,}", f"{part.first:,}") for name, part in told.names.items()]
    lines = [say("result.platforms", listed(each), f"{told.both:,}")]
    if fault := told.fault:
        until = say("result.fault-since", instant(fault.from_s))
        if fault.back_s is not None:
            until = say("result.fault-until", instant(fault.from_s), instant(fault.back_s))
        kind = say(f"result.is-{fault.kind}")
        lines.append(say("result.fault", fault.on, kind, until, f"{fault.saved:,}", f"{fault.cut_off:,}"))
    return lines


def _happened(outcome: Outcome) -> list[Said]:
    """Where much happened, the first of it, and that there was more."""
    found, more = outcome.happened, len(outcome.happened) - MOST_HAPPENED
    return [one.line for one in found[:MOST_HAPPENED]] + ([say("result.more-happened", str(more))] if more > 0 else [])


def _commotion(outcome: Outcome) -> list[Said]:
    told, sent, lines = outcome.commotion, outcome.sent, []
    if told.stuck and sent.deferred is not None:
        met = f"{sent.deferred:,}", f"{sent.replaced:,}", f"{sent.dropped:,}"
        lines.append(say("result.stuck", f"{told.stuck:,}", *met))
    if told.chats:
        lines.append(say("result.chat", f"{told.chats:,}", f"{told.echoes:,}"))
    if told.slow:
        lines.append(say("result.slow", f"{told.slow_on_newest:,}", f"{told.slow:,}"))
    if told.returned:
        lines.append(say("result.returned", f"{told.returned:,}"))
    if told.storm_s is not UNSET:
        after = (
            say("result.after-it", f"{after_s:.2f}") if isinstance(after_s, float) else say("figure.never")
            for after_s in (told.all_told_s, told.newest_s)
        )
        lines.append(say("result.storm", *after, f"{told.on_newest:,}"))
    return lines


def _kilometres(value: float | None, otherwise: str) -> Said:
    """`otherwise`: name of the words where there is no value."""
    return say(f"result.{otherwise}") if value is None else say("figure.kilometres", f"{value:.1f}")


def _packets(clients: Clients) -> list[Said]:
    """What clients were, and what was lost of them; nothing of sockets."""
    if not clients.are_packets:
        return []
    parts = [say(f"result.packets-{name}", f"{count:,}") for name, count in clients.counted().items()]
    return [say("log.clients", chained([clients.said, *parts], "figure.also"))]


def _load(load: Load | None, rate_per_s: float | None) -> list[str]:
    """Where the time went."""
    if load is None:
        return []
    spent = (_or_unknown(one, "load.seconds", 2) for one in (load.gateway_cpu_s, load.phones_cpu_s))
    memory = (_or_unknown(one, "load.memory", 0) for one in (load.gateway_mib, load.phones_mib))
    lines: list[str] = [say("load.summary", f"{load.peak_per_s:,}", *spent, *memory)]
    if load.bottleneck:
        why = load_said(load.bottleneck, load.usage, rate_per_s)
        lines.append(say("load.summary-bottleneck", str(load.report), why))
    return lines


def _or_unknown(value: float | None, unit: str, digits: int) -> str:
    return say("load.unknown") if value is None else say(unit, f"{value:,.{digits}f}")


def _footnotes(outcome: Outcome) -> list[Styled]:
    place, sent, harness = outcome.environment, outcome.sent, outcome.verdict.harness
    lines: list[str] = []
    if sent.bytes is not None and sent.frames:
        line = say("result.sent", f"{sent.frames:,}", f"{sent.bytes / 1e6:,.1f}", str(sent.bytes_per_frame))
        lines.append(joined(line, say("result.replaced", f"{sent.replaced:,}") if sent.replaced else None) or line)
    lines += _happened(outcome) + _commotion(outcome) + _platforms(outcome) + _load(outcome.load, place.rate_per_s)
    lines.append(
        say(
            "result.measured",
            called("environment", str(place.path)),
            say("measured.tls" if place.tls else "measured.no-tls"),
            place.clients.way,
            str(place.engine),
            called("order", str(place.order)),
            str(place.shards),
            hosts.machines(outcome.fleet, place),
        )
    )
    lines += _packets(place.clients)
    lines.append(say("result.intensity", _shaking(outcome.scenario).basis))
    first = next((one for one in outcome.verdict.reports if one.number == outcome.verdict.first), None)
    if first and (strayed := hosts.strayed("result.strayed", first, called("order", str(place.order)))):
        lines.append(strayed)
    if (lag := harness.lag_ms).p50 is not None:
        lines.append(say("result.harness", f"{harness.stamped:,}", f"{lag.p50:.1f}", f"{lag.p99:.1f}"))
    notes = [Styled(line, "dim") for line in lines]
    notes += [Styled(say("result.cut-short", harness.cut_short), "bold red")] if harness.cut_short else []
    notes += [Styled(say("compare.untrusted", problem), "bold red") for problem in harness.untrusted]
    return notes + [Styled(say("log.could-not-connect", complaint), "red") for complaint in outcome.complaints]
