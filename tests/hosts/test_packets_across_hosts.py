"""Clients as packets on a host of their own, gateways on others: what the how-to page says, command by command."""

import json
import signal
import subprocess
import sys

import numpy as np
import pytest

from ewarn.swarm.deal import settled
from tests.hosts.tools import need

RANGE = "10.77.0.0/16"
CLIENTS = 200
EWARN = (sys.executable, "-m", "ewarn")
PIPES = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
PATIENCE_S = 60.0


SENT = """
import sys, time, urllib.request
def counted(one):
    lines = urllib.request.urlopen(f"http://{one}/metrics", timeout=10).read().decode().splitlines()
    found = {line.split()[0]: float(line.split()[1]) for line in lines if line[:1] != "#"}
    return found["ewarn_frames_total"] - found["ewarn_late_joins_total"]
until = time.monotonic() + 30
while sum(map(counted, sys.argv[2:])) < int(sys.argv[1]):
    assert time.monotonic() < until, "not all was sent"
    time.sleep(0.02)
"""
"""waits until gateways have sent so many frames besides those to late connections"""


class Fleet:
    """Two gateways' hosts with a route to the packets, and one of phones; nothing of the first is found on the last."""

    def __init__(self, hosts, folder):
        self.gateway, self.other, self.phones = (hosts.add(name) for name in ("gateway", "other", "phones"))
        self.folder, self.keys, self.published = folder, folder / "keys", 0
        self.ewarn(self.gateway, "keys", self.keys).wait(PATIENCE_S)
        started = [self._begin(host, folder / f"{host.name}.secret") for host in (self.gateway, self.other)]
        assert all(json.loads(one.stdout.readline()) for one in started)
        self.listen, self.control, self.secret = self._of(self.gateway)

    def _of(self, host):
        return f"{host.address}:8600", f"{host.address}:8601", self.folder / f"{host.name}.secret"

    def _begin(self, host, secret):
        host.run("ip", "route", "add", RANGE, "dev", "eth0")
        listen, control, secret = self._of(host)
        addresses = ("--listen", listen, "--control", control, "--allow-network", "--shards", 1, "--json")
        trusted = ("--trusted-keys", self.keys / "trusted.pem", "--secret-file", secret, "--state", "")
        return self.ewarn(host, "gateway", *addresses, *trusted)

    def ewarn(self, host, *words):
        home = self.folder / host.name
        home.mkdir(exist_ok=True)
        env = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home), "EWARN_SECRET": ""}
        return host.start(*EWARN, *words, env=env, **PIPES)

    def publish(self, *hosts):
        """At each of these a report, until it was sent; how many targets each had."""
        published = []
        for host in hosts:
            _, control, secret = self._of(host)
            signed = ("--secret-file", secret, "--signing-key", self.keys / "signing.pem", "--control", control)
            published.append(self.ewarn(host, "publish", "luding-2022", "--last", 1, "--speed", 50, *signed))
        said = [one.communicate(timeout=PATIENCE_S) for one in published]
        assert [one.returncode for one in published] == [0] * len(hosts), said
        targets = [json.loads(told)["targets"] for told, _ in said]
        self.published += sum(targets)
        both = (self._of(one)[0] for one in (self.gateway, self.other))
        self.phones.run(sys.executable, "-c", SENT, str(self.published), *both)
        return targets

    def swarm(self, *words, to=None):
        packets = ("--phones", "packets", "--interface", "eth0", "--range", RANGE, "--allow-network", "--json")
        to = to or f"ws://{self.listen}"
        return self.ewarn(self.phones, "swarm", "--to", to, "--clients", CLIENTS, *packets, *words)


@pytest.fixture(scope="module")
def fleet(lay_hosts, tmp_path_factory):
    need("namespaces", "cables")
    with lay_hosts() as hosts:
        yield Fleet(hosts, tmp_path_factory.mktemp("fleet"))


def test_a_swarm_of_packets_reads_what_is_published_at_the_gateway_s_host(fleet):
    swarm = fleet.swarm("--connects-per-s", 1000)
    assert any(f"{CLIENTS} of {CLIENTS} clients connected" in line for line in iter(swarm.stderr.readline, ""))
    assert fleet.publish(fleet.gateway) == [CLIENTS]
    swarm.send_signal(signal.SIGINT)
    out, said = swarm.communicate(timeout=PATIENCE_S)
    assert swarm.returncode == 0, said
    counts = json.loads(out)
    assert counts["receipts"] == counts["reads"] == counts["connected"] == CLIENTS
    assert counts["dropped"] == counts["bad"] == counts["truncated"] == 0


def test_packets_keep_to_homes_on_two_hosts_and_each_reads_what_theirs_is_told(fleet):
    both = [f"{host.address}:8600" for host in (fleet.gateway, fleet.other)]
    swarm = fleet.swarm("--connects-per-s", 1000, to=",".join(f"ws://{one}" for one in both))
    assert any(f"{CLIENTS} of {CLIENTS} clients connected" in line for line in iter(swarm.stderr.readline, ""))
    homes = np.bincount(settled([(one, 1) for one in both], range(CLIENTS)))
    assert fleet.publish(fleet.gateway, fleet.other) == homes.tolist(), "alike gateways weigh the same"
    swarm.send_signal(signal.SIGINT)
    out, said = swarm.communicate(timeout=PATIENCE_S)
    assert swarm.returncode == 0, said
    counts = json.loads(out)
    assert counts["receipts"] == counts["connected"] == CLIENTS
    assert counts["dropped"] == counts["bad"] == counts["truncated"] == counts["failed"] == 0
    assert counts["gateways"] == {one: {"home": int(home), "others": 0} for one, home in zip(both, homes, strict=True)}


def test_a_drill_of_packets_is_judged_from_the_phones_host(fleet):
    settings, run = fleet.folder / "fleet.toml", fleet.folder / "run"
    settings.write_text(
        f'quake = "luding-2022"\nspeed = 50\n[audience]\nusers = {CLIENTS}\n'
        f'[swarm]\nclients = "packets"\ninterface = "eth0"\nrange = "{RANGE}"\n'
        "[last_mile]\nrtt_ms = [20, 60]\n"
    )
    there = ("--to", f"ws://{fleet.listen}", "--control", fleet.control, "--allow-network", "--out", run)
    mine = ("--secret-file", fleet.secret, "--signing-key", fleet.keys / "signing.pem")
    drill = fleet.ewarn(fleet.phones, "drill", settings, *there, *mine)
    said = "\n".join(drill.communicate(timeout=PATIENCE_S))
    assert drill.returncode == 0, said
    verdict = json.loads((run / "verdict.json").read_text())
    assert (verdict["environment"]["path"], verdict["connected"]) == ("network", CLIENTS)
    assert verdict["environment"]["clients"]["kind"] == "packets"
    first = verdict["reports"][0]
    assert first["targets"] == first["delivered"] + first["superseded"] == CLIENTS
    assert first["delivery_ms"]["p50"] >= 10, "half of a round trip of the last mile, for half of the users about 17 ms"
