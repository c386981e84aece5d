"""Every view of one drill says the same: verdict, ledger, balance, terminal, and what the report and the page draw.

The drill is a slow one, in which users are late, in the blind zone, held back until S had come, and never warned: its
gateway is broken, so that the quick report takes the place of a warning before their turn.
"""

import html
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs
from rich.console import Console

from ewarn.briefing import curves, page
from ewarn.briefing.replay import setting, show
from ewarn.briefing.run import load
from ewarn.config.drill import load_drill
from ewarn.drill.conductor import run
from ewarn.runs import comparison, comparison_results, explain, results
from ewarn.system.clock import WallClock
from ewarn.system.machine import this_machine
from ewarn.verdict.budgets import Budgets
from ewarn.verdict.clients import Clients, LastMile
from ewarn.verdict.fate import FINAL, Fate
from ewarn.verdict.figures import instant
from ewarn.verdict.headline import headline
from ewarn.watching.load import LoadOnlooker
from ewarn.watching.show import load_message
from ewarn.watching.standing import Known, Onlooker
from ewarn.words import say
from tests.views import fates_at, instants

HASTY = "tests.broken_gateway:hasty_main"
SLOW = {
    "audience.users": 600,
    "audience.within_km": 42.0,
    "quake": "luxian-2021",
    "audience.follow": [0.05, 0.95],
    "audience.thresholds": [[7.0, 0.3]],
    "gateway.order": "fifo",
    "gateway.rate_per_s": 400.0,
    "detection.quick_s": 6.0,
    "speed": 8.0,
}


class Remembering:
    """A watcher that keeps what it was told."""

    def __init__(self):
        self.releases = []

    def say(self, line):
        pass

    def progress(self, doing, done, total):
        pass

    def opens(self, scenario, _targets, _key):
        self.scenario = scenario

    def begins(self, _order, origin_ns, book):
        self.origin_ns, self.book = origin_ns, book

    def metered(self, meter, journal):
        self.meter, self.journal = meter, journal

    def happened(self, one):
        pass

    def released(self, release):
        self.releases.append(release)


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """The outcome, who watched it, and its files as a report reads them."""
    watcher, folder = Remembering(), tmp_path_factory.mktemp("slow") / "run"
    settings = load_drill(Path("configs/drill.toml"), SLOW)
    plays = run(settings, machine=this_machine(), clock=WallClock(), view=watcher, quiet_s=1.0, gateway_target=HASTY)
    (outcome,) = [next(plays)]
    results.write(outcome, folder)
    yield outcome, watcher, load(folder)
    plays.close()


def test_the_drill_has_users_of_every_fate(played):
    warned = played[0].verdict.warned
    empty = {fate for fate in FINAL if fate is not Fate.SUPERSEDED and not getattr(warned, fate.key)}
    assert not empty, warned


def test_verdict_balance_and_report_count_the_same_fates(played):
    outcome, _, run_ = played
    counted = {fate.key: getattr(outcome.verdict.warned, fate.key, 0) for fate in Fate}
    assert run_.balance.fates == counted
    assert dict(zip(counted, curves.fates_by_level(run_)["all"].tolist(), strict=True)) == counted
    assert sum(counted.values()) == len(run_.users)


def test_verdict_and_ledger_count_the_same_users_of_every_report(played):
    outcome, _, run_ = played
    for report, row, due in zip(outcome.verdict.reports, run_.table, run_.due, strict=True):
        fates = np.bincount(row["outcome"], minlength=len(Fate))
        for fate in (Fate.SUPERSEDED, Fate.MISSING):
            assert getattr(report, fate.key) == fates[fate], (report.number, fate)
        assert report.targets == due.sum()
        assert report.delivered == np.isfinite(run_.delay_s[report.number - 1]).sum()


def test_who_got_the_quick_report_alone_was_not_reached_by_the_warning(played):
    outcome, _, run_ = played
    final = next(report for report in outcome.verdict.reports if report.status == "final")
    only_quick = ~np.isfinite(run_.delay_s[:-1]).any(axis=0) & np.isfinite(run_.delay_s[-1]) & run_.fates.due
    assert only_quick.any()
    assert (run_.fates.fate[only_quick] == Fate.MISSING).all()
    assert final.missing >= only_quick.sum()
    (reach,) = [check for check in outcome.verdict.checks if check.name == "reach"]
    assert reach.passed is False


def test_the_terminal_counts_at_every_instant_what_the_files_have(played):
    _, watcher, run_ = played
    known = Known.of(watcher.scenario)
    # What will be due to whom is foreseen, as a drill goes on; and that the play is over, nobody has yet said.
    for at_s in instants(run_)[:-2]:
        onlooker = Onlooker(known, Budgets(), "fifo", watcher.origin_ns, watcher.book)
        now_ns = watcher.origin_ns + int(at_s * 1e9)
        for report, release in zip(run_.reports, watcher.releases, strict=True):
            if report.released <= at_s:
                onlooker.released(release)
                now_ns = release.monotonic_ns + int((at_s - report.released) * 1e9)
        assert onlooker.look(now_ns).users == fates_at(run_, at_s, watcher.scenario.first_due), at_s


def test_the_last_table_says_the_fates_and_the_first_public_report(played):
    outcome, _, run_ = played
    console = Console(file=io.StringIO(), width=160)
    console.print(results.table(outcome))
    said, warned = console.file.getvalue(), outcome.verdict.warned
    for fate in (Fate.IN_TIME, Fate.LATE, Fate.BLIND_ZONE, Fate.SUPPRESSED, Fate.MISSING, Fate.FOLLOWS_NONE):
        assert f"{getattr(warned, fate.key):,} {say(f'fate.{fate.key}')}" in said
    assert said.count(f"{instant(run_.reports[run_.first].released)} s") == 2, "of the report, and of the promise"


