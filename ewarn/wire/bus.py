"""What goes over the bus beside reports: the pulse of the centre, the answers of hosts, and how each host stands. Pure.

Reports go as the control address takes them, see `reports.encode`. All of these come from strangers: bytes that are
none, or too many, raise InputError with the full key.
"""

from typing import Annotated, Literal, TypeVar

from msgspec import UNSET, Meta, Struct, UnsetType, json

from ewarn.errors import InputError
from ewarn.wire.messages import understood

MOST_BYTES = 64 << 10
"""of a message"""
MOST_NAMED = 64
"""quakes in a pulse"""
Kind = TypeVar("Kind")

HostName = Annotated[str, Meta(pattern=r"\A[a-z0-9][a-z0-9-]{0,62}\Z")]
"""of a machine with a gateway or a swarm: it stands in subjects, and is a label of DNS (RFC 1035)"""
QuakeId = Annotated[str, Meta(pattern=r"\A[a-z0-9][a-z0-9._-]{0,63}\Z")]
Count = Annotated[int, Meta(ge=0, le=10**9)]
Words = Annotated[str, Meta(max_length=512)]
State = Literal["up", "draining", "stale", "leaving"]


class ReportName(Struct, frozen=True):
    """What names a report everywhere."""

    quake: QuakeId
    play: Annotated[int, Meta(ge=1, le=2**63 - 1)]
    """when the centre began this playing of the quake's reports, ns since 1970-01-01 UTC"""
    number: Annotated[int, Meta(ge=1, le=65_535)]


class Pulse(Struct, frozen=True):
    """What the centre says each second, and at once after a release."""

    sent: Annotated[int, Meta(ge=0, le=2**63 - 1)]
    """by the centre's clock, ns since 1970-01-01 UTC"""
    newest: Annotated[tuple[ReportName, ...], Meta(max_length=MOST_NAMED)] = ()
    """the newest report of each quake, the last one released first"""


class Taken(Struct, frozen=True):
    """A host's answer to a report."""

    host: HostName
    quake: QuakeId
    play: Annotated[int, Meta(ge=1, le=2**63 - 1)]
    number: Annotated[int, Meta(ge=1, le=65_535)]
    targets: Count = 0
    """followers that it had then"""
    note: Words | UnsetType = UNSET
    """why the report is not for all of them"""
    problem: Words | UnsetType = UNSET
    """why it refused the report; unset where it took it"""

    @property
    def named(self) -> ReportName:
        """The report that is meant."""
        return ReportName(self.quake, self.play, self.number)


class Standing(Struct, frozen=True):
    """How a gateway's host stands, each second and at once when that changes."""

    host: HostName
    url: Annotated[str, Meta(min_length=1, max_length=300)]
    """where its users connect: ws://HOST:PORT or wss://HOST:PORT"""
    capacity: Count
    """connections that it holds at most"""
    connections: Count
    state: State


PULSE, TAKEN, STANDING = json.Decoder(Pulse), json.Decoder(Taken), json.Decoder(Standing)


def encode(message: Pulse | Taken | Standing) -> bytes:
    """A message as it goes over the bus."""
    return json.encode(message)


def decode(payload: bytes, decoder: json.Decoder[Kind], most: int = MOST_BYTES) -> Kind:
    """A message of this type; keys that it does not know are let be. Raises InputError naming the full key."""
    if len(payload) > most:
        raise InputError(f"{len(payload):,} bytes, at most {most:,} are read")
    return understood(payload, decoder)
