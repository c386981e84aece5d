"""Orders of a conductor to the swarms of a fleet, and what their agents answer. Pure.

A gateway that keeps a journal for a drill is asked for it in the same words, on subjects of their own.

MessagePack, since arrays are most of it. Each order has a number of its run and is said again until it is answered. An
agent does each once, in order, and answers one that comes again as before. All of it comes from strangers: bytes that
are none raise InputError with the full key. Keys that are not known are let be: `Hello` and `Here` keep their form in
all versions, so that those that differ can say so.
"""

from typing import Annotated, Any, Literal, NamedTuple, TypeAlias, TypeVar, cast, get_args

from msgspec import Meta, MsgspecError, Struct, msgpack

from ewarn.errors import InputError
from ewarn.wire.bus import Count, HostName, QuakeId
from ewarn.wire.messages import fitted

WIRE = 1
"""of these messages; conductor and agents have the same"""
MOST_BYTES = 480 << 10
"""of a message; the server takes 512 KiB from swarms and their conductor"""
PIECE_BYTES = 384 << 10
"""of an array in one message, before it is compressed"""
MOST_USERS = 1 << 21
"""of one swarm"""
MOST_REPORTS = 1024
MOST_CA = 256 << 10
"""letters of the certificates that gateways are trusted by"""
MOST_PIECES = 1 << 16
MOST_GATEWAYS = 254
"""a receipt says in a byte by which it came"""
Kind = TypeVar("Kind")


class Talk(NamedTuple):
    """What a conductor leads by orders, and on which subjects."""

    who: str
    """of a host, in a word"""
    orders: str
    answers: str
    """a host's name stands for `*`"""

    def orders_of(self, host: str) -> str:
        """Where a conductor says what this host is to do."""
        return self.orders[:-1] + host

    def answers_of(self, host: str) -> str:
        """Where it answers, and says how it stands."""
        return self.answers[:-1] + host


SWARMS = Talk("swarm", "ewarn.swarm.orders.*", "ewarn.swarm.answers.*")
JOURNALS = Talk("journal", "ewarn.noted.orders.*", "ewarn.noted.answers.*")
"""of gateways, see `noted`"""

Run = Annotated[str, Meta(pattern=r"\A[0-9a-f]{32}\Z")]
"""of a drill over a fleet; drawn by its conductor"""
AgentId = Annotated[str, Meta(pattern=r"\A[0-9a-f]{16}\Z")]
"""of a process, so that two that are called the same are not taken for one, nor one that was begun anew"""
Number = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Name = Annotated[str, Meta(pattern=r"\A[a-z][a-z_]{0,31}\Z")]
"""of an array"""
Text = Annotated[str, Meta(max_length=300)]
Url = Annotated[str, Meta(min_length=1, max_length=300)]
Share = Annotated[float, Meta(ge=0, le=1)]
Delay = Annotated[float, Meta(gt=0, le=60_000)]
Rate = Annotated[float, Meta(gt=0, le=1e9)]
Seconds = Annotated[float, Meta(gt=0, le=3600)]
Index = Annotated[int, Meta(ge=0, lt=MOST_PIECES)]
Pieces = Annotated[int, Meta(ge=0, le=MOST_PIECES)]
Data = Annotated[bytes, Meta(max_length=MOST_BYTES)]
Instant = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Large = Annotated[int, Meta(ge=0, le=2**53)]


class Hello(Struct, frozen=True, tag="hello"):
    """Be led by this run from now on. Answered by `Here`."""

    ewarn: Text
    """version of the conductor"""
    wire: Count
    key: Annotated[bytes, Meta(min_length=16, max_length=64)]
    """of the clock exchanges of this run"""
    lease_s: Seconds
    """an agent that has heard nothing of its conductor for so long lets all go"""


class Take(Struct, frozen=True, tag="take"):
    """A piece of an array, see `pieces`; all are there before `Prepare`."""

    what: Name
    index: Index
    count: Annotated[int, Meta(ge=1, le=MOST_PIECES)]
    """pieces of the array"""
    data: Data
    """compressed with zlib; at most `PIECE_BYTES` before"""


