"""The campaign's own pure parts: what makes a row pass or fail, and the page."""

import math

import numpy as np
import pytest

from tests.campaign import faults, marked, page, restarts, soak
from tests.campaign.__main__ import PARTS, main
from tests.campaign.attack_table import ATTACKS, BUSY, Attack
from tests.campaign.attacks import NEWCOMERS, REPORTS, Watched, judged, limit_of, watched
from tests.campaign.clients import asking, frame, unfinished
from tests.campaign.endings import Ending
from tests.campaign.endings import judged as ended_as
from tests.campaign.guard import HarnessError, guarded
from tests.campaign.rows import Row
from tests.campaign.soak import BYSTANDERS, Sample
from tests.campaign.strangers import Habit, decoded

LET_IN = {"count": NEWCOMERS, "in": NEWCOMERS, "full": 0, "other": 0, "longest_s": 0.02}
QUIET = Watched(np.full(480, 0.005), 0.001, 0)


def of(latency_s=0.005, missing=0, ended=0, answers=True, newcomers=LET_IN, attack="quiet", **limit):
    latency = np.full(480, latency_s)
    latency[:missing] = math.inf
    found = next(one for one in ATTACKS if one.name == attack)
    return judged(found, Watched(latency, 0.001, ended), newcomers, [], answers=answers, **limit)


def test_a_report_that_was_superseded_came_with_the_later_one_and_one_after_the_last_is_missing():
    handed = {number: number * 10**9 for number in range(1, REPORTS + 1)}
    came = [
        (bystander, number, handed[number] + 5_000_000, handed[number] + 6_000_000, "watched")
        for bystander in range(BYSTANDERS)
        for number in handed
    ]
    whole = watched(came, handed, 0)
    assert whole.latency_s == pytest.approx(0.005)
    assert (whole.own_s, whole.superseded) == (pytest.approx(0.001), 0)
    first_lost = watched(came[1:], handed, 0)
    assert (first_lost.latency_s.max(), first_lost.superseded) == (pytest.approx(1.005), 1)
    last_lost = watched([one for one in came if one[:2] != (0, REPORTS)], handed, 0)
    assert np.isinf(last_lost.latency_s).sum() == 1


def test_a_quiet_service_passes_and_its_row_says_the_p99():
    row = of()
    assert row.passed
    assert (row.figure, row.unit) == (pytest.approx(5.0), "ms p99")


@pytest.mark.parametrize(
    "bad",
    [
        {"latency_s": 0.2},
        {"missing": 1},
        {"ended": 1},
        {"answers": False},
        {"newcomers": LET_IN | {"in": NEWCOMERS - 1, "other": 1}},
    ],
)
def test_one_thing_that_does_not_hold_fails_the_row(bad):
    assert not of(**bad).passed


def test_one_missing_report_is_no_figure_of_its_own_but_a_hundred_are():
    assert of(missing=1).figure == pytest.approx(5.0)
    assert of(missing=100).figure is None
    assert "p99 never" in of(missing=100).seen


def test_where_more_come_than_fit_everyone_is_to_have_an_answer():
    attack = next(one.name for one in ATTACKS if one.newcomers == "answered")
    told = {"count": NEWCOMERS, "in": 8, "full": NEWCOMERS - 8, "other": 0, "longest_s": 0.0}
    assert of(newcomers=told, attack=attack).passed
    assert not of(newcomers=told).passed
    assert not of(newcomers=told | {"in": 0, "other": 8}, attack=attack).passed


def test_attacks_have_names_of_their_own_and_habits_travel_whole():
    assert len({one.name for one in ATTACKS}) == len(ATTACKS)
    assert isinstance(ATTACKS[0], Attack)
    for habit in (habit for one in ATTACKS for habit in one.habits):
        assert decoded(habit.encoded()) == habit


@pytest.mark.parametrize("clients", [1, 7, 400])
def test_crowds_that_share_an_attack_are_as_many_clients_together(clients):
    assert 0 <= 2 * Habit(clients).shared(2).clients - clients <= 1


