"""The gateway as strangers see it: real processes, real sockets, the websockets library's client."""

import asyncio
import json
import os
import signal
import socket
import time
import urllib.error
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ewarn.errors import GatewayError, InputError
from ewarn.gateway.clients.farewell import GOING_AWAY
from ewarn.swarm.client import parse_target, request
from ewarn.system.process import descendants
from ewarn.wire.framing import CLOSE, masked_frame

A_LINE = 150
"""bytes, of /proc/net/tcp"""


async def _received(connection, count=1):
    return [json.loads(await asyncio.wait_for(connection.recv(), 10)) for _ in range(count)]


async def _silent(connection):
    """True if nothing came before the gateway answered a ping, which is written after anything sent earlier."""
    await (await connection.ping())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(connection.recv(), 0.01)
    return True


async def _closed_with(connection):
    with pytest.raises(ConnectionClosed) as caught:
        await asyncio.wait_for(connection.recv(), 10)
    return caught.value.rcvd.code


async def _until(condition):
    while not condition():
        await asyncio.sleep(0.02)


def _raw(gateway, data=b"", receive_buffer=None):
    connection = socket.socket()
    connection.settimeout(10)
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.connect(gateway.address)
    if data:
        connection.sendall(data)
    return connection


def _backlog(port):
    """Connections to a port that nobody has accepted yet: what /proc/net/tcp calls the receive queue of a listener."""
    # Listeners come first, and the kernel walks its whole table of connections only for whoever reads on.
    with Path("/proc/net/tcp").open("rb", buffering=A_LINE) as lines:
        next(lines)
        for line in lines:
            _, local, _, state, queues, *_ = line.split()
            if state == b"0A" and int(local.split(b":")[1], 16) == port:
                return int(queues.split(b":")[1], 16)
    raise AssertionError(f"nobody listens on {port}")


def _handshake():
    return request(parse_target("ws://127.0.0.1:1"), "/v1/alerts?user=me&place=30.0,103.0", bytes(16))


def _all_from(connection):
    with connection:
        said = b""
        while data := connection.recv(65536):
            said += data
        return said


async def test_a_report_reaches_a_client_with_what_it_means_at_his_place(forgetful_gateway, make_own_report):
    report = make_own_report()
    async with connect(forgetful_gateway.url("user=me&place=30.0,102.0")) as client:
        forgetful_gateway.release(report)
        (frame,) = await _received(client)
    assert (frame["type"], frame["drill"], frame["quake"], frame["number"]) == ("report", True, report.quake, 1)
    (place,) = frame["places"]
    assert place["distance_km"] == pytest.approx(46.3, abs=0.1)
    assert place["level"] == "yellow" if place["intensity"] < 5 else "orange"
    assert place["s_in_s"] > place["p_in_s"]


async def test_a_client_gets_one_frame_for_all_its_places_and_last_those_that_s_has_reached(
    forgetful_gateway, make_own_report
):
    async with connect(forgetful_gateway.url("user=me&place=30.0,102.0&place=31.0,104.0&place=29.6,102.1")) as client:
        forgetful_gateway.release(make_own_report())
        (frame,) = await _received(client)
        assert [place["place"] for place in frame["places"]] == [0, 1, 2]
        assert frame["places"][1]["distance_km"] > frame["places"][0]["distance_km"] > frame["places"][2]["distance_km"]


async def test_the_same_user_twice_is_two_devices(forgetful_gateway, make_own_report):
    async with connect(forgetful_gateway.url()) as one, connect(forgetful_gateway.url()) as other:
        forgetful_gateway.release(make_own_report())
        assert await _received(one) == await _received(other)


async def test_a_late_client_gets_the_report_in_force_exactly_once(gateway, make_report):
    gateway.release(make_report(1), make_report(2))
    async with connect(gateway.url()) as client:
        (frame,) = await _received(client)
        assert frame["number"] == 2
        assert await _silent(client)


async def test_who_comes_back_after_a_warning_was_taken_back_is_told_so_once(gateway, make_report):
    gateway.release(make_report(1), make_report(2, status="cancel"))
    async with connect(gateway.url()) as client:
        frame = json.loads(await client.recv())
        assert (frame["number"], frame["status"]) == (2, "cancel")
        assert await _silent(client)


