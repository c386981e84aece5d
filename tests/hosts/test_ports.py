"""A gateway that stays where it is, and serves callers on hosts of their own by a listener that was made there."""

import json
import time
from contextlib import ExitStack

from websockets.sync.client import connect

from ewarn.seismic.origin import Origin, Report
from ewarn.system.clock import WallClock

PATIENCE_S = 30.0


def report():
    now = WallClock().time()
    origin = Origin(time=now, latitude=29.59, longitude=102.08, depth_km=16.0, magnitude=6.1)
    return Report("elsewhere", 1, "update", origin, "Qingzang", now, round(1e9 * now))


def listener(host):
    one = host.socket()
    one.bind((host.address, 0))
    one.listen(64)
    return one


def caller(phone, address, authority, query="user=me&place=30.0,103.0"):
    """A plain client of the websockets library on a host."""
    line = phone.socket()
    line.connect(address)
    return connect(f"ws://{authority}/v1/alerts?{query}", sock=line, compression=None, open_timeout=PATIENCE_S)


def page(phone, address, authority):
    """What `/healthz` says to who asks on a host."""
    with phone.socket() as line:
        line.connect(address)
        line.sendall(f"GET /healthz HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode())
        answer = b""
        while more := line.recv(65536):
            answer += more
    return answer


def test_callers_of_another_network_are_served_by_a_listener_that_was_made_there(lay_hosts, start_gateway):
    with lay_hosts() as hosts, ExitStack() as open_:
        there, phone = hosts.add("there"), hosts.add("phone")
        port = open_.enter_context(listener(there))
        # The socket that we keep is no less the same.
        gateway = start_gateway(also=(port.fileno(),), shards=2, capacity=20)
        address = port.getsockname()
        far = [open_.enter_context(caller(phone, address, gateway.started.listen)) for _ in range(5)]
        far.append(open_.enter_context(caller(phone, address, f"{address[0]}:{address[1]}")))
        near = open_.enter_context(connect(gateway.url(), compression=None))
        gateway.release(report())
        for one in (*far, near):
            assert json.loads(one.recv(PATIENCE_S))["quake"] == "elsewhere"
        assert gateway.health()["connections"] == 7
        body = page(phone, address, gateway.started.listen).partition(b"\r\n\r\n")[2]
        assert json.loads(body)["connections"] == 7
        assert page(phone, address, "elsewhere.test").startswith(b"HTTP/1.1 421 ")


def test_a_rush_on_one_port_keeps_nobody_from_another(lay_hosts, start_gateway):
    with lay_hosts() as hosts, ExitStack() as open_:
        there, phone = hosts.add("there"), hosts.add("phone")
        port = open_.enter_context(listener(there))
        gateway = start_gateway(also=(port.fileno(),), shards=1, capacity=400, door=64)
        for _ in range(300):
            line = open_.enter_context(phone.socket())
            line.setblocking(False)
            line.connect_ex(port.getsockname())
        began = time.monotonic()
        with connect(gateway.url(), compression=None):
            assert time.monotonic() - began < PATIENCE_S
