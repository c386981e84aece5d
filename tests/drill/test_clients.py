"""Which clients a drill or a swarm has, by its settings and by where the gateway is."""

import pytest

from ewarn.config.drill import load_drill
from ewarn.config.tables import shipped
from ewarn.drill import clients
from ewarn.drill.gateways import External
from ewarn.errors import InputError
from ewarn.swarm.client import parse_target
from ewarn.swarm.kind import Phones
from ewarn.verdict.clients import SOCKETS, Clients, LastMile

HERE = External("ws://127.0.0.1:8600", "127.0.0.1:8601", "secret")
THERE = External("ws://192.0.2.7:8600", "192.0.2.7:8601", "secret", allow_network=True)


@pytest.fixture
def possible(monkeypatch):
    for name in ("why_not", "why_not_elsewhere"):
        monkeypatch.setattr(clients, name, lambda: None)


def settings(**swarm):
    last_mile = {f"last_mile.{key}": swarm.pop(key) for key in ("rtt_ms", "loss") if key in swarm}
    return load_drill(shipped() / "drill.toml", {f"swarm.{key}": value for key, value in swarm.items()} | last_mile)


class View:
    def __init__(self):
        self.lines = []

    def say(self, line):
        self.lines.append(line)


def test_a_drill_has_sockets_unless_it_says_otherwise():
    view = View()
    assert clients.of_drill(settings(), None, view) == SOCKETS
    assert clients.of_drill(settings(), HERE, view) == SOCKETS
    assert view.lines == []


@pytest.mark.usefixtures("possible")
def test_packets_are_told_with_what_was_set_of_them():
    found = clients.of_drill(
        settings(clients="packets", ack_delay_ms=120.0, rtt_ms=[40.0, 400.0], loss=0.01), None, View()
    )
    assert found == Clients(
        kind="packets", ack_delay_ms=120.0, last_mile=LastMile(rtt_ms=(40.0, 400.0), jitter_ms=0.0, loss=0.01)
    )


@pytest.mark.usefixtures("possible")
def test_towards_a_gateway_that_runs_packets_need_another_host_and_a_way_there():
    view = View()
    assert clients.of_drill(settings(clients="auto"), HERE, view) == SOCKETS
    assert "on this machine" in view.lines[0]
    with pytest.raises(InputError, match=r"swarm\.clients: .*needs an interface and a range"):
        clients.of_drill(settings(clients="packets"), THERE, view)
    way = {"interface": "eth1", "range": "10.9.0.0/16"}
    assert clients.of_drill(settings(clients="packets", **way), THERE, view).kind == "packets"


def test_why_packets_are_not_possible_is_said_once_and_sockets_are_taken(monkeypatch):
    monkeypatch.setattr(clients, "why_not", lambda: "they need root")
    view = View()
    assert clients.of_drill(settings(clients="auto"), None, view) == SOCKETS
    assert view.lines == ["clients: sockets, as packets are not possible: they need root"]
    with pytest.raises(InputError, match="they need root"):
        clients.of_drill(settings(clients="packets"), None, view)


def test_another_host_is_reached_by_an_interface_whatever_there_is_of_namespaces(monkeypatch):
    monkeypatch.setattr(clients, "why_not", lambda: "no namespaces")
    monkeypatch.setattr(clients, "why_not_elsewhere", lambda: None)
    way = {"interface": "eth1", "range": "10.9.0.0/16", "clients": "auto"}
    assert clients.of_drill(settings(**way), THERE, View()).kind == "packets"
    view = View()
    monkeypatch.setattr(clients, "why_not_elsewhere", lambda: "need CAP_NET_RAW")
    assert clients.of_drill(settings(**way), THERE, view) == SOCKETS
    assert "CAP_NET_RAW" in view.lines[0]


def test_what_this_machine_allows_is_not_asked_where_nobody_wants_packets(monkeypatch):
    for name in ("why_not", "why_not_elsewhere"):
        monkeypatch.setattr(clients, name, lambda: pytest.fail("asked"))
    clients.of_drill(settings(), None, View())
    clients.of_visit(Phones(), [parse_target("ws://127.0.0.1:8600")], View())


def test_what_is_said_beside_every_delivery_is_known_before_the_verdict():
    assert clients.notes(settings()) == ()
    (note,) = clients.notes(settings(clients="packets", rtt_ms=[40.0, 400.0], loss=0.015))
    assert "40 to 400 ms" in note and "1.5 % of packets" in note


@pytest.mark.usefixtures("possible")
def test_a_swarm_on_its_own_names_its_options():
    here, secure = parse_target("ws://localhost:8600"), parse_target("wss://192.0.2.7:8600")
    with pytest.raises(InputError, match=r"^--phones: packets are not possible: a gateway that already runs"):
        clients.of_visit(Phones("packets"), [here], View())
    with pytest.raises(InputError, match=r"^--phones: .*TLS"):
        clients.of_visit(Phones("packets", "eth1", "10.9.0.0/16"), [secure], View())
    with pytest.raises(InputError, match=r"^--interface: "):
        clients.of_visit(Phones("auto", "eth1", "10.9.0.0/16"), [here], View())
