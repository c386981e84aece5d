"""The team with children that misbehave; how it grows and shrinks with good ones stands in `test_elastic`."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from ewarn.errors import GatewayError, InputError
from ewarn.gateway.counters import MICROSECONDS
from ewarn.gateway.sending.pace import Pace
from ewarn.gateway.settings import Layout, Strategy
from ewarn.gateway.shards.team import Team
from ewarn.system.allowed import Allowed
from ewarn.system.clock import VirtualClock
from ewarn.wire.shards import Wanted
from tests.conftest import grouped
from tests.gateway.children import babbling, mute, obedient

RELEASED = "released_timestamp_seconds"
LAYOUT = Layout(2, 20, (10, 10), "", 4)


@pytest.fixture
async def make():
    made = []

    def start(function, **settings):
        target = f"{function.__module__}:{function.__name__}"
        made.append(Team(grouped(settings), LAYOUT, target, None, VirtualClock(), Allowed()))
        return made[-1]

    yield start
    for one in made:
        one.close()


async def test_a_team_of_which_a_shard_ends_as_it_starts_is_none(make):
    with pytest.raises(GatewayError, match="2 shards were started, 1 of them are up"):
        await make(mute).start(lambda: None)


async def test_when_the_last_shard_has_ended_the_supervisor_is_told(make):
    team, ended = make(mute), asyncio.Event()
    with pytest.raises(GatewayError):
        await team.start(ended.set)
    team.muster.members[0].child.process.kill()
    await asyncio.wait_for(ended.wait(), 5)
    assert not team.muster.occupancy.open.any()
    assert team.muster.counters.total("up") == 0


async def test_a_word_that_is_no_command_is_logged_and_changes_nothing(make, caplog, make_report):
    team = make(babbling)
    await team.start(lambda: None)
    assert team.publish(make_report()) == 0
    team.change(Strategy("fifo"))
    while caplog.text.count("'told change'") < 2:
        await asyncio.sleep(0.001)
    for said in ("redy", "told open", "told publish", "told change"):
        assert f"from shard 1: unknown command '{said}'; there are ready" in caplog.text
    assert team.resize(Wanted()).up == 2


async def test_a_shard_that_starts_later_is_told_of_what_is_still_in_force_and_no_more(make, caplog, make_report):
    team = make(babbling, in_force_s=100.0)
    await team.start(lambda: None)
    team.publish(make_report(quake="old"))
    team._clock.sleep(60.0)
    team.publish(make_report(quake="new"))
    team._clock.sleep(60.0)
    team.resize(Wanted(3))
    while "from shard 2: unknown command 'told open'" not in caplog.text:
        await asyncio.sleep(0.001)
    assert caplog.text.count("from shard 2: unknown command 'told remember'") == 1


async def test_a_shard_that_starts_later_is_told_of_the_warning_behind_a_quick_report(make, caplog, make_report):
    team = make(babbling)
    await team.start(lambda: None)
    for number, status in [(1, "update"), (2, "final"), (3, "reviewed")]:
        team.publish(make_report(number, status))
    team.resize(Wanted(3))
    while "from shard 2: unknown command 'told open'" not in caplog.text:
        await asyncio.sleep(0.001)
    assert caplog.text.count("from shard 2: unknown command 'told remember'") == 2


async def test_a_quick_report_takes_the_round_from_no_warning_on_its_way_out(make, make_report):
    team = make(babbling)
    await team.start(lambda: None)
    team.publish(make_report(1, "final"))
    one = Pace(team.muster.fronts, team.muster.most)
    one.show(1, 5.0)
    team.publish(make_report(2, "reviewed"))
    assert one.ahead(1, np.arange(9_000.0), 8_000, 1.0), "shards that send the warning still keep pace"


async def test_a_team_that_leaves_drains_all_starts_none_any_more_and_says_when_it_is_over(make, caplog):
    team, ended = make(obedient), asyncio.Event()
    await team.start(ended.set)
    assert team.muster.most_connections() == 20
    team.leave()
    with pytest.raises(InputError, match="count: 3 shards of a gateway that drains"):
        team.resize(Wanted(3))
    await asyncio.wait_for(ended.wait(), 5)
    assert (team.is_over, len(team.muster.members), team.muster.counters.total("replaced")) == (True, 0, 0)
    assert team.resize(Wanted()).count == 0
    assert "its connections are lost" not in caplog.text


async def test_a_report_that_was_out_before_is_in_force_no_longer_than_it_would_have_been(make, caplog, make_report):
    team = make(babbling, in_force_s=100.0)
    await team.start(lambda: None)
    for quake, age_s in (("older", 60.0), ("newer", 40.0)):
        team.publish(make_report(quake=quake), age_s)
    team._clock.sleep(50.0)
    team.resize(Wanted(3))
    while "from shard 2: unknown command 'told open'" not in caplog.text:
        await asyncio.sleep(0.001)
    assert caplog.text.count("from shard 2: unknown command 'told remember'") == 1


async def test_metrics_have_the_report_that_was_released_last_on_the_clock_and_keep_it(make, make_report):
    team = make(obedient)
    newest, other = make_report(3), make_report(7, quake="wenchuan-2008")
    older = replace(other, released=other.released - 1.0)
    for report in (newest, older):
        team.publish(report)
        counted = [team.muster.counters.total(f"newest_report_{what}") for what in ("number", RELEASED)]
        assert counted == [3, round((newest.released - newest.ahead_s) * MICROSECONDS)]
