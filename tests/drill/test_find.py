"""Clients that find a gateway: real gateways on a bus die, come back and stop, and all are told each report."""

import json
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
import numpy as np
import pytest

from ewarn.audience.homes import distances, homes, scores
from ewarn.bus.centre import bus_publisher
from ewarn.system.clock import WallClock
from ewarn.wire.gateways import GATEWAYS_PATH, Gateway, Gateways
from tests.bus.servers import running
from tests.commands import ewarn
from tests.conftest import CENTRE, PATIENCE_S, gateways

CLIENTS, HOME_S = 300, 0.5
CAPACITY = {"g1": 400, "g2": 400, "g3": 200}


class ListServer(ThreadingHTTPServer):
    """Serves a list that the test writes."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Answer)
        self.hosts = ()

    @property
    def url(self):
        return f"ws://127.0.0.1:{self.server_address[1]}"


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        found = self.path == GATEWAYS_PATH and self.server.hosts
        body = msgspec.json.encode(Gateways.of(self.server.hosts)) if found else b"no such page"
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextmanager
def serving():
    with ListServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def until(condition, what):
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, what()
        time.sleep(0.02)


class Fleet:
    """Three gateways on a bus, and a swarm that finds them by the third one's address."""

    def __init__(self, bus, start, folder):
        self._bus, self._start = bus, start
        self.running = {}
        for name in CAPACITY:
            self.begin(name)
        self.at = {name: one.started.listen for name, one in self.running.items()}
        until(lambda: self.states() == dict.fromkeys(CAPACITY, "up"), self.states)
        command = ("swarm", "--to", f"ws://127.0.0.1:9,ws://{self.at['g3']}", "--find", "--home-s", str(HOME_S))
        words = ("--clients", str(CLIENTS), "--out", str(folder), "--json")
        self.swarm = subprocess.Popen(
            [sys.executable, "-m", "ewarn", *command, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        while f"{CLIENTS} of {CLIENTS} clients connected" not in (said := self.swarm.stderr.readline()):
            assert self.swarm.poll() is None, said

    def begin(self, name, **more):
        on = {"lines": self._bus.given, "key": self._bus.key(name), "name": name, "shards": 1}
        self.running[name] = self._start(**on, capacity=CAPACITY[name], **more)

    def states(self):
        """As the third one lists them."""
        return {one["name"]: one["state"] for one in json.loads(self.running["g3"].get(GATEWAYS_PATH))["gateways"]}

    def there(self):
        """Connections by host."""
        return {name: one.health()["connections"] for name, one in self.running.items()}

    def expect(self, **counts):
        wanted = dict.fromkeys(self.running, 0) | counts
        until(lambda: self.there() == wanted, lambda: f"{self.there()}, expected {wanted}")

    def sent(self):
        """Frames in all."""
        return sum(one.metric("ewarn_frames_total") for one in self.running.values())

    def leave(self):
        self.swarm.send_signal(signal.SIGINT)
        said, problems = self.swarm.communicate(timeout=PATIENCE_S)
        assert self.swarm.returncode == 0, problems
        return json.loads(said)


def at_home(*names):
    """How many have each as the first of their ranking."""
    users = [f"u{index}" for index in range(CLIENTS)]
    far = np.stack([distances(name, users) for name in names])
    home = homes(scores([CAPACITY[name] for name in names], far))
    return {name: int((home == index).sum()) for index, name in enumerate(names)}


@pytest.mark.timeout(120)
def test_whatever_dies_or_stops_every_client_is_told_and_goes_home(make_report, tmp_path):
    all_home, without_1 = at_home("g1", "g2", "g3"), at_home("g2", "g3")
    with running(tmp_path / "keys") as bus, gateways() as start:
        fleet = Fleet(bus, start, tmp_path)
        lines = [one.address for one in bus.servers]
        try:
            with bus_publisher(lines, bus.identity("centre"), WallClock(), CENTRE) as centre:
                fleet.expect(**all_home)
                centre.release(make_report(1))
                fleet.running.pop("g1").child.kill()
                centre.release(make_report(2))
                fleet.expect(**without_1)
                fleet.begin("g1", listen=fleet.at["g1"])
                fleet.expect(**all_home)
                assert fleet.running.pop("g1").child.stop(PATIENCE_S) == 0
                fleet.expect(**without_1)
                sent = fleet.sent()
                centre.release(make_report(3))
                until(lambda: fleet.sent() == sent + CLIENTS, fleet.sent)
            counts = fleet.leave()
        finally:
            fleet.swarm.kill()
            fleet.swarm.communicate()
    gone = all_home["g1"]
    assert counts["moved"] == 3 * gone
    # Who tries a home that is dead before the list says so comes back to where they were: on a slow machine some do.
    assert counts["left"] == counts["returned"] >= 3 * gone
    assert counts["connected"] == CLIENTS
    assert (counts["failed"], counts["closed"], counts["duplicates"], counts["garbled"]) == (0, 0, 0, 0)
    receipts = np.load(tmp_path / "receipts.npy")
    for number in (2, 3):
        assert sorted(receipts["user"][receipts["report"] == number]) == list(range(CLIENTS))
    assert counts["gateways"]["g1"] == {"home": 0, "others": 0}
    for name, on in without_1.items():
        assert sum(counts["gateways"][name].values()) == on


FIND = ("--clients", 1, "--for", 0.1, "--find")


def test_clients_find_a_gateway_only_where_one_has_a_list_that_they_may_go_by():
    with serving() as listing:
        code, _, said = ewarn("swarm", "--to", listing.url, *FIND)
        assert (code, "has no page /v1/gateways (HTTP 404)" in said) == (2, True)
        listing.hosts = (Gateway("g1", "ws://192.0.2.1:8600", 1, 0, "up"),)
        code, _, said = ewarn("swarm", "--to", listing.url, *FIND)
        assert (code, "gateways.g1: 192.0.2.1 is not loopback; --allow-network" in said) == (2, True)
        listing.hosts = (Gateway("g1", "wss://127.0.0.1:8600", 1, 0, "up"),)
        code, _, said = ewarn("swarm", "--to", listing.url, *FIND)
        assert (code, "gateways.g1: wss://127.0.0.1:8600 and --to differ in TLS" in said) == (2, True)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--to", "ws://127.0.0.1:9", "--find"), "no gateway answers on 127.0.0.1:9"),
        (("--to", "ws://127.0.0.1:9,ws://127.0.0.1:10"), "--to: 2 addresses, expected 1; several need --find"),
        (("--to", "ws://127.0.0.1:9,ws://127.0.0.1:9", "--phones", "packets"), "--to: an address is there twice"),
        (("--to", "ws://127.0.0.1:9,", "--find"), "--to: expected ws://HOST:PORT"),
        (("--to", "ws://127.0.0.1:9", "--find", "--phones", "packets"), "--find: packets keep to the gateways of --to"),
        (("--to", "ws://127.0.0.1:9", "--find", "--home-s", "0"), "--home-s"),
    ],
)
def test_what_does_not_go_together_is_said_in_a_line(words, problem):
    code, _, said = ewarn("swarm", "--clients", 1, "--for", 0.1, *words)
    assert code == 2
    assert problem in said
