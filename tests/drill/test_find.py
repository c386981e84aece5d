"""Clients that find a gateway: real gateways die, come back, are cut off and drain, and all are told each report."""

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
from ewarn.wire.gateways import GATEWAYS_PATH, Gateway, Gateways
from tests.commands import ewarn
from tests.conftest import PATIENCE_S, gateways

CLIENTS, HOME_S = 300, 0.5
WEIGHTS = {"g1": 400, "g2": 400, "g3": 200}


class ListServer(ThreadingHTTPServer):
    """Serves a list that the test writes; as every gateway of a fleet does."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Answer)
        self.hosts = {}
        self.asked = 0

    def say(self, name, at, state="up"):
        self.hosts = self.hosts | {name: Gateway(name, f"ws://{at}/v1/alerts", WEIGHTS[name], 0, state)}

    @property
    def url(self):
        return f"ws://127.0.0.1:{self.server_address[1]}"


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        found = self.path == GATEWAYS_PATH and self.server.hosts
        body = msgspec.json.encode(Gateways.of(self.server.hosts.values())) if found else b"no such page"
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.server.asked += bool(found)

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
    """Three gateways, their list, and a swarm that finds them."""

    def __init__(self, start, listing, make_report, folder):
        self.start, self.listing, self.make_report = start, listing, make_report
        self.running = {name: start(shards=1) for name in WEIGHTS}
        self.at = {name: one.started.listen for name, one in self.running.items()}
        for name, at in self.at.items():
            listing.say(name, at)
        command = ("swarm", "--to", f"ws://127.0.0.1:9,{listing.url}", "--find", "--home-s", str(HOME_S))
        words = ("--clients", str(CLIENTS), "--out", str(folder), "--json")
        self.swarm = subprocess.Popen(
            [sys.executable, "-m", "ewarn", *command, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        while f"{CLIENTS} of {CLIENTS} clients connected" not in (said := self.swarm.stderr.readline()):
            assert self.swarm.poll() is None, said

    def there(self):
        """Connections by host."""
        return {name: one.health()["connections"] for name, one in self.running.items()}

    def expect(self, **counts):
        wanted = dict.fromkeys(self.running, 0) | counts
        until(lambda: self.there() == wanted, lambda: f"{self.there()}, expected {wanted}")

    def release(self, number, *names):
        for name in names:
            self.running[name].release(self.make_report(number))

    def leave(self):
        self.swarm.send_signal(signal.SIGINT)
        said, problems = self.swarm.communicate(timeout=PATIENCE_S)
        assert self.swarm.returncode == 0, problems
        return json.loads(said)


def at_home(*names):
    """How many have each as the first of their ranking."""
    users = [f"u{index}" for index in range(CLIENTS)]
    far = np.stack([distances(name, users) for name in names])
    home = homes(scores([WEIGHTS[name] for name in names], far))
    return {name: int((home == index).sum()) for index, name in enumerate(names)}


@pytest.mark.timeout(120)
def test_whatever_dies_drains_or_is_cut_off_every_client_is_told_and_goes_home(make_report, tmp_path):
    all_home, without_1 = at_home("g1", "g2", "g3"), at_home("g2", "g3")
    with serving() as listing, gateways() as start:
        fleet = Fleet(start, listing, make_report, tmp_path)
        try:
            fleet.expect(**all_home)
            fleet.release(1, "g1", "g2", "g3")

            fleet.running.pop("g1").child.kill()
            fleet.release(2, "g2", "g3")
            fleet.expect(**without_1)
            listing.say("g1", fleet.at["g1"], "lost")

            fleet.running["g1"] = start(shards=1, listen=fleet.at["g1"])
            fleet.release(2, "g1")
            listing.say("g1", fleet.at["g1"])
            fleet.expect(**all_home)

            listing.say("g1", fleet.at["g1"], "lost")  # by the list: the bus does not reach it
            fleet.expect(**without_1)
            listing.say("g1", fleet.at["g1"])
            fleet.expect(**all_home)

            listing.say("g1", fleet.at["g1"], "draining")
            fleet.running.pop("g1").child.stop()
            fleet.expect(**without_1)
            asked = listing.asked
            until(lambda: listing.asked > asked + 1, lambda: "the list is asked for no more")
            fleet.expect(**without_1)
            counts = fleet.leave()
        finally:
            fleet.swarm.kill()
            fleet.swarm.communicate()
    gone = all_home["g1"]
    assert counts["moved"] == 5 * gone
    assert (counts["connected"], counts["left"], counts["returned"]) == (CLIENTS, 5 * gone, 5 * gone)
    assert (counts["failed"], counts["closed"], counts["duplicates"], counts["garbled"]) == (0, 0, 0, 0)
    receipts = np.load(tmp_path / "receipts.npy")
    assert sorted(receipts["user"][receipts["report"] == 2]) == list(range(CLIENTS))
    assert counts["gateways"] == {
        "g1": {"home": 0, "others": 0},
        "g2": {"home": all_home["g2"], "others": without_1["g2"] - all_home["g2"]},
        "g3": {"home": all_home["g3"], "others": without_1["g3"] - all_home["g3"]},
    }


FIND = ("--clients", 1, "--for", 0.1, "--find")


def test_clients_find_a_gateway_only_where_one_has_a_list_that_they_may_go_by():
    with serving() as listing:
        code, _, said = ewarn("swarm", "--to", listing.url, *FIND)
        assert (code, "has no page /v1/gateways (HTTP 404)" in said) == (2, True)
        listing.hosts = {"g1": Gateway("g1", "ws://192.0.2.1:8600", 1, 0, "up")}
        code, _, said = ewarn("swarm", "--to", listing.url, *FIND)
        assert (code, "gateways.g1: 192.0.2.1 is not loopback; --allow-network" in said) == (2, True)
        listing.hosts = {"g1": Gateway("g1", "wss://127.0.0.1:8600", 1, 0, "up")}
        code, _, said = ewarn("swarm", "--to", listing.url, *FIND)
        assert (code, "gateways.g1: wss://127.0.0.1:8600 and --to differ in TLS" in said) == (2, True)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--to", "ws://127.0.0.1:9", "--find"), "no gateway answers on 127.0.0.1:9"),
        (("--to", "ws://127.0.0.1:9,ws://127.0.0.1:10"), "--to: 2 addresses, expected 1; several need --find"),
        (("--to", "ws://127.0.0.1:9,", "--find"), "--to: expected ws://HOST:PORT"),
        (("--to", "ws://127.0.0.1:9", "--find", "--phones", "packets"), "--find: packets go to one gateway"),
        (("--to", "ws://127.0.0.1:9", "--find", "--home-s", "0"), "--home-s"),
    ],
)
def test_what_does_not_go_together_is_said_in_a_line(words, problem):
    code, _, said = ewarn("swarm", "--clients", 1, "--for", 0.1, *words)
    assert code == 2
    assert problem in said
