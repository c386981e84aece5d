"""Whatever dies, every user is told: lines, gateways and centres on hosts of their own are killed and cut off.

What is seen is in the page `when-hosts-die`, and each run puts its own figures into the report of the tests, as
properties (`--junitxml`). Faults that need no host of its own are tested elsewhere; the page names where.
"""

import time
from dataclasses import dataclass

import numpy as np
import pytest

from tests.fleet.needs import need_fleet
from tests.fleet.scene import Centre, scene, until

USERS = 450
HOME_S = 3.0
LATE_S = 1.0
"""No user waits longer for a report where one way to them is left: nobody has to wait for a pulse, which is as long."""
NOTICED_S, HEALED_S = 1.75, 1.5
"""A line is asked each 0.5 s, has 1 s to answer, and a page shows it 0.25 s later. One that is mended is found by the
next connection: the one before it has 1 s, and there are 0.3 s between them at most."""
JITTER_S = 1.0
"""over which users of a gateway that died go to their next"""
BUSY_S = 1.0
"""more, where this machine has other things to do"""
CUT_S, GATE_CUT_S, CENTRE_CUT_S = 12.0, 5.0, 2.0


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    need_fleet()
    with scene(tmp_path_factory.mktemp("faults") / "fleet", USERS, HOME_S) as made:
        yield made


@pytest.fixture
def here(stage):
    """All is well, whatever the test before it broke."""
    stage.mend()
    return stage


@pytest.fixture
def seen(record_property):
    """Puts down what was seen, s."""
    return lambda what, seconds: record_property(what, f"{seconds:.3f}")


@dataclass(frozen=True)
class Cut:
    """One line is cut off, until the test that counts the seconds has mended it."""

    since: float
    """monotonic s"""
    noticed_s: float
    late_s: list[float]
    """of reports that were released before it was noticed, and at once after that"""


@pytest.fixture(scope="module")
def cut(stage):
    """For the tests that run over the other line meanwhile: a cut takes its time, and they need not wait for it."""
    stage.mend()
    name = stage.begin()
    stage.fleet.cut("b1")
    since = time.monotonic()
    late = [stage.release(name, number) for number in (1, 2)]
    stage.lines(False, True)
    noticed = time.monotonic() - since
    return Cut(since, noticed, [*late, stage.release(name, 3)])


def test_a_line_that_is_killed_makes_no_report_late(here, seen):
    name = here.begin()
    here.fleet.kill("b1")
    late = [here.release(name, number) for number in (1, 2)]
    seen("last user told", max(late))
    assert max(late) < LATE_S
    here.fleet.start("b1")
    seen("line heard again by all", healed := here.lines(True, True))
    assert healed < HEALED_S + BUSY_S
    late = here.release(name, 3)
    assert late < LATE_S
    assert (here.look().old, here.look().twice) == (0, 0)


@pytest.mark.usefixtures("cut")
def test_of_two_centres_the_one_that_began_later_is_heard_and_the_other_is_told(stage):
    quake, older = stage.begin()
    with_newer = Centre(stage.fleet)
    try:
        assert with_newer.hear() == "there"
        stage.centre.release(quake, 1, older)
        stage.told(1)
        newer = time.time_ns()
        with_newer.release(quake, 3, newer)
        stage.told(3)
        refused = stage.centre.release(quake, 4, older)["problem"]
        assert "g1, g2, g3 refused it: play: " in refused
        assert refused.endswith(f"began before {newer}, of which {quake} has reports already")
        with_newer.release(quake, 5, newer)
        found = stage.told(5)
        assert (found.count(4), found.old, found.twice) == (0, 0, 0)
    finally:
        with_newer.kill()


@pytest.mark.usefixtures("cut")
def test_a_centre_that_is_killed_and_started_again_goes_on(stage, seen):
    quake, play = stage.begin()
    first, last = Centre(stage.fleet), Centre(stage.fleet)
    try:
        assert (first.hear(), last.hear()) == ("there", "there")
        first.release(quake, 1, play)
        stage.told(1)
        first.order(quake, 2, play)
        first.kill()
        began = last.release(quake, 3, play)["at"]
        found = stage.told(3)
        seen("last user told", late := (int(found.read(3).max()) - began) / 1e9)
        assert late < LATE_S
        assert (found.old, found.twice) == (0, 0)
    finally:
        first.kill()
        last.kill()


