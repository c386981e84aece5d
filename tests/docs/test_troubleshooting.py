"""Messages that the page of troubleshooting explains are those of the program."""

import re

import pytest

from tests.docs.pages import ROOT

TEXT = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
ROWS = re.findall(r"(?m)^\| (`.*`) \| ", TEXT)
OF_THE_SHELL = "ewarn: command not found"
FILLED = re.compile(r"[\d.,:]+\S*|runs/mine|darwin|uring|write|matplotlib|\(Address already in use\)|\.\.\.")
"""what a message is filled with on the page, some of it by the system"""
SOURCES = [*sorted((ROOT / "ewarn").rglob("*.py")), ROOT / "ewarn" / "words" / "en.toml", ROOT / "Makefile"]
PROGRAM = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)


@pytest.mark.parametrize("message", [one for row in ROWS for one in re.findall(r"`([^`]+)`", row)])
def test_a_message_stands_in_the_program(message):
    longest = max(FILLED.split(message), key=len).strip()
    assert message == OF_THE_SHELL or longest in PROGRAM, longest
