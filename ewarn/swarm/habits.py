"""What clients do besides reading: the same for all of a swarm, whichever process they are in."""

from dataclasses import dataclass

from ewarn.swarm.fleet import Rules

LONGEST_S = 5.0


@dataclass(frozen=True)
class Habits:
    """How they connect, whether they come back and speak, and how what they read is taken down."""

    connects_per_s: float
    """of all of them together"""
    seed: int
    """of what they draw: when they come back, who speaks"""
    quake: str | None = None
    """receipts of its reports are taken down from the first frame on, so also of one that is in force as they connect;
    None: from the conductor's word on"""
    reconnect: bool = False
    """those whom the gateway sends away or loses come back, as phones do; else they stay away, and count as closed"""
    chat_per_s: float = 0.0
    """share of them that speaks each second"""
    apart: bool = False
    """a report comes in as many frames as a user has places; they have it once they have read the last"""
    longest_s: float = LONGEST_S
    """what was read is parsed after so long even where it is never quiet"""
    held: bool = False
    """they wait to be let in, instead of connecting at once"""
    finding: Rules | None = None
    """each goes to a host of its own, and to the next where that does not take it; None: all go where they are sent"""
    first: int = 0
    """users are called u{first}, u{first + 1}, ..., so that those of several hosts have names of their own"""
    sources: tuple[str, ...] = ()
    """addresses of this host, IPv4, that sockets connect from in turn; none: any, and of loopback as many as needed"""
