"""Explanations: the gate that is named is the gate that was shut, and the numbers are those that were compared."""

import json
import re

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ewarn.audience.forecast import forecast
from ewarn.dispatch.gates import Gate, Gates
from ewarn.errors import InputError
from ewarn.runs.explain import apart, explain, held_back, judged, lines, user_number
from ewarn.runs.explained import Spared
from ewarn.system.json_files import encoded
from ewarn.verdict.fate import Fate
from ewarn.verdict.ledger import codes
from ewarn.verdict.receipts import NEVER
from tests import hosts_of_a_fleet
from tests.commands import ewarn
from tests.simulated_run import EARTH, ORIGIN_S, simulate

numbers = st.one_of(st.floats(0, 12), st.integers(0, 120).map(lambda tenths: tenths / 10))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    return folder, simulate(folder, users=200, gates=Gates(intensity=3.5))


def user_with(made, gate=None, outcome=None, report=1):
    """Some user of whom that is true of a report."""
    rows = made.rows[made.rows["report"] == report]
    fits = np.ones(len(rows), bool) if gate is None else (rows["gate"] == gate) & (made.users["places"] > 0)
    fits &= True if outcome is None else rows["outcome"] == Fate[outcome.upper()]
    return int(np.flatnonzero(fits)[0])


@given(numbers, numbers, numbers, st.booleans(), numbers, numbers)
@example(6.0, 0.0, 0.0, False, 0.0, 5e-324)
def test_the_gate_named_is_the_gate_that_judges_and_its_numbers_are_those_compared(
    magnitude, intensity, threshold, told, least_magnitude, least_intensity
):
    gates = Gates(least_magnitude, least_intensity)
    gate, compared = judged(gates, magnitude, intensity, threshold, told)
    assert gate == gates.judge(magnitude, np.array([intensity]), np.array([threshold]), np.array([told]))[0]
    assert (compared is None) == (gate is Gate.OPEN)
    if compared:
        mine, least = compared
        assert mine < least
        assert mine == (magnitude if gate is Gate.MAGNITUDE else intensity)
        wanted = {Gate.MAGNITUDE: least_magnitude, Gate.INTENSITY: least_intensity, Gate.THRESHOLD: threshold}
        assert least == wanted[gate]
        shown = [float(word) for word in re.findall(r"\d+(?:\.\d+)?(?:e-\d+)?", held_back(gate, compared))]
        assert shown[0] < shown[1]


@given(numbers, numbers)
def test_different_numbers_look_different_and_stay_what_they_are(one, other):
    said = apart(one, other)
    assert (said[0] == said[1]) == (one == other)
    assert [float(word) for word in said] == pytest.approx([one, other], abs=0.051)


def test_of_every_user_and_report_the_recorded_gate_is_what_the_numbers_say(run):
    folder, made = run
    rows = made.rows.reshape(made.gate.shape)
    seen = set()
    for user in range(0, 200, 4):
        for index, told in enumerate(explain(folder, user).reports):
            assert told.gate == Gate(int(made.gate[index, user])).name.lower()
            assert told.outcome == Fate(int(rows[index, user]["outcome"])).key
            assert (told.decided is None) == (made.users[user]["places"] == 0)
            if told.decided:
                assert told.decided.gate == told.gate
                seen.add(told.gate)
    assert seen == {"open", "magnitude", "intensity", "threshold"}


def test_places_are_told_of_by_the_reports_own_estimate(run):
    folder, made = run
    user = user_with(made, gate=0, report=3)
    report, told = made.reports[2], explain(folder, user).reports[2]
    latitude, longitude = np.array(made.followed.places(user)).T
    due = forecast(report.origin, report.zone, latitude, longitude, EARTH)
    for name, values in (
        ("distance_km", due.distance_km),
        ("intensity", due.intensity),
        ("s_in_s", due.s_s - report.release_s),
    ):
        assert [getattr(place, name) for place in told.places] == pytest.approx(values, abs=1e-4)
    assert told.released_s == pytest.approx(report.released - ORIGIN_S)


