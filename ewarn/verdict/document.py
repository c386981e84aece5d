"""What a verdict is made of, once: the judge makes these tables, `verdict.json` holds them, and every reader has them.

A key that a table has no default for was there from the first version on. None stands for never where a time or a
distance is meant, and for "not known" elsewhere. Names end in their unit.
"""

from collections.abc import Iterable

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict

from ewarn.seismic.earth import Shaking
from ewarn.verdict.clients import SOCKETS, Clients
from ewarn.verdict.fleet import OfFleet
from ewarn.verdict.happened import Happened
from ewarn.verdict.load import Load
from ewarn.words import spellings, told
from ewarn.words.spelling import Spelling

FORMAT = 1
"""of `verdict.json`. It grows when a key changes its meaning or goes; a new key with a default is no reason."""


class Summary(Struct, frozen=True, kw_only=True):
    """Exact percentiles of the times of some users, in ms; None: never, or there are no users."""

    p50: float | None = None
    p90: float | None = None
    p99: float | None = None
    p999: float | None = None
    max: float | None = None


class Displacement(Struct, frozen=True, kw_only=True):
    """How far users were from their place in the order, as a share of all of them, 0 to 1; None: of no users."""

    users: int = 0
    p50: float | None = None
    p95: float | None = None
    max: float | None = None


class Between(Struct, frozen=True, kw_only=True):
    """What a displacement can be, by what is known of the hosts' clocks."""

    least: Displacement
    most: Displacement


class BeforeNext(Struct, frozen=True, kw_only=True):
    """Whether a report was read before the next one that was for anyone came."""

    next_s: float
    """from its release to that of the next one, as it was played"""
    users: int
    """who had read it by then"""


class Delivery(Struct, frozen=True, kw_only=True):
    """What came of one report: users by what they read, and the times that it took."""

    number: int
    status: str
    release_s: float
    """after the true origin"""
    magnitude: float
    targets: int
    """users to whom it was due; the next three are all of them"""
    delivered: int
    superseded: int
    missing: int
    held_back: int = 0
    duplicates: int = 0
    out_of_order: int = 0
    delivery_ms: Summary = Summary()
    last_ms: float | None = None
    """when the last of those who read it did, whoever never did; None: nobody read it"""
    before_next: BeforeNext | None = None
    """None: no other came after it"""
    displacement: Displacement = Displacement()
    """of its arrivals in kernels, from the order that was meant"""
    displacement_between: Between | UnsetType = UNSET
    """absent: they were stamped by one clock"""


