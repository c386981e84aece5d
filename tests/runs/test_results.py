"""The table that a stakeholder reads."""

import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs, to_builtins
from rich.console import Console

from ewarn.config.drill import load_drill
from ewarn.drill.accounts import Accounts
from ewarn.drill.outcome import Outcome
from ewarn.drill.scenario import prepare
from ewarn.gateway.sending.journal import Journal
from ewarn.runs import results, run_files
from ewarn.runs.folder import OF_A_FLEET
from ewarn.verdict.bounds import with_widths
from ewarn.verdict.budgets import Budgets
from ewarn.verdict.document import BeforeNext, Disturbed, Environment, Sent
from ewarn.verdict.fleet import Clocks
from ewarn.verdict.judge import judge
from ewarn.verdict.observed import Observed, Released
from ewarn.verdict.receipts import ReceiptBook
from ewarn.words import say
from tests import hosts_of_a_fleet

SETTINGS = load_drill(Path("configs/drill.toml"), {"audience.users": 2_000})


@pytest.fixture(scope="module")
def scenario():
    return prepare(SETTINGS)


def outcome(scenario, delivery_s=0.1, missing=0, untrusted=()):
    users, count = len(scenario.audience), len(scenario.reports)
    book = ReceiptBook(ReceiptBook.create(count, users, 1), count, users, 1)
    released = np.arange(1, count + 1) * 2_000_000_000
    book.read[:] = released[:, None] + int(delivery_s * 1e9)
    book.read[:, :missing] = 0
    reports = [
        Released(one.number, one.status, one.released - scenario.quake.origin.time, one.origin.magnitude)
        for one in scenario.reports
    ]
    none = np.zeros(count, np.int64)
    observed = Observed(book.table(released), none, none, 10, 0, list(untrusted))
    verdict = judge(reports, observed, scenario.truth, Budgets(), scenario.s_km)
    place = Environment(
        path="loopback", engine="write", order="deadline", shards=2, cpus=2, memory_gib=24.0, memory_used_gib=0.5
    )
    sent = Sent(frames=100, bytes=35_000, deferred=7, replaced=5, dropped=3, bytes_per_frame=350.0)
    receipts = book.table(released)
    journal = Journal(Journal.create(count, users), count, users)
    accounts = Accounts.of(scenario, scenario.reports, receipts, book.via, journal)
    return Outcome(scenario, SETTINGS, verdict, receipts, accounts, users, place, sent, Disturbed(), None)


def of_a_fleet(scenario, lost=None, gone=None):
    """The same on two swarms, of which the second's clock is known to 0.9 ms; `gone`: why the first gateway was."""
    users, one = len(scenario.audience), outcome(scenario)
    low, of = hosts_of_a_fleet.earliest(one.receipts, users), hosts_of_a_fleet.fleet(users, lost)
    of = with_widths(of, one.receipts, low, hosts_of_a_fleet.on(users))
    of.hosts["g1"] = structs.replace(of.hosts["g1"], lost=gone)
    reports = [Released(each.number, each.status, each.release_s, each.magnitude) for each in one.verdict.reports]
    none = np.zeros(len(reports), np.int64)
    seen = Observed(one.receipts, none, none, 10, 0, [], earliest=low, fleet=of, on=hosts_of_a_fleet.on(users))
    verdict = judge(reports, seen, scenario.truth, Budgets(), scenario.s_km)
    clocks = Clocks(low, hosts_of_a_fleet.on(users), {"s1": hosts_of_a_fleet.BOUND})
    return replace(one, verdict=verdict, fleet=of, clocks=clocks)


def test_a_fleet_is_told_by_host_with_the_widths_of_its_clocks(scenario):
    said = printed(results.table(of_a_fleet(scenario)))
    rows = {line.split()[0]: line.split() for line in said.splitlines() if line[:2] in ("s1", "s2", "g1", "g2")}
    assert rows["s1"] == ["s1", "swarm", "1,000", "1,000", "612", "40", "40", "40", "-3.40"]
    assert rows["s2"][5:8] == ["900", "900", "900"]
    assert rows["g2"][4:6] == ["same", "clock"]
    assert "clocks: a receipt is known to 40 us (p50), 900 us (p99), 900 us (most)" in said
    assert "Hosts" not in printed(results.table(outcome(scenario)))
    assert max(map(len, said.splitlines())) <= 80


def test_lost_hosts_are_named_before_what_became_of_people(scenario):
    one = of_a_fleet(scenario, say("noted.small", "5"), "killed 9.1 s after origin")
    assert one.verdict.exit_code == 4
    said = " ".join(printed(results.table(one)).split())
    assert "cannot be trusted: swarm host s2 was lost: within, but nothing is promised below magnitude 5. By it" in said
    assert "gateway g1 was lost: killed 9.1 s after origin The measurement" in said
    told = results.document(one)
    assert type(told.fleet.hosts["s2"].lost) is str
    assert told.in_words(told.fleet.hosts["s2"].lost).key == "noted.small"


def test_what_clocks_leave_open_is_shown_with_both_ends(scenario):
    known = results.document(of_a_fleet(scenario))
    (delivery,) = [check for check in known.checks if check.name == "delivery"]
    assert (delivery.measured, delivery.earliest) == (0.1, 0.1)
    assert results.measured(delivery) == "0.1 s"
    assert results.measured(structs.replace(delivery, earliest=0.0991)) == "0.0991 s to 0.1 s"


