"""Every member of every registry has its words where files and views say them; `tests/words` has the rest."""

from ewarn.briefing import charts
from ewarn.dispatch.gates import Gate
from ewarn.seismic.intensity import LEVELS
from ewarn.verdict.fate import FINAL, Fate
from ewarn.verdict.ledger import LEDGER, USERS, codes
from ewarn.watching import dashboard
from ewarn.words import english


def test_every_final_fate_is_explained_and_drawn():
    assert {key for key in english() if key.startswith("ended.")} == {f"ended.{fate.key}" for fate in FINAL}
    assert set(charts.SHOWN) == set(FINAL)


def test_a_terminal_shows_every_fate_that_a_user_to_whom_a_warning_is_due_can_have():
    assert set(dashboard.SHOWN) == set(Fate) - {Fate.SUPERSEDED, Fate.FOLLOWS_NONE}


def test_every_code_of_the_ledger_and_of_its_users_has_its_word():
    words = codes()
    assert words["ledger.npy"]["outcome"] == {int(fate): fate.key for fate in Fate}
    assert words["ledger.npy"]["gate"] == {int(gate): gate.name.lower() for gate in Gate}
    assert list(words["users.npy"]["level"].values()) == list(LEVELS)
    coded = {name for name in LEDGER.names if LEDGER[name] == "u1"}, {"level", "platforms"}
    assert (set(words["ledger.npy"]), set(words["users.npy"])) == coded
    assert {name for name in USERS.names if USERS[name] == "u1"} == coded[1] | {"places"}  # which is a count
