"""The swarm against servers that no one here wrote."""

import asyncio
import json
import os
import signal
import socket
import threading
import time

import numpy as np
import pytest
from msgspec.json import Decoder
from websockets.asyncio.server import serve

from ewarn.audience.followed import Followed
from ewarn.errors import InputError, MeasurementError
from ewarn.packets.cables import Cables, why_not
from ewarn.packets.flows import ACK_DELAY_NS
from ewarn.swarm.chatter import MESSAGE
from ewarn.swarm.client import parse_target
from ewarn.swarm.crew import Swarm
from ewarn.swarm.habits import Habits
from ewarn.swarm.over import Over
from ewarn.system.clock import WallClock
from ewarn.system.machine import local_ports, this_machine
from ewarn.verdict.receipts import TALLIES
from ewarn.wire.chat import Chat, echo
from ewarn.wire.messages import understood

PLACE = {"place": 0, "distance_km": 1.0, "p_in_s": 1.0, "s_in_s": 2.0, "intensity": 5.0, "level": "orange"}


def report(number, quake="q"):
    return json.dumps({"type": "report", "drill": True, "quake": quake, "number": number, "places": [PLACE]})


class LibraryServer:
    """A server of the websockets library in a thread; `behave` is given each connection."""

    def __init__(self, behave, cables=None, **options):
        self.paths, self.peers, self.close_codes = [], set(), []
        self._cables, self.over = cables, None
        self._behave, self._options = behave, options
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    async def _run(self):
        self._loop, self._stop, self.go = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
        if self._cables:
            listener = socket.socket(fileno=self._cables.listener(0))
            listener.setblocking(False)
        else:
            listener = socket.create_server(("127.0.0.1", 0))
        async with serve(self._handle, sock=listener, compression=None, **self._options):
            address = listener.getsockname()
            self.port = address[1]
            self.over = Over(self._cables, [address], ACK_DELAY_NS) if self._cables else None
            self._started.set()
            await self._stop.wait()

    async def _handle(self, connection):
        self.paths.append(connection.request.path)
        self.peers.add(connection.remote_address[0])
        await self._behave(self, connection)

    def begin(self):
        self._loop.call_soon_threadsafe(self.go.set)

    def __enter__(self):
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()


def swarm(server, users=20, ca=None, **habits):
    return Swarm(
        parse_target(f"{'wss' if ca else 'ws'}://127.0.0.1:{server.port}", str(ca) if ca else None),
        Followed.one_each(np.linspace(28, 33, users), np.linspace(100, 105, users)),
        np.zeros(users),
        Habits(1e6, seed=1, **habits),
        reports=3,
        sampled=np.ones(users, bool),
        machine=this_machine(),
        clock=WallClock(),
        over=server.over,
    )


@pytest.fixture(params=["sockets", "packets"])
def lay(request):
    """What clients go over: nothing but loopback, or cables."""
    if request.param == "sockets":
        yield None
        return
    if why := why_not():
        pytest.skip(why)
    with Cables(1, slots=256, slot_bytes=1024) as cables:
        yield cables


def connect(crew):
    return crew.connect(lambda _settled: None, lambda: None)


def until(crew, true):
    """Look now and then: who looks without a pause has what the clients need of this machine."""
    while not true():
        crew.check()
        time.sleep(0.002)


def settle(crew, name, count):
    while crew.book.total(name) < count:
        crew.collect()
        crew.check()
        time.sleep(0.002)


def test_each_client_gets_its_own_receipts_and_asks_for_its_own_place(lay):
    async def behave(server, connection):
        await server.go.wait()
        await connection.send(report(1))
        await connection.send(report(2))
        await connection.wait_closed()

    with LibraryServer(behave, lay) as server, swarm(server) as crew:
        assert connect(crew) == []
        crew.begin("q")
        server.begin()
        settle(crew, "receipts", 40)
        assert crew.book.received(1) == crew.book.received(2) == 20
        assert crew.book.received(3) == 0
        assert len(crew.collect()) == 40
        assert crew.book.disagreements() == []
    assert len(set(server.paths)) == 20
    assert "/v1/alerts?user=u0&place=28.00000,100.00000" in server.paths


def test_a_report_from_before_the_beginning_is_no_receipt(lay):
    async def behave(_server, connection):
        await connection.send(report(1))
        await connection.wait_closed()

    with LibraryServer(behave, lay) as server, swarm(server) as crew:
        connect(crew)
        settle(crew, "foreign", 20)
        crew.begin("q")
        assert crew.book.received(1) == crew.book.total("foreign") == 0


