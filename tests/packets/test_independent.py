"""A gateway that stays where it is serves a plain client of the websockets library by the cable that packets take."""

import json
import os
import socket

import pytest
from websockets.sync.client import connect

from ewarn.packets.cables import Cables, why_not
from ewarn.packets.ends import GATEWAY
from tests.conftest import PATIENCE_S


def test_a_plain_client_reads_reports_by_the_same_cable_as_packets(start_gateway, make_report):
    if why := why_not():
        pytest.skip(why)
    with Cables(2, slots=64, slot_bytes=2048) as cables:
        listener = cables.listener(0)
        gateway = start_gateway(also=(listener,), shards=2)
        with socket.socket(fileno=listener) as one:
            address = one.getsockname()
        path = cables.path(1)
        with socket.socket(fileno=path.receive) as seen, cables.socket(1) as line, connect(gateway.url()) as near:
            os.close(path.send)
            line.connect(address)
            url = f"ws://{address[0]}:{address[1]}/v1/alerts?user=far&place=30.0,103.0"
            with connect(url, sock=line, compression=None, open_timeout=PATIENCE_S) as far:
                gateway.release(make_report())
                told = [json.loads(one.recv(PATIENCE_S)) for one in (far, near)]
            seen.settimeout(PATIENCE_S)
            assert seen.recv(2048)[26:30] == GATEWAY.packed
        assert {one["quake"] for one in told} == {"luding-2022"}
        assert cables.kernel().retransmitted == 0
