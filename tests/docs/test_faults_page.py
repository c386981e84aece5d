"""The page on what dies: the tests that it names are there, and each of a fault on hosts is named."""

import re

from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "explanation" / "when-hosts-die.md"
FAULTS = "tests/fleet/test_faults.py"


def names_in(path):
    return set(re.findall(r"^(?:async )?def (test_\w+)", (ROOT / path).read_text(encoding="utf-8"), re.M))


def test_the_tests_that_the_page_names_are_there_and_no_fault_is_left_out():
    named = {}
    for path, name in re.findall(r"`(tests/[\w/]+\.py)::(\w*)`", PAGE.read_text(encoding="utf-8")):
        named.setdefault(path, set()).add(name)
    for path, names in named.items():
        assert names <= names_in(path)
    assert named[FAULTS] == names_in(FAULTS)
