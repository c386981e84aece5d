"""The swarm's side of a cable that is cut: a gateway that is gone is noticed, and is a loss."""

import json
import subprocess
import sys
import time

import pytest

from ewarn.swarm.connections import ASKED_EVERY_S, GONE_S
from tests.hosts.test_half_open import PATIENCE_S, Told

CLIENTS = 20


@pytest.mark.campaign
@pytest.mark.timeout(300)
def test_a_swarm_whose_gateway_is_behind_a_cut_cable_ends_and_says_so(lay_hosts):
    with lay_hosts() as hosts:
        gateway, phones = hosts.add("gateway"), hosts.add("phones")
        addresses = {"listen": f"{gateway.address}:0", "allow_network": True}
        service = Told(gateway, "tests.hosts.service", json.dumps(addresses))
        to = f"ws://{service.line()}/v1/alerts"
        words = ("swarm", "--to", to, "--clients", CLIENTS, "--allow-network")
        swarm = phones.start(sys.executable, "-m", "ewarn", *words, stderr=subprocess.PIPE, text=True)
        assert any(f"{CLIENTS} of {CLIENTS} clients connected" in line for line in iter(swarm.stderr.readline, ""))
        gateway.cut()
        began = time.monotonic()
        said = swarm.communicate(timeout=GONE_S + PATIENCE_S)[1]
        took = time.monotonic() - began
        print(f"noticed after {took:.1f} s: {said}")
        assert swarm.returncode == 3
        assert f"{CLIENTS} of {CLIENTS} clients" in said
        assert took <= GONE_S + ASKED_EVERY_S + PATIENCE_S