class Mile(Struct, frozen=True):
    """A last mile that packets model, see `packets.last_mile`."""

    rtt_ms: tuple[Delay, Delay]
    jitter_ms: Annotated[float, Meta(ge=0, le=60_000)] = 0.0
    loss: Share = 0.0


class Prepare(Struct, frozen=True, tag="prepare"):
    """Start the processes of a swarm for the arrays that were taken."""

    first: Annotated[int, Meta(ge=0, le=10**9)]
    """users are called u{first}, u{first + 1}, ..."""
    users: Annotated[int, Meta(ge=1, le=MOST_USERS)]
    reports: Annotated[int, Meta(ge=1, le=MOST_REPORTS)]
    seed: Instant
    connects_per_s: Rate
    chat_per_s: Share
    reconnect: bool
    gateways: Annotated[tuple[Url, ...], Meta(min_length=1, max_length=64)]
    """ws://HOST:PORT or wss://HOST:PORT, of which some answer for the list"""
    ca: Annotated[str, Meta(max_length=MOST_CA)] = ""
    """certificates to trust, PEM; empty: those that the host trusts"""
    home_s: Seconds = 30.0
    phones: Literal["sockets", "packets"] = "sockets"
    ack_delay_ms: Annotated[float, Meta(ge=0, le=1000)] = 0.0
    last_mile: Mile | None = None
    """of packets"""


class Connect(Struct, frozen=True, tag="connect"):
    """Have all users connect. Answered as they begin; `Standing` says `there` once each is connected or has failed."""


class Begin(Struct, frozen=True, tag="begin"):
    """Take down receipts of this quake from now on."""

    quake: QuakeId


class Disturb(Struct, frozen=True, tag="disturb"):
    """Have users hang up and come back, or speak."""

    bounce: Share | None = None
    """share of them that hangs up now"""
    chat: Share | None = None
    """share of them that speaks each second from now on"""


class Collect(Struct, frozen=True, tag="collect"):
    """Take down what was read. Answered by `Collected`; what is read later does not count."""


class Give(Struct, frozen=True, tag="give"):
    """Hand over a piece of what was collected. Answered by `Piece`."""

    what: Name
    index: Index


class Leave(Struct, frozen=True, tag="leave"):
    """Let all go; the run is over."""


class Here(Struct, frozen=True, tag="here"):
    """Who is led now."""

    name: HostName
    ewarn: Text
    wire: Count
    boot: Text
    """id of this boot of its kernel"""
    time_ns: Text
    """the time namespace that it is in, see `clocks.identity`"""
    ear: Annotated[int, Meta(ge=1, le=65_535)]
    """UDP port of clock exchanges"""
    cpus: Annotated[int, Meta(ge=1, le=65_536)] = 1
    memory_gib: Annotated[float, Meta(ge=0, le=1e6)] = 0.0
    open_files: Large = 0
    kernel: Text = ""
    python: Text = ""
    room: tuple[Count, Count] | None = None
    """of a gateway's journal: reports and users that there is room for"""


class Done(Struct, frozen=True, tag="done"):
    """It is done."""


class ArraySaid(Struct, frozen=True):
    """An array that is to be had in pieces."""

    dtype: Annotated[str, Meta(pattern=r"\A[<|][uif][1248]\Z")]
    """as numpy writes it"""
    shape: Annotated[tuple[Count, ...], Meta(min_length=1, max_length=3)]
    pieces: Pieces


class Collected(Struct, frozen=True, tag="collected"):
    """What is to be had, see `ewarn.agent.handing` for the arrays."""

    arrays: Annotated[dict[Name, ArraySaid], Meta(max_length=32)]
    gateways: Annotated[tuple[HostName, ...], Meta(max_length=MOST_GATEWAYS)] = ()
    """`via` of a receipt is an index into these, from 1"""
    placed: Annotated[dict[HostName, tuple[Count, Count]], Meta(max_length=MOST_GATEWAYS)] = {}
    """by gateway: users connected whose home it is, and others"""
    cpu_s: Annotated[float, Meta(ge=0, le=1e12)] = 0.0
    """that the processes of the swarm have used since the play began"""
    mss: Count = 0
    """of packets: largest payload of a segment, bytes; 0: not known"""