def test_who_was_held_back_is_told_by_which_gate_with_the_two_numbers(run):
    folder, made = run
    first = "\n".join(lines(explain(folder, user_with(made, gate=Gate.MAGNITUDE))))
    assert "report 1: held back by the magnitude gate: 4.7 is below 5.0\n" in first
    second = "\n".join(lines(explain(folder, user_with(made, gate=Gate.INTENSITY, report=2))))
    assert re.search(r"report 2: held back by the intensity gate: [0-3]\.\d+ is below 3\.5", second)
    third = "\n".join(lines(explain(folder, user_with(made, gate=Gate.THRESHOLD, report=2))))
    assert re.search(r"report 2: held back by their own threshold: \d\.\d+ is below 4\.9", third)


def test_who_was_told_is_told_when_and_how_and_what_came_of_it(run):
    folder, made = run
    user = user_with(made, gate=0, outcome="in_time", report=2)
    row = made.rows.reshape(made.gate.shape)[1, user]
    said = "\n".join(lines(explain(folder, user)))
    assert "report 2: let through; shown as " in said
    assert f"received {(row['received'] - row['released']) / 1e6:,.1f} ms by platform 1" in said
    assert f"in time, {row['lead_s']:.1f} s before S" in said


@pytest.mark.parametrize("name", ["late", "blind_zone"])
def test_who_was_told_after_s_is_told_by_how_much(run, name):
    folder, made = run
    user = user_with(made, outcome=name, report=2)
    lead_s = float(made.rows.reshape(made.gate.shape)[1, user]["lead_s"])
    assert f"{-lead_s:.1f} s after S" in "\n".join(lines(explain(folder, user)))


def test_a_gate_that_shut_again_spares_whom_it_let_through_and_both_numbers_are_said(tmp_path):
    made = simulate(tmp_path, users=40, magnitudes=(5.6, 4.2))
    user = user_with(made, gate=0)
    told = explain(tmp_path, user)
    assert told.reports[1].decided.spared == Spared(gate="magnitude", compared=(4.2, 5.0))
    assert "as an earlier report was for them (the magnitude gate: 4.2 is below 5.0)" in "\n".join(lines(told))


def test_a_record_that_contradicts_the_numbers_is_not_glossed_over(tmp_path):
    made = simulate(tmp_path, users=40)
    rows = made.rows.copy()
    user = user_with(made, gate=Gate.MAGNITUDE)
    rows["gate"][(rows["user"] == user) & (rows["report"] == 1)] = Gate.THRESHOLD
    np.save(tmp_path / "ledger.npy", rows)
    said = "\n".join(lines(explain(tmp_path, user)))
    assert "recorded as threshold, but by these numbers it is magnitude" in said


def test_who_follows_no_place_hears_why_nothing_came(run):
    folder, made = run
    said = "\n".join(lines(explain(folder, int(np.flatnonzero(made.users["places"] == 0)[0]))))
    assert "follows 0 places" in said
    assert "not for this user, who follows no place" in said


def test_what_was_not_noted_down_is_not_called_never(tmp_path):
    made = simulate(tmp_path, users=40, magnitudes=(5.6,))
    rows = made.rows.copy()
    rows["planned"] = NEVER
    np.save(tmp_path / "ledger.npy", rows)
    assert "planned not recorded" in "\n".join(lines(explain(tmp_path, user_with(made, gate=0))))


@pytest.mark.parametrize("text", ["123", "u123"])
def test_a_user_may_be_named_with_or_without_his_letter(text):
    assert user_number(text) == 123


@pytest.mark.parametrize("text", ["", "u", "uu1", "-1", "1.5", "me", "²"])
def test_what_names_no_user_is_refused(text, run):
    code, _, said = ewarn("explain", run[0], f"--user={text}")
    assert code == 2
    assert said == f"ewarn: --user: expected a number such as 123 or u123, got {text!r}\n"


def test_an_unknown_user_or_a_folder_that_is_no_run_is_one_line_and_exit_code_2(run, tmp_path):
    for words, named in (
        ((run[0], "--user", "200"), "--user: no user 200, "),
        ((tmp_path, "--user", "1"), "not a run"),
        ((tmp_path / "none", "--user", "1"), "no such folder"),
    ):
        code, _, said = ewarn("explain", *words)
        assert code == 2
        assert named in said
        assert said.count("\n") == 1


def test_json_has_the_whole_explanation_and_text_says_each_report(run):
    folder, made = run
    code, said, _ = ewarn("explain", folder, "--user", "u5", "--json")
    assert code == 0
    assert json.loads(said) == json.loads(encoded(explain(folder, 5)))
    code, said, _ = ewarn("explain", folder, "--user", "5")
    assert code == 0
    assert [line.split(":")[0] for line in said.splitlines() if line.startswith("report")] == [
        f"report {number}" for number in range(1, len(made.reports) + 1)
    ]


