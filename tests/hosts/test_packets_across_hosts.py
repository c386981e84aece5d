"""Clients as packets on a host of their own, the gateway on another: what the how-to page says, command by command."""

import json
import subprocess
import sys

import pytest

from tests.hosts.tools import need

RANGE = "10.77.0.0/16"
CLIENTS = 200
EWARN = (sys.executable, "-m", "ewarn")
PIPES = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
PATIENCE_S = 60.0


class Fleet:
    """A gateway's host with a route to the packets, and one of phones; nothing of the first is found on the second."""

    def __init__(self, hosts, folder):
        self.gateway, self.phones = hosts.add("gateway"), hosts.add("phones")
        self.folder, self.listen, self.control = folder, f"{self.gateway.address}:8600", f"{self.gateway.address}:8601"
        self.secret, self.keys = folder / "gateway.secret", folder / "keys"
        self.gateway.run("ip", "route", "add", RANGE, "dev", "eth0")
        self.ewarn(self.gateway, "keys", self.keys).wait(PATIENCE_S)
        addresses = ("--listen", self.listen, "--control", self.control, "--allow-network", "--shards", 1, "--json")
        trusted = ("--trusted-keys", self.keys / "trusted.pem", "--secret-file", self.secret, "--state", "")
        assert json.loads(self.ewarn(self.gateway, "gateway", *addresses, *trusted).stdout.readline())

    def ewarn(self, host, *words):
        home = self.folder / host.name
        home.mkdir(exist_ok=True)
        env = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home), "EWARN_SECRET": ""}
        return host.start(*EWARN, *words, env=env, **PIPES)

    def swarm(self, *words):
        packets = ("--phones", "packets", "--interface", "eth0", "--range", RANGE, "--allow-network", "--json")
        return self.ewarn(self.phones, "swarm", "--to", f"ws://{self.listen}", "--clients", CLIENTS, *packets, *words)


@pytest.fixture(scope="module")
def fleet(lay_hosts, tmp_path_factory):
    need("namespaces", "cables")
    with lay_hosts() as hosts:
        yield Fleet(hosts, tmp_path_factory.mktemp("fleet"))


def test_a_swarm_of_packets_reads_what_is_published_at_the_gateway_s_host(fleet):
    swarm = fleet.swarm("--for", 3, "--connects-per-s", 1000)
    assert any(f"{CLIENTS} of {CLIENTS} clients connected" in line for line in iter(swarm.stderr.readline, ""))
    signed = ("--secret-file", fleet.secret, "--signing-key", fleet.keys / "signing.pem", "--control", fleet.control)
    published = fleet.ewarn(fleet.gateway, "publish", "luding-2022", "--last", 1, "--speed", 50, *signed)
    told, said = published.communicate(timeout=PATIENCE_S)
    assert json.loads(told)["targets"] == CLIENTS, said
    out, said = swarm.communicate(timeout=PATIENCE_S)
    assert swarm.returncode == 0, said
    counts = json.loads(out)
    assert counts["receipts"] == counts["reads"] == counts["connected"] == CLIENTS
    assert counts["dropped"] == counts["bad"] == counts["truncated"] == 0


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
