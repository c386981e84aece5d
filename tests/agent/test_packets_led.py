"""An agent on a host of its own whose users are packets, led over a bus on another, to gateways on two more."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from ewarn.bus import folder as kept
from ewarn.bus.lines import parse_line
from ewarn.bus.server import find_server
from ewarn.swarm.deal import settled
from tests.hosts.tools import need

RANGE, USERS = "10.78.0.0/16", 100
PIPES = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
ROOT = Path(__file__).parent.parent.parent


def test_packets_of_an_agent_keep_to_their_homes(lay_hosts, tmp_path):
    need("namespaces", "cables")
    with lay_hosts() as hosts:
        bus, phones, *gateways = (hosts.add(name) for name in ("bus", "phones", "g1", "g2"))
        keys = tmp_path / "keys"
        kept.make(keys, [parse_line(f"b1={bus.address}")], ["g1", "g2"])
        to = f"tls://{bus.address}"

        def start(host, *words):
            env = {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
            return host.start(sys.executable, "-m", *words, env=env, **PIPES)

        bus.start(find_server(), "-c", str(keys / "b1" / "b1.conf"), stderr=subprocess.DEVNULL)
        started = []
        for host in gateways:
            host.run("ip", "route", "add", RANGE, "dev", "eth0")
            listen = ("--listen", f"{host.address}:8600", "--allow-network", "--shards", 1, "--json", "--unsigned")
            here = ("--control", "127.0.0.1:0", "--secret-file", tmp_path / f"{host.name}.secret", "--state", "")
            public = ("--name", host.name, "--public-url", f"ws://{host.address}:8600")
            on = ("--bus", to, "--key", keys / f"{host.name}.nk")
            started.append(start(host, "ewarn", "gateway", *listen, *here, *public, *on))
        words = ("--join", to, "--key", keys / "swarm.nk", "--name", "s1", "--interface", "eth0", "--range", RANGE)
        agent = start(phones, "ewarn", "swarm", *words)
        assert all(json.loads(one.stdout.readline()) for one in started)
        assert "s1 has joined" in agent.stderr.readline()
        asked = (to, keys / "conductor.nk", f"ws://{gateways[0].address}:8600", USERS)
        said, problems = start(bus, "tests.agent.conducting", *asked).communicate(timeout=60)
        assert agent.wait(30) == 0, agent.stderr.read()
    assert said, problems
    found = json.loads(said)
    assert found["there"] == USERS, problems
    homes = np.bincount(settled([("g1", 1), ("g2", 1)], range(USERS)))
    assert found["placed"] == {"g1": [homes[0], 0], "g2": [homes[1], 0]}
