"""AF_PACKET sockets that hand on only what is for a range of addresses: classic BPF, run by the kernel.

An interface of a host's own carries much else, which would fill a ring. Instructions: Linux,
Documentation/networking/filter.rst and linux/bpf_common.h.
"""

import ctypes
import socket
from ipaddress import IPv4Network
from struct import Struct

ETH_P_IP, ETH_P_ARP = 0x0800, 0x0806
"""linux/if_ether.h"""
SO_ATTACH_FILTER = 26
"""asm-generic/socket.h"""
TO = {ETH_P_IP: 30, ETH_P_ARP: 38}
"""where in a frame of Ethernet the IPv4 address stands that it is for, or that is asked for (RFC 791, RFC 826)"""
LOAD_WORD, AND, IF_EQUAL, RETURN = 0x20, 0x54, 0x15, 0x06
_INSTRUCTION, _PROGRAM = Struct("=HBBI"), Struct("@HP")
"""struct sock_filter: code, two steps to go on by, and a value; struct sock_fprog"""
ALL_BYTES = 0xFFFFFFFF


def program(network: IPv4Network, protocol: int) -> bytes:
    """Takes a frame of this protocol whole where it is for the network, else nothing of it."""
    return b"".join(
        _INSTRUCTION.pack(*one)
        for one in (
            (LOAD_WORD, 0, 0, TO[protocol]),
            (AND, 0, 0, int(network.netmask)),
            (IF_EQUAL, 0, 1, int(network.network_address)),
            (RETURN, 0, 0, ALL_BYTES),
            (RETURN, 0, 0, 0),
        )
    )


def receiving(interface: str, network: IPv4Network, protocol: int) -> socket.socket:
    """A socket that gets the frames of this protocol for the network. Raises OSError where there can be none."""
    one = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    try:
        text = program(network, protocol)
        held = ctypes.create_string_buffer(text)
        one.setsockopt(
            socket.SOL_SOCKET, SO_ATTACH_FILTER, _PROGRAM.pack(len(text) // _INSTRUCTION.size, ctypes.addressof(held))
        )
        one.bind((interface, protocol))
    except BaseException:
        one.close()
        raise
    return one


def sending(interface: str) -> socket.socket:
    """A socket that sends frames and gets none. Raises as above."""
    one = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    try:
        one.bind((interface, 0))
    except BaseException:
        one.close()
        raise
    return one
