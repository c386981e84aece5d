"""Greeting: everyone who comes is given each report once, by a greeting or by the report's own plan, in small steps."""

from hypothesis import given
from hypothesis import strategies as st

from ewarn.gateway.sending.greeting import TOGETHER, Greeting
from ewarn.gateway.sending.roster import Roster
from ewarn.system.clock import VirtualClock

HERE = ((30.0, 103.0),)


class Service:
    """A roster, reports in force as (quake, number), and who was given what."""

    def __init__(self):
        self.roster, self.newest, self.told, self.steps, self.groups = Roster(TOGETHER * 4), {}, {}, [], 0
        self.greeting = Greeting(self.roster, self.in_force, self.greet, self.done, VirtualClock())

    def in_force(self):
        return list(self.newest.values())

    def greet(self, here, report):
        self.steps.append(len(here))
        if self.newest.get(report[0]) is report:
            for one in here:
                self.give(one, report)

    def done(self, _seconds):
        self.groups += 1

    def give(self, one, report):
        self.told.setdefault((one, int(self.roster.since[one])), []).append(report)

    def publish(self, quake):
        """At once to all who follow."""
        self.newest[quake] = (quake, self.newest.get(quake, (quake, 0))[1] + 1)
        for one in self.roster.followers().tolist():
            self.give(one, self.newest[quake])

    def come(self, one):
        if self.roster.parked[one]:
            self.roster.follow(one, HERE)
        else:
            self.roster.park(one, HERE)
        self.greeting.welcome([one])

    def leave(self, one):
        if self.roster.parked[one]:
            self.roster.leave(one)


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), st.sampled_from("abc")),
        st.tuples(st.sampled_from(["come", "leave"]), st.integers(0, 3)),
        st.tuples(st.just("step"), st.just(0)),
    ),
    max_size=50,
)


@given(EVENTS)
def test_whoever_stays_is_given_the_newest_of_every_quake_and_nobody_the_same_twice(events):
    service = Service()
    for what, argument in events:
        if what == "step":
            service.greeting.step()
        else:
            getattr(service, what)(argument)
    while len(service.greeting):
        service.greeting.step()
    for one in service.roster.followers().tolist():
        told = service.told.get((one, int(service.roster.since[one])), [])
        assert set(service.newest.values()) <= set(told)
    for told in service.told.values():
        assert len(told) == len(set(told))
        for quake in "abc":
            assert (numbers := [number for name, number in told if name == quake]) == sorted(numbers)


def test_a_step_is_of_one_quake_and_those_who_come_meanwhile_are_greeted_together():
    service = Service()
    for quake in "abc":
        service.publish(quake)
    service.come(0)
    service.greeting.step()
    for _ in range(3):  # one who follows again and again is one newcomer
        for one in range(1, 50):
            service.come(one)
    while len(service.greeting):
        service.greeting.step()
    assert service.steps == [1] * 3 + [49] * 3
    assert service.groups == 2


def test_where_nothing_is_in_force_or_followed_nobody_waits():
    service = Service()
    service.come(0)
    assert not len(service.greeting)
    service.publish("a")
    service.roster.park(1, ())
    service.greeting.welcome([1])
    assert not len(service.greeting)
    service.greeting.step()
