"""A conductor and agents over real lines, one of which is killed in the middle."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import numpy as np
import pytest

from ewarn.bus.apart import Apart
from ewarn.bus.leading import Leading
from ewarn.bus.obeying import Obeying
from ewarn.bus.post import Post
from ewarn.errors import BusRefusedError, HostLostError, InputError
from ewarn.system.clock import WallClock
from ewarn.wire import pieces, swarms
from ewarn.wire.pieces import Taking, takes
from ewarn.wire.swarms import (
    Answer,
    Begin,
    Collect,
    Collected,
    Connect,
    Done,
    Give,
    Hello,
    Here,
    Order,
    Piece,
    Problem,
    Standing,
    Take,
)
from tests.bus.hauling import collect, send
from tests.bus.listening import host, met
from tests.bus.servers import Bus, running

HELLO = Hello("0.1.0", 1, b"k" * 32, 10.0)
SOON_S = 20.0


@pytest.fixture(scope="module")
def bus(tmp_path_factory):
    with running(tmp_path_factory.mktemp("lines") / "bus") as lines:
        yield lines


class Agent:
    """It obeys, and does nothing but note."""

    def __init__(self, bus, name, agent=None):
        self.obeying = Obeying(name, agent or secrets.token_hex(8))
        self.done, self.taking, self.problem, self.stands, self.hands = [], Taking(), None, True, {}
        hears = {swarms.SWARMS.orders_of(name): self._hear}
        addresses = [one.address for one in bus.servers]
        self.bus = Apart(addresses, bus.identity("swarm"), hears, self._tick)

    def _say(self, message):
        self.bus.say(swarms.SWARMS.answers_of(self.obeying.name), swarms.encode(message))

    def _hear(self, _subject, payload):
        said = swarms.decode(payload, swarms.FOR_AGENT)
        if not isinstance(said, Order):
            return self.obeying.hear(said, 0.0)
        found = self.obeying.take(said, 0.0)
        if found is not None and not isinstance(found, Answer):
            self.done.append(type(found).__name__)
            if isinstance(found, Take):
                self.taking.take(found)
            found = self.obeying.answer(self.problem or self._said(found))
        if found is not None:
            self._say(found)
        return None

    def _said(self, do):
        match do:
            case Hello():
                return Here(self.obeying.name, "0.1.0", 1, "boot", "time:[1]", 4000)
            case Collect():
                return Collected({what: pieces.said(one) for what, one in self.hands.items()})
            case Give(what=what, index=index):
                return Piece(what, index, pieces.cut(self.hands[what])[index])
        return Done()

    def _tick(self):
        if self.stands:
            one = self.obeying
            self._say(Standing(one.name, one.agent, "there" if one.run else "waiting", one.run))


@contextmanager
def agents(bus, *names):
    with ExitStack() as stack:
        found = [Agent(bus, name) for name in names]
        for one in found:
            stack.enter_context(one.bus).up(SOON_S)
        yield found


@contextmanager
def leading(bus, *names, run=None):
    addresses = [one.address for one in bus.servers]
    with Leading(addresses, bus.identity("conductor"), WallClock(), run or secrets.token_hex(16), names) as one:
        yield one


def test_orders_are_done_once_each_while_one_line_is_killed_and_comes_back(bus):
    users = 60_000
    arrays = {
        "count": np.ones(users),
        "latitude": np.random.default_rng(1).uniform(-90, 90, users),
        "longitude": np.zeros(users),
        "threshold": np.zeros(users),
        "sampled": np.zeros(users),
    }
    orders = list(takes(arrays))
    with agents(bus, "s1", "s2") as (one, two), leading(bus, "s1", "s2") as to, host(bus, "g1"):
        said = to.ask({"s1": HELLO, "s2": HELLO}, SOON_S)
        assert {name: here.name for name, here in said.items()} == {"s1": "s1", "s2": "s2"}
        half = len(orders) // 2
        for name in ("s1", "s2"):
            send(to, name, orders[:half], SOON_S)
        bus.servers[0].kill()
        for name in ("s1", "s2"):
            send(to, name, orders[half:], SOON_S)
        one.hands = {"read": np.random.default_rng(2).integers(0, 2**32, (3, 70_000), np.uint32), "none": np.zeros(0)}
        _, arrays_back = collect(to, "s1", SOON_S)
        for what, array in one.hands.items():
            assert (arrays_back[what] == array).all() and arrays_back[what].dtype == array.dtype
        bus.servers[0].start()
        to.ask({"s1": Connect()}, SOON_S)
        assert one.done == ["Hello", *["Take"] * len(orders), "Collect", *["Give"] * 3, "Connect"]
        for agent in (one, two):
            assert (agent.taking.arrays(users)["latitude"] == arrays["latitude"]).all()
        met(lambda: to.standing("s1").state == "there" and to.silent_s("s1") < 1)
        met(lambda: to.gateways().keys() == {"g1"})
        assert to.gateways()["g1"].url == "ws://h:1"
        assert to.leave() == []
        assert (one.done[-1], two.done[-1]) == ("Leave", "Leave")


def test_threads_that_ask_the_same_host_take_turns(bus):
    with agents(bus, "s1", "s2") as (one, two), leading(bus, "s1", "s2") as to:
        to.ask({"s1": HELLO, "s2": HELLO}, SOON_S)
        with ThreadPoolExecutor(4) as threads:
            orders = [{name: Begin(f"q{index}") for name in ("s1", "s2")[: 1 + index % 2]} for index in range(12)]
            asked = [threads.submit(to.ask, each, SOON_S) for each in orders]
        assert [each.result() for each in asked] == [dict.fromkeys(each, Done()) for each in orders]
        assert (one.done, two.done) == (["Hello", *["Begin"] * 12], ["Hello", *["Begin"] * 6])


def test_a_problem_of_a_host_is_raised_as_what_it_is_with_its_name(bus):
    with agents(bus, "s1", "s2") as (one, two), leading(bus, "s1", "s2") as to:
        one.problem = Problem("no room", 2)
        with pytest.raises(InputError, match=r"^s1: no room$"):
            to.ask({"s1": HELLO}, SOON_S)
        one.problem = Problem("died", 4)
        with pytest.raises(HostLostError, match=r"^s1: its swarm has ended: died$"):
            to.ask({"s1": Begin("q")}, SOON_S)
        two.problem = None
        assert to.ask({"s1": Begin("q"), "s2": HELLO}, SOON_S, lost_ok=True).keys() == {"s2"}
        assert to.lost("s1") == "its swarm has ended: died"


def test_who_does_not_join_or_falls_silent_is_lost_by_name_or_left_out(bus):
    with agents(bus, "s1") as (one,), leading(bus, "s1", "s2") as to:
        with pytest.raises(HostLostError, match=r"^s2: its swarm did not join within 0.3 s$") as lost:
            to.ask({"s2": HELLO}, 0.3)
        assert lost.value.host == "s2" and to.standing("s2") is None and to.silent_s("s2") == float("inf")
        to.ask({"s1": HELLO}, SOON_S)
        one.stands, one.obeying.agent, agent = False, "f" * 16, one.obeying.agent  # obeys no more
        assert to.ask({"s1": Connect()}, SOON_S, lost_ok=True) == {}
        one.stands, one.obeying.agent = True, agent  # it is back, and has missed an order
        for _ in range(2):
            with pytest.raises(HostLostError, match=r"^s1: its swarm has said nothing for \d+ s$"):
                to.ask({"s1": Connect()}, SOON_S)
        assert to.lost("s1").startswith("its swarm has said nothing for")
        assert to.leave() == [] and one.done == ["Hello", "Leave"]


def test_an_answer_that_cannot_be_read_is_told_with_what_is_wrong(bus):
    with agents(bus, "s1") as (one,), leading(bus, "s1") as to:
        to.ask({"s1": HELLO}, SOON_S)
        one.obeying.agent, agent = "f" * 16, one.obeying.agent  # obeys no more
        one.bus.say(swarms.SWARMS.answers_of("s1"), b"\xc1")
        with pytest.raises(
            HostLostError, match=r"did not answer connect within 1 s: it said what cannot be read, not Me"
        ):
            to.ask({"s1": Connect()}, 1.0)
        one.obeying.agent = agent


def test_a_server_whose_file_is_older_says_what_to_do_to_whoever_needs_more(tmp_path):
    made = Bus(tmp_path / "bus", count=1)
    (server,) = made.servers
    file = tmp_path / "bus" / "b1" / "b1.conf"
    file.write_text(file.read_text().replace(', "ewarn.noted', ', "ewarn.unknown'))
    server.start()
    try:
        to = Leading([server.address], made.identity("conductor"), WallClock(), "0" * 32, ["g1"], swarms.JOURNALS)
        with pytest.raises(BusRefusedError) as told, to:
            pass
        post = Post((server.address,), made.identity("g1"), "g1", WallClock(), None, swarms.JOURNALS)
        with pytest.raises(BusRefusedError) as told_gateway, post:
            pass
    finally:
        server.kill()
    hint = "its file is of an older ewarn: ewarn bus keys FOLDER --renew makes a new one for it to read"
    of = f"{server.address} does not let"
    assert str(told.value) == f"{of} a conductor hear ewarn.noted.answers.*; {hint}"
    assert str(told_gateway.value) == f"{of} gateway g1 hear ewarn.noted.orders.g1; {hint}"


def test_two_swarms_of_one_name_are_told_before_either_is_led(bus):
    with agents(bus, "s1", "s1") as found, leading(bus, "s1") as to:
        heard = set()
        met(lambda: heard.add(to.standing("s1") and to.standing("s1").agent) or len(heard - {None}) == 2)
        with pytest.raises(InputError, match=r"^s1: two swarms are called so"):
            to.ask({"s1": HELLO}, SOON_S)
        assert found[0].done == found[1].done == []


def test_a_second_conductor_is_refused_by_the_name_of_the_first_ones_run(bus):
    with agents(bus, "s1") as (one,), leading(bus, "s1") as first, leading(bus, "s1") as second:
        first.ask({"s1": HELLO}, SOON_S)
        with pytest.raises(InputError, match=f"^s1: led by run {first.run} already$"):
            second.ask({"s1": HELLO}, SOON_S)
        with leading(bus, "s1", run=first.run) as again:
            first.ask({"s1": Connect()}, SOON_S)
            with pytest.raises(InputError, match=f"run {first.run} is done: its conductor cannot begin anew"):
                again.ask({"s1": HELLO}, SOON_S)
        assert one.done == ["Hello", "Connect"]


def test_a_key_of_another_role_is_refused_in_one_line(bus):
    addresses = [one.address for one in bus.servers]
    with pytest.raises(BusRefusedError, match="swarm"):
        Leading(addresses, bus.identity("swarm"), WallClock(), "0" * 32, ["s1"]).__enter__()


def test_leaving_is_said_to_all_who_were_led_however_it_ends(bus):
    with agents(bus, "s1") as (one,):
        with pytest.raises(KeyboardInterrupt), leading(bus, "s1") as to:
            to.ask({"s1": HELLO}, SOON_S)
            raise KeyboardInterrupt
        met(lambda: one.done == ["Hello", "Leave"])