def test_a_client_speaks_as_the_standard_has_it():
    assert asking("/v1/alerts?user=x").endswith(b"\r\n\r\n")
    assert frame(0x9, b"x") == b"\x89\x81\0\0\0\0x"
    assert unfinished(0x1, b"{") == b"\x01\x81\0\0\0\0{"


def ended(code=0, said="", left=(), kept="a whole run, passed"):
    return Ending(code, said, left, kept)


def test_a_command_that_ends_as_expected_and_leaves_nothing_passes():
    assert ended_as("a fault", (0,), ended()).passed
    assert ended_as("a fault", (3,), ended(3, kept="a whole run, failed")).passed
    assert ended_as("a fault", (4,), ended(4, kept="nothing")).passed


@pytest.mark.parametrize(
    "ending",
    [
        ended(1, kept="nothing"),
        ended(None, kept="nothing"),
        ended(said="Traceback (most recent call last):\n"),
        ended(left=("process shard",)),
        ended(kept="half a run: drill.toml"),
        ended(kept="a whole run, failed"),
        ended(said="the moment to act never came\n"),
    ],
)
def test_what_a_fault_leaves_fails_its_row(ending):
    row = ended_as("a fault", (0,), ending)
    assert not row.passed
    assert row.seen


def test_a_traceback_is_told_by_the_line_that_ends_it():
    said = "one\nTraceback (most recent call last):\n  File x\n    y()\nOSError: no\nresults in x\n"
    row = ended_as("a fault", (0,), ended(said=said))
    assert not row.passed
    assert "a traceback: OSError: no" in row.seen


def restarted(**other):
    shares = {50: 1.0, 99: 2.0, 100: 3.0}
    seen = {"answers_s": 1.0, "connected_s": shares, "newest_s": 3.5, "starts": 2}
    return restarts.judged(restarts.Watched(1000, **{"had": 300, "first_s": 2.0, **seen, **other}))


@pytest.mark.parametrize(
    ("bad", "row"),
    [
        ({"newest_s": 39.0}, "100 % on the newest"),
        ({"older": 1}, "shown an older report"),
        ({"missing": 1}, "missing"),
        ({"orphans": 1}, "processes left"),
        ({"had": 0}, "the kill"),
        ({"had": 1000}, "the kill"),
        ({"starts": 3}, "the kill"),
    ],
)
def test_a_service_that_was_started_again_fails_by_what_does_not_hold_alone(bad, row):
    assert all(one.passed for one in restarted())
    assert [one.name.rpartition(": ")[2] for one in restarted(**bad) if not one.passed] == [row]


def test_every_process_is_killed_and_stopped_at_each_phase():
    names = [one.name for one in faults.faults_of_drills()]
    assert len(names) == len(set(names)) == 4 * 3 * 3 + 3


def test_the_bounded_part_has_faults_that_there_are_and_some_of_every_process():
    assert set(faults.IN_SHORT) <= set(faults.tasks())
    assert all(any(name.startswith(process) for name in faults.IN_SHORT) for process in faults.PROCESSES)


def test_in_the_bounded_part_a_noisy_machine_fails_no_row_and_a_missing_report_does():
    busy = Row("attacks", BUSY, "", "", True, 300.0, "ms p99")
    quiet, flood = ATTACKS[0], next(one for one in ATTACKS if one.habits)
    assert (limit_of(flood, False, [busy]), limit_of(flood, True, []), limit_of(flood, True, [busy])) == (0.1, 1.0, 3.0)
    assert (limit_of(quiet, False, []), limit_of(quiet, True, [])) == (0.1, math.inf)
    assert not of(missing=1, limit_s=math.inf).passed
    assert not of(latency_s=0.2).passed
    assert of(latency_s=0.2, limit_s=1.0).passed
    assert not of(missing=1, limit_s=1.0).passed


