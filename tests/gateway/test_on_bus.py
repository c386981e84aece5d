"""Gateways on a real bus: two lines, hosts in processes of their own, and clients of theirs."""

import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import replace

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from ewarn.bus import subjects
from ewarn.bus.centre import bus_publisher
from ewarn.bus.line import Line
from ewarn.gateway.intake import keys
from ewarn.system.clock import WallClock
from ewarn.system.tls import client_context
from ewarn.wire.bus import Pulse, ReportName
from ewarn.wire.bus import encode as encode_word
from ewarn.wire.reports import encode
from tests.bus.relay import Relay
from tests.bus.servers import running
from tests.certificates import Authority
from tests.commands import ewarn
from tests.conftest import CENTRE, PATIENCE_S, gateways

PLACE = "user=me&place=30.0,103.0"


def until(what):
    """Its value, once that is true."""
    end = time.monotonic() + PATIENCE_S
    while not (found := what()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return found


@pytest.fixture(scope="module")
def bus(tmp_path_factory):
    with running(tmp_path_factory.mktemp("bus") / "keys") as made:
        yield made


@pytest.fixture(scope="module")
def start(bus):
    with gateways() as start:
        yield lambda name, **more: start(
            **{"lines": bus.given, "key": bus.key(name), "name": name, "shards": 1, "capacity": 50} | more
        )


@pytest.fixture(scope="module")
def hosts(start):
    """Two that are there all the time."""
    made = start("g1"), start("g2")
    for one in made:
        until(lambda one=one: len(listed(one)["gateways"]) >= 2)
    return made


@pytest.fixture(scope="module")
def centre(bus, hosts):
    assert hosts
    with made_centre(bus) as made:
        yield made


def made_centre(bus):
    return bus_publisher([one.address for one in bus.servers], bus.identity("centre"), WallClock(), CENTRE)


def listed(gateway):
    return json.loads(gateway.get("/v1/gateways"))


def say(bus, *messages, lines=(0, 1)):
    """As whoever has the centre's key of the bus: subjects and what is published there."""

    async def publish(server):
        up = asyncio.Event()

        async def on_up(_):
            up.set()

        line = Line(server.address, bus.identity("centre"), {}, on_up, lambda *_: None, rng=random.Random(1))
        kept = asyncio.create_task(line.run())
        await up.wait()
        for subject, payload in messages:
            line.say(subject, payload)
        await line.settle()
        kept.cancel()
        await asyncio.gather(kept, return_exceptions=True)

    for line in lines:
        asyncio.run(publish(bus.servers[line]))


def sealed(report):
    return subjects.of_report(report), encode(CENTRE.seal(report)).encode()


def metric(gateway, name):
    lines = [line for line in gateway.get("/metrics").splitlines() if line.split(" ")[0] == name]
    return float(lines[0].split()[1])


def became(gateway, what):
    return metric(gateway, f'ewarn_bus_reports_total{{became="{what}"}}')


@contextmanager
def clients(*gateways):
    """One of each."""
    with ExitStack() as stack:
        yield [stack.enter_context(connect(one.url(), proxy=None)) for one in gateways]


def numbers(client, last):
    """Of the reports of its quake that a client is told, up to the last; those of other tests are in force too."""
    told = []
    while not told or told[-1] != last.number:
        frame = json.loads(client.recv(PATIENCE_S))
        told += [frame["number"]] if frame["quake"] == last.quake else []
    return told


def test_users_of_all_hosts_are_told_once_and_the_centre_of_all_of_them(hosts, centre, make_own_report):
    before = [became(one, "duplicate") for one in hosts]
    with clients(*hosts) as [one, two]:
        until(lambda: all(gateway.health()["connections"] == 1 for gateway in hosts))
        for number in (1, 2):
            report = make_own_report(number)
            release = centre.release(report)
            assert (release.targets, release.note) == (2, None)
            assert numbers(one, report) == numbers(two, report) == [number]
    for gateway, had in zip(hosts, before, strict=True):
        until(lambda gateway=gateway, had=had: became(gateway, "duplicate") >= had + 2)
        health = gateway.health()
        assert health["status"] == "ok"
        assert [(line["up"], line["caught_up"]) for line in health["bus"]["lines"]] == [(True, True)] * 2
        assert (health["bus"]["newest"]["number"], health["bus"]["pulse_s"] < 5) == (2, True)
        assert [metric(gateway, name) for name in ('ewarn_health{status="ok"}', "ewarn_bus_lines")] == [1, 2]


def test_every_host_lists_all_of_them(hosts):
    for one in hosts:
        found = until(lambda one=one: [each for each in listed(one)["gateways"] if each["state"] == "up"])
        assert [each["name"] for each in found] == ["g1", "g2"]
        assert [each["url"] for each in found] == [f"ws://{each.started.listen}" for each in hosts]
        assert {"capacity": 100, "without_the_largest": 50, "spare": True, "drill": True}.items() <= listed(one).items()


def test_a_host_that_starts_knows_what_is_in_force_before_anybody_can_connect(start, hosts, bus, make_own_report):
    """A cancel is told too, though it is the first that this host hears of its play: others warned people."""
    warning = make_own_report(3)
    taken_back = replace(make_own_report(5, "cancel"), quake=f"{warning.quake}.b")
    say(bus, sealed(warning), sealed(taken_back), lines=(0,))
    say(bus, sealed(replace(make_own_report(2), quake=warning.quake, play=warning.play)), lines=(1,))
    late = start("g3")
    try:
        with connect(late.url(), proxy=None) as client:
            told = [json.loads(client.recv(PATIENCE_S)) for _ in range(2)]
            while {warning.quake, taken_back.quake} - {one["quake"] for one in told}:
                told.append(json.loads(client.recv(PATIENCE_S)))  # of other tests
        found = {(one["quake"], one["number"], one["status"]) for one in told}
        assert {(warning.quake, 3, "update"), (taken_back.quake, 5, "cancel")} <= found
        assert (warning.quake, 2) not in {one[:2] for one in found}
    finally:
        late.child.stop()
    until(lambda: "g3" not in {each["name"] for each in listed(hosts[0])["gateways"]} or _is_lost(hosts[0], "g3"))


def _is_lost(gateway, name):
    return {"lost"} >= {each["state"] for each in listed(gateway)["gateways"] if each["name"] == name}


def test_what_is_old_redelivered_forged_or_replayed_reaches_nobody(hosts, bus, make_own_report):
    gateway, final = hosts[0], make_own_report(4, "final")
    replayed = replace(make_own_report(3), quake=f"{final.quake}.r", ahead_s=0.0)
    replayed = replace(replayed, released=time.time() - 100.0, origin=replace(final.origin, time=time.time() - 110.0))
    replayed = replace(replayed, play=round((time.time() - 111.0) * 1e9))
    forged = replace(make_own_report(5), quake=final.quake, play=final.play)
    old_play = replace(make_own_report(9), quake=final.quake, play=final.play - 10**9)
    had = {what: became(gateway, what) for what in ("taken", "older", "duplicate", "refused")}
    with clients(gateway) as [client]:
        say(bus, sealed(final), sealed(final), sealed(old_play))
        unsigned = subjects.of_report(forged), encode(forged).encode()
        say(bus, sealed(replayed), unsigned, (subjects.of_report(final), b"{"), lines=(0,))
        until(lambda: became(gateway, "refused") >= had["refused"] + 3)
        last = replace(make_own_report(6, "cancel"), quake=final.quake, play=final.play)
        say(bus, sealed(last), lines=(1,))
        assert numbers(client, last) == [4, 6]
    found = {what: became(gateway, what) - had[what] for what in had}
    # The old play is older once another is taken; twice in a moment it is a duplicate first.
    assert (found["taken"], found["older"] + found["duplicate"], found["refused"]) == (2, 5, 3)


def test_what_a_pulse_names_and_a_host_lacks_it_asks_for(hosts, bus, make_own_report):
    """It is kept by a line, and this host was not told: a quick report, whose kind a pulse does not say."""
    gateway, missed = hosts[0], make_own_report(2, "reviewed")
    os.kill(gateway.child.process.pid, signal.SIGSTOP)
    try:
        say(bus, sealed(missed), lines=(1,))
    finally:
        os.kill(gateway.child.process.pid, signal.SIGCONT)
    pulse = encode_word(Pulse(1, (ReportName(missed.quake, missed.play, 2), ReportName(missed.quake, missed.play, 1))))
    say(bus, (subjects.PULSE, pulse))
    until(lambda: missed.quake in gateway.get("/v1/quakes"))
    asked = metric(gateway, "ewarn_bus_asked_total")
    nobody_has = encode_word(Pulse(1, (ReportName("nobody-has", 1, 1),)))
    for _ in range(5):
        say(bus, (subjects.PULSE, nobody_has))
    until(lambda: metric(gateway, "ewarn_bus_asked_total") > asked)
    assert metric(gateway, "ewarn_bus_asked_total") <= asked + 3


def test_a_host_that_stood_still_tells_the_newest_alone(hosts, centre, make_own_report):
    with clients(*hosts) as [behind, other]:
        os.kill(hosts[0].child.process.pid, signal.SIGSTOP)
        try:
            for last in map(make_own_report, (1, 2, 3)):
                centre.release(last)
        finally:
            os.kill(hosts[0].child.process.pid, signal.SIGCONT)
        assert numbers(other, last)
        assert numbers(behind, last) == [3]


def test_with_one_line_all_goes_on_and_without_any_a_host_says_stale_until_one_is_back(
    hosts, bus, make_own_report, request
):
    first, second = bus.servers
    with clients(*hosts) as [one, two], made_centre(bus) as centre:
        first.kill()
        request.addfinalizer(lambda: [server.kill() or server.start() for server in bus.servers])
        report = make_own_report(1)
        assert centre.release(report).targets == 2
        assert numbers(one, report) == numbers(two, report) == [1]
        second.kill()
        until(lambda: all(gateway.health()["status"] == "stale" for gateway in hosts))
        assert {each["state"] for each in listed(hosts[0])["gateways"]} == {"up"}, "of others nothing is known"
        assert metric(hosts[0], 'ewarn_bus_line_up{line="1"}') == 0.0
        second.start()
        until(lambda: all(gateway.health()["status"] == "degraded" for gateway in hosts))
        assert [gateway.health()["bus"]["silent"] for gateway in hosts] == [[0], [0]]
        report = make_own_report(2)
        centre.release(report)
        assert numbers(one, report) == numbers(two, report) == [2]


def test_a_line_that_comes_back_tells_what_was_missed_to_those_who_are_there(hosts, bus, make_own_report):
    """Both lines are lost to one who then hears of a report by what a line keeps."""
    missed = make_own_report(7)
    with clients(hosts[0]) as [client]:
        for server in bus.servers:
            server.kill()
        until(lambda: hosts[0].health()["status"] == "stale")
        os.kill(hosts[0].child.process.pid, signal.SIGSTOP)
        try:
            for server in bus.servers:
                server.start()
            say(bus, sealed(missed))
        finally:
            os.kill(hosts[0].child.process.pid, signal.SIGCONT)
        assert numbers(client, missed) == [7]


@pytest.fixture
def run(bus, hosts, tmp_path):
    """Gateways as an operator starts them: the process, and what it said of itself; the others have heard of them."""
    started = []

    def start(name, drain_s, *options):
        (tmp_path / "trusted.pem").write_bytes(keys.pem([CENTRE.public]))
        words = f"gateway --listen 127.0.0.1:0 --control 127.0.0.1:0 --shards 1 --capacity 50 --json --name {name}"
        more = f"--bus {bus.given} --key {bus.key(name)} --drain-s {drain_s}"
        files = ["--trusted-keys", str(tmp_path / "trusted.pem"), "--state", str(tmp_path / name)]
        command = [sys.executable, "-m", "ewarn", *words.split(), *more.split(), *files, *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        started.append(process)
        url = f"ws://{json.loads(process.stdout.readline())['listen']}/v1/alerts?{PLACE}"
        until(lambda: state_of(hosts[0], name) == "up")
        return process, url

    yield start
    for process in started:
        process.kill()
        process.communicate()


def state_of(gateway, name):
    return next((each["state"] for each in listed(gateway)["gateways"] if each["name"] == name), None)


def test_on_sigterm_a_host_lets_its_users_go_and_still_tells_them_of_reports_and_a_second_ends_it(
    hosts, bus, run, make_own_report
):
    process, url = run("g4", drain_s=3600)
    with ExitStack() as stack:
        there = [stack.enter_context(connect(url, proxy=None)) for _ in range(3)]
        process.send_signal(signal.SIGTERM)
        until(lambda: state_of(hosts[1], "g4") == "draining")
        with pytest.raises(InvalidStatus) as refused:
            connect(url, proxy=None)
        assert (refused.value.response.status_code, "Retry-After" in refused.value.response.headers) == (503, True)
        report = make_own_report(4)
        say(bus, sealed(report))
        assert [numbers(one, report) for one in there] == [[4]] * 3
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
        with pytest.raises(ConnectionClosed):
            numbers(there[0], make_own_report(5))
    assert "draining over 3600 s" in process.stderr.read()
    until(lambda: state_of(hosts[0], "g4") is None)


def test_once_all_users_of_a_host_that_drains_have_been_sent_away_it_ends_by_itself_with_tls_too(hosts, run, tmp_path):
    authority = Authority(tmp_path)
    pair = authority.sign("g5")
    process, url = run("g5", 0.2, "--tls-cert", str(pair.certificate), "--tls-key", str(pair.key))
    context = client_context(str(authority.file))
    with ExitStack() as stack:
        secure = url.replace("ws:", "wss:")
        there = [stack.enter_context(connect(secure, proxy=None, ssl=context)) for _ in range(3)]
        (own,) = until(lambda: [each for each in listed(hosts[0])["gateways"] if each["name"] == "g5"])
        assert own["url"].startswith("wss://")
        process.send_signal(signal.SIGTERM)
        for one in there:
            with pytest.raises(ConnectionClosed) as closed:
                while True:
                    one.recv(PATIENCE_S)
            assert closed.value.rcvd.code == 1012
    assert process.wait(PATIENCE_S) == 0
    until(lambda: state_of(hosts[0], "g5") is None)


@pytest.mark.parametrize("missing", ["nats", "nkeys"])
def test_without_the_extra_it_is_said_in_one_line_how_to_add_it(bus, monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    words = "gateway", "--unsigned", "--state", "", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"
    code, _, said = ewarn(*words, "--bus", bus.given, "--key", bus.key("g1"))
    assert (code, said) == (2, "ewarn: --bus needs nats-py: install it with pip install 'ewarn[bus]'\n")


def test_a_host_that_no_line_tells_anything_opens_all_the_same_says_stale_and_takes_reports_where_it_is_told_them(
    start, make_own_report
):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        alone = start("g6", lines=f"nats://127.0.0.1:{nobody.getsockname()[1]}", catch_up_s=0.1)
        try:
            assert alone.health()["status"] == "stale"
            assert [line["up"] for line in alone.health()["bus"]["lines"]] == [False]
            with clients(alone) as [client], alone.publisher() as control:
                report = make_own_report(1)
                control.release(report)
                assert numbers(client, report) == [1]
        finally:
            alone.child.stop()


async def test_users_of_a_host_that_was_cut_off_are_told_the_newest_once_it_is_healed_and_none_of_before(
    start, bus, make_own_report
):
    apart = asyncio.to_thread  # a cable passes nothing on while a test waits
    async with AsyncExitStack() as stack:
        cables = [await stack.enter_async_context(Relay(server.address.port)) for server in bus.servers]
        gateway = await apart(start, "g7", lines=",".join(f"nats://127.0.0.1:{cable.port}" for cable in cables))
        stack.push_async_callback(apart, gateway.child.stop)
        with await apart(connect, gateway.url(), proxy=None) as client:
            before, missed, newest = (make_own_report(number) for number in (1, 2, 5))
            await apart(say, bus, sealed(before))
            assert await apart(numbers, client, before) == [1]
            for cable in cables:
                cable.cut = True
            await apart(say, bus, sealed(missed), sealed(newest))
            await apart(until, lambda: gateway.health()["status"] == "stale")
            for cable in cables:
                cable.cut = False
            assert await apart(numbers, client, newest) == [5]
            assert any(line["up"] for line in (await apart(gateway.health))["bus"]["lines"])