@pytest.mark.parametrize("verb", ["compare", "explain"])
def test_the_verbs_help_shows_an_example(verb):
    code, said, _ = ewarn(verb, "--help")
    assert code == 0
    assert f"ewarn {verb} " in said.split("Example:")[1]


def test_of_a_fleet_host_and_both_ends_of_each_receipt_are_said(tmp_path):
    made = simulate(tmp_path, users=200, gates=Gates(intensity=3.5))
    hosts_of_a_fleet.write(tmp_path, made.rows, 200)
    in_time = made.rows[(made.rows["outcome"] == Fate.IN_TIME) & (made.rows["user"] >= 100)]
    row = in_time[in_time["report"] == 2][0]
    told = explain(tmp_path, int(row["user"]))
    report = told.reports[1]
    assert told.user.host == "s2"
    assert report.received_ms - report.earliest_ms == pytest.approx(0.9)
    said = "\n".join(lines(told))
    assert "its client was on swarm host s2" in said
    assert f"from {report.earliest_ms:,.3f} ms to {report.received_ms:,.3f} ms (known to 900 us by the clock" in said
    never = user_with(made, outcome="missing") if (made.rows["outcome"] == Fate.MISSING).any() else None
    assert never is None or explain(tmp_path, never).reports[0].earliest_ms is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows[:-1], "earliest.npy: 599 rows, expected 200 users for each of 3 reports at least"),
        (lambda rows: later(rows), "cannot be the earliest of"),
        (lambda rows: never(rows), "-1 cannot be the earliest of"),
    ],
)
def test_what_cannot_be_the_earliest_is_refused_with_its_row(tmp_path, change, said):
    made = simulate(tmp_path, users=200)
    hosts_of_a_fleet.write(tmp_path, made.rows, 200)
    np.save(tmp_path / "earliest.npy", change(np.load(tmp_path / "earliest.npy")))
    with pytest.raises(InputError, match=said):
        explain(tmp_path, int(made.rows["user"][made.rows["received"] != NEVER][0]))


def test_the_gateway_that_brought_a_report_is_named_however_many_a_fleet_has(tmp_path):
    made = simulate(tmp_path, users=200)
    hosts_of_a_fleet.write(tmp_path, made.rows, 200)
    rows, file = np.load(tmp_path / "ledger.npy"), tmp_path / "clocks.json"
    rows["via"] = np.where(rows["received"] != NEVER, 3, 0)
    np.save(tmp_path / "ledger.npy", rows)
    user = int(rows["user"][rows["via"] == 3][0])
    with pytest.raises(InputError, match=r"ledger.npy: row \d+: via: 3 is not from 0 to 2"):
        explain(tmp_path, user)
    file.write_text(json.dumps(json.loads(file.read_text()) | {"gateways": ["g1", "g2", "g3"]}))
    told = explain(tmp_path, user)
    assert "g3" in [one.gateway for one in told.reports]
    assert " by gateway g3; true S" in "\n".join(lines(told))
    assert codes(["g1", "g2", "g3"])["ledger.npy"]["via"] == {0: "none", 1: "g1", 2: "g2", 3: "g3"}


def later(rows):
    rows["read"] += 2_000_000
    return rows


def never(rows):
    rows["read"] = NEVER
    return rows


def test_hosts_of_other_users_or_that_are_not_named_are_refused(tmp_path):
    made = simulate(tmp_path, users=200)
    hosts_of_a_fleet.write(tmp_path, made.rows, 200)
    rows = np.load(tmp_path / "hosts.npy")
    np.save(tmp_path / "hosts.npy", rows[:10])
    with pytest.raises(InputError, match=r"hosts.npy: 10 rows, 200 in users.npy"):
        explain(tmp_path, 3)
    rows["host"][7] = 2
    np.save(tmp_path / "hosts.npy", rows)
    with pytest.raises(InputError, match=r"hosts.npy: row 7: host: 2 is not from 0 to 1"):
        explain(tmp_path, 3)
    (tmp_path / "clocks.json").write_text('{"swarms": ["s1", "s2"], "bounds": {"s1": {"host": 3}}}')
    with pytest.raises(InputError, match=r"clocks.json: bounds"):
        explain(tmp_path, 3)
