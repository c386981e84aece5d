"""Every member of every registry has its words: checks, fates, gates and levels, wherever English is said of them."""

from ewarn.dispatch.gates import GATE_NAMES, Gate
from ewarn.report import charts
from ewarn.runs import explain
from ewarn.seismic.intensity import LEVELS
from ewarn.verdict.checks import CHECKS
from ewarn.verdict.fate import FINAL, MEANING, Fate
from ewarn.verdict.ledger import LEDGER, USERS, codes
from ewarn.watching import dashboard


def test_every_check_has_words():
    assert all(kind.words for kind in CHECKS.values())


def test_every_fate_has_a_meaning_and_every_final_one_is_explained_and_drawn():
    assert set(MEANING) == set(Fate)
    assert set(explain.SAID) == set(FINAL)
    assert set(charts.SHOWN) == set(FINAL)


def test_a_terminal_shows_every_fate_that_a_user_to_whom_a_warning_is_due_can_have():
    assert set(dashboard.SHOWN) == set(Fate) - {Fate.SUPERSEDED, Fate.FOLLOWS_NONE}


def test_every_gate_that_holds_something_back_has_a_name():
    assert set(GATE_NAMES) == set(Gate) - {Gate.OPEN}


def test_every_code_of_the_ledger_and_of_its_users_has_its_word():
    words = codes()
    assert words["ledger.npy"]["outcome"] == {int(fate): fate.key for fate in Fate}
    assert words["ledger.npy"]["gate"] == {int(gate): gate.name.lower() for gate in Gate}
    assert list(words["users.npy"]["level"].values()) == list(LEVELS)
    coded = {name for name in LEDGER.names if LEDGER[name] == "u1"}, {"level", "platforms"}
    assert (set(words["ledger.npy"]), set(words["users.npy"])) == coded
    assert {name for name in USERS.names if USERS[name] == "u1"} == coded[1] | {"places"}  # which is a count
