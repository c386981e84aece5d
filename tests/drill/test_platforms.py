"""Platforms: who is on which, and what one saves of the other's fault. Whole drills, with real gateways."""

from pathlib import Path

import numpy as np
import pytest

from ewarn.config.drill import PlatformsTable, load_drill
from ewarn.drill.conductor import QUIET_S, run
from ewarn.drill.on_platforms import BOTH, ONE, drawn
from ewarn.errors import InputError
from ewarn.system.clock import WallClock
from ewarn.system.happenings import Kind
from ewarn.system.machine import this_machine

FAST = {"audience.users": 600, "speed": 20.0, "swarm.sample": 0.2, "gateway.shards": 1}


class Silent:
    def say(self, line):
        pass

    def progress(self, doing, done, total):
        assert 0 <= done <= total, doing

    def opens(self, scenario, targets, _key):
        pass

    def begins(self, order, origin_ns, book):
        pass

    def metered(self, meter, journal):
        pass

    def happened(self, one):
        pass

    def released(self, release):
        pass


def played(config, quiet_s=QUIET_S, **changes):
    settings = load_drill(Path("configs") / config, FAST | changes)
    (outcome,) = run(settings, machine=this_machine(), clock=WallClock(), view=Silent(), quiet_s=quiet_s)
    return outcome


def checks(outcome):
    return {check.name: check.passed for check in outcome.verdict.checks}


def test_users_are_on_platforms_by_the_shares():
    on = drawn(PlatformsTable(shares=(0.5, 0.2, 0.3)), 50_000, np.random.default_rng(1))
    assert np.bincount(on, minlength=4) / len(on) == pytest.approx([0, 0.5, 0.2, 0.3], abs=0.01)
    assert (drawn(None, 10, np.random.default_rng(1)) == ONE).all()


def test_with_a_platform_down_and_back_everyone_is_reached_and_shown_each_report_once():
    # At the speed of the test the quick report is out before all phones are back; the final report is in force behind
    # it until the last of them is, however long a busy machine takes.
    outcome = played("platforms.toml")
    told = outcome.platforms
    assert checks(outcome)["reach"] is True
    assert checks(outcome)["once_and_in_order"] is True
    assert checks(outcome)["held_back"] is True
    assert not outcome.verdict.harness.untrusted
    assert told.fault.saved > 0
    assert told.fault.cut_off == (outcome.scenario.on == ONE).sum() == told.names["WeChat"].alone
    assert told.both == (outcome.scenario.on == BOTH).sum()
    down, back = outcome.happened
    assert (down.kind, down.of, back.kind, back.of) == (Kind.PLATFORM_DOWN, "WeChat", Kind.PLATFORM_BACK, "WeChat")
    assert 10.0 <= down.at_s < 16.0 <= back.at_s <= outcome.closed_s
    assert (told.fault.from_s, told.fault.back_s) == (down.at_s, back.at_s)


def test_a_platform_that_stays_down_leaves_those_who_have_only_it_without_the_newest_report():
    changes = {"platforms.fault_s": 8.5, "platforms.back_s": None, "swarm.sample": 0.0}
    outcome = played("platforms.toml", quiet_s=2.0, **changes)
    due = outcome.scenario.due[-1]
    reached = outcome.accounts.via[-1] > 0
    assert (reached[due] == (outcome.scenario.on[due] != ONE)).all()
    assert checks(outcome)["reach"] is False
    assert outcome.verdict.exit_code == 3


def test_a_degraded_platform_delays_those_on_it_and_the_other_tells_its_own():
    changes = {"platforms.fault": "degraded", "platforms.fault_s": 0.0, "platforms.back_s": 22.0}
    outcome = played("platforms.toml", **changes, **{"platforms.degraded_per_s": 100.0})
    assert checks(outcome)["reach"] is True
    first = outcome.accounts.via[0][(outcome.scenario.on == BOTH) & outcome.scenario.due[0]]
    assert (first == 2).sum() > (first == 1).sum()
    assert [one.kind for one in outcome.happened] == [Kind.PLATFORM_SLOW, Kind.PLATFORM_BACK]


def test_of_thirty_reports_everyone_ends_on_the_cancel_the_slow_ones_too():
    outcome = played("updates.toml", **{"swarm.stuck": 20, "swarm.slow": 20})
    assert [report.status for report in outcome.verdict.reports] == ["update"] * 29 + ["cancel"]
    assert checks(outcome)["reach"] is True
    assert checks(outcome)["slow_end_on_newest"] is True
    assert outcome.verdict.reports[-1].delivered == 600


def test_several_orders_are_played_in_turn_over_the_same_connections():
    settings = load_drill(Path("configs/one-report.toml"), FAST | {"gateway.rate_per_s": 20_000.0, "speed": 100.0})
    orders = ["fifo", "deadline"]
    outcomes = list(run(settings, machine=this_machine(), clock=WallClock(), view=Silent(), repeat=2, orders=orders))
    assert [outcome.environment.order for outcome in outcomes] == orders * 2
    for outcome in outcomes:
        assert outcome.verdict.reports[0].delivered == 600
        assert outcome.environment.rate_per_s == 20_000.0


@pytest.mark.parametrize(
    ("config", "changes", "named"),
    [
        ("platforms.toml", {"platforms.back_s": 90.0}, "platforms.back_s: 90 s is after the last report, 23"),
        ("elastic.toml", {"gateway.resize": [[99.0, 2]]}, "gateway.resize: 99 s is after the last report, 18"),
        ("platforms.toml", {"swarm.slow": 3}, "swarm.slow: slow clients never reconnect"),
    ],
)
def test_what_could_never_happen_is_refused_before_anything_starts(config, changes, named):
    with pytest.raises(InputError) as caught:
        played(config, **{"gateway.shards": 3} | changes)
    assert named in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"platforms.shares": [0.5, 0.2, 0.2]}, "platforms: shares: sum to 0.9"),
        ({"platforms.back_s": 1.0}, "platforms: back_s: 1 s is not after fault_s, 10 s"),
        ({"gateway.resize": [[1.0, 0]]}, "gateway: resize: 0 shards"),
        ({"delivery.notification": 6.0}, "delivery: notification: 6 is above alarm, 5"),
        ({"audience.follow": [0.5, 0.4]}, "audience.follow"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused_by_their_key(changes, named):
    with pytest.raises(InputError) as caught:
        load_drill(Path("configs/platforms.toml"), FAST | changes)
    assert named in str(caught.value)
