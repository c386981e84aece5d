"""What the clients of a play were, and what there is to doubt where they were packets. Pure."""

from collections.abc import Iterator

from msgspec import Struct

from ewarn.words import Said, say

PACKETS, MIXED = "packets", "mixed"
"""kinds of clients of which some are packets"""


class LastMile(Struct, frozen=True, kw_only=True):
    """The modelled way to the users: none of it was measured."""

    rtt_ms: tuple[float, float]
    """5th and 95th percentile of the round-trip times that were drawn, one a user, from a log-normal distribution"""
    jitter_ms: float = 0.0
    """most that a packet takes longer, each way; how much is drawn for each"""
    loss: float = 0.0
    """share of the packets that are lost, each way, 0 to 1"""

    @property
    def said(self) -> Said:
        """In words, as a part of a sentence."""
        told = (*(f"{one:,.6g}" for one in self.rtt_ms), f"{100 * self.loss:.6g}")
        if not self.jitter_ms:
            return say("clients.last-mile", *told)
        return say("clients.last-mile-jitter", *told, f"{self.jitter_ms:,.6g}")

    @property
    def note(self) -> Said:
        """The sentence that stands wherever delivery is shown."""
        return say("clients.modelled", self.said)


class Clients(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the swarm's clients were; all but their kind is of packets."""

    kind: str
    """sockets: of a kernel; packets: rows of arrays that speak TCP themselves; mixed: each kind on hosts of its own"""
    ack_delay_ms: float | None = None
    """after which a client acknowledges what it read, where it has nothing to say meanwhile"""
    mss: int | None = None
    """largest payload of a segment, bytes"""
    ring_drops: int | None = None
    """frames that the kernel dropped, as the clients' ring was full"""
    truncated: int | None = None
    """frames that were longer than a slot of the ring"""
    bad: int | None = None
    """frames with a wrong checksum, or headers that cannot be"""
    lost: int | None = None
    """frames for the clients that the kernel had no room for before they came to the ring"""
    retransmitted: int | None = None
    """segments that the gateway's kernel sent once more"""
    last_mile: LastMile | None = None
    """as it was modelled; None: there was none"""

    @property
    def are_packets(self) -> bool:
        """Whether any are."""
        return self.kind in (PACKETS, MIXED)

    @property
    def said(self) -> Said:
        """What they are, in words."""
        if not self.are_packets:
            return say("clients.sockets")
        delay = say("figure.not-known") if self.ack_delay_ms is None else f"{self.ack_delay_ms:g}"
        return say(f"clients.{self.kind}", delay)

    @property
    def way(self) -> Said:
        """What there is of a last mile, in words."""
        return self.last_mile.said if self.last_mile else say("clients.no-last-mile")

    @property
    def notes(self) -> tuple[Said, ...]:
        """What is to be said wherever delivery is shown; nothing where there is no last mile."""
        return (self.last_mile.note,) if self.last_mile else ()

    def counted(self) -> dict[str, int]:
        """What was counted of them, and is known."""
        found = {name: getattr(self, name) for name in COUNTED}
        return {name: value for name, value in found.items() if value is not None}

    def doubts(self) -> Iterator[Said]:
        """Why what such clients measured cannot be trusted, in words.

        A frame that the harness lost is sent once more by the gateway, so that its time is not the gateway's.
        """
        if self.ring_drops:
            yield say("doubt.ring", f"{self.ring_drops:,}")
        # Where nothing was sent again, nobody waited for them: they were answers to those who had gone.
        if self.lost and self.retransmitted != 0:
            yield say("doubt.lost", f"{self.lost:,}")
        if self.truncated:
            yield say("doubt.truncated", f"{self.truncated:,}")
        if self.bad:
            yield say("doubt.bad", f"{self.bad:,}")


COUNTED = ("mss", "ring_drops", "lost", "truncated", "bad", "retransmitted")
"""keys of `Clients` that are numbers of something"""
SOCKETS = Clients(kind="sockets")
"""what clients are unless something else is said, as in the files of versions that had no others"""