async def test_the_quick_report_comes_as_a_message_of_its_own_and_to_late_clients(gateway, make_report):
    async with connect(gateway.url()) as client:
        for number, status, kind in [(1, "final", "report"), (2, "reviewed", "quick")]:
            gateway.release(make_report(number, status))
            assert json.loads(await client.recv())["type"] == kind
    async with connect(gateway.url()) as late:
        warning, quick = [json.loads(await late.recv()) for _ in range(2)]
        assert (warning["type"], warning["status"], warning["number"]) == ("report", "final", 1)
        assert (quick["type"], quick["status"], quick["tier"]) == ("quick", "reviewed", "notification")
        assert await _silent(late)


async def test_a_snapshot_by_message_and_by_page_says_the_same_of_every_place(gateway, make_report):
    gateway.release(make_report(quake="one"), make_report(quake="two"))
    async with connect(gateway.url("user=me&place=29.6,102.1&place=31.0,104.0")) as client:
        for _ in range(2):
            await client.recv()
        await client.send('{"type":"snapshot"}')
        said = json.loads(await client.recv())
    page = json.loads(gateway.get("/v1/snapshot?place=29.6,102.1&place=31.0,104.0"))
    assert said["type"] == page["type"] == "snapshot"
    assert said["drill"] is page["drill"] is True
    for places in (said["places"], page["places"]):
        assert [[one["quake"] for one in place["quakes"]] for place in places] == [["one", "two"]] * 2
        assert [place["place"] for place in places] == [0, 1]


def test_the_history_of_recent_quakes_is_served_by_every_shard(gateway, make_report):
    gateway.release(make_report(1, quake="one"), make_report(1, quake="two"), make_report(2, "final", quake="one"))
    for _ in range(4):  # connections are dealt out over the shards
        said = json.loads(gateway.get("/v1/quakes"))
        assert [(one["quake"], one["number"]) for one in said["quakes"]] == [("one", 2), ("two", 1)]


def test_a_page_with_a_wrong_place_is_refused_by_name(shared_gateway):
    with pytest.raises(urllib.error.HTTPError) as caught:
        shared_gateway.get("/v1/snapshot?place=91,0")
    assert caught.value.code == 400
    assert b"place 0: latitude" in caught.value.read()


async def test_a_user_who_asks_for_strong_shaking_alone_hears_of_that_alone(forgetful_gateway, make_own_report):
    async with (
        connect(forgetful_gateway.url("user=me&place=36.0,103.0&least_intensity=5")) as far,
        connect(forgetful_gateway.url("user=you&place=29.6,102.1&least_intensity=5")) as near,
    ):
        forgetful_gateway.release(make_own_report())
        assert json.loads(await near.recv())["places"][0]["level"] in ("orange", "red")
        assert await _silent(far)
        await far.send('{"type":"follow","places":[[36.0,103.0]],"least_intensity":0}')
        await (await far.ping())
        forgetful_gateway.release(make_own_report(2))
        assert json.loads(await far.recv())["number"] == 2


def test_the_order_and_rate_can_be_changed_while_it_runs(gateway):
    with gateway.publisher() as control:
        control.change(order="fifo", rate_per_s=50.0)
        control.change(rate_per_s=40.0)
        while (health := gateway.health())["rate_per_s"] != 40.0:
            time.sleep(0.002)
        assert health["order"] == "fifo"
        with pytest.raises(GatewayError, match="order: 'best' is not one of"):
            control.change(order="best")


async def test_a_late_client_gets_no_expired_report(forgetful_gateway, make_own_report):
    forgetful_gateway.release(make_own_report())
    async with connect(forgetful_gateway.url()) as client:
        assert await _silent(client)


async def test_two_quakes_at_once_are_told_apart(gateway, make_report):
    gateway.release(make_report(quake="one"), make_report(quake="two"))
    async with connect(gateway.url()) as client:
        assert {frame["quake"] for frame in await _received(client, 2)} == {"one", "two"}


async def test_a_client_without_places_gets_no_alert_until_it_follows_one(gateway, make_report):
    async with connect(gateway.url("user=me")) as client:
        gateway.release(make_report(1))
        assert await _silent(client)
        await client.send('{"type":"follow","places":[[30.0,102.0]]}')
        (frame,) = await _received(client)
        assert frame["number"] == 1
        gateway.release(make_report(2))
        (frame,) = await _received(client)
        assert frame["number"] == 2


