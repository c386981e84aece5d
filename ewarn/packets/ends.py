"""What stands at the two ends of a cable: names, addresses, and the words by which `ip` lays them. Pure."""

from ipaddress import IPv4Address

GATEWAY = IPv4Address("198.18.0.1")
MOST = 64
"""cables; each has a range of 65,536 addresses of its own"""
FIRST_RANGE = int(IPv4Address("10.16.0.0"))
RANGE = 1 << 16
OWN = RANGE - 2
"""of each range the address of kernel sockets in the phones' namespace, see `Cables.socket`"""


def mac(end: str, index: int) -> bytes:
    """A hardware address that is administered here (IEEE 802), the same at every laying."""
    return bytes((2, 0, 0, 0, end == "phones", index))


def first_of(index: int) -> int:
    """The address of a cable's first client, as a number."""
    return FIRST_RANGE + index * RANGE + 1


def own(index: int) -> IPv4Address:
    """The address at a cable that is the kernel's, in the phones' namespace."""
    return IPv4Address(FIRST_RANGE + index * RANGE + OWN)


def at_the_gateway(index: int, mtu: int, phones: int) -> list[str]:
    """What `ip` is told of a cable within the gateway's namespace; `phones`: a process within the other."""
    end, far = (mac(name, index).hex(":") for name in ("gateway", "phones"))
    return [
        f"link add name gateway{index} mtu {mtu} address {end} type veth"
        f" peer name phones{index} mtu {mtu} address {far} netns {phones}",
        f"link set dev gateway{index} arp off up",
        f"route add {IPv4Address(FIRST_RANGE + index * RANGE)}/16 dev gateway{index} src {GATEWAY}",
        f"neigh replace {own(index)} lladdr {far} dev gateway{index} nud permanent",
    ]


def at_the_phones(index: int, mtu: int) -> list[str]:
    """As above, within the phones' namespace."""
    return [
        f"link set dev phones{index} mtu {mtu} arp off up",
        f"addr add {own(index)}/32 dev phones{index}",
        f"route add {GATEWAY}/32 dev phones{index} src {own(index)} metric {index + 1}",
        f"neigh replace {GATEWAY} lladdr {mac('gateway', index).hex(':')} dev phones{index} nud permanent",
    ]