def test_pings_are_answered_and_closes_too(lay):
    codes = []

    async def behave(_server, connection):
        await (await connection.ping(b"hello"))
        await connection.close(1001)
        codes.append((connection.close_code, connection.protocol.close_rcvd is not None))

    with LibraryServer(behave, lay) as server, swarm(server, users=5) as crew:
        connect(crew)
        settle(crew, "closed", 5)
    assert codes == [(1001, True)] * 5


def test_connections_come_from_loopback_addresses_of_their_own():
    async def behave(_server, connection):
        await connection.wait_closed()

    with LibraryServer(behave) as server, swarm(server, users=3) as crew:
        connect(crew)
        assert server.peers
        assert all(peer.startswith("127.") and peer != "127.0.0.1" for peer in server.peers)


def test_a_host_of_several_names_its_users_on_from_others_and_connects_from_addresses_of_its_own():
    async def behave(_server, connection):
        await connection.wait_closed()

    given = ("127.77.0.1", "127.77.0.2")
    with LibraryServer(behave) as server, swarm(server, users=6, first=100, sources=given) as crew:
        connect(crew)
        assert server.peers == {*given}
        assert {path.partition("user=")[2].partition("&")[0] for path in server.paths} == {
            f"u{user}" for user in range(100, 106)
        }
    with pytest.raises(InputError, match=r"an address of this machine has [\d,]+ .*; [\d,]+ would fit"):
        swarm(server, users=2 * local_ports() + 1, sources=given)


def test_held_clients_connect_as_they_are_let_in_and_each_once(lay):
    async def behave(_server, connection):
        await connection.wait_closed()

    with LibraryServer(behave, lay) as server, swarm(server, held=True) as crew:
        assert connect(crew) == []
        assert crew.collect() == []
        assert server.paths == [], "they wait, though their processes are up"
        for share in (0.25, 1.0):
            crew.let_in(share)
            assert connect(crew) == []
            assert crew.book.total("connected") == 20 * share
    assert len(server.paths) == len(set(server.paths)) == 20


def test_a_server_that_refuses_is_counted_and_its_reason_told(lay):
    async def behave(_server, connection):
        await connection.wait_closed()

    def refuse(connection, request):
        if "user=u1&" in request.path:
            return connection.respond(503, "no room for you\n")
        return None

    with LibraryServer(behave, lay, process_request=refuse) as server, swarm(server, users=4) as crew:
        complaints = connect(crew)
        assert (crew.book.total("connected"), crew.book.total("failed")) == (3, 1)
    assert complaints == ["HTTP/1.1 503 Service Unavailable: no room for you"]


def test_a_target_beyond_loopback_wants_the_flag():
    with pytest.raises(InputError, match=r"192\.0\.2\.1 is not loopback"):
        Swarm(
            parse_target("ws://192.0.2.1:80"),
            Followed.one_each(np.zeros(1), np.zeros(1)),
            np.zeros(1),
            Habits(1.0, seed=1),
            reports=1,
            sampled=np.zeros(1, bool),
            machine=this_machine(),
            clock=WallClock(),
        )


def test_every_tally_has_a_sentence():
    assert all(TALLIES.values())


def test_a_churn_of_less_than_one_client_at_a_time_adds_up(lay):
    async def behave(_server, connection):
        await connection.wait_closed()

    with LibraryServer(behave, lay) as server, swarm(server, users=3) as crew:
        connect(crew)
        for _ in range(5):
            crew.bounce(0.1)
        settle(crew, "returned", 1)


def test_clients_that_are_sent_away_or_lost_come_back_and_may_be_given_what_they_have_once_more(lay):
    async def behave(server, connection):
        await connection.send(report(1))
        if server.paths.count(connection.request.path) == 1:
            await connection.close(1012)
        elif server.paths.count(connection.request.path) == 2:
            connection.transport.abort()
        await connection.wait_closed()

    with LibraryServer(behave, lay) as server, swarm(server, users=10, quake="q", reconnect=True) as crew:
        connect(crew)
        settle(crew, "returned", 20)
        assert crew.book.total("closed") == crew.book.total("duplicates") == 0
        assert (crew.book.total("connected"), crew.book.received(1)) == (10, 10)
        settle(crew, "again", 10)


