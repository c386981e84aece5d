"""Which kind of clients a swarm has: sockets of this machine's kernel, or packets. Pure.

Packets are rows of arrays that speak TCP to the gateway: far cheaper, and with a last mile where one is wanted. They
need rights and a path of their own, so that they are not to be had everywhere.
"""

from dataclasses import dataclass
from ipaddress import IPv4Network, ip_network
from typing import Literal, get_args

from ewarn.errors import InputError, WrongKeyError, quoted
from ewarn.packets.addresses import PRIVATE

Kind = Literal["sockets", "packets"]
Wish = Literal["sockets", "packets", "auto"]
KINDS: tuple[Kind, ...] = get_args(Kind)
WISHES: tuple[Wish, ...] = get_args(Wish)

ACK_DELAY_MS = 40.0
"""Of packets, as phones have it: the least of Linux, TCP_DELACK_MIN of include/net/tcp.h, HZ / 25."""
MOST_ACK_DELAY_MS = 200.0
"""The longest of Linux: TCP_DELACK_MAX of the same file, HZ / 5. No gateway sends anew sooner: TCP_RTO_MIN, HZ / 5."""
NO_LAST_MILE = 'needs swarm.clients = "packets": sockets cannot show a last mile'
LONGEST_PREFIX = 30
"""of a range: a longer one has no address besides the network's own and its broadcast"""
LONGEST_NAME = 15
"""letters of an interface's name: IFNAMSIZ of linux/if.h, less the zero at its end"""


@dataclass(frozen=True)
class Phones:
    """What is wished for, and how packets are to reach a gateway on another host."""

    wish: Wish = "sockets"
    """auto: packets where they can be had, else sockets"""
    interface: str | None = None
    """name of a network interface; None: packets stay on this machine"""
    range: str | None = None
    """private addresses of the clients there, in CIDR notation, which are nobody else's"""

    def __post_init__(self) -> None:
        """Raise WrongKeyError for an interface without a range, or one of them that cannot be."""
        check_way_out(self.interface, self.range)


@dataclass(frozen=True)
class Reach:
    """What stands in the way of packets, or does not."""

    gateway: Literal["own", "here", "elsewhere"]
    """the drill's own; one that runs already, on this machine or on another"""
    tls: bool = False
    last_mile: bool = False
    """one is to be modelled, which sockets cannot show"""
    why_not: str | None = None
    """why this machine does not let packets be had, in words; None: it does"""


@dataclass(frozen=True)
class Choice:
    """The kind that is taken, and why it is sockets where packets were as welcome; None: there is nothing to say."""

    kind: Kind
    why: str | None = None


IN_A_FILE, AS_OPTIONS = ("swarm.clients", "swarm.interface"), ("--phones", "--interface")
"""what the wish is called, and the interface"""


def choose(phones: Phones, reach: Reach, called: tuple[str, str] = IN_A_FILE) -> Choice:
    """The kind of clients that a swarm has. Raises InputError where it cannot be what is wished for.

    The error names one of `called`.
    """
    if phones.wish == "sockets":
        if reach.last_mile:
            raise InputError(f"last_mile: {NO_LAST_MILE}")
        return Choice("sockets")
    if phones.interface and reach.gateway != "elsewhere":
        raise InputError(
            f"{called[1]}: {phones.interface} leads to a gateway on another host, and this one is on this machine"
        )
    why = _obstacle(phones, reach)
    if why is None:
        return Choice("packets")
    if phones.wish == "packets":
        raise InputError(f"{called[0]}: packets are not possible: {why}")
    if reach.last_mile:
        raise InputError(f"last_mile: sockets cannot show a last mile, and packets are not possible: {why}")
    return Choice("sockets", why)


def check_way_out(interface: str | None, addresses: str | None) -> None:
    """Raise WrongKeyError naming `interface` or `range`: one of them alone, or one that cannot be."""
    if interface is None and addresses is None:
        return
    if addresses is None:
        raise WrongKeyError("interface", "needs range too, the addresses that clients have there")
    if interface is None:
        raise WrongKeyError("range", "needs interface too, through which packets leave")
    if not 1 <= len(interface) <= LONGEST_NAME or "/" in interface or not interface.isprintable() or " " in interface:
        raise WrongKeyError("interface", f"expected the name of a network interface such as eth1, got {interface!r}")
    private_range(addresses)


def private_range(addresses: str) -> IPv4Network:
    """A range as it is written, `10.9.0.0/16`. Raises WrongKeyError naming `range` where it is none, or not private."""
    try:
        found = ip_network(addresses)
    except ValueError as error:
        raise WrongKeyError(
            "range", f"expected addresses such as 10.9.0.0/16, got {quoted(addresses)} ({error})"
        ) from None
    if not isinstance(found, IPv4Network) or not any(found.subnet_of(one) for one in PRIVATE):
        allowed = ", ".join(map(str, PRIVATE))
        raise WrongKeyError("range", f"{quoted(addresses)} is not private, expected a part of {allowed}")
    if found.prefixlen > LONGEST_PREFIX:
        raise WrongKeyError("range", f"{quoted(addresses)} is too small, expected /{LONGEST_PREFIX} or larger")
    return found


def _obstacle(phones: Phones, reach: Reach) -> str | None:
    """Why packets cannot be had, in words, what the user can change first; None: they can."""
    if reach.tls:
        return "they do not speak TLS (wss)"
    if reach.gateway == "here":
        return "a gateway that already runs on this machine can only be reached by sockets"
    if reach.gateway == "elsewhere" and not phones.interface:
        return "a gateway on another host needs an interface and a range for them"
    return reach.why_not
