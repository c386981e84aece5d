"""How a range of addresses is shared out among the processes of a swarm that leaves its host."""

from dataclasses import replace
from ipaddress import IPv4Network

import pytest

from ewarn.drill.outward import outward, shared_out
from ewarn.errors import InputError
from ewarn.packets.addresses import addresses_for
from ewarn.swarm.kind import Phones
from ewarn.swarm.over import processes
from ewarn.system.machine import this_machine

TO = ("192.0.2.7", 8600)


@pytest.mark.parametrize(("cpus", "clients", "slow"), [(2, 60_000, 0), (8, 500_000, 0), (1, 900, 40_000), (64, 1, 1)])
def test_each_process_has_addresses_for_all_of_its_clients_and_none_of_anothers(cpus, clients, slow):
    machine = replace(this_machine(), cpus=cpus)
    ways = outward(Phones("packets", "eth1", "10.9.0.0/16"), [TO], clients, machine, 1, slow=slow).cables
    workers = processes(clients, machine)
    assert len(ways.parts) == workers + 2
    assert ways.most >= max(-(-clients // workers), slow)
    for part, next_ in zip(ways.parts, ways.parts[1:], strict=False):
        assert part.num_addresses - 2 >= addresses_for(ways.most)
        assert not part.overlaps(next_)


def test_all_of_several_gateways_are_on_the_way_of_each_process(monkeypatch):
    asked = []
    monkeypatch.setattr("ewarn.drill.outward.over", lambda *words, **given: asked.append((words, given["besides"])))
    to = [TO, ("192.0.2.8", 8601), ("192.0.2.9", 8600)]
    found = outward(Phones("packets", "eth1", "10.9.0.0/16"), to, 4_000, replace(this_machine(), cpus=2), 1)
    for index in range(2):
        found.cables.path(index)
    assert found.addresses == to
    assert [(words[2], besides) for words, besides in asked] == [("192.0.2.7", ["192.0.2.8", "192.0.2.9"])] * 2


@pytest.mark.parametrize(("range_", "there"), [("10.9.0.0/30", 0), ("10.9.0.0/28", 2), ("10.9.0.0/27", 6)])
def test_a_range_that_is_too_small_is_told_as_it_was_given(range_, there):
    with pytest.raises(InputError) as told:
        shared_out(IPv4Network(range_), 4, 110_000)
    assert str(told.value) == (
        f"range: {range_} has {there} addresses for phones in each of 4 parts, one a process;"
        " 110,000 clients of a process take 7"
    )
    assert len(shared_out(IPv4Network("10.9.0.0/26"), 4, 110_000)) == 4


def test_a_range_of_fewer_addresses_than_processes_is_no_traceback():
    with pytest.raises(InputError, match=r"10\.9\.0\.0/30 has 0 addresses"):
        shared_out(IPv4Network("10.9.0.0/30"), 66, 1)