def test_a_client_that_comes_back_is_refused_and_tries_again(lay):
    async def behave(server, connection):
        if server.paths.count(connection.request.path) == 1:
            await connection.close(1012)
        await connection.wait_closed()

    tried = []

    def refuse_the_second(connection, request):
        tried.append(request.path)
        return connection.respond(503, "full\n") if tried.count(request.path) == 2 else None

    with (
        LibraryServer(behave, lay, process_request=refuse_the_second) as server,
        swarm(server, users=3, reconnect=True) as crew,
    ):
        connect(crew)
        settle(crew, "returned", 3)
        assert crew.book.total("failed") == 0
    assert len(tried) == 9


async def _echoing(server, connection):
    async for message in connection:
        server.heard.add(message)
        await connection.send(echo(understood(message, Decoder(Chat)).text), text=True)


def test_clients_chat_and_count_what_comes_back(lay):
    with LibraryServer(_echoing, lay) as server, swarm(server, chat_per_s=1.0) as crew:
        server.heard = set()
        connect(crew)
        settle(crew, "echoes", 30)
        crew.chat(0.0)
        assert crew.book.total("echoes") <= crew.book.total("chats")
        assert crew.book.total("garbled") == 0
        assert crew.book.disagreements() == []
        assert server.heard == {MESSAGE.decode()}


def test_whoever_is_gone_when_their_turn_comes_says_nothing_nor_does_another_in_their_place(lay):
    said = []

    async def behave(server, connection):
        if "user=u19&" not in connection.request.path:
            await server.go.wait()
            connection.transport.abort()
            return
        async for message in connection:
            said.append(time.monotonic())
            await connection.send(echo(understood(message, Decoder(Chat)).text), text=True)

    with LibraryServer(behave, lay, close_timeout=0.1) as server, swarm(server) as crew:
        connect(crew)
        crew.chat(1.0)
        until(crew, lambda: crew.book.total("chats"))  # then all have their turns in this second
        began = time.monotonic()
        server.begin()
        until(crew, lambda: time.monotonic() >= began + 1.2)
        assert crew.book.total("closed") == 19
        assert crew.book.total("chats") <= 10, "of 20 turns, those before the others had gone, and of who stays"
        settle(crew, "echoes", crew.book.total("echoes") + 2)
    assert len(said) <= time.monotonic() - began + 2, "a turn a second, and each is heard once"


def test_receipts_are_taken_down_while_chat_never_ends(lay):
    async def behave(server, connection):
        await connection.send(report(1))
        await _echoing(server, connection)

    with LibraryServer(behave, lay) as server, swarm(server, quake="q", chat_per_s=1.0) as crew:
        server.heard = set()
        connect(crew)
        until(crew, lambda: crew.book.received(1) == 20)  # nobody asks for them: it is for the clients to find time
        settle(crew, "echoes", 1)


def test_pings_that_trickle_in_without_end_are_answered_all_the_same(lay):
    async def behave(server, connection):
        while server.answered < 20:
            pong = await connection.ping()
            pong.add_done_callback(lambda _: setattr(server, "answered", server.answered + 1))
            await asyncio.sleep(0.01)
        await connection.wait_closed()

    with LibraryServer(behave, lay) as server:
        server.answered = 0
        with swarm(server, users=4, longest_s=0.5) as crew:
            connect(crew)
            until(crew, lambda: server.answered >= 20)  # never quiet, and never told to parse


def test_a_process_that_died_is_named_whatever_it_is_to_be_told(lay):
    async def behave(_server, connection):
        await connection.wait_closed()

    # Over cables nobody answers for the dead: a server waits as long for their close.
    with LibraryServer(behave, lay, close_timeout=0.1) as server, swarm(server, users=3) as crew:
        connect(crew)
        os.kill(crew.pids()[0], signal.SIGKILL)
        os.waitid(os.P_PID, crew.pids()[0], os.WEXITED | os.WNOWAIT)
        with pytest.raises(MeasurementError, match=r"swarm process 0 of 1 died \(status -9\)"):
            crew.bounce(1.0)
        with pytest.raises(MeasurementError, match=r"swarm process 0 of 1 died \(status -9\)"):
            crew.let_in(1.0)


def test_processes_that_stand_still_read_nothing_until_they_go_on(lay):
    async def behave(server, connection):
        await server.go.wait()
        await connection.send(report(1))
        server.sent += 1
        await connection.wait_closed()

    with LibraryServer(behave, lay) as server, swarm(server) as crew:
        server.sent = 0
        connect(crew)
        crew.begin("q")
        with crew.standing_still():
            server.begin()
            while server.sent < 20:
                time.sleep(0.001)
            assert crew.book.total("reads") == 0
        settle(crew, "receipts", 20)