async def test_a_client_that_follows_other_places_hears_of_those(forgetful_gateway, make_own_report):
    async with connect(forgetful_gateway.url("user=me&place=30.0,102.0")) as client:
        await client.send('{"type":"follow","places":[[33.0,104.0],[29.59,102.08]]}')
        await (await client.ping())
        forgetful_gateway.release(make_own_report())
        (frame,) = await _received(client)
        assert [round(place["distance_km"]) for place in frame["places"]] == [421, 0]


async def test_a_client_that_follows_nothing_any_more_hears_nothing(forgetful_gateway, make_own_report):
    async with connect(forgetful_gateway.url()) as client:
        await client.send('{"type":"follow","places":[]}')
        await (await client.ping())
        forgetful_gateway.release(make_own_report())
        assert await _silent(client)


async def test_a_follow_message_may_come_in_fragments_with_a_ping_between(forgetful_gateway, make_own_report):
    async with connect(forgetful_gateway.url("user=me"), ping_interval=None) as client:

        async def fragments():
            yield '{"type":"follow",'
            await (await client.ping())
            yield '"places":[[30.0,102.0]]}'

        await client.send(fragments())
        await (await client.ping())
        forgetful_gateway.release(make_own_report())
        assert len(await _received(client)) == 1


async def test_a_frame_that_comes_byte_by_byte_is_understood(shared_gateway):
    with _raw(shared_gateway, _handshake()) as connection:
        assert connection.recv(4096).startswith(b"HTTP/1.1 101")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ping = b"\x89\x84\0\0\0\0abcd"
        for byte in ping:
            connection.send(bytes([byte]))
        assert connection.recv(100) == b"\x8a\x04abcd"


async def test_a_ping_is_answered_with_its_payload(gateway):
    async with connect(gateway.url()) as client:
        assert await asyncio.wait_for(await client.ping(b"are you there"), 10) >= 0
    await _until(lambda: gateway.metric("ewarn_pongs_total") == 1)


async def test_a_close_is_answered_with_its_code(gateway):
    async with connect(gateway.url()) as client:
        await client.close(1000, "done")
        assert (client.close_code, client.close_reason) == (1000, "done")
    await _until(lambda: gateway.metric('ewarn_closed_total{reason="client_closed"}') == 1)
    assert gateway.metric("ewarn_parked") == 0


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"\x00binary", 1003),
        ("not json", 1008),
        ('{"type":"unfollow"}', 1008),
        ('{"type":"follow","places":[[91,0]]}', 1008),
        ('{"type":"follow","places":[[1' + "0" * 400 + ",0]]}", 1008),
        ("x" * 5000, 1009),
    ],
)
async def test_a_client_that_says_something_else_is_told_by_a_close_code(shared_gateway, message, code):
    async with connect(shared_gateway.url()) as offender, connect(shared_gateway.url()) as other:
        await offender.send(message)
        assert await _closed_with(offender) == code
        await (await other.ping())


async def test_the_close_reason_names_the_key_that_is_wrong(shared_gateway):
    async with connect(shared_gateway.url()) as client:
        await client.send('{"type":"follow","places":[[30,103],[91,0]]}')
        await _closed_with(client)
        assert "places 1: latitude: 91" in client.close_reason