def test_a_marked_test_is_a_row_and_one_that_is_skipped_says_why():
    whole = '<testcase name="test_a_cable_is_cut" time="1.5"/>'
    broken = '<testcase name="test_b" time="2"><failure message="assert 1 == 2"/></testcase>'
    skipped = '<testcase name="test_c" time="0"><skipped message="no namespaces here"/></testcase>'
    one, two, three = marked.read(f"<testsuites><testsuite>{whole}{broken}{skipped}</testsuite></testsuites>")
    assert (one.name, one.passed, one.figure) == ("a cable is cut", True, 1.5)
    assert (two.passed, two.seen) == (False, "does not hold: assert 1 == 2")
    assert (three.passed, three.seen) == (True, "left out: no namespaces here")


def soaked(kib_a_minute=0.0, descriptors_a_minute=0.0, seconds=1200.0, until_s=1200.0):
    times = np.arange(0.0, until_s, 2.0)
    return soak.judged(
        {
            "shard 1": [
                Sample(at, 3e4 + kib_a_minute * at / 60, 50 + int(descriptors_a_minute * at / 60)) for at in times
            ]
        },
        seconds,
    )


def test_a_gateway_that_grows_faster_than_its_limit_fails():
    assert all(row.passed for row in soaked())
    assert [row.passed for row in soaked(kib_a_minute=120)] == [False, True]
    assert [row.passed for row in soaked(descriptors_a_minute=3)] == [True, False]


def test_a_process_that_did_not_live_to_the_end_fails():
    assert not any(row.passed for row in soaked(until_s=600.0))


def receipts(quakes=3, last=soak.REPORTS):
    return [
        (bystander, soak._id(quake), number + 1)
        for quake in range(quakes)
        for number in range(last)
        for bystander in range(BYSTANDERS)
    ]


def test_who_listens_has_the_newest_report_of_every_quake_once():
    whole = receipts()
    assert soak.listened(whole, 3 * soak.REPORTS).passed
    assert soak.listened(whole[BYSTANDERS:], 3 * soak.REPORTS).passed  # superseded
    assert not soak.listened(whole[:-1], 3 * soak.REPORTS).passed
    assert not soak.listened([*whole, whole[0]], 3 * soak.REPORTS).passed


def test_the_page_has_every_row_of_a_run_and_what_failed_is_marked():
    rows = [
        Row("attacks", "a | b", "none", "<b>`x`</b>\nand more", True, math.inf),
        Row("soak", "c", "d", "e", False, 1.5, "s"),
    ]
    told = page.told(rows, {"soak": 60.0}, short=True)
    text = page.written([told])
    assert "a \\| b" in text
    assert "\\<b\\>\\`x\\`\\</b\\> and more" in text
    assert "| **FAILED** | c | 1.5 s | d | e |" in text
    assert "1 rows, 1 failed" in text
    assert "It took 60 s" in text


def test_the_page_of_several_runs_names_each_and_attacks_stand_beside_what_they_once_did():
    ran = [
        page.told([Row("attacks", "quiet", "", "", True, 5.0, "ms p99")], {}, short=False),
        page.told([Row("soak", "c", "d", "e", True)], {}, short=True),
    ]
    text = page.written(ran, {"quiet": "p99 9 ms"}, "Others worked there.")
    assert "runs that the table names. Others worked there." in text
    assert "| ok | quiet | 5 ms p99 | p99 9 ms |" in text
    assert text.count("| soak |") == text.count("| attacks |") == 1
    assert set(page.attacks_before()) <= {one.name for one in ATTACKS}


def test_a_part_that_is_none_is_refused(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["no-such-part"])
    assert ", ".join(PARTS) in capsys.readouterr().err


def test_a_trial_that_cannot_be_played_is_a_row_that_failed_and_the_campaign_goes_on():
    def broken():
        raise HarnessError("the bystanders did not get in")

    said = []
    row = guarded("attacks", "a name", broken, lambda line, **_: said.append(line))
    assert (row.name, row.passed) == ("a name", False)
    assert "the bystanders did not get in" in said[0]
