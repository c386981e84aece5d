"""Lists that a kiosk plays: what is right, and the line for what is not."""

import pytest

from ewarn.centre.check import check
from ewarn.config.kiosk import load_kiosk
from ewarn.config.tables import shipped
from ewarn.errors import InputError
from tests.quake_file import quake_file


def written(folder, text):
    path = folder / "list.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_list_that_came_along_shows_what_a_visitor_asks_for():
    found = load_kiosk(shipped() / "kiosk.toml")
    assert [entry.quake for entry in found.entry] == [
        "luding-2022",
        "luding-2022",
        "false-alarm-2021",
        "wenchuan-2008",
    ]
    slow = found.entry[1]
    assert (slow.orders, slow.rate_per_s) == (("fifo", "deadline"), 2500)
    assert {entry.language for entry in found.entry} == {"en", "zh"}


def test_a_path_counts_from_the_folder_of_the_list(tmp_path):
    (tmp_path / "mine.toml").write_text(quake_file("mine", "Mine"))
    path = written(tmp_path, '[[entry]]\nquake = "mine.toml"\n')
    (entry,) = load_kiosk(path).entry
    assert entry.quake == str(tmp_path / "mine.toml")
    assert (entry.users, entry.orders, entry.rate_per_s, entry.language) == (20_000, ("deadline",), None, None)
    assert check(path) == "list of a kiosk, 1 entries"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "entry: missing"),
        ("entry = []", "entry: "),
        ("entry = 3", "entry: "),
        ("[entry]\nquake = 'luding-2022'", "entry: "),
        ("[[entry]]\nusers = 5", "entry.0.quake: missing"),
        ("[[entry]]\nquake = 'madou-2021'", "entry.0.quake: neither a .*maduo-2021"),
        ("[[entry]]\nquake = 'none.toml'", "entry.0.quake: .*none.toml"),
        ("[[entry]]\nquake = 'luding-2022'\nuser = 5", "entry.0.user: unknown key, did you mean users"),
        ("[[entry]]\nquake = 'luding-2022'\nusers = 0", "entry.0.users: "),
        ("[[entry]]\nquake = 'luding-2022'\nusers = 500001", "entry.0.users: "),
        ("[[entry]]\nquake = 'luding-2022'\norders = ['lifo']", "entry.0.orders.0: "),
        ("[[entry]]\nquake = 'luding-2022'\norders = []", "orders: expected 1 or 2, got 0"),
        ("[[entry]]\nquake = 'luding-2022'\norders = ['fifo', 'random', 'nearest']", "orders: expected 1 or 2, got 3"),
        ("[[entry]]\nquake = 'luding-2022'\norders = ['fifo', 'fifo']", "orders: expected two different orders"),
        ("[[entry]]\nquake = 'luding-2022'\nrate_per_s = 0", "entry.0.rate_per_s: "),
        ("[[entry]]\nquake = 'luding-2022'\nrate_per_s = nan", "entry.0.rate_per_s: "),
        ("[[entry]]\nquake = 'luding-2022'\nlanguage = 'fr'", "entry.0.language: .*en, zh"),
        ("[[entry]]\nquake = 'luding-2022'\nhold_s = -1", "entry.0.hold_s: "),
        ("[[entry]]\nquake = 'luding-2022'\norders = ['fifo', 'random']\nfault = 'down'", "a fault needs a single"),
        ("keep = 1\n[[entry]]\nquake = 'luding-2022'", "keep: "),
    ],
)
def test_what_is_wrong_is_named_by_its_full_key(tmp_path, text, said):
    path = written(tmp_path, text)
    with pytest.raises(InputError, match=said) as raised:
        load_kiosk(path)
    (line,) = raised.value.problems
    assert line.startswith(f"{path}: ")


def test_every_wrong_quake_of_a_list_is_named(tmp_path):
    path = written(tmp_path, "[[entry]]\nquake = 'one'\n[[entry]]\nquake = 'luding-2022'\n[[entry]]\nquake = 'two'")
    with pytest.raises(InputError) as raised:
        load_kiosk(path)
    assert [line.split(": ")[1] for line in raised.value.problems] == ["entry.0.quake", "entry.2.quake"]