def test_files_of_a_fleet_are_written_beside_the_others_and_read_again(scenario, tmp_path):
    one = of_a_fleet(scenario)
    results.write(one, tmp_path)
    found = run_files.read(tmp_path)
    assert found.earliest.tobytes() == one.clocks.earliest.tobytes()
    assert found.hosts["host"].tolist() == one.clocks.on.tolist()
    assert (found.clocks.swarms, found.verdict.fleet) == (("s1", "s2"), one.fleet)
    results.write(outcome(scenario), tmp_path / "alone")
    assert not {path.name for path in (tmp_path / "alone").iterdir()} & set(OF_A_FLEET)


def printed(renderable):
    console = Console(file=io.StringIO(), width=80)
    console.print(renderable)
    return console.file.getvalue()


def test_a_promise_that_was_not_shown_names_both_numbers(scenario):
    said = printed(results.table(outcome(scenario)))
    assert "within, at 2,000 of 500,000" in said
    assert "not shown" in said
    assert "FAILED" not in said


def test_a_broken_promise_says_failed_and_the_missing_are_counted(scenario):
    said = printed(results.table(outcome(scenario, missing=7)))
    assert "FAILED" in said
    assert "1,993" in said
    assert "7 missing" in said


def test_an_untrustworthy_run_says_so(scenario):
    one = outcome(scenario, untrusted=["the sums disagree"])
    assert "not trustworthy: the sums disagree" in printed(results.table(one))
    assert one.verdict.exit_code == 4


def test_the_verdict_says_what_it_stands_for(scenario):
    said = " ".join(printed(results.table(outcome(scenario))).split())
    for part in ("loopback, no TLS, no last mile", "engine write, order deadline", "2 cores", "350.0 bytes each"):
        assert part in said


def test_the_table_of_half_a_million_users_fits_a_terminal(scenario):
    one = outcome(scenario, delivery_s=3.9)
    many = [structs.replace(row, delivered=500_000, superseded=500_000, missing=500_000) for row in one.verdict.reports]
    one = replace(one, verdict=replace(one.verdict, reports=many))
    assert "…" not in printed(results.table(one))


def test_the_json_has_the_keys_that_other_tools_read(scenario):
    data = to_builtins(results.document(outcome(scenario)))
    assert {"quake", "users", "connected", "environment", "reports", "checks", "warned", "passed"} <= set(data)
    assert data["checks"][1] == {
        "name": "delivery",
        "measured": 0.1,
        "limit": 1.0,
        "unit": "s",
        "users": 2_000,
        "promised_users": 500_000,
        "note": "within, at 2,000 of 500,000 users",
        "passed": None,
    }
    assert set(data["warned"]["blind_zone_km"]) == {"theoretical", "effective"}


def test_what_was_done_to_the_connections_is_said(scenario):
    one = outcome(scenario)
    storm = {"storm_s": 5.0, "all_told_s": 1.5, "newest_s": None, "on_newest": 1_999}
    one = replace(one, commotion=Disturbed(stuck=20, returned=2_000, **storm))
    said = " ".join(printed(results.table(one)).split())
    assert "20 clients besides never read; 7 frames met a full buffer, 5 were replaced" in said
    assert "3 connections dropped" in said
    assert "everyone had a report 1.50 s after it, and the newest never; 1,999 users ended on it" in said


def followed(scenario, *counts, last_ms=1_730.0):
    """What is said below the table where so many of 2,000 users had read each report but the last in time."""
    one = outcome(scenario)
    rows = [
        structs.replace(row, last_ms=last_ms, before_next=BeforeNext(next_s=1.25, users=count))
        for row, count in zip(one.verdict.reports, counts, strict=False)
    ]
    rows.append(structs.replace(one.verdict.reports[-1], before_next=None))
    return " ".join(printed(results.table(replace(one, verdict=replace(one.verdict, reports=tuple(rows))))).split())


def test_whether_all_had_read_each_report_before_the_next_came_is_said(scenario):
    assert "all users had read each report before the next came, 1.25 s later at the soonest" in followed(
        scenario, 2_000, 2_000
    )
    said = followed(scenario, 2_000, 1_999)
    assert "all users had" not in said and "report 1: " not in said
    assert (
        "report 2: 1,999 of 2,000 users had read it when the next came, 1.25 s later; 2,000 in the end, the last after "
        "1.73 s" in said
    )
    assert "report 1: 0 of 2,000 users had read it when the next came, 1.25 s later; nobody ever did" in followed(
        scenario, 0, last_ms=None
    )
    assert "the next came" not in followed(scenario)


def test_of_very_many_reports_that_came_too_soon_not_each_is_told(scenario):
    one = outcome(scenario)
    row = structs.replace(one.verdict.reports[0], last_ms=9.0, before_next=BeforeNext(next_s=1.0, users=3))
    said = printed(results.table(replace(one, verdict=replace(one.verdict, reports=(row,) * 12))))
    assert said.count("users had read it") == 10 and "so it was with 2 more reports" in said


def test_frames_that_newer_ones_replaced_are_said(scenario):
    assert "350.0 bytes each; 5 were replaced by newer ones" in " ".join(
        printed(results.table(outcome(scenario))).split()
    )


def test_a_missed_limit_names_how_many_were_in_time(scenario):
    slow = outcome(scenario)
    users = len(scenario.audience)
    checks = [
        structs.replace(check, passed=False, landed=users - 3) if check.name == "delivery" else check
        for check in slow.verdict.checks
    ]
    slow = replace(slow, verdict=replace(slow.verdict, checks=checks))
    assert f"FAILED: {users - 3:,} of {users:,} in time" in " ".join(printed(results.table(slow)).split())
    (told,) = [check for check in results.document(slow).checks if check.name == "delivery"]
    assert told.landed == users - 3


def test_the_folder_of_a_run_is_called_by_its_time_and_its_quake(scenario):
    assert re.fullmatch(r"\d{8}-\d{6}-luding-2022", results.run_name(outcome(scenario)))
