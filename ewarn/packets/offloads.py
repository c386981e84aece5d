"""What a network interface does in place of the kernel, switched as `ethtool -K` does, without it."""

import ctypes
import fcntl
import socket
from enum import IntEnum
from struct import Struct

SIOCETHTOOL = 0x8946
"""linux/sockios.h"""
_VALUE = Struct("=II")
"""struct ethtool_value: command, and what to set"""
_REQUEST = Struct("@16sP16x")
"""struct ifreq: the interface's name, and where the value stands"""


class Offload(IntEnum):
    """By the command that sets it (linux/ethtool.h)."""

    RX_CHECKSUM = 0x15
    TX_CHECKSUM = 0x17
    SCATTER = 0x19
    TSO = 0x1F
    """frames longer than the MTU, which the interface is to cut"""
    GSO = 0x24
    """as above, cut by the kernel right before the interface"""
    GRO = 0x2C
    """frames that came are joined to longer ones"""


def switch(within: socket.socket, interface: str, offload: Offload, on: bool) -> None:
    """Switch it on or off at an interface of the namespace that the socket stands in. Raises OSError with why not."""
    value = ctypes.create_string_buffer(_VALUE.pack(offload, on))
    fcntl.ioctl(within, SIOCETHTOOL, _REQUEST.pack(interface.encode(), ctypes.addressof(value)))