def test_a_line_that_is_cut_for_12_s_loses_no_report_and_makes_none_late(stage, cut, seen):
    """The tests before this one are of the same 12 s."""
    name, late, number = stage.begin(), [], 0
    while time.monotonic() < cut.since + CUT_S:
        number += 1
        late.append(stage.release(name, number))
        time.sleep(1.0)  # reports of a quake come so far apart
    stage.fleet.heal("b1")
    healed = stage.lines(True, True)
    assert stage.centre.settle(HEALED_S + BUSY_S) == []
    late.append(stage.release(name, number + 1))
    found = stage.look()
    assert [found.count(one + 1) for one in range(number + 1)] == [USERS] * (number + 1)
    assert (found.old, found.twice) == (0, 0)
    seen("cut noticed by all", cut.noticed_s)
    seen("last user told", worst := max(late + cut.late_s))
    seen("line heard again by all", healed)
    assert worst < LATE_S
    assert cut.noticed_s < NOTICED_S + BUSY_S
    assert healed < HEALED_S + BUSY_S


def test_a_centre_that_is_cut_off_releases_once_it_is_healed_and_knows_for_how_many(here, seen):
    name = here.begin()
    here.fleet.cut("centre")
    since = time.monotonic()
    here.centre.order(name[0], 1, name[1])
    time.sleep(max(0.0, since + CENTRE_CUT_S - time.monotonic()))
    here.fleet.heal("centre")
    healed = time.monotonic_ns()
    found = here.told(1)
    released = here.centre.hear()
    assert (released["targets"], released["note"]) == (USERS, None)
    seen("last user told", late := (int(found.read(1).max()) - healed) / 1e9)
    assert late < HEALED_S + LATE_S
    assert (found.old, found.twice) == (0, 0)


def test_what_waits_while_both_lines_are_dead_goes_out_when_one_is_back(here, seen):
    name = here.begin()
    here.release(name, 1)
    here.fleet.kill("b1")
    here.fleet.kill("b2")
    dead = time.monotonic()
    here.centre.order(name[0], 2, name[1])
    for gate in here.fleet.plan.gates:
        until(lambda gate=gate: here.health(gate)["status"] == "stale")
    assert here.look().count(2) == 0
    time.sleep(max(0.0, dead + 2.0 - time.monotonic()))
    back = time.monotonic_ns()
    here.fleet.start("b1")
    here.fleet.start("b2")
    found = here.told(2)
    seen("last user told", late := (int(found.read(2).max()) - back) / 1e9)
    assert late < HEALED_S + LATE_S + BUSY_S
    assert here.centre.hear()["at"] < back
    assert (found.old, found.twice) == (0, 0)


def test_a_line_that_lost_its_disk_has_the_newest_again_for_a_gateway_that_starts(here, seen):
    name = here.begin()
    here.fleet.kill("g3")
    here.fleet.kill("b1")
    here.release(name, 1)
    here.fleet.lose_disk("b1")
    here.fleet.start("b1")
    back = time.monotonic()
    assert here.centre.settle(HEALED_S + BUSY_S) == []
    seen("line has the newest", time.monotonic() - back)
    here.fleet.kill("b2")
    here.fleet.start("g3")
    newest = here.health("g3")["bus"]["newest"]
    assert (newest["quake"], newest["number"]) == (name[0], 1)


def test_a_gateway_that_is_cut_off_for_5_s_tells_the_newest_alone(here, seen):
    name = here.begin()
    here.release(name, 1)
    here.fleet.cut("g2")
    since = time.monotonic()
    first, _ = (here.centre.release(name[0], number, name[1]) for number in (2, 3))
    assert first["note"] == "no answer from g2"
    time.sleep(max(0.0, since + GATE_CUT_S - time.monotonic()))
    here.fleet.heal("g2")
    healed = time.monotonic_ns()
    found = here.told(3)
    theirs = found.by(1, 2)
    stayed = theirs & found.by(3, 2)
    seen("last user told", late := (int(found.read(3).max()) - healed) / 1e9)
    assert late < HEALED_S + LATE_S + BUSY_S
    assert stayed.any()
    assert not found.read(2)[stayed].any()
    assert found.read(2).max() < healed
    assert np.count_nonzero(found.read(2)) + np.count_nonzero(theirs) >= USERS
    assert (found.old, found.twice) == (0, 0)


def test_users_of_a_gateway_that_dies_while_it_sends_are_told_by_their_next(here, seen):
    name = here.begin()
    theirs = here.health("g1")["connections"]
    here.slow_down("g1", 50.0)
    here.centre.release(name[0], 1, name[1])
    until(lambda: np.count_nonzero(here.look().by(1, 1)) > 10)
    here.fleet.kill("g1")
    dead = time.monotonic_ns()
    found = here.told(1)
    assert 10 < np.count_nonzero(found.by(1, 1)) < theirs
    seen("last user told", late := (int(found.read(1).max()) - dead) / 1e9)
    assert late < JITTER_S + LATE_S + BUSY_S
    assert (found.old, found.twice) == (0, 0)
