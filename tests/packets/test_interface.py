"""Phones as packets by an interface of a host, to a gateway on another: real hosts of one machine."""

import json
import os
import socket
import struct
import subprocess
import sys

import pytest

from tests.conftest import PATIENCE_S
from tests.packets.by_hand import PORT

RANGE = "10.77.0.0/16"
SIZES = {"slots": 64, "slot_bytes": 2048}


@pytest.fixture(scope="module")
def hosts(lay_hosts):
    """A gateway's host and one of phones, and what was asked of the second."""
    with lay_hosts() as laid:
        yield laid.add("gateway"), laid.add("phones")


SAID = """
import json, sys
from ewarn.errors import EwarnError
from ewarn.packets.interface import over
for given in json.loads(sys.argv[1]):
    try:
        over(given.pop("interface", "eth0"), given.pop("range", "10.77.0.0/16"), given.pop("to"), **given)
    except EwarnError as error:
        print(json.dumps(f"{error.exit_code} {error}"))
    else:
        print('"0"')
"""


def said(hosts, *given, before=()):
    """What the phones' host says to each of these, in one process."""
    gateway, phones = hosts
    whole = [{"to": gateway.address, "clients": 1000} | SIZES | one for one in given]
    out = phones.run(*before, sys.executable, "-c", SAID, json.dumps(whole))
    return list(map(json.loads, out.splitlines()))


CASES = [
    ({"range": "11.0.0.0/16"}, "2 range: 11.0.0.0/16 is not within 10.0.0.0/8, 172.16.0.0/12, "),
    ({"range": "8.0.0.0/6"}, "2 range: 8.0.0.0/6 is not within"),
    ({"range": "10.77.0.1/16"}, "2 range: '10.77.0.1/16' is no range of IPv4 addresses such as 10.77.0.0/16: "),
    ({"range": "fd00::/16"}, "2 range: 'fd00::/16' is no range of IPv4 addresses"),
    ({"range": ""}, "2 range: '' is no range"),
    ({"range": "198.18.0.0/24"}, "2 range: 198.18.0.0/24 is not free: eth0 of this host is in 198.18.0.0/24"),
    ({"range": "198.18.0.128/25"}, "2 range: 198.18.0.128/25 is not free: eth0 of this host is in 198.18.0.0/24"),
    ({"range": "198.18.0.0/15"}, "2 range: 198.18.0.0/15 is not free"),
    (
        {"clients": 500_000, "range": "10.77.0.0/27"},
        "2 range: 10.77.0.0/27 has 30 addresses for phones; 500,000 cl",
    ),
    ({"range": "10.77.0.0/32"}, "2 range: 10.77.0.0/32 has 0 addresses for phones; 1,000 clients take 1"),
    ({"interface": "eth9"}, "2 interface: 'eth9' is not one of "),
    ({"interface": "lo"}, "2 interface: lo is no Ethernet with ARP"),
    ({"slot_bytes": 1024}, "2 interface: eth0 has an MTU of 1500, and slots of 1024 bytes take 944"),
    ({"to": "192.0.2.1"}, "2 to: no way to 192.0.2.1: "),
    ({"to": "no such host"}, "2 to: no such host has no IPv4 address: "),
    ({"to": "127.0.0.1"}, "2 interface: 127.0.0.1 is reached by lo, not by eth0"),
    ({"to": "198.18.0.99"}, "4 198.18.0.99, the next hop to the gateway, does not answer ARP at eth0"),
    ({"besides": ["127.0.0.1"]}, "2 interface: 127.0.0.1 is reached by lo, not by eth0"),
    ({"besides": ["198.18.0.99"]}, "4 198.18.0.99, the next hop to the gateway, does not answer ARP at eth0"),
    ({}, "0"),
]


def test_what_cannot_be_is_said_in_one_line(hosts):
    for told, (given, line) in zip(said(hosts, *(given for given, _ in CASES)), CASES, strict=True):
        assert told.startswith(line), given
        assert "\n" not in told


def test_a_host_that_forwards_is_refused(hosts):
    hosts[1].run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/conf/eth0/forwarding")
    try:
        assert "sysctl net.ipv4.conf.eth0.forwarding=0" in said(hosts, {})[0]
    finally:
        hosts[1].run("sh", "-c", "echo 0 > /proc/sys/net/ipv4/conf/eth0/forwarding")


def test_who_may_not_is_told_so_in_one_line(hosts):
    if os.geteuid():
        pytest.skip("rights are given up by root")
    less = ("setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw")
    assert said(hosts, {}, before=less) == ["2 phones as packets over eth0 need CAP_NET_RAW, as root has it"]


PHONE = """
import json, socket, struct, sys
from ipaddress import IPv4Address
from ewarn.packets.interface import over
from tests.packets.by_hand import ACK, PORT, SYN, segment
to, port, asked = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "dev"
path = over("eth0", "10.77.0.0/16", to, clients=1000, slots=64, slot_bytes=2048)
receive, send, arp = (socket.socket(fileno=one) for one in (path.receive, path.send, path.arp))
for one in (receive, arp):
    one.settimeout(30)
send.send(segment(path, IPv4Address(to), port, SYN, 1000))
if asked:
    frame = arp.recv(2048)
    theirs, address, _, mine = struct.unpack_from("!6s4s6s4s", frame, 22)
    assert mine == IPv4Address(path.first).packed
    said = struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 2, path.mac, mine, theirs, address)
    send.send(theirs + path.mac + b"\\x08\\x06" + said)
frame = receive.recv(2048)
assert frame[30:34] == IPv4Address(path.first).packed, "nothing else comes, whatever else the interface carries"
theirs, ours = struct.unpack_from("!II", frame, 38)
assert ours == 1001
send.send(segment(path, IPv4Address(to), port, ACK, 1001, (theirs + 1) % (1 << 32)))
frame = receive.recv(2048)
print(frame[54:].decode())
"""


@pytest.mark.parametrize("route", ["via", "dev"])
def test_a_client_made_of_packets_reaches_a_gateway_on_another_host(hosts, route):
    gateway, phones = hosts
    gateway.run("ip", "route", "replace", RANGE, *{"via": ("via", phones.address), "dev": ("dev", "eth0")}[route])
    with gateway.socket() as listener, gateway.socket("udp") as noise:
        listener.bind((gateway.address, 0))
        listener.listen()
        listener.settimeout(PATIENCE_S)
        noise.sendto(b"for somebody else", (phones.address, 9))
        words = (sys.executable, "-c", PHONE, gateway.address, str(listener.getsockname()[1]), route)
        one = phones.start(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        server, peer = listener.accept()
        assert peer == ("10.77.0.1", PORT)
        with server:
            server.send(b"hello")
            out, complaint = one.communicate(timeout=PATIENCE_S)
            assert out == "hello\n", complaint
            server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_who_may_send_no_packets_is_told_what_they_need():
    nobody = ("setpriv", "--reuid=65534", "--clear-groups") if os.geteuid() == 0 else ()
    asked = "from ewarn.packets.interface import why_not; print(why_not())"
    said = subprocess.run([*nobody, sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout
    assert "need CAP_NET_RAW" in said
