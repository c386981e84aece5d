"""Clients have addresses and ports by arithmetic, and are found again by them."""

import ipaddress

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ewarn.packets.addresses import FIRST_PORT, LIVES, ROWS_AN_ADDRESS, address_of, addresses_for, port_of, row_and_life

FIRST = int(ipaddress.IPv4Address("10.100.0.1"))
ROWS = st.integers(0, 4_000_000)


@given(st.lists(st.tuples(ROWS, st.integers(0, 255)), max_size=20))
def test_a_client_is_found_by_its_address_and_port_in_each_of_its_lives(clients):
    rows = np.array([row for row, _ in clients], np.int64)
    lives = np.array([life for _, life in clients], np.uint8)
    found, life = row_and_life(address_of(rows, FIRST), port_of(rows, lives), FIRST)
    assert found.tolist() == rows.tolist()
    assert life.tolist() == [one % LIVES for one in lives.tolist()]


@given(ROWS, st.integers(0, 255))
def test_the_next_life_has_another_port_and_no_port_is_a_services(row, life):
    rows = np.array([row, row])
    before, after = port_of(rows, np.array([life, life + 1 & 255], np.uint8)).tolist()
    assert before != after
    assert min(before, after) >= FIRST_PORT


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**16 - 1))
def test_whatever_is_no_clients_gives_no_clients_row(address, port):
    """Against the same in plain Python."""
    row, _ = row_and_life(np.array([address], np.uint32), np.array([port], np.uint16), FIRST)
    clients = 500_000
    host, at = address - FIRST, port - FIRST_PORT
    is_one = host >= 0 and 0 <= at < LIVES * ROWS_AN_ADDRESS
    assert (0 <= row[0] < clients) == (is_one and host * ROWS_AN_ADDRESS + at % ROWS_AN_ADDRESS < clients)


def test_half_a_million_clients_take_32_addresses():
    assert addresses_for(500_000) == 32
    assert addresses_for(16_000) == 1
    assert addresses_for(0) == 0
