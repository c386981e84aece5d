"""The accounts of a play, from receipts and journals made by hand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ewarn.config.drill import load_drill
from ewarn.dispatch.gates import Gate
from ewarn.drill.accounts import Accounts
from ewarn.drill.scenario import held_back, origin_of, prepare
from ewarn.gateway.journal import Journal
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
    return Accounts.of(scenario, played, table.ravel(), np.ones(shape, np.uint8), journal, np.ones(shape[1], bool))


def test_what_was_due_is_what_no_gate_held_back_from_those_who_follow_a_place(scenario, accounts):
    follows = scenario.audience.followed.count > 0
    assert not accounts.due[:, ~follows].any()
    assert not accounts.due[0].any(), "the first report is below the magnitude gate"
    open_to_all = (scenario.audience.threshold == 0) & follows
    assert accounts.due[-1][open_to_all].all()
    assert not accounts.due[-1][scenario.audience.threshold == 5].all()


def test_who_was_told_is_due_every_later_report(accounts):
    assert (np.diff(accounts.due.astype(int), axis=0) >= 0).all()


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


def test_who_never_connected_is_still_due_what_the_next_report_would_not_tell(scenario):
    """The estimate falls below the gate: the second report is for those alone who had the first."""
    first = replace(scenario.reports[0], origin=replace(scenario.reports[0].origin, magnitude=5.8))
    second = replace(first, number=2, origin=replace(first.origin, magnitude=5.6))
    small = replace(scenario, reports=[first, second], gates=replace(scenario.gates, magnitude=5.7))
    follows = (scenario.audience.followed.count > 0) & (scenario.audience.threshold == 0)
    had, superseded, never = np.array_split(np.flatnonzero(follows), 3)
    shape = 2, len(scenario.audience)
    table = np.zeros(shape, RECEIPT)
    table["released"], table["read"] = START_NS, NEVER
    table["read"][:, had] = START_NS + 1
    journal, there = Journal(Journal.create(*shape), *shape), np.ones(shape[1], bool)
    there[never] = False

    def due():
        return Accounts.of(small, [first, second], table.ravel(), np.ones(shape, np.uint8), journal, there).due

    assert due()[0, np.flatnonzero(follows)].all(), "of a gateway that keeps no journal nothing is known"
    journal.note(journal.planned, 1, np.concatenate([had, superseded]), START_NS)
    journal.note(journal.written, 1, had, START_NS)
    assert due()[:, had].all()
    assert not due()[:, superseded].any(), "the next report, not for them, came before it was written"
    assert due()[0, never].all()