async def test_nobody_can_publish_on_the_public_port(forgetful_gateway, make_own_report):
    from ewarn.wire.reports import encode

    async with connect(forgetful_gateway.url()) as offender, connect(forgetful_gateway.url()) as victim:
        await offender.send(encode(make_own_report()))
        assert await _closed_with(offender) == 1008
        assert await _silent(victim)
        with pytest.raises(InvalidStatus) as caught:
            await connect(f"ws://{forgetful_gateway.started.listen}/v1/reports").__aenter__()
        assert caught.value.response.status_code == 404


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("place=30,103", "user"),
        ("user=me&place=91,103", "latitude"),
        ("user=me&place=30", "place 0"),
        ("user=me" + "&place=30,103" * 11, "at most 10"),
    ],
)
async def test_a_request_that_is_wrong_is_refused_with_the_parameter_named(shared_gateway, query, named):
    with pytest.raises(InvalidStatus) as caught:
        await connect(shared_gateway.url(query)).__aenter__()
    assert caught.value.response.status_code == 400
    assert named in caught.value.response.body.decode()


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"\x16\x03\x01 hello, TLS?\r\n\r\n", b"400"),
        (b"GET /v1/alerts?user=me HTTP/1.1\r\nHost: x\r\n\r\n", b"426"),
        (b"GET /v1/alerts?user=me HTTP/1.1\r\n" + b"X-Filler: " + b"a" * 9000, b"431"),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n", b"431"),
        (b"GET / HTTP/1.1" + b"\r\nA: b" * 200 + b"\r\n\r\n", b"431"),
        (b"GET //[ HTTP/1.1\r\nHost: x\r\n\r\n", b"404"),
        (b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n", b"404"),
    ],
)
async def test_a_stranger_who_speaks_nonsense_is_told_and_others_go_on(
    forgetful_gateway, make_own_report, data, status
):
    async with connect(forgetful_gateway.url()) as other:
        said = _all_from(_raw(forgetful_gateway, data))
        assert said.split(b" ")[1:2] == [status]
        forgetful_gateway.release(make_own_report())
        assert len(await _received(other)) == 1


async def test_a_stranger_who_says_nothing_is_dropped_in_time(start_gateway):
    gateway = start_gateway(handshake_s=0.5)
    silent, halfway = _raw(gateway), _raw(gateway, b"GET /v1/al")
    assert await asyncio.to_thread(_all_from, silent) == b""
    assert await asyncio.to_thread(_all_from, halfway) == b""
    assert gateway.metric('ewarn_closed_total{reason="handshake_timeout"}') == 2


async def test_a_crowd_that_says_nothing_keeps_nobody_out(start_gateway, make_report):
    gateway = start_gateway(capacity=4, door=64)
    with ExitStack() as crowd, gateway.publisher() as control:
        silent = [crowd.enter_context(_raw(gateway)) for _ in range(400)]
        clients = [await connect(gateway.url()).__aenter__() for _ in range(4)]
        with pytest.raises(InvalidStatus) as caught:
            await connect(gateway.url()).__aenter__()
        assert caught.value.response.status_code == 503
        assert 5 <= int(caught.value.response.headers["Retry-After"]) <= 10
        control.release(make_report())
        for client in clients:
            assert len(await _received(client)) == 1
            await client.close()
        assert silent[0].recv(4096).split(b"\r\n")[0] == b"HTTP/1.1 503 Service Unavailable"
        assert gateway.metric('ewarn_closed_total{reason="address"}') >= 400 - 2 * 64
        assert gateway.metric("ewarn_turned_away_total") == 0


async def test_ipv6_is_served_on_both_addresses_and_a_network_of_it_is_one_address(start_gateway, make_report):
    gateway = start_gateway(listen="[::1]:0", control="[::1]:0", per_address=1)
    assert gateway.started.listen.startswith("[::1]:") and gateway.started.control.startswith("[::1]:")
    async with connect(gateway.url(), origin=f"http://{gateway.started.listen}") as client:
        gateway.release(make_report())
        assert len(await _received(client)) == 1
        with pytest.raises(InvalidStatus) as caught:
            await connect(gateway.url()).__aenter__()
        assert caught.value.response.status_code == 503


async def test_seats_that_silent_callers_hide_from_the_supervisor_are_found(start_gateway):
    """Twelve phones at once for twelve seats, whichever shard each is given to."""
    gateway = start_gateway(capacity=12, shards=3)
    with ExitStack() as crowd:
        for _ in range(60):
            crowd.enter_context(_raw(gateway))
        clients = await asyncio.gather(*(connect(gateway.url()).__aenter__() for _ in range(12)))
        for client in clients:
            await client.close()


async def test_an_address_has_its_share_of_connections_over_all_shards_and_gets_it_back(start_gateway):
    gateway = start_gateway(capacity=20, shards=2, per_address=3)
    clients = [await connect(gateway.url()).__aenter__() for _ in range(3)]
    with pytest.raises(InvalidStatus) as caught:
        await connect(gateway.url()).__aenter__()
    assert (caught.value.response.status_code, b"this address" in caught.value.response.body) == (503, True)
    async with connect(gateway.url(), local_addr=("127.0.0.2", 0)):
        pass
    await clients.pop().close()
    await _until(lambda: gateway.metric("ewarn_parked") == 2)
    clients.append(await connect(gateway.url()).__aenter__())
    for client in clients:
        await client.close()


