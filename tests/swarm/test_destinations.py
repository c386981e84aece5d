"""Devices that keep to their gateways."""

import numpy as np

from ewarn.swarm.client import parse_target
from ewarn.swarm.destinations import Destinations
from ewarn.swarm.fleet import Host
from ewarn.swarm.opening import Way


def test_who_is_connected_where_is_told_in_the_order_of_the_ways():
    targets = [parse_target(f"ws://192.0.2.{host}:8600") for host in (3, 2, 1)]
    address = ("192.0.2.1", 8600)
    ways = [Host(targets[0], address, (), "g3", 1, "up"), Way(targets[1], address, ()), Way(targets[2], address, ())]
    to = Destinations(ways, np.array([0, 0, 1, 2, 0]))
    for row in (0, 1, 2, 4):
        assert not to.arrived(row, 0.0)
    to.ended(1, 1.0, let_go=True)
    assert list(to.standing().items()) == [("g3", (2, 0)), ("192.0.2.2:8600", (1, 0)), ("192.0.2.1:8600", (0, 0))]
