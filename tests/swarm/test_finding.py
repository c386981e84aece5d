"""Who goes to which host, and when: decided without a socket, in a world whose hosts die and return."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ewarn.audience.homes import distances, homes, scores
from ewarn.swarm.client import Target
from ewarn.swarm.finding import SLICE, Finding
from ewarn.swarm.fleet import MOST_EVER, Host, Rules
from ewarn.swarm.presence import ABSENT, Presence

RULES = Rules()
NEVER = float("-inf")


def host(name, weight=100, state="up"):
    return Host(Target(name, 1), ("127.0.0.1", 1), (), name, weight, state)


def names(rows):
    return lambda part: [f"u{row}" for row in range(rows)[part]]


def home_of(hosts, rows):
    far = np.stack([distances(one.name, names(rows)(slice(None))) for one in hosts])
    return homes(scores([one.weight for one in hosts], far))


def finding(hosts, rows=300, rules=RULES, seed=1):
    return Finding(hosts, rows, names(rows), rules, Random(seed))


def seated(hosts, rows=300, now=0.0):
    """All of them connected where they go first."""
    found = finding(hosts, rows)
    for row in range(rows):
        assert not found.arrived(row, now)
    return found


def moved(found, now, told_at=NEVER):
    """Rows that take their turn by `now`, each of which arrives at once; and when."""
    rows = found.movers(now, told_at)
    for row in rows:
        found.ended(row, now, let_go=False)
        ((_, _),) = found.steps([row])
        found.arrived(row, now)
    return rows


class World:
    """Hosts, some dead, some full, and clients that do as they are told, on a clock."""

    def __init__(self, weights, rows, seed, home_s=30.0):
        self.rules = Rules(home_s)
        self.hosts = {name: host(name, weight) for name, weight in weights.items()}
        self.dead, self.refuses = set(), set()
        self.now, self.told_at = 1_000.0, NEVER
        self.random = Random(seed)
        self.finding = finding([*self.hosts.values()], rows, self.rules, seed)
        self.presence = Presence(rows, self.random, reconnect=False, seeks=True)
        self.breaks, self.tries, self.reached = [], [], [set() for _ in range(rows)]
        for row in range(rows):
            self.connect(row)

    def name(self, row):
        return self.finding.way(row).name

    def connect(self, row):
        on = self.name(row)
        self.tries.append((self.now, row, on))
        if on in self.dead | self.refuses:
            self.finding.failed(row, self.now)
            self.presence.failed(row, self.now, self.finding.lap)
        else:
            self.presence.opened(row, row)
            self.finding.arrived(row, self.now)

    def lose(self, row):
        self.finding.ended(row, self.now, let_go=not self.presence.expects(row))
        self.presence.ended(row, self.now)

    def step(self, seconds=0.25):
        self.now += seconds
        for row in self.presence.returning(self.now):
            self.finding.steps([row])
            self.connect(row)
        for row in self.finding.movers(self.now, self.told_at):
            assert self.presence.handle_of[row] != ABSENT, "who is not there cannot hang up"
            self.breaks.append((self.now, row, self.name(row)))
            self.presence.expect(row)
            self.lose(row)

    def kill(self, name):
        self.dead.add(name)
        for row in np.flatnonzero(self.presence.handle_of != ABSENT):
            if self.name(row) == name:
                self.lose(int(row))

    def listed(self):
        """The list is as things are."""
        self.hosts = {
            name: replace(one, state="lost" if name in self.dead else "up") for name, one in self.hosts.items()
        }
        self.finding.heard(self.hosts.values(), self.now)

    def stranded(self):
        """Rows that are neither connected nor to connect at some time."""
        due = {row for _, row in self.presence._comeback._due}
        return [row for row, handle in enumerate(self.presence.handle_of) if handle == ABSENT and row not in due]

    def on(self):
        """By row, the host that it is connected to."""
        return [None if handle == ABSENT else self.name(row) for row, handle in enumerate(self.presence.handle_of)]


EVENTS = st.lists(
    st.tuples(st.sampled_from(["kill", "back", "full", "room", "list", "report", "wait"]), st.integers(0, 3)),
    max_size=25,
)


@settings(max_examples=40)
@given(EVENTS, st.integers(1, 4), st.integers(0, 100))
def test_whatever_dies_and_returns_nobody_is_without_a_next_step_and_in_the_end_all_are_at_home(events, count, seed):
    weights = {f"g{index}": 50 * (1 + index % 2) for index in range(count)}
    world = World(weights, 60, seed)
    for what, which in events:
        name = f"g{which % count}"
        match what:
            case "kill":
                world.kill(name)
            case "back":
                world.dead.discard(name)
            case "full":
                world.refuses.add(name)
            case "room":
                world.refuses.discard(name)
            case "list":
                world.listed()
            case "report":
                world.told_at = world.now
        for _ in range(8):
            world.step()
            assert world.stranded() == []
    world.dead, world.refuses = set(), set()
    world.listed()
    # All is well from here on: held off for 64 times 15 s at most, quiet for 30, turns over 30, and 30 to come back.
    for _ in range(130):
        world.step(10.0)
    home = home_of([*world.hosts.values()], 60)
    assert world.on() == [f"g{index}" for index in home]
    assert sum(there for there, _ in world.finding.standing().values()) == 60
    assert all(others == 0 for _, others in world.finding.standing().values())


def test_each_client_starts_at_home_or_at_the_next_that_is_up():
    hosts = [host("g1"), host("g2", state="draining"), host("g3", state="lost")]
    assert set(finding(hosts).way_of) == {0}
    up = [host("g1"), host("g2"), host("g3", 300)]
    assert (finding(up).way_of == home_of(up, 300)).all()


@pytest.mark.parametrize("state", ["lost", "draining"])
def test_where_no_host_is_up_there_is_still_one_to_try(state):
    found = finding([host("g1", state=state), host("g2", state=state)])
    assert set(found.way_of) == {0, 1}
    found.heard([], 0.0)
    assert found.steps([0, 1]), "nor where the list has nobody any more"


def test_who_is_let_go_tries_the_others_by_their_ranking_those_that_are_up_first_and_each_once_before_any_twice():
    hosts = [host("g1"), host("g2"), host("g3"), host("g4", state="lost"), host("g5", state="draining")]
    found = seated(hosts, 200)
    far = np.stack([distances(one.name, names(200)(slice(None))) for one in hosts])
    for row in range(200):
        ranked = sorted([0, 1, 2], key=lambda one: far[one][row])
        assert found.way_of[row] == ranked[0]
        found.ended(row, 1.0, let_go=True)
        tried = []
        for _ in range(4):
            ((_, chosen),) = found.steps([row])
            tried.append(chosen)
            found.failed(row, 1.0)
        assert tried == [ranked[1], ranked[2], 3, 4]
        assert found.steps([row]) == [(row, ranked[0])], "and then its home once more"
        found.failed(row, 1.0)
        assert found.steps([row]) == [(row, ranked[1])], "and all the others"


def test_who_hangs_up_comes_back_to_where_it_would_go_now():
    found = seated([host("g1"), host("g2")])
    before = found.way_of.copy()
    for row in range(300):
        found.ended(row, 1.0, let_go=False)
    found.steps(range(300))
    assert (found.way_of == before).all()


def test_after_a_host_died_its_users_are_spread_over_the_others_within_a_second():
    world = World({"g1": 100, "g2": 100, "g3": 100}, 3_000, 1)
    world.kill("g1")
    begun, world.tries = world.now, []
    for _ in range(50):
        world.step(0.02)
    theirs = [when - begun for when, _, _ in world.tries]
    assert len(theirs) == sum(index == 0 for index in home_of([*world.hosts.values()], 3_000))
    assert np.histogram(theirs, 10, (0, 1.02))[0].max() < 0.16 * len(theirs)
    share = sum(on == "g2" for _, _, on in world.tries) / len(world.tries)
    assert 0.43 < share < 0.57


def back_home(told_at=None, rows=3_000):
    """A host is dead for a minute; with the times from its return at which its users leave for it."""
    world = World({"g1": 100, "g2": 100, "g3": 100}, rows, 1)
    world.kill("g1")
    world.listed()
    for _ in range(240):
        world.step()
    assert not world.breaks, "a host that is lost is nobody's aim"
    world.dead.clear()
    world.listed()
    begun = world.now
    if told_at is not None:
        world.told_at = begun + told_at
    for _ in range(320):
        world.step()
    return world, np.array([when - begun for when, _, _ in world.breaks])


def test_users_of_a_host_that_is_back_go_home_in_turns_over_half_a_minute_and_nobody_else_moves():
    world, left = back_home()
    home = home_of([*world.hosts.values()], 3_000)
    assert sorted(row for _, row, _ in world.breaks) == np.flatnonzero(home == 0).tolist()
    assert world.on() == [f"g{index + 1}" for index in home]
    assert left.max() <= RULES.home_s + 0.25
    assert np.histogram(left, 10, (0, 30.25))[0].max() < 0.15 * len(left), "no herd"


def test_after_a_report_none_goes_home_for_half_a_minute_and_then_in_turns():
    _, left = back_home(told_at=10.0)
    after = left[left > 10.25]
    assert after.min() >= 10.0 + RULES.home_s
    assert after.max() <= 10.0 + 2 * RULES.home_s + 0.5
    assert np.histogram(after, 10, (40, 70.25))[0].max() < 0.16 * len(after), "no herd at the end of the quiet either"


def test_who_is_on_a_host_that_is_lost_leaves_within_seconds_also_while_reports_come():
    found = seated([host("g1"), host("g2")], 2_000)
    theirs = np.flatnonzero(found.way_of == 0)
    found.heard([host("g1", state="lost"), host("g2")], 10.0)
    left = [(now, row) for now in np.arange(10, 16, 0.1) for row in moved(found, now, told_at=now)]
    assert sorted(row for _, row in left) == theirs.tolist()
    assert np.histogram([when for when, _ in left], 5, (10, 15.1))[0].max() < 0.3 * len(left)
    assert (found.way_of == 1).all()


def test_a_host_that_is_lost_and_back_before_their_turn_keeps_its_users():
    found = seated([host("g1"), host("g2")], 2_000)
    before = found.way_of.copy()
    found.heard([host("g1", state="lost"), host("g2")], 10.0)
    found.heard([host("g1"), host("g2")], 10.0)
    assert found.next_s(10.0) == float("inf")
    assert (found.way_of == before).all()


def test_a_host_that_drains_sends_its_users_away_itself_and_nobody_goes_to_it():
    found = seated([host("g1"), host("g2"), host("g3")], 2_000)
    theirs = np.flatnonzero(found.way_of == 0).tolist()
    found.heard([host("g1", state="draining"), host("g2"), host("g3")], 10.0)
    assert found.next_s(10.0) == float("inf")
    for row in theirs:
        found.ended(row, 20.0, let_go=True)
    assert 0 not in dict(found.steps(theirs)).values()
    for row in theirs:
        found.arrived(row, 20.0)
    assert found.next_s(20.0) == float("inf"), "nor back to it while it drains"
    found.heard([host("g1"), host("g2"), host("g3")], 30.0)
    assert sorted(row for now in range(30, 62) for row in moved(found, now)) == theirs


def test_who_is_refused_by_their_home_does_not_give_up_another_for_it_soon_and_ever_less_often():
    world = World({"g1": 100, "g2": 100}, 200, 1)
    world.refuses.add("g1")
    world.kill("g1")
    world.dead.clear()
    begun, world.tries = world.now, []
    for _ in range(4_000):
        world.step()
    tries = np.array([when - begun for when, _, on in world.tries if on == "g1"])
    theirs = np.count_nonzero(home_of([*world.hosts.values()], 200) == 0)
    assert tries.min() >= RULES.hold_s
    assert len(tries) <= 7 * theirs, "7 times within 1000 s: after 15 to 45 s, then twice as long, and again"
    assert np.count_nonzero(tries > 500) <= 2 * theirs


def refused_at_home():
    """300 clients on the second of two hosts, some of which were let go by the first at 100 s; these."""
    hosts = [host("g1"), host("g2")]
    found = seated(hosts)
    theirs = np.flatnonzero(found.way_of == 0).tolist()
    for row in theirs:
        found.ended(row, 100.0, let_go=True)
        found.steps([row])
        found.arrived(row, 100.0)
    return found, hosts, theirs


def test_no_list_and_no_report_takes_anybody_home_before_home_has_had_its_time():
    found, (g1, g2), theirs = refused_at_home()
    found.heard([replace(g1, state="lost"), g2], 100.0)
    found.heard([g1, g2], 100.0)
    left = [(now, row) for now in np.arange(100, 150, 0.5) for row in moved(found, now, told_at=50.0)]
    assert sorted(row for _, row in left) == theirs
    assert min(when for when, _ in left) >= 100.0 + RULES.hold_s


def test_who_has_been_home_is_held_off_no_longer_than_at_first():
    found, _, theirs = refused_at_home()
    for now in range(100, 150):
        moved(found, float(now))
    for row in theirs:
        found.ended(row, 200.0, let_go=True)
        found.steps([row])
        found.arrived(row, 200.0)
    left = [row for now in range(200, 248) for row in moved(found, float(now))]
    assert sorted(left) == theirs


def test_a_turn_stays_however_often_the_list_changes():
    found = seated([host("g1"), host("g2")])
    before = found.way_of.copy()
    found.heard([host("g1", state="draining"), host("g2")], 0.0)
    for row in np.flatnonzero(before == 0):
        found.ended(row, 0.0, let_go=True)
        found.steps([row])
        found.arrived(row, 0.0)
    for now in range(10, 42):
        found.heard([host("g1"), host("g2", 100 + now % 2 / 1000)], float(now))
        moved(found, float(now))
    assert (found.way_of == before).all()


def test_who_comes_to_a_host_that_drains_since_no_other_takes_them_waits_there():
    found = finding([host("g1"), host("g2", state="draining")], 1)
    found.failed(0, 1.0)
    assert found.steps([0]) == [(0, 1)]
    found.arrived(0, 1.0)
    assert found.next_s(1.0) == float("inf")


def test_a_host_that_joins_gets_its_own_users_alone_in_turns_once_their_distances_are_known():
    rows = 2 * SLICE + 10
    found = seated([host("g1"), host("g2")], rows)
    hosts = [host("g0"), host("g1"), host("g2")]
    found.heard(hosts, 10.0)
    for _ in range(3):
        assert found.next_s(10.0) == 0.0
        assert found.movers(10.0, NEVER) == []
    home = home_of(hosts, rows)
    assert sorted(row for now in range(10, 42) for row in moved(found, now)) == np.flatnonzero(home == 0).tolist()
    assert found.standing() == {
        name: (int((home == index).sum()), 0) for index, name in ((1, "g1"), (2, "g2"), (0, "g0"))
    }


def test_a_joining_host_that_leaves_again_is_forgotten_and_one_that_changes_is_taken_as_it_is():
    found = seated([host("g1")], SLICE + 1)
    found.heard([host("g1"), host("g2")], 1.0)
    found.movers(1.0, NEVER)
    found.heard([host("g1")], 2.0)
    assert found.next_s(2.0) == float("inf")
    found.heard([host("g1"), host("g2")], 3.0)
    found.movers(3.0, NEVER)
    found.heard([host("g1"), host("g2", state="draining")], 4.0)
    found.movers(4.0, NEVER)
    assert len(found.ways) == 2
    assert found.next_s(4.0) == float("inf"), "nobody goes to one that drains"


def test_names_that_come_and_go_for_ever_take_no_more_room_than_a_receipt_has():
    found = seated([host("g1")], 3)
    for index in range(300):
        found.heard([host("g1"), host(f"x{index}")], 1.0)
        found.movers(1.0, NEVER)
    assert len(found.ways) == MOST_EVER


def test_a_move_is_to_another_host_than_the_last_one():
    found = seated([host("g1"), host("g2")], 1)
    found.ended(0, 1.0, let_go=False)
    found.steps([0])
    assert not found.arrived(0, 1.0)
    found.ended(0, 2.0, let_go=True)
    found.steps([0])
    assert found.arrived(0, 2.0)


def test_a_process_without_clients_has_nothing_to_do():
    found = finding([host("g1")], 0)
    found.heard([host("g1"), host("g2")], 1.0)
    assert found.movers(1.0, NEVER) == []
    assert found.next_s(1.0) == float("inf")
    assert found.standing() == {"g1": (0, 0), "g2": (0, 0)}
