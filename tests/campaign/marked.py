"""Tests that are marked `campaign`: too long for every run of the tests, such as those of cables that are cut.

Each is a row of the faults; one that is skipped says why.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

from tests.campaign.rows import Row

LONGEST_S = 900.0
NONE_THERE = 5
"""pytest's exit code where no test is marked"""


def rows(say: Callable[..., None] = print) -> list[Row]:
    """Run them, one after the other."""
    with tempfile.TemporaryDirectory() as name:
        told = Path(name) / "tests.xml"
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-m",
            "campaign",
            "-p",
            "no:cacheprovider",
            f"--junitxml={told}",
        ]
        try:
            code = subprocess.run(command, capture_output=True, timeout=LONGEST_S, check=False).returncode
        except subprocess.TimeoutExpired:
            return [Row("faults", "tests marked campaign", "an end", f"none within {LONGEST_S:g} s", passed=False)]
        if code == NONE_THERE:
            return []
        found = read(told.read_text(encoding="utf-8"))
    for row in found:
        say(f"{'ok' if row.passed else 'FAILED'}  {row.name}: {row.seen}", flush=True)
    return found


def read(xml: str) -> list[Row]:
    """Rows of what pytest wrote, in the JUnit form. Pure."""
    made = []
    for case in ElementTree.fromstring(xml).iter("testcase"):  # noqa: S314 - of our own process
        name = case.get("name", "").removeprefix("test_").replace("_", " ")
        problem = next((one for one in case if one.tag in ("failure", "error")), None)
        skipped = case.find("skipped")
        seen = "holds"
        if problem is not None:
            seen = f"does not hold: {problem.get('message', '')[:160]}"
        elif skipped is not None:
            seen = f"left out: {skipped.get('message', '')}"
        made.append(Row("faults", name, "holds", seen, problem is None, float(case.get("time", 0)), "s"))
    return made
