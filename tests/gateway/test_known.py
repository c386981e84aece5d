"""Which hosts one of them knows, and how each stands, by what they say and by how long they have said nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.gateway.hosts.known import AFTERWARDS_S, GONE_S, LOST_S, Known
from ewarn.wire.bus import Standing
from ewarn.wire.gateways import MOST_GATEWAYS

TICK_S = 0.25


def standing(host="a", state="up", connections=3, url="ws://a:1"):
    return Standing(host, url, 10, connections, state)


class Time:
    """Passes in ticks for one who knows hosts."""

    def __init__(self):
        self.now, self.known = 0.0, Known(0.0)

    def passes(self, seconds, *, hears=True):
        for _ in range(round(seconds / TICK_S)):
            self.now += TICK_S
            self.known.look(self.now, hears=hears)

    @property
    def states(self):
        return {one.name: one.state for one in self.known.listed()}


@pytest.fixture
def time():
    return Time()


def test_a_host_that_says_nothing_is_lost_then_gone_and_is_up_again_with_its_next_word(time):
    time.known.hear(standing())
    time.passes(LOST_S - TICK_S)
    assert time.states == {"a": "up"}
    time.passes(TICK_S)
    assert time.states == {"a": "lost"}
    time.known.hear(standing())
    assert time.states == {"a": "up"}
    time.passes(GONE_S - TICK_S)
    assert time.states == {"a": "lost"}
    time.passes(TICK_S)
    assert time.states == {}


@pytest.mark.parametrize(("said", "listed"), [("up", "up"), ("stale", "up"), ("draining", "draining")])
def test_a_host_is_listed_as_it_stands(time, said, listed):
    time.known.hear(standing(state=said))
    (one,) = time.known.listed()
    assert (one.name, one.url, one.weight, one.connections, one.state) == ("a", "ws://a:1", 10, 3, listed)


def test_a_host_that_drained_and_is_silent_does_not_come_back_so_nobody_waits_for_it(time):
    time.known.hear(standing(state="draining"))
    time.passes(LOST_S)
    assert time.states == {}


def test_a_host_that_has_left_is_not_brought_back_by_the_slower_line_and_is_by_its_next_start(time):
    time.known.hear(standing(state="leaving"))
    time.known.hear(standing())
    assert time.states == {}
    time.passes(AFTERWARDS_S)
    time.known.hear(standing())
    assert time.states == {"a": "up"}


def test_who_hears_nothing_says_nothing_about_others(time):
    time.known.hear(standing())
    time.passes(2 * GONE_S, hears=False)
    assert time.states == {"a": "up"}


def test_who_was_stopped_does_not_lose_all_others(time):
    time.known.hear(standing())
    time.now += 100.0
    time.known.look(time.now, hears=True)
    assert time.states == {"a": "up"}


def test_of_too_many_hosts_those_that_came_first_stay(time):
    for host in range(MOST_GATEWAYS + 5):
        time.known.hear(standing(f"h{host}"))
    assert len(time.known.listed()) == MOST_GATEWAYS - 1
    time.known.hear(standing("h0", connections=9))
    assert time.known.listed()[0].connections == 9


WORDS = st.lists(
    st.one_of(
        st.tuples(st.just("passes"), st.integers(1, 20), st.booleans()),
        st.tuples(st.sampled_from("ab"), st.sampled_from(["up", "draining", "stale", "leaving"])),
    ),
    max_size=30,
)


@given(WORDS)
def test_whoever_is_listed_was_heard_within_the_minute_and_whoever_just_was_is_not_lost(words):
    time, ages = Time(), {}
    for word in words:
        if word[0] == "passes":
            _, ticks, hears = word
            time.passes(ticks * TICK_S, hears=hears)
            ages = {host: age + ticks * TICK_S * hears for host, age in ages.items()}
        else:
            host, state = word
            time.known.hear(standing(host, state))
            ages[host] = 0.0
        assert all(ages[host] < GONE_S for host in time.states)
        assert all(state != "lost" or ages[host] >= LOST_S for host, state in time.states.items())
