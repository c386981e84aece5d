"""Which address and port a client has: arithmetic, no table. Pure.

A client that comes back takes the ports of its next life, so that nothing sent to the old connection is taken for
the new one's.
"""

from ipaddress import IPv4Network

import numpy as np
from numpy.typing import NDArray

PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15")))
"""addresses that nobody on the internet has: of private networks (RFC 1918), and of those for tests (RFC 2544)"""
ROWS_AN_ADDRESS = 16_000
LIVES = 4
"""lives after which a port is used again"""
FIRST_PORT = 1024
"""ports below are those of services; 1024 + 4 x 16,000 ends at 65,024"""


def addresses_for(clients: int) -> int:
    """How many IPv4 addresses so many clients take."""
    return -(-clients // ROWS_AN_ADDRESS)


def address_of(rows: NDArray[np.int64], first: int) -> NDArray[np.uint32]:
    """IPv4 addresses of rows (n,), as numbers; `first` is that of row 0."""
    return (rows // ROWS_AN_ADDRESS + first).astype(np.uint32)


def port_of(rows: NDArray[np.int64], lives: NDArray[np.uint8] | NDArray[np.int64]) -> NDArray[np.uint16]:
    """Ports of rows (n,) in their lives (n,), of which every fourth has the same."""
    return (FIRST_PORT + (lives % LIVES).astype(np.int64) * ROWS_AN_ADDRESS + rows % ROWS_AN_ADDRESS).astype(np.uint16)


def row_and_life(
    address: NDArray[np.uint32], port: NDArray[np.uint16], first: int
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Whose these addresses and ports (n,) are: rows (n,), and which of the four lives (n,).

    The row is -1 where no client can have the port. An address outside the range gives a row that is no client's: below
    `first` it is beyond the last, as an unsigned difference is.
    """
    from_first = port - np.uint16(FIRST_PORT)  # what is below wraps to beyond the last life
    life = from_first // np.uint16(ROWS_AN_ADDRESS)
    row = (address - np.uint32(first)).astype(np.int64) * ROWS_AN_ADDRESS + from_first % np.uint16(ROWS_AN_ADDRESS)
    row[life >= LIVES] = -1
    return row, life.astype(np.uint8)
