"""Clients that find a gateway, with servers of another library: what they say as they move, and what is taken down."""

import time

import numpy as np
import pytest

from ewarn.audience.followed import Followed
from ewarn.audience.homes import distances, homes, scores
from ewarn.swarm.client import parse_target
from ewarn.swarm.crew import Swarm
from ewarn.swarm.fleet import Host, Rules
from ewarn.swarm.habits import Habits
from ewarn.system.clock import WallClock
from ewarn.system.machine import this_machine
from tests.swarm.test_crew import LibraryServer, connect, report

USERS = 40


async def tells(_server, connection):
    """Greets with the report in force, and stays."""
    await connection.send(report(1))
    await connection.wait_closed()


async def hangs_up(server, connection):
    """Greets, and lets all go once it is told to."""
    await connection.send(report(1))
    await server.go.wait()
    await connection.close(1012)


async def refuses(connection, _request):
    return connection.respond(503, "full")


def host(name, server, state="up"):
    target = parse_target(f"ws://127.0.0.1:{server.port}")
    return Host(target, ("127.0.0.1", server.port), (), name, 1, state)


def finding(*hosts, home_s=0.2):
    return Swarm(
        hosts,
        Followed.one_each(np.linspace(28, 33, USERS), np.linspace(100, 105, USERS)),
        np.zeros(USERS),
        Habits(1e6, seed=1, quake="q", finding=Rules(home_s)),
        reports=3,
        sampled=np.zeros(USERS, bool),
        machine=this_machine(),
        clock=WallClock(),
    )


def until(crew, condition):
    end = time.monotonic() + 30
    while not condition():
        crew.check()
        assert time.monotonic() < end
        time.sleep(0.01)


def at_home(*names):
    far = np.stack([distances(name, [f"u{user}" for user in range(USERS)]) for name in names])
    return np.bincount(homes(scores([1] * len(names), far)), minlength=len(names)).tolist()


@pytest.mark.parametrize(("a_does", "home_s"), [(hangs_up, 30.0), (tells, 0.2)], ids=["let go", "lost"])
def test_who_moves_says_what_they_were_told_and_is_told_nothing_twice(a_does, home_s):
    first, second = at_home("a", "b")
    with (
        LibraryServer(a_does) as a,
        LibraryServer(tells) as b,
        finding(host("a", a), host("b", b), home_s=home_s) as crew,
    ):
        assert connect(crew) == []
        until(crew, lambda: crew.collect() == [] and crew.book.received(1) == USERS)
        assert (len(a.paths), len(b.paths)) == (first, second)
        if a_does is hangs_up:
            a.begin()
        else:
            crew.go_by([host("a", a, "lost"), host("b", b)])
        until(crew, lambda: crew.book.total("moved") == first)
        assert all("told=q" in path for path in b.paths[second:])
        assert not any("told" in path for path in b.paths[:second])
        until(crew, lambda: crew.collect() == [] and crew.book.total("again") == first)
        assert crew.placed() == {"a": (0, 0), "b": (second, first)}
        assert (crew.book.total("duplicates"), crew.away(), crew.book.disagreements()) == (0, 0, [])
        assert set(np.unique(crew.book.via[0])) == {1, 2}, "which host brought it first"


def test_a_first_connection_that_is_refused_everywhere_counts_as_failed_once_and_goes_on():
    with LibraryServer(tells, process_request=refuses) as a, finding(host("a", a), host("b", a)) as crew:
        assert all("503" in why for why in connect(crew))
        assert (crew.book.total("failed"), crew.book.total("connected")) == (USERS, 0)
        with LibraryServer(tells) as b:
            crew.go_by([host("a", a, "lost"), host("b", b)])
            until(crew, lambda: crew.book.total("connected") == USERS)
            assert (crew.book.total("failed"), crew.away()) == (USERS, 0)
            assert sum(home for home, _ in crew.placed().values()) == at_home("a", "b")[1]


def test_a_host_that_joins_gets_its_users():
    both = at_home("a", "b")
    with LibraryServer(tells) as a, LibraryServer(tells) as b, finding(host("a", a)) as crew:
        assert connect(crew) == []
        crew.go_by([host("a", a), host("b", b)])
        until(crew, lambda: crew.placed() == {"a": (both[0], 0), "b": (both[1], 0)})
        assert (crew.book.total("connected"), crew.book.total("moved")) == (USERS, both[1])
