"""A swarm on its own: which quake is meant, and how long it stays."""

import pytest

from ewarn.drill.attend import COMEBACK_S, _await_returns, _stay, quake_id
from ewarn.errors import InputError
from ewarn.system.clock import VirtualClock


@pytest.mark.parametrize(
    ("given", "id_"),
    [("luding-2022", "luding-2022"), ("configs/quakes/lushan-2022.toml", "lushan-2022"), ("a" * 64, "a" * 64)],
)
def test_a_quake_is_meant_by_its_id_or_by_its_file(given, id_):
    assert quake_id(given) == id_


@pytest.mark.parametrize("given", ["", "a/b", "Upper", "a" * 65, "none.toml", "-x"])
def test_what_can_be_neither_is_refused(given):
    with pytest.raises(InputError):
        quake_id(given)


class Crew:
    """In place of a swarm: what is asked of it by when, and how many are away at an instant."""

    def __init__(self, clock, away=lambda _s: 0, closed=lambda _s: 0):
        self.clock, self.bounced, self._away, self._closed = clock, [], away, closed
        self.book = self

    def seconds(self):
        return self.clock.monotonic_ns() / 1e9

    def away(self):
        return self._away(self.seconds())

    def total(self, name):
        return {"connected": 10, "closed": self._closed(self.seconds())}[name]

    def bounce(self, share):
        self.bounced.append((round(self.seconds()), share))

    def check(self):
        pass


def test_it_stays_its_time_and_a_share_hangs_up_each_second():
    crew = Crew(VirtualClock())
    _stay(crew, crew.clock, 5.0, 0.25, lambda: False, crew.check)
    assert crew.seconds() == pytest.approx(5.0, abs=0.1)
    assert crew.bounced == [(second, 0.25) for second in (1, 2, 3, 4)]


def test_a_storm_is_everyone_once_and_it_leaves_where_all_were_sent_away():
    crew = Crew(VirtualClock(), closed=lambda now: 10 if now > 3 else 9)
    storms = iter([True])
    _stay(crew, crew.clock, None, 0.0, lambda: next(storms, False), crew.check)
    assert crew.bounced == [(0, 1.0)]
    assert crew.seconds() == pytest.approx(3.0, abs=0.1)


def test_those_on_their_way_back_are_waited_for_as_long_as_they_come():
    slow = Crew(VirtualClock(), away=lambda now: max(0, 5 - int(now)))
    _await_returns(slow, slow.clock, slow.check)
    assert slow.seconds() == pytest.approx(5.0, abs=0.1)
    never = Crew(VirtualClock(), away=lambda _now: 5)
    _await_returns(never, never.clock, never.check)
    assert never.seconds() == pytest.approx(COMEBACK_S, abs=0.1)