class Check(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One comparison with a promise."""

    name: str
    """a key of `CHECKS`"""
    measured: float | None
    """in `unit`; None: infinite, or nothing to measure. Where clocks of several hosts took part, the latest"""
    earliest: float | None = None
    """in `unit`, by the earliest that each receipt can have been; None: there is no other than what is measured"""
    limit: float
    """in `unit`; what is measured may be as much"""
    unit: str
    """s, share or frames"""
    users: int | None = None
    """of whom it was measured; None: it is not by user"""
    promised_users: int | None = None
    """to whom it is promised; None: to no number of them"""
    landed: int | None = None
    """of a time that was missed: users who had read within the limit, of the report that fewest had"""
    note: str | None = None
    """why `passed` is None, and which reports were held back, in words"""
    held_back: str | None = None
    """the part of the note that says which earlier reports were not public, from whom and by which gate"""
    passed: bool | None
    """None: not shown, as `note` says, such as within the limit, but not at the number of users promised"""

    @property
    def why(self) -> str:
        """The note without what was held back."""
        return (self.note or "").removesuffix(self.held_back or "").removesuffix("; ")


class Lead(Struct, frozen=True, kw_only=True):
    """Lead time of those who were to be warned, s; None: had no warning."""

    p10: float | None = None
    """one in ten has less"""
    p50: float | None = None
    p90: float | None = None


class OfLevel(Struct, frozen=True, kw_only=True):
    """Users of a level by the true intensity, to whom a warning was due."""

    users: int
    in_time: int


class BlindZones(Struct, frozen=True, kw_only=True):
    """Radii around the epicentre, km; None: no end."""

    theoretical: float | None
    """where S had come before the first public report was released"""
    effective: float | None = None
    """where S had come before it was read"""


class Warned(Struct, frozen=True, kw_only=True):
    """Users by the key of their `Fate`, their lead time, and the blind zones."""

    in_time: int = 0
    late: int = 0
    blind_zone: int = 0
    suppressed: int = 0
    missing: int = 0
    follows_none: int = 0
    lead_s: Lead = Lead()
    by_level: dict[str, OfLevel] = {}
    blind_zone_km: BlindZones


class Harness(Struct, frozen=True, kw_only=True):
    """Whether the swarm measured well."""

    stamped: int = 0
    """frames of which the kernel said when they came"""
    lag_ms: Summary = Summary()
    """from the kernel to the client"""
    checked_frames: int = 0
    """that were computed anew"""
    wrong_frames: int = 0
    cut_short: str | None = None
    """why not all reports went out"""
    untrusted: tuple[str, ...] = ()
    """why the measurement cannot be trusted"""


class Environment(Struct, frozen=True, kw_only=True):
    """What a play ran on, and by which settings; None: not known, of the rate: none set."""

    cpus: int | None = None
    memory_gib: float | None = None
    memory_used_gib: float | None = None
    open_files: int | None = None
    kernel: str | None = None
    python: str | None = None
    engine: str | None = None
    order: str | None = None
    rate_per_s: float | None = None
    shards: int | None = None
    gateway: str | None = None
    path: str | None = None
    tls: bool = False
    clients: Clients = SOCKETS
    speed: float = 1.0
    seed: int | None = None


class Sent(Struct, frozen=True, kw_only=True):
    """What the gateways counted meanwhile; None: they did not tell."""

    frames: int | None = None
    bytes: int | None = None
    deferred: int | None = None
    """frames that met a full buffer"""
    replaced: int | None = None
    """of these, by newer ones"""
    dropped: int | None = None
    """connections that read too slowly"""
    bytes_per_frame: float | None = None


class Disturbed(Struct, frozen=True, kw_only=True):
    """What was done to the connections meanwhile, and how it ended; the last four are of a storm."""

    stuck: int = 0
    churn_per_s: float = 0.0
    returned: int = 0
    chat_per_s: float = 0.0
    chats: int = 0
    echoes: int = 0
    slow: int = 0
    slow_on_newest: int = 0
    storm_s: float | UnsetType = UNSET
    all_told_s: float | UnsetType | None = UNSET
    newest_s: float | UnsetType | None = UNSET
    on_newest: int | UnsetType = UNSET


class OfPlatform(Struct, frozen=True, kw_only=True):
    """Users of one of two platforms, and the reports that it brought to someone first."""

    users: int
    alone: int
    """on no other"""
    first: int


class PlatformFault(Struct, frozen=True, kw_only=True):
    """What befell one of two platforms, s after the true origin, and what the other made up for."""

    kind: str
    on: str
    from_s: float
    back_s: float | None
    """None: it did not come back"""
    saved: int
    """users of both who were brought a report meanwhile by the sound one"""
    cut_off: int
    """users of the other alone"""


class ByPlatform(Struct, frozen=True, kw_only=True):
    """Who was told by which of two platforms."""

    names: dict[str, OfPlatform]
    both: int
    fault: PlatformFault | None = None

    @property
    def table(self) -> "Platforms":
        """As the file has it: the platforms by their own names beside `both` and `fault`, which are no names."""
        table: Platforms = {name: asdict(part) for name, part in self.names.items()} | {"both": self.both}
        return table | ({"fault": asdict(self.fault)} if self.fault else {})


Platforms = dict[str, int | dict[str, int | float | str | None]]


class Made(Struct, frozen=True, kw_only=True):
    """By what a file was written, and where."""

    ewarn: str
    """version"""
    commit: str | None = None
    """of the checkout that it ran from, with a + where files had been changed; None: not known"""
    date: str
    """UTC, ISO 8601"""
    host: str
    command: tuple[str, ...]
    """as it was typed, but for what a URL carries behind its path, which may be a secret"""


class Concentrated(Struct, frozen=True, kw_only=True):
    """Users near the epicentre where a drill has more of them than live there in proportion."""

    within_km: float
    """of the epicentre"""
    users: int
    """who live so near"""
    residents: float
    """people who do; the users stand for them, and the other users for the rest"""


class Document(Struct, frozen=True, kw_only=True):
    """`verdict.json`: one play of a drill, judged."""

    format: int = 0
    """0: written before files had one"""
    made: Made | None = None
    quake: str
    drill: bool = True
    shaking: Shaking | None = None
    """what intensities rest on"""
    users: int
    residents: float | None = None
    """for whom the users stand"""
    concentrated: Concentrated | None = None
    """None: each user stands for as many people"""
    connected: int
    """devices"""
    environment: Environment
    notes: tuple[str, ...] = ()
    reports: tuple[Delivery, ...] = ()
    checks: tuple[Check, ...] = ()
    first: int | None = None
    """number of the first public report; None: there was none"""
    warned: Warned
    closed_s: float | None = None
    """after the true origin, when nothing more was waited for"""
    sent: Sent = Sent()
    commotion: Disturbed = Disturbed()
    platforms: Platforms | UnsetType = UNSET
    """see `ByPlatform`"""
    harness: Harness = Harness()
    load: Load | None = None
    """where the time went; None: written before that was told"""
    happened: tuple[Happened, ...] | None = None
    """beside the reports, in the order of time; None: written before that was told"""
    fleet: OfFleet | None = None
    """None: all was on one host"""
    passed: bool | None = None
    """no check failed"""
    said: dict[str, Spelling] = {}
    """by sentence of this file, and by part of one, how to say it in other languages; empty in older files"""

    def in_words(self, sentence: str) -> str:
        """A sentence of the file, as what is said where its words are known."""
        return told(sentence, self.said)

    @property
    def platform_names(self) -> list[str]:
        """Of two platforms, the first one first; empty where there is one."""
        return [] if self.platforms is UNSET else [name for name in self.platforms if name not in ("both", "fault")]


def said_in(checks: Iterable[Check], harness: Harness, *others: str) -> dict[str, Spelling]:
    """The `said` of a document in which these stand."""
    sentences = (harness.cut_short, *harness.untrusted, *others, *(check.note for check in checks))
    return spellings(sentences)
