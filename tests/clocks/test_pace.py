"""When a clock is asked."""

import random
from itertools import pairwise

from ewarn.clocks.pace import BURST, BURST_NS, STEADY_NS, Pace

WAY_NS = 100_000


def asked(pace, until):
    """Instants at which it is asked before `until`, each answered soon."""
    instants = []
    while pace.due < until:
        now = pace.due
        instants.append(now)
        pace.hear(pace.ask(now), now + WAY_NS)
    return instants


def test_a_burst_stands_at_both_ends_and_a_steady_pace_with_chance_between():
    pace = Pace(0, random.Random(7))
    between = asked(pace, 5 * 10**9)
    pace.finish(5 * 10**9)
    assert not pace.has_ended
    end = asked(pace, 5 * 10**9 + BURST * BURST_NS)
    assert pace.has_begun
    assert pace.has_ended
    waits = [later - now for now, later in pairwise(between)]
    assert waits[:BURST] == [WAY_NS] * BURST
    steady = waits[BURST:]
    assert STEADY_NS / 2 <= min(steady) < max(steady) <= 1.5 * STEADY_NS
    assert 80 < len(steady) < 125
    assert len(end) == BURST


def test_who_was_never_heard_is_asked_at_the_steady_pace_and_never_begins_nor_ends():
    pace = Pace(0, random.Random(7))
    for _ in range(40):
        pace.ask(pace.due)
    assert 1.5e9 < pace.due < 2.5e9
    pace.finish(pace.due)
    for _ in range(40):
        pace.ask(pace.due)
    assert not pace.has_begun
    assert not pace.has_ended


def test_a_burst_goes_on_where_nobody_answers():
    pace = Pace(0, random.Random(7))
    pace.finish(0)
    for number in range(BURST - 1):
        assert pace.is_in_burst
        assert pace.due == number * BURST_NS
        pace.ask(pace.due)
    pace.ask(pace.due)
    assert not pace.is_in_burst


def test_answers_to_what_was_asked_before_the_end_do_not_end_it():
    pace = Pace(0, random.Random(7))
    early = [pace.ask(pace.due) for _ in range(60)]
    pace.finish(pace.due)
    for number in early:
        pace.hear(number, pace.due)
    assert not pace.has_ended
    for _ in range(BURST):
        pace.hear(pace.ask(pace.due), pace.due)
    assert pace.has_ended