async def test_a_full_gateway_refuses_with_503_and_has_room_again_when_one_leaves(start_gateway):
    gateway = start_gateway(capacity=5, shards=2)
    clients = [await connect(gateway.url()).__aenter__() for _ in range(5)]
    with pytest.raises(InvalidStatus) as caught:
        await connect(gateway.url()).__aenter__()
    assert caught.value.response.status_code == 503
    assert gateway.health()["connections"] == 5
    await clients.pop().close()
    await _until(lambda: gateway.metric("ewarn_parked") == 4)
    clients.append(await connect(gateway.url()).__aenter__())
    for client in clients:
        await client.close()


async def test_a_client_that_vanishes_leaves_the_roster(gateway):
    with _raw(gateway) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    client = await connect(gateway.url()).__aenter__()
    client.transport.abort()
    await _until(lambda: gateway.metric('ewarn_closed_total{reason="lost"}') == 2)
    assert gateway.health()["connections"] == 0


async def test_health_tells_layout_and_strategy(start_gateway):
    health = start_gateway(capacity=100, order="random", engine="write").health()
    assert (health["status"], health["shards"], health["capacity"]) == ("ok", 2, 100)
    assert (health["engine"], health["order"], health["drill"]) == ("write", "random", True)


async def test_metrics_are_summed_over_all_shards(gateway, make_report):
    clients = [await connect(gateway.url()).__aenter__() for _ in range(6)]
    gateway.release(make_report())
    sizes = [len(await asyncio.wait_for(client.recv(), 10)) + 4 for client in clients]
    # A frame may be read before it is counted: bytes are, after frames.
    await _until(lambda: gateway.metric("ewarn_bytes_total") >= sum(sizes))
    assert gateway.metric("ewarn_bytes_total") == sum(sizes)
    assert gateway.metric("ewarn_frames_total") == gateway.metric("ewarn_followers") == 6
    for client in clients:
        await client.close()


@pytest.mark.parametrize("secret", ["wrong", "", "a-secret-of-the-test"])
def test_a_publisher_without_the_secret_is_refused(shared_gateway, secret):
    with pytest.raises(InputError, match="401"), shared_gateway.publisher(secret):
        pass


def test_a_report_that_is_not_newer_is_refused_with_both_numbers(forgetful_gateway, make_own_report):
    with forgetful_gateway.publisher() as control:
        control.release(make_own_report(3))
        for number in (2, 3):
            with pytest.raises(GatewayError, match=f"number: {number} is not newer than 3"):
                control.release(make_own_report(number))


async def test_a_quake_played_again_begins_anew(gateway, make_report):
    gateway.release(make_report(1), make_report(2))
    gateway.release(make_report(1, later_s=60.0))
    async with connect(gateway.url()) as client:
        (frame,) = await _received(client)
        assert frame["number"] == 1


async def test_when_a_shard_dies_the_others_go_on_and_health_says_so(gateway, make_report):
    os.kill(_shards(gateway.child.process.pid)[0], signal.SIGKILL)
    await _until(lambda: _health_or_none(gateway) == "degraded")
    clients = [await connect(gateway.url()).__aenter__() for _ in range(4)]
    gateway.release(make_report())
    for client in clients:
        assert len(await _received(client)) == 1
        await client.close()


async def test_clients_are_told_when_the_gateway_goes_away(gateway):
    async with connect(gateway.url()) as client:
        gateway.child.channel.close()
        assert await _closed_with(client) == 1001
    assert gateway.child.process.wait(10) == 0


def test_a_close_in_answer_to_the_goodbye_is_not_answered_by_a_second(gateway):
    with ExitStack() as stack:
        clients = [stack.enter_context(_raw(gateway, _handshake())) for _ in range(20)]
        for client in clients:
            assert b"\r\n\r\n" in client.recv(4096)
        gateway.child.channel.close()
        for client in clients:
            assert client.recv(4096) == GOING_AWAY
            with suppress(OSError):  # the gateway may be gone by then
                client.sendall(masked_frame(CLOSE, GOING_AWAY[2:], b"mask"))
        for client in clients:
            with suppress(ConnectionResetError):  # it went without reading what was said to it
                assert client.recv(4096) == b""


