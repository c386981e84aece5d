"""Counts are complete, or the two numbers that disagree are named."""

import numpy as np
import pytest

from ewarn.clocks.bound import Bound
from ewarn.verdict.receipts import NEVER
from loadtests.account import Account
from loadtests.account import word as said_word
from loadtests.reached import deliveries

RELEASES = {1: 1_000_000_000, 2: 3_000_000_000}


def receipts(*rows, clients=3):
    """When each was read (reports, clients), from rows of (user, report, seconds read at)."""
    read = np.full((2, clients), NEVER, np.int64)
    for user, report, at_s in rows:
        read[report - 1, user] = int(at_s * 1e9)
    return read


def word(*rows, clients=3, problem=None, process=1, **tallies):
    found = deliveries(receipts(*rows, clients=clients), RELEASES, Bound.same())
    return said_word(
        1,
        process,
        there=clients,
        tallies={"connected": clients, "receipts": len(rows)} | tallies,
        deliveries=[(number, one.plain()) for number, one in found.items()],
        ended=True,
        problem=problem,
        code=4 if problem else 0,
    )


ALL_READ = tuple((user, report, 2 * report) for user in range(3) for report in RELEASES)


def account(*words, processes=1):
    found = Account(processes, 3)
    for process, one in enumerate(words):
        found.add(one | {"process": process})
    return found


def test_a_client_that_read_only_the_newer_report_is_superseded_and_one_that_read_neither_missing():
    found = deliveries(receipts((0, 1, 1.5), (0, 2, 3.5), (1, 2, 3.7)), RELEASES, Bound.same())
    assert (found[1].delivered, found[1].superseded, found[1].missing) == (1, 1, 1)
    assert (found[2].delivered, found[2].superseded, found[2].missing) == (2, 0, 1)
    assert found[2].times.longest_ns == 700_000_000


def test_complete_counts_have_no_disagreement():
    assert account(word(*ALL_READ), word(*ALL_READ), processes=2).disagreements([1, 2], storms=0) == []
    assert account(word(*ALL_READ, returned=3)).disagreements([1, 2], storms=1) == []


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (word(*ALL_READ, connected=2, failed=1), "2 of 3 clients connected"),
        (word(*ALL_READ, closed=1), "the gateway closed 1 of 3 connections"),
        (word(*ALL_READ, receipts=7), "the swarms counted 7 receipts, and 6 delivery times came here"),
        (word(*ALL_READ, duplicates=1), "1 frames are duplicates, 0 should be"),
        (word(*ALL_READ[:-1]), "report 2: 1 of 3 got neither it nor a newer one"),
        (word(*ALL_READ[:-1]), "report 2: 2 of 3 clients ended on it, the newest"),
        (word(*ALL_READ, clients=4), "report 1: 4 of 3 clients are accounted for"),
    ],
)
def test_the_two_numbers_that_disagree_are_named(said, line):
    assert line in account(said).disagreements([1, 2], storms=0)


def test_a_process_that_did_not_report_or_a_client_that_did_not_return_is_a_disagreement():
    assert "1 of 2 swarm processes reported" in account(word(*ALL_READ), processes=2).disagreements([1, 2], storms=0)
    assert "2 of 3 clients returned" in account(word(*ALL_READ, returned=2)).disagreements([1, 2], storms=1)


def test_a_problem_is_kept_and_nothing_at_all_is_no_success():
    died = account(word(), word(problem="it died"), processes=2)
    assert died.problems == ["it died"]
    assert died.codes == {4}
    assert "no report was released" in account(word()).disagreements([], storms=0)


def test_the_table_says_never_where_users_were_not_reached():
    table = account(word(*ALL_READ[:-1])).table([1, 2]).splitlines()
    assert table[0].split()[:5] == ["report", "targets", "delivered", "superseded", "missing"]
    assert table[1].split() == ["1", "3", "3", "0", "0", *["1,000.0"] * 5]
    assert table[2].split() == ["2", "3", "2", "0", "1", "1,000.0", *["never"] * 4]


def test_a_later_word_of_a_process_stands_in_place_of_the_earlier_and_its_last_one_stays():
    found = Account(1, 3)
    live = word(*ALL_READ[:2]) | {"ended": False}
    for one in (live, live):
        found.add(one, "a")
    assert (found.there, found.reported, found.awaited) == (3, 0, True)
    for one in (word(*ALL_READ), live):
        found.add(one, "a")
    assert (found.there, found.reported, found.awaited) == (0, 1, False)
    assert found.disagreements([1, 2], storms=0) == []


def test_clients_of_a_worker_that_is_lost_were_reached_by_nothing():
    found = Account(2, 3)
    for worker in ("a", "b"):
        found.add(word(*ALL_READ), worker)
    found.lose("b")
    assert found.deliveries[2].delivered == 3
    assert "report 2: 3 of 6 clients are accounted for" in found.disagreements([1, 2], storms=0)