def test_the_headline_is_the_same_everywhere_and_its_numbers_are_those_of_the_verdict(played, seen):
    outcome, _, run_ = played
    said, warned = headline(run_.told), outcome.verdict.warned
    due = int(run_.fates.due.sum())
    for number in (
        f"{warned.in_time:,} of",
        f"the {due:,} people",
        f"for {warned.late:,} who",
        f"{warned.missing:,} never",
    ):
        assert number in said
    assert f"held back from {warned.suppressed:,}" in said
    for name in ("terminal", "report"):
        assert said in seen[name], name


def test_one_release_is_the_same_instant_in_every_view(played):
    outcome, watcher, run_ = played
    onlooker = Onlooker(Known.of(watcher.scenario), Budgets(), "fifo", watcher.origin_ns, watcher.book)
    for release in watcher.releases:
        onlooker.released(release)
    seen = onlooker.look(watcher.releases[-1].monotonic_ns)
    for told, report, judged in zip(seen.reports, run_.reports, outcome.verdict.reports, strict=True):
        assert told.release_s == pytest.approx(report.released, abs=1e-6)
        assert judged.release_s == pytest.approx(report.released, abs=6e-4)
    (first,) = [check for check in outcome.verdict.checks if check.name == "first_report"]
    assert first.measured == outcome.verdict.reports[run_.first].release_s


def test_the_load_agrees_in_the_end_with_the_verdict_and_the_files(played):
    outcome, watcher, run_ = played
    onlooker = LoadOnlooker(watcher.scenario, watcher.meter, watcher.journal, watcher.origin_ns, watcher.book)
    for release in watcher.releases:
        onlooker.released(release)
        load = onlooker.look(watcher.releases[-1].monotonic_ns + 60 * 10**9, last=True)
        (judged,) = [one for one in outcome.verdict.reports if one.number == load.report]
        ms = judged.delivery_ms
        assert (load.times.p50, load.times.p99, load.times.last) == (ms.p50, ms.p99, judged.last_ms)
        assert sum(part.rate.delivered for part in load.parts) == judged.delivered
        assert sum(part.due for part in load.parts if part.due) <= judged.targets
    assert load.rate.delivered == sum(one.delivered for one in outcome.verdict.reports)
    assert sum(load.trace) == load.rate.delivered == np.isfinite(run_.delay_s).sum()
    assert load.rate.peak_per_s == outcome.load.peak_per_s
    told = json.loads(json.dumps(load_message(0, load)))
    assert (told["rate"]["delivered"], told["times"]["p99"]) == (load.rate.delivered, load.times.p99)


def test_the_load_of_a_drill_is_in_its_file_and_in_the_last_table(played):
    outcome, load = played[0], played[2].files.verdict.load
    assert load == outcome.load
    shard = "other"  # the broken gateway's is called otherwise
    assert {one.kind for one in load.usage.processes} == {"front", shard, "phones"}
    assert load.gateway_cpu_s > 0 and load.phones_cpu_s > 0 and load.gateway_mib > 10 and load.phones_mib > 10
    console = Console(file=io.StringIO(), width=400)
    console.print(results.table(outcome))
    assert f"load: at most {load.peak_per_s:,} deliveries in one second" in console.file.getvalue()
    assert f"bottleneck of report {load.report}, which took longest: " in console.file.getvalue()


FAR = Clients(
    kind="packets",
    ack_delay_ms=40.0,
    mss=1460,
    ring_drops=0,
    truncated=0,
    bad=0,
    retransmitted=1_234,
    last_mile=LastMile(rtt_ms=(40.0, 400.0), jitter_ms=5.0, loss=0.01),
)


@pytest.fixture(scope="module")
def seen(played):
    """What a reader is shown of the play."""
    outcome, _, run_ = played
    return views(outcome, run_.files.folder)


@pytest.fixture(scope="module")
def seen_far(played, tmp_path_factory):
    """The same, as the play would be told of packets with a last mile."""
    near = played[0]
    outcome = replace(near, environment=structs.replace(near.environment, clients=FAR, path="veth"))
    folder = tmp_path_factory.mktemp("far") / "run"
    results.write(outcome, folder)
    return views(outcome, folder)


def views(outcome, folder):
    """All that a reader is shown of a run, by its name; as one line each."""
    console = Console(file=io.StringIO(), width=400)
    console.print(results.table(outcome))
    compared = Console(file=io.StringIO(), width=400)
    compared.print(comparison_results.table(comparison.document(comparison.load([folder]))))
    run_ = load(folder)
    (scene,) = [one for one in show([run_], setting(run_)) if isinstance(one, dict) and one["type"] == "scene"]
    told = {
        "terminal": console.file.getvalue(),
        "compare": compared.file.getvalue(),
        "explain": "\n".join(explain.lines(explain.explain(folder, 1))),
        "report": page.write([folder], None, None).read_text(encoding="utf-8"),
        "legend of the replay": json.dumps(scene),
    }
    return {name: html.unescape(text) for name, text in told.items()}


def test_every_view_says_that_a_last_mile_was_modelled_and_none_says_so_where_there_was_none(seen, seen_far):
    said, spelled = FAR.last_mile.said, json.dumps(FAR.last_mile.note.spelled())
    for name, text in seen_far.items():
        assert (spelled if "legend" in name else said) in text, name
    for name, text in seen.items():
        assert said not in text and spelled not in text, name


def test_the_terminal_and_the_report_tell_what_was_counted_of_packets(seen_far):
    for name in ("terminal", "report"):
        assert "packets that acknowledge after 40 ms" in seen_far[name]
        assert "1,234" in seen_far[name] and "veth" in seen_far[name] and "1,460" in seen_far[name]