def test_a_port_in_use_is_named(gateway, start_gateway):
    with pytest.raises(InputError, match=f"--listen: cannot listen on {gateway.started.listen}"):
        start_gateway(listen=gateway.started.listen)


@pytest.mark.parametrize("key", ["listen", "control"])
def test_an_address_beyond_loopback_wants_the_flag(start_gateway, key):
    with pytest.raises(InputError, match=f"--{key}: 0.0.0.0 is not loopback"):
        start_gateway(**{key: "0.0.0.0:0"})


def _shards(supervisor):
    return [int(pid) for pid in Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()]


def _health_or_none(gateway):
    try:
        return gateway.health()["status"]
    except (OSError, urllib.error.URLError):
        return None


async def test_a_half_open_connection_is_found_and_dropped_while_one_that_answers_pings_stays(start_gateway):
    gateway = start_gateway(ping_s=0.6)
    with _raw(gateway) as silent:
        silent.sendall(_handshake())
        async with connect(gateway.url()) as alive:
            await _until(lambda: gateway.metric('ewarn_closed_total{reason="silent"}') == 1)
            await _until(lambda: gateway.metric("ewarn_pings_total") > 4)
            assert gateway.health()["connections"] == 1
            await alive.ping()


async def test_what_the_kernel_keeps_for_a_client_that_never_reads_is_bounded(start_gateway, make_report):
    gateway = start_gateway(slow_s=0.5)
    with _raw(gateway, receive_buffer=4096) as stuck:
        stuck.sendall(_handshake())
        await _until(lambda: gateway.health()["connections"] == 1)
        number = 0
        with gateway.publisher() as control:
            while not gateway.metric('ewarn_closed_total{reason="slow_consumer"}'):
                number += 1
                assert number < 2_000
                control.release(make_report(number))
        assert gateway.metric("ewarn_deferred_total") > 0
        assert gateway.metric("ewarn_superseded_total") > 0


def test_a_publisher_is_told_that_a_report_is_too_weak_to_be_released(forgetful_gateway, make_own_report):
    weak = make_own_report()
    weak = replace(weak, origin=replace(weak.origin, magnitude=4.3))
    with forgetful_gateway.publisher() as control:
        assert "magnitude 4.3 is below 5" in control.release(weak).note
        assert control.release(make_own_report(2)).note is None


def test_connections_that_a_shard_cannot_take_just_now_wait_and_are_served(start_gateway):
    """Its socket holds less than 300 messages, and each connection comes in one of its own."""
    gateway = start_gateway(shards=1, capacity=1_000, stalled_s=60.0, buried_s=60.0)  # it is only slow
    (shard,) = descendants(gateway.child.process.pid)
    os.kill(shard, signal.SIGSTOP)
    with ExitStack() as stack:
        try:
            callers = [stack.enter_context(_raw(gateway, _handshake())) for _ in range(600)]
        finally:
            os.kill(shard, signal.SIGCONT)
        for caller in callers:
            assert b" 101 " in caller.recv(100)
    assert gateway.metric("ewarn_turned_away_total") == 0


def test_a_connection_that_no_shard_can_take_just_now_is_served_though_nobody_comes_after_it(start_gateway):
    gateway = start_gateway(shards=1, capacity=1_000, stalled_s=60.0, buried_s=60.0)  # it is only slow
    supervisor = gateway.child.process.pid
    (shard,) = descendants(supervisor)

    def holds():
        return sum(1 for _ in Path(f"/proc/{supervisor}/fd").iterdir())

    def keeps_it():
        """Whether it has one more for good once it has accepted all: what a shard is given is closed at once."""
        while _backlog(gateway.address[1]):
            time.sleep(0.001)
        patience = time.monotonic() + 0.5
        while holds() > before and time.monotonic() < patience:
            time.sleep(0.001)
        return holds() > before

    before = holds()
    os.kill(shard, signal.SIGSTOP)
    with ExitStack() as stack:
        try:
            callers = [stack.enter_context(_raw(gateway, _handshake()))]
            while not keeps_it():
                callers.append(stack.enter_context(_raw(gateway, _handshake())))
        finally:
            os.kill(shard, signal.SIGCONT)
        for caller in callers:
            assert b" 101 " in caller.recv(100)
