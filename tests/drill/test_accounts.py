"""The accounts of a play, from receipts and journals made by hand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ewarn.config.drill import load_drill
from ewarn.dispatch.gates import Gate
from ewarn.drill.accounts import Accounts
from ewarn.drill.scenario import held_back, origin_of, prepare
from ewarn.gateway.sending.journal import Journal
from ewarn.runs import results
from ewarn.runs.run_files import read
from ewarn.verdict.receipts import NEVER, RECEIPT

MIXED = {"audience.users": 400, "audience.follow": "mix", "audience.thresholds": "mix", "delivery.magnitude": 5.7}
START_NS = 10**12


@pytest.fixture(scope="module")
def scenario():
    return prepare(load_drill(Path("configs/drill.toml"), MIXED))


@pytest.fixture(scope="module")
def accounts(scenario):
    """Everyone to whom a report was due read it after 0.1 s; the quake is played a thousand seconds later."""
    played = [report.later(1000.0) for report in scenario.reports]
    shape = len(played), len(scenario.audience)
    table = np.zeros(shape, RECEIPT)
    table["user"], table["report"] = np.arange(shape[1]), np.arange(1, shape[0] + 1)[:, None]
    after_s = np.array([report.released - origin_of(scenario, played) for report in played])
    table["released"] = START_NS + (after_s * 1e9).astype(np.int64)[:, None]
    due = (held_back(scenario, played) == Gate.OPEN) & (scenario.audience.followed.count > 0)
    table["read"] = np.where(due, table["released"] + 10**8, NEVER)
    journal = Journal(Journal.create(*shape), *shape)
    for index in range(shape[0]):
        journal.note(journal.planned, index + 1, np.flatnonzero(due[index]), int(table["released"][index, 0]) + 10**6)
    return Accounts.of(scenario, played, table.ravel(), np.ones(shape, np.uint8), journal)


def test_what_was_due_is_what_no_gate_held_back_from_those_who_follow_a_place(scenario):
    follows = scenario.audience.followed.count > 0
    assert not scenario.due[:, ~follows].any()
    assert not scenario.due[0].any(), "the first report is below the magnitude gate"
    open_to_all = (scenario.audience.threshold == 0) & follows
    assert scenario.due[-1][open_to_all].all()
    assert not scenario.due[-1][scenario.audience.threshold == 5].all()


def test_who_was_due_one_report_is_due_every_later_one(scenario):
    assert (np.diff(scenario.due.astype(int), axis=0) >= 0).all()


def test_lead_is_counted_from_the_true_origin_however_late_it_is_played(scenario, accounts):
    rows = accounts.ledger[accounts.ledger["received"] != NEVER]
    release_s = np.array([report.released - scenario.quake.origin.time for report in scenario.reports])
    expected = scenario.truth.s_s[rows["user"]] - release_s[rows["report"] - 1] - 0.1
    assert rows["lead_s"] == pytest.approx(expected, abs=1e-3)


def test_what_the_journal_has_is_in_the_ledger(accounts):
    rows = accounts.ledger
    assert ((rows["planned"] > 0) == (rows["received"] != NEVER)).all()
    assert (rows["written"] == NEVER).all()


def test_the_files_of_a_run_say_what_the_accounts_say(scenario, accounts, tmp_path):
    results.write_accounts(accounts, tmp_path)
    files = read(tmp_path)
    assert files.ledger.tobytes() == accounts.ledger.tobytes()  # NaN equals nothing
    assert files.users["places"].sum() == len(files.places)
    assert [report.released for report in files.reports] == pytest.approx(
        [report.released - scenario.quake.origin.time for report in scenario.reports], abs=1e-3
    )
    first = files.places[files.places["user"] == 7]
    assert list(zip(first["latitude"], first["longitude"], strict=True)) == scenario.audience.followed.places(7)


def test_who_was_due_a_report_is_due_the_next_though_its_estimate_is_below_the_gate(scenario):
    """Whether the first was sent in time is no matter: what is due hangs on no dispatch."""
    first = replace(scenario.reports[0], origin=replace(scenario.reports[0].origin, magnitude=5.8))
    second = replace(first, number=2, origin=replace(first.origin, magnitude=5.6))
    small = replace(scenario, reports=[first, second], gates=replace(scenario.gates, magnitude=5.7))
    open_to_all = (scenario.audience.followed.count > 0) & (scenario.audience.threshold == 0)
    assert small.due[:, open_to_all].all()
