"""Who is there of a fleet: a swarm that is lost stays so, with why and when; a gateway may come back."""

import pytest

from ewarn.config.fleet import load_fleet
from ewarn.config.tables import shipped
from ewarn.drill.fleet.joining import joining
from ewarn.drill.fleet.roll import Lost, Roll
from ewarn.drill.fleet.swarms import Seen, Slice
from ewarn.drill.fleet.table import table
from ewarn.errors import HostLostError
from ewarn.system.happenings import Kind
from ewarn.wire.health import Health
from ewarn.wire.swarms import Here, Standing


class Leading:
    """Hosts as they stand."""

    def __init__(self):
        self.silent, self.problems, self.heard = {}, {}, {"g1": None, "g2": None}

    def silent_s(self, name):
        return self.silent.get(name, 0.1)

    def standing(self, name):
        return Standing(name, "0" * 16, "there", problem=self.problems.get(name))

    def gateways(self):
        return self.heard


class Started:
    """Commands, some of which have ended."""

    def __init__(self):
        self.why = {}

    def why_ended(self, name):
        return self.why.get(name)


class Clock:
    def monotonic_ns(self):
        return 100 * 10**9


class Chronicle:
    """Takes down what it is told; a play began 90 s ago."""

    def __init__(self):
        self.told = []

    def noticed(self, kind, of, at_ns, why):
        self.told.append((kind, of, why))
        return at_ns / 1e9 - 10


@pytest.fixture
def scene():
    leading, started, chronicle = Leading(), Started(), Chronicle()
    roll = Roll(leading, started, ["s1", "s2", "s3"], ["g1", "g2"], Clock())
    roll.tell(chronicle)
    return leading, started, chronicle, roll


def test_each_swarm_that_is_lost_is_so_once_for_all_and_says_why(scene):
    leading, started, chronicle, roll = scene
    roll.look()
    roll.check_all()
    assert (roll.there, chronicle.told) == (["s1", "s2", "s3"], [])
    leading.silent["s1"], leading.problems["s2"] = 5.5, "a process of the swarm has died"
    roll.look()
    leading.silent["s1"] = 0.1  # it is back, and has missed what was said meanwhile
    roll.look()
    assert roll.there == ["s3"]
    assert roll.lost["s1"].said == "its swarm has said nothing for 6 s, 84.50 s after origin"
    assert roll.lost["s2"].said == "a process of the swarm has died, 89.90 s after origin"
    assert [kind for kind, _, _ in chronicle.told] == [Kind.HOST_LOST] * 2
    roll.check()
    with pytest.raises(HostLostError, match="s1: its swarm has said nothing"):
        roll.check_all()
    started.why["s3"] = "its command has ended (exit code 1): out of memory"
    roll.look()
    with pytest.raises(HostLostError, match="s1: "):
        roll.check()


def test_a_gateway_that_is_lost_and_back_is_told_each_time(scene):
    leading, _, chronicle, roll = scene
    for heard in ({"g1": None}, {"g1": None}, {"g1": None, "g2": None}):
        leading.heard = heard
        roll.look()
    assert [(kind, of) for kind, of, _ in chronicle.told] == [(Kind.GATEWAY_LOST, "g2"), (Kind.GATEWAY_BACK, "g2")]
    assert list(roll.ever_away) == ["g2"] and not roll.away
    roll.begin()
    assert not roll.ever_away
    leading.heard = {"g2": None}
    roll.look()
    roll.begin()
    assert roll.ever_away["g1"].said == "it was lost before this play began"
    assert roll.there == ["s1", "s2", "s3"]


def test_between_plays_a_loss_has_no_second():
    assert Lost("why", None).said == "why"


def test_the_table_has_swarms_first_as_the_file_has_them_and_who_is_lost():
    fleet = load_fleet(shipped() / "fleet.toml")
    here = {name: Here(name, "0.1", 1, "b", "t", 9, cpus=4, memory_gib=7.96) for name in ("s1", "s2")}
    slices = [Slice("s1", 0, 20), Slice("s2", 20, 10)]
    seen = Seen(connected={"s1": 20, "s2": 9}, placed={"g1": (17, 2)})
    lost = {"s2": Lost("cut off", 3.0), "g2": Lost("gone", None)}
    hosts = table(fleet, slices, here, {"g1": Health(), "g2": Health()}, seen, lost).hosts
    assert list(hosts) == ["s1", "s2", "g1", "g2"]
    assert (hosts["s1"].users, hosts["s1"].connected, hosts["s1"].memory_gib, hosts["s1"].lost) == (20, 20, 8.0, None)
    assert (hosts["s2"].connected, hosts["s2"].lost) == (9, "cut off, 3.00 s after origin")
    assert hosts["g1"].clock.exchanges == 0
    assert (hosts["g1"].users, hosts["g1"].connected, hosts["g2"].lost) == (17, 19, "gone")


def test_a_host_joins_by_the_words_of_its_table():
    fleet = load_fleet(shipped() / "fleet.toml")
    assert joining(fleet, fleet.swarm[0]) == [
        *(
            "ewarn",
            "swarm",
            "--join",
            "tls://10.0.0.1,tls://10.0.0.2",
            "--key",
            "/etc/ewarn/s1.swarm.nk",
            "--name",
            "s1",
        ),
        *("--sources", "10.0.0.21,10.0.1.21,10.0.2.21", "--until-eof"),
    ]
