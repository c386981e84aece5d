"""What reports mean at users' places: the same as one plan each says, and worked out no more often than need be."""

import json
from dataclasses import replace
from functools import partial

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ewarn.audience.followed import Followed
from ewarn.dispatch.gates import Gates
from ewarn.dispatch.orders import ORDERS
from ewarn.dispatch.plan import Followers, plan
from ewarn.gateway.sending import meanings
from ewarn.gateway.sending.meanings import Meanings
from ewarn.seismic.earth import Earth, EarthModel
from ewarn.wire.snapshots import snapshot

EARTH = Earth(EarthModel())
PLACES = st.lists(
    st.tuples(st.floats(28, 33).map(lambda x: round(x, 2)), st.floats(100, 105)), min_size=1, max_size=10
).map(tuple)
really = partial(plan, gates=Gates(), earth=EARTH, order=ORDERS["fifo"], rng=np.random.default_rng(1))


class Counted:
    def __init__(self):
        self.plans, self.users = 0, 0

    def plan(self, report, followers):
        self.plans += 1
        self.users += len(followers.followed)
        return really(report, followers)


def alone(report, places):
    """As a plan for one user has it."""
    at = np.array(places)
    return really(report, Followers.of(Followed(np.array([len(at)]), at[:, 0], at[:, 1])))


@given(users=st.lists(PLACES, min_size=1, max_size=6), after_s=st.floats(0, 100))
def test_what_many_learn_together_is_what_each_alone_is_told(users, after_s):
    reports = [make(quake) for quake in ("one", "two")]
    known = Meanings(Counted().plan)
    for report in reports:
        known.learn(report, users)
    at = reports[0].released + after_s
    for places in users:
        told = snapshot(at, len(places), known.of(reports, places))
        assert json.loads(told) == json.loads(snapshot(at, len(places), [alone(one, places) for one in reports]))


def make(quake, number=1):
    from ewarn.seismic.origin import Origin, Report

    origin = Origin(time=1_767_225_600.0, latitude=29.59, longitude=102.08, depth_km=16.0, magnitude=6.1)
    fields = {"play": 1, "expires": 1_767_225_900.0, "speed": 1.0}
    more = {name: value for name, value in fields.items() if name in Report.__dataclass_fields__}
    return Report(quake, number, "update", origin, "Qingzang", 1_767_225_606.0, **more)


def test_a_report_is_planned_once_for_all_who_ask_and_not_again_for_the_same_places():
    counted, report = Counted(), make("one")
    known = Meanings(counted.plan)
    users = [((30.0 + user / 100, 103.0),) for user in range(50)]
    assert known.learn(report, users + users)
    assert (counted.plans, counted.users) == (1, 50)
    assert not known.learn(report, users)
    for places in users:
        known.of([report], places)
    assert counted.plans == 1


def test_a_newer_report_is_noticed_whether_it_was_learned_or_not():
    counted, places = Counted(), ((30.0, 103.0),)
    known = Meanings(counted.plan)
    first = make("one")
    assert [one.report for one in known.of([first], places)] == [first]
    second = replace(make("one", 2), origin=replace(first.origin, magnitude=7.5))
    (after,) = known.of([second], places)
    assert after.report is second
    assert after.places.intensity[0] > known.of([first], places)[0].places.intensity[0]
    assert known.of([], places) == []


def test_only_so_much_is_kept(monkeypatch):
    monkeypatch.setattr(meanings, "MOST_KEPT", 5)
    known, report = Meanings(Counted().plan), make("one")
    for user in range(20):
        places = ((30.0 + user, 103.0),)
        assert len(known.of([report], places)) == 1
    assert len(known._kept) == 5
    assert known.of([report], ()) == []
    assert len(known._kept) == 5
