"""The pages of the reference that are made from the code are those of today's code."""

import re

import pytest

from docs.generate import PAGES
from docs.generate.markdown import between, number, table
from docs.links import anchors
from ewarn.cli import INTERRUPTED, main
from ewarn.cli.outlets import READER_GONE
from ewarn.config.tables import shipped
from ewarn.dispatch.orders import ORDERS
from ewarn.errors import EwarnError
from ewarn.gateway.engines import ENGINES
from ewarn.runs.folder import TOLD, WRITTEN
from ewarn.verdict.checks import CHECKS
from ewarn.verdict.fate import Fate
from tests.docs.pages import ROOT

REFERENCE = ROOT / "docs" / "reference"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_generator_makes_of_the_code_and_says_nothing_of_this_machine(name):
    made = PAGES[name]()
    assert (REFERENCE / name).read_text(encoding="utf-8") == made, "make reference"
    assert not [word for word in (str(ROOT), str(shipped()), "object at 0x") if word in made]


def test_every_verb_has_a_heading_of_its_own():
    assert {f"ewarn-{verb}" for verb in main.commands} <= anchors(REFERENCE / "commands.md")


def test_every_table_of_a_drill_file_has_a_heading_of_its_own():
    tables = {"earth", "levels", "network", "detection", "audience", "delivery", "gateway", "platforms", "swarm"}
    assert tables | {"budgets"} <= anchors(REFERENCE / "configuration.md")


def test_every_file_of_a_run_is_on_the_page_of_files():
    text = (REFERENCE / "files.md").read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in text for name in (*WRITTEN, *TOLD))


def test_every_name_is_on_the_page_of_names():
    text = (REFERENCE / "names.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in text for name in (*ENGINES, *CHECKS, *(fate.key for fate in Fate)))
    assert all(f"### {name}\n" in text for name in ORDERS)


def test_every_exit_code_is_on_the_page_of_exit_codes():
    told = {int(code) for code in re.findall(r"(?m)^\| (\d+) \|", (REFERENCE / "exit-codes.md").read_text())}

    def kinds(kind):
        return [kind, *(each for one in kind.__subclasses__() for each in kinds(one))]

    assert told == {0, INTERRUPTED, READER_GONE} | {kind.exit_code for kind in kinds(EwarnError)}


def test_a_table_drops_columns_that_are_empty_and_holds_any_text():
    assert table(["a", "b", "c"], [("x | y", "", "<z>"), ("`a|b`", "", "")]).splitlines() == [
        "| a | c |",
        "| --- | --- |",
        "| x \\| y | \\<z> |",
        "| `a\\|b` |  |",
    ]


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ((0, 10), "0 to 10"),
        ((1, None), "1 or more"),
        ((None, 7), "at most 7"),
        ((None, 7, 0), "above 0, at most 7"),
        ((None, None, 0), "above 0"),
        ((0, None, None, 360), "from 0, below 360"),
        ((None, None, None, 360), "below 360"),
        ((None, None), ""),
    ],
)
def test_bounds_are_words(bounds, words):
    assert between(*bounds) == words


def test_a_number_is_written_as_people_read_it():
    assert [number(1.0), number(0.3), number(9_999), number(10_000), number(2e9, "_")] == [
        "1", "0.3", "9999", "10,000", "2_000_000_000",
    ]  # fmt: skip
