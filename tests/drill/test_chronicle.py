"""On which clock, and whether at all, what happens is taken down."""

from types import SimpleNamespace

import pytest

from ewarn.config.drill import load_drill
from ewarn.config.tables import shipped
from ewarn.drill.chronicle import Chronicle
from ewarn.drill.scenario import prepare
from ewarn.publish import Interlude
from ewarn.system.clock import VirtualClock
from ewarn.system.happenings import Kind, Word
from ewarn.wire.releases import Release

SPEED = 10.0


class Play:
    """One play of Luding, ten times as fast as it was."""

    def __init__(self):
        self.clock, self.told, self.said = VirtualClock(), [], []
        view = SimpleNamespace(happened=self.told.append, say=lambda line: self.said.append(str(line)))
        self.chronicle = Chronicle(self.clock, view)
        self.scenario = prepare(load_drill(shipped() / "drill.toml", {"audience.users": 5}))
        self.origin_ns = self.clock.monotonic_ns()

    def begin(self):
        self.chronicle.begins(self.scenario, self.origin_ns, SPEED)
        return self

    def release(self, report):
        """When it was out, s after the true origin."""
        after_s = report.released - self.scenario.quake.origin.time
        self.clock.sleep(after_s / SPEED - (self.clock.monotonic_ns() - self.origin_ns) / 1e9)
        self.chronicle.released(Release(report, self.clock.monotonic_ns(), 5))
        return after_s


@pytest.fixture
def play():
    return Play()


def test_instants_are_on_the_clock_of_the_quake_as_its_releases_and_what_is_planned_tell_it(play):
    chronicle = play.begin().chronicle
    after_s = play.release(play.scenario.reports[0])
    play.clock.sleep(0.05)
    died_ns = play.clock.monotonic_ns()
    play.clock.sleep((20.0 - after_s) / SPEED - 0.05)
    chronicle.timed(Interlude(20.0, lambda: chronicle.note(Kind.STORM))).act()
    play.clock.sleep(0.5)
    chronicle.note(Kind.RESIZED, count=3)
    chronicle.heard("", Word(Kind.SHARD_DIED, 1, died_ns))  # told late
    found = chronicle.over()
    assert [(one.kind, one.at_s) for one in found] == [
        (Kind.SHARD_DIED, pytest.approx(after_s + 0.05, abs=0.002)),
        (Kind.STORM, pytest.approx(20.0, abs=0.002)),
        (Kind.RESIZED, pytest.approx(20.5, abs=0.002)),
    ]
    assert found == tuple(sorted(play.told, key=lambda one: one.at_s))
    assert play.said == [f"  {found[0].line}"], "what was planned has lines of its own"


def test_a_gateway_that_ends_was_asked_to_or_has_died(play):
    chronicle = play.begin().chronicle
    chronicle.note(Kind.PLATFORM_DOWN, "QQ")
    chronicle.heard("QQ", None)
    chronicle.back("QQ")
    chronicle.heard("QQ", None)
    assert [one.kind for one in play.told] == [Kind.PLATFORM_DOWN, Kind.PLATFORM_BACK, Kind.GATEWAY_DIED]
    assert str(play.told[-1].said) == "the gateway of platform QQ died"


def test_between_plays_nothing_is_taken_down(play):
    play.chronicle.note(Kind.STORM)
    play.begin().chronicle.note(Kind.STORM)
    assert len(play.chronicle.over()) == 1
    play.chronicle.heard("", Word(Kind.SHARD_DIED, 0, play.clock.monotonic_ns()))
    assert play.begin().chronicle.over() == ()
    assert len(play.told) == 1


def test_what_ended_a_run_comes_before_its_end_though_it_is_heard_later(play):
    chronicle = play.begin().chronicle
    chronicle.note(Kind.ENDED_EARLY, why="the gateway died")
    play.clock.sleep(0.01)
    chronicle.heard("", None)
    assert [one.kind for one in chronicle.over()] == [Kind.GATEWAY_DIED, Kind.ENDED_EARLY]
