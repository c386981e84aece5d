"""`every-promise.toml`: users near the epicentre, and ten reports a second apart. Whole drills, with real gateways."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from ewarn.centre.centre import Centre
from ewarn.config.catalogues import find_quake
from ewarn.config.drill import load_drill
from ewarn.drill.conductor import run
from ewarn.system.clock import WallClock
from ewarn.system.machine import this_machine
from tests.drill.test_platforms import Silent

CONFIG = Path("configs/every-promise.toml")
OWN_SERIES = {"false-alarm-2021", "thirty-reports"}
"""quake files that say themselves which reports there are"""
QUAKES = sorted({path.stem for path in Path("configs/quakes").glob("*.toml")} - OWN_SERIES)


def outcome(**changes):
    settings = load_drill(CONFIG, {"audience.users": 500, "speed": 10.0, "gateway.shards": 2, **changes})
    (found,) = run(settings, machine=this_machine(), clock=WallClock(), view=Silent())
    return found


def read_in_time(found):
    """Of each report but the last, users who had read it before the next was released, by the receipts."""
    table = found.receipts.reshape(len(found.verdict.reports), -1)
    return [int(((one["read"] > 0) & (one["read"] < next_["released"])).sum()) for one, next_ in pairwise(table)]


@pytest.mark.parametrize("quake", QUAKES)
def test_it_has_ten_reports_of_any_quake_a_second_apart(quake):
    reports = Centre(load_drill(CONFIG)).reports(find_quake(quake))
    released = np.array([report.released for report in reports])
    assert len(reports) == 10
    assert np.diff(released) == pytest.approx(1.0, abs=1e-6)


def test_as_many_users_as_were_wanted_are_near_and_are_judged_as_such():
    found = outcome(**{"budgets.epicentre_fewest": 1})
    near = int((found.scenario.truth.distance_km <= 50).sum())
    (check,) = (one for one in found.verdict.checks if one.name == "epicentre")
    assert 200 <= near < 215
    assert check.users == near == found.scenario.concentrated.users
    reports = found.verdict.reports
    assert len(reports) == 10
    assert [one.before_next.users for one in reports[:-1]] == read_in_time(found)
    assert reports[-1].before_next is None


def test_reports_that_come_sooner_than_all_are_told_are_said_to():
    found = outcome(**{"gateway.rate_per_s": 1_000.0})
    reports = found.verdict.reports
    assert [one.before_next.users for one in reports[:-1]] == read_in_time(found)
    assert all(one.before_next.users < one.targets == 500 for one in reports[:-1])
    assert (reports[-1].delivered, reports[-1].before_next) == (500, None)
    assert any(one.superseded for one in reports)
