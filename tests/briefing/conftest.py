"""Runs of which a report is made: users told one after another at a rate, and a verdict as a drill writes it."""

import re

import pytest

from ewarn.briefing.run import load
from tests.simulated_run import simulate

CHECKS = [
    {"name": "first_report", "measured": 6.0, "limit": 15.0, "unit": "s", "passed": True},
    {"name": "delivery", "measured": 6.0, "limit": 1.0, "unit": "s", "users": 300, "promised_users": 500_000,
     "landed": 50, "passed": False},
    {"name": "epicentre", "measured": 0.2, "limit": 0.3, "unit": "s", "users": 20, "promised_users": 200_000,
     "note": "not shown: 20 users near, fewer than 1,000", "passed": None},
]  # fmt: skip


def plain(markup):
    """Markup without the elements that only tell the page in which words to speak."""
    return re.sub(r'<span data-t="[^"]*">([^<]*)</span>', r"\1", str(markup))


def simulated(folder, **wanted):
    """Such a run, and what it was made of."""
    told = {"connected": 300, "checks": CHECKS, "harness": {"stamped": 3, "lag_ms": {"p50": 4.0, "p99": 9.0}}}
    return simulate(folder, **{**told, **wanted})


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("runs") / "deadline"
    simulated(path)
    return path


@pytest.fixture(scope="session")
def run(folder):
    return load(folder)