class Piece(Struct, frozen=True, tag="piece"):
    """A piece, compressed with zlib."""

    what: Name
    index: Index
    data: Data


class Problem(Struct, frozen=True, tag="problem"):
    """Why it was not done, and the exit code of such a thing."""

    why: Annotated[str, Meta(max_length=2000)]
    code: Annotated[int, Meta(ge=1, le=255)]


Do: TypeAlias = Hello | Take | Prepare | Connect | Begin | Disturb | Collect | Give | Leave
Said: TypeAlias = Here | Done | Collected | Piece | Problem
State = Literal["waiting", "preparing", "connecting", "there", "ended"]


class Order(Struct, frozen=True, tag="order"):
    """From the conductor to one agent."""

    run: Run
    agent: AgentId
    """whom it is for, as it said it is called"""
    number: Number
    do: Do


class Pulse(Struct, frozen=True, tag="pulse"):
    """The conductor of this run is there; said each second to each of its hosts."""

    run: Run


class Answer(Struct, frozen=True, tag="answer"):
    """To an order."""

    run: Run
    agent: AgentId
    number: Number
    said: Said


class Standing(Struct, frozen=True, tag="standing"):
    """How an agent stands, twice a second."""

    name: HostName
    agent: AgentId
    state: State
    run: Annotated[str, Meta(pattern=r"\A([0-9a-f]{32})?\Z")] = ""
    """that it is led by; empty while it waits for one"""
    ewarn: Text = ""
    users: Count = 0
    there: Count = 0
    """connections that are up now"""
    tallies: Annotated[tuple[Large, ...], Meta(max_length=64)] = ()
    """over all its processes, as `verdict.receipts.TALLIES` has them"""
    received: Annotated[tuple[Count, ...], Meta(max_length=MOST_REPORTS)] = ()
    """by report: users that have read it"""
    complaints: Annotated[tuple[Text, ...], Meta(max_length=16)] = ()
    """of its processes, and of the list of gateways; in words"""
    problem: Annotated[str, Meta(max_length=2000)] | None = None
    """why it has ended, in words"""
    code: Annotated[int, Meta(ge=0, le=255)] = 0
    """exit code of that problem"""


ForAgent: TypeAlias = Order | Pulse
ForConductor: TypeAlias = Answer | Standing
FOR_AGENT: msgpack.Decoder[ForAgent] = msgpack.Decoder(cast(type[ForAgent], ForAgent))
FOR_CONDUCTOR: msgpack.Decoder[ForConductor] = msgpack.Decoder(cast(type[ForConductor], ForConductor))


def encode(message: ForAgent | ForConductor) -> bytes:
    """A message as it goes over the bus."""
    return msgpack.encode(message)


def decode(payload: bytes, decoder: msgpack.Decoder[Kind]) -> Kind:
    """A message of one of the decoder's types. Raises InputError naming the full key."""
    if len(payload) > MOST_BYTES:
        raise InputError(f"{len(payload):,} bytes, at most {MOST_BYTES:,} are read")
    try:
        return decoder.decode(payload)
    except (MsgspecError, ValueError, RecursionError):
        pass
    try:
        value: Any = msgpack.decode(payload)
    except (MsgspecError, ValueError, RecursionError) as error:
        raise InputError(f"not MessagePack: {error}") from None
    return _fitted(value, decoder)


def _fitted(value: Any, decoder: msgpack.Decoder[Kind]) -> Kind:
    kinds = {one.__struct_config__.tag: one for one in get_args(decoder.type)}
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise InputError(f"expected one of {', '.join(map(str, kinds))}")
    kind = kinds.get(value.get("type")) if isinstance(value.get("type"), str) else None
    if kind is None:
        raise InputError(f"type: expected one of {', '.join(map(str, kinds))}")
    try:
        return cast(Kind, fitted(value, kind))
    except InputError:
        raise
    except (AttributeError, LookupError, TypeError, ValueError):  # of keys that are no text, which JSON has not
        raise InputError(f"{kind.__name__.lower()}: not what such a message is made of") from None
