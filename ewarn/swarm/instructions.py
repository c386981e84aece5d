"""All that crosses the pipe between a crew and its processes: instructions one way, answers the other. Pure."""

from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from ewarn.errors import MeasurementError, quoted
from ewarn.swarm.fleet import Host


class Verb(Enum):
    """What a process is to do."""

    BEGIN = "take down receipts of a quake, from the first report on"
    COLLECT = "take down what has been read, and hand over the frames that were kept"
    LET_IN = "connect these rows, which were held so far"
    BOUNCE = "have a share of the clients hang up, and come back"
    CHAT = "have a share of the clients speak each second"
    STAND_STILL = "read nothing until told to go on"
    GO_ON = "read again"
    CATCH_UP = "have clients that read slowly read all that is there"
    FLEET = "go by this list of hosts from now on"
    WHERE = "say how many clients are on which host"


@dataclass(frozen=True)
class Instruction:
    """One word from the crew, with what its verb needs."""

    verb: Verb
    quake: str = ""
    share: float = 0.0
    rows: range = range(0)
    hosts: tuple[Host, ...] = ()


@dataclass(frozen=True)
class Done:
    """The answer where there is nothing to hand over."""

    verb: Verb


@dataclass(frozen=True)
class Collected:
    """The answer to `COLLECT`."""

    frames: list[tuple[int, bytes]]
    """(user, payload) of every frame that a sampled user read"""


@dataclass(frozen=True)
class Seated:
    """Clients that hardly read are connected."""


@dataclass(frozen=True)
class CaughtUp:
    """The answer to `CATCH_UP`."""

    newest: list[int]
    """by client: the number of the report that it has ended on"""


@dataclass(frozen=True)
class Placed:
    """The answer to `WHERE`."""

    on: dict[str, tuple[int, int]]
    """by host: clients connected whose home it is, and others"""


@dataclass(frozen=True)
class Complaint:
    """What went wrong, in words."""

    why: str


Reply = TypeVar("Reply", Done, Collected, Seated, CaughtUp, Placed)


def unknown(said: object) -> Complaint:
    """What a process answers to an instruction that is none of its own."""
    return Complaint(f"a swarm process was told {quoted(said)}, which it does not know")


def expect(answer: object, kind: type[Reply]) -> Reply:
    """The answer, if it is of the kind that was asked for. Raises MeasurementError, with the complaint if it is one."""
    if isinstance(answer, kind):
        return answer
    if isinstance(answer, Complaint):
        raise MeasurementError(answer.why)
    raise MeasurementError(f"a swarm process answered {quoted(answer)}, where {kind.__name__} was asked for")
