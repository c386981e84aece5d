"""Drill files."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

import tomli_w
from annotated_types import Ge, Gt, Le
from pydantic import BaseModel, BeforeValidator, Field, field_validator, model_validator

from ewarn.audience.mix import REALISTIC, Mix
from ewarn.config.tables import FromFile, Latitude, Longitude, Table, read, shipped, validated
from ewarn.dispatch.gates import Gates
from ewarn.errors import InputError, WrongKeyError
from ewarn.gateway.engines import AUTO, EngineName
from ewarn.gateway.settings import MOST_SHARDS, Strategy
from ewarn.seismic.bulletins import Detection
from ewarn.seismic.earth import Ground
from ewarn.seismic.intensity import Levels
from ewarn.seismic.stations import FARTHEST_LATITUDE, Box
from ewarn.swarm.kind import ACK_DELAY_MS, MOST_ACK_DELAY_MS, NO_LAST_MILE, Phones, Wish, check_way_out
from ewarn.verdict.budgets import Budgets

MOST_RTT_MS = 10_000
"""of a last mile: a round trip longer than that is no connection on which anybody is warned"""
SHIPPED_NETWORK = str(shipped() / "stations" / "sichuan.toml")


@dataclass(frozen=True)
class AudienceTable(Mix):
    """`[audience]`: who is alerted."""

    users: Annotated[int, Ge(1), Le(50_000_000)] = 20_000
    """Number of users."""
    within_km: Annotated[float, Gt(0), Le(2_000)] | None = None
    """Only users who live so near the epicentre, km; without it, all."""
    within_share: Annotated[float, Gt(0), Le(1)] = 1.0
    """Share of users for whom `within_km` holds, 0 to 1; the others live anywhere, by residents. Less than 1 puts more
    users near the epicentre than live there, and leaves some elsewhere."""
    places: str = "sichuan"
    """Where users live: sichuan, china, or the path of a CSV file, from this file's folder."""

    def __post_init__(self) -> None:
        """Refuse a share of users who live within no distance."""
        super().__post_init__()
        if self.within_share < 1 and self.within_km is None:
            raise WrongKeyError(
                "within_share", f"{self.within_share:g} of the users, but there is no within_km in which they live"
            )


@dataclass(frozen=True)
class EarthTable(Ground):
    """`[earth]`: how waves travel, and how the ground shakes."""

    velocity: str = str(shipped() / "velocity" / "yunnan-2015.toml")
    """Path of the velocity file, from this file's folder."""


class NetworkTable(Table):
    """`[network]`: who listens."""

    stations: str = SHIPPED_NETWORK
    """Path of the network file, from this file's folder."""
    spacing_km: float | None = Field(None, ge=2, le=300)
    """Distance between stations of a regular grid with that network's classes, km, around the quake or in `box`;
    without it, the network's own stations."""
    box: tuple[Longitude, Latitude, Longitude, Latitude] | None = None
    """West, south, east and north of that grid, degrees; across the date line west is the greater one."""
    out: tuple[str, ...] = ()
    """Codes of stations that are out."""
    out_share: float = Field(0.0, ge=0, lt=1)
    """Share of the other stations that are out, drawn by chance, 0 to 1."""

    @model_validator(mode="after")
    def _boxed(self) -> Self:
        if self.box is None:
            return self
        west, south, east, north = self.box
        if self.spacing_km is None:
            raise ValueError("box: wants spacing_km, of the grid that it bounds")
        if south >= north or max(-south, north) > FARTHEST_LATITUDE:
            reach = f"-{FARTHEST_LATITUDE:g} to {FARTHEST_LATITUDE:g}"
            raise ValueError(f"box: south must be below north, both from {reach}, got {south:g} and {north:g}")
        if west == east:
            raise ValueError(f"box: west and east are the same, {west:g}")
        return self

    @property
    def bounds(self) -> Box | None:
        """The box, as `regular` takes it."""
        if self.box is None:
            return None
        west, south, east, north = self.box
        return south, north, west, east + 360 if east < west else east


@dataclass(frozen=True)
class GatewayTable(Strategy):
    """`[gateway]`: how the warning leaves."""

    engine: EngineName = AUTO
    """How frames leave: the name of an engine, or auto for the fastest that works here."""
    shards: Annotated[int, Ge(1), Le(4096)] | None = None
    """Number of shards; without it, one a core, or as many more as the users demand."""
    resize: tuple[tuple[float, int], ...] = ()
    """Pairs of seconds after origin and the number of shards from then on; `shards` is the number to begin with."""

    def __post_init__(self) -> None:
        """Refuse changes to or from a number of shards that there cannot be."""
        if self.resize and self.shards is None:
            raise ValueError("resize: wants shards, the number to begin with")
        if wrong := [count for _, count in self.resize if not 1 <= count <= MOST_SHARDS]:
            raise ValueError(f"resize: {wrong[0]} shards, expected 1 to {MOST_SHARDS}")


class SwarmTable(Table):
    """`[swarm]`: how the clients behave."""

    clients: Wish = "sockets"
    """What the clients are: sockets of the kernel, or packets, which cost far less and need root or user namespaces;
    auto takes packets where they are possible, else says why and takes sockets."""
    ack_delay_ms: float = Field(ACK_DELAY_MS, ge=0, le=MOST_ACK_DELAY_MS)
    """Milliseconds after which packets acknowledge what came, as phones do. Sockets leave that to the kernel."""
    interface: str | None = None
    """Network interface through which packets reach a gateway on another host; goes with `range`. Without it they stay
    on this machine."""
    range: str | None = None
    """Private addresses that packets have on that interface, such as 10.9.0.0/16; nobody else may have them."""
    connects_per_s: float = Field(10_000.0, gt=0)
    """Connections opened a second, over all processes."""
    sample: float = Field(0.01, ge=0, le=1)
    """Share of users whose frames are stamped by the kernel and computed anew, 0 to 1."""
    stuck: int = Field(0, ge=0, le=15_000)
    """Number of clients besides the users that follow a place and never read."""
    slow: int = Field(0, ge=0, le=15_000)
    """Number of clients besides the users that follow ten places, and read a little each second until the last report
    is out."""
    churn_per_s: float = Field(0.0, ge=0, le=0.5)
    """Share of users that hang up each second of the play, and come back."""
    chat_per_s: float = Field(0.0, ge=0, le=1)
    """Share of users, drawn anew each second, that send 200 bytes of chat, which the gateway echoes."""
    storm_s: float | None = Field(None, ge=0, le=3600)
    """Seconds after origin at which all users hang up at once, and come back; without it, never."""

    @model_validator(mode="after")
    def _way_out(self) -> Self:
        check_way_out(self.interface, self.range)
        return self

    @property
    def phones(self) -> Phones:
        """What is wished for of the clients' kind."""
        return Phones(self.clients, self.interface, self.range)


class LastMileTable(Table):
    """`[last_mile]`: the modelled way from the gateway to the users, for packets; without it there is none."""

    rtt_ms: tuple[
        Annotated[float, Field(ge=0.1, le=MOST_RTT_MS)],
        Annotated[float, Field(ge=0.1, le=MOST_RTT_MS)],
    ]
    """Round-trip times of users, ms: 5th and 95th percentile. Each has one, drawn from a log-normal distribution."""
    jitter_ms: float = Field(0.0, ge=0, le=MOST_RTT_MS)
    """Milliseconds that a packet takes longer at most, each way; how much is drawn for each."""
    loss: float = Field(0.0, ge=0, le=0.5)
    """Share of packets that are lost, each way; which ones is drawn by chance."""

    @field_validator("rtt_ms")
    @classmethod
    def _in_order(cls, given: tuple[float, float]) -> tuple[float, float]:
        if given[0] > given[1]:
            raise ValueError(f"the 5th percentile, {given[0]:g} ms, is above the 95th, {given[1]:g} ms")
        return given


FaultKind = Literal["none", "down", "degraded"]
FAULTS: tuple[str, ...] = get_args(FaultKind)


class PlatformsTable(Table):
    """`[platforms]`: two channels, each a gateway of its own; without it there is one."""

    names: tuple[str, str] = ("WeChat", "QQ")
    """Names of the two."""
    shares: tuple[float, float, float] = (0.55, 0.15, 0.30)
    """Shares of users on the first alone, on the second alone, and on both; an assumption, since no figures are
    public."""
    fault: FaultKind = "none"
    """What befalls one of them: none, down (it is gone), or degraded (it sends slowly)."""
    on: Literal[1, 2] = 1
    """Which of them has the fault, the first or the second."""
    fault_s: float = Field(10.0, ge=0, le=3600)
    """Seconds after origin at which the fault begins."""
    back_s: float | None = Field(None, ge=0, le=3600)
    """Seconds after origin at which the fault ends; without it, never."""
    degraded_per_s: float = Field(1_000.0, gt=0, le=1e9)
    """Frames a second that a degraded platform still sends."""

    @field_validator("on", mode="before")
    @classmethod
    def _number(cls, given: Any) -> Any:
        if isinstance(given, bool):  # for a Literal, true is 1
            raise ValueError(f"must be 1 or 2, got {given}")
        return given

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if len({*self.names, "both", "fault"}) < 4:
            raise ValueError(
                f"names: {self.names[0]!r} and {self.names[1]!r} are not two names, or one is both or fault"
            )
        if min(self.shares) < 0 or abs(sum(self.shares) - 1) > 1e-6:
            raise ValueError(f"shares: sum to {sum(self.shares):g}, not 1, or one is below 0")
        if self.back_s is not None and self.back_s <= self.fault_s:
            raise ValueError(f"back_s: {self.back_s:g} s is not after fault_s, {self.fault_s:g} s")
        return self


def _mixed(given: Any) -> Any:
    """`[audience]` with what the word mix stands for."""
    if not isinstance(given, dict):
        return given
    found = dict(given)
    for key in ("follow", "thresholds"):
        if isinstance(said := found.get(key), str):
            if said != "mix":
                raise WrongKeyError(key, f'must be "mix" or a list, got {said!r}')
            found[key] = getattr(REALISTIC, key)
    return found


class CentreSettings(Table):
    """What a drill file says of the earth and its network."""

    seed: int = Field(1, ge=0)
    """Random seed of all that is drawn."""
    earth: FromFile[EarthTable] = EarthTable()
    """How waves travel, and how the ground shakes."""
    levels: FromFile[Levels] = Levels()
    """Where the levels of a warning begin."""
    network: NetworkTable = NetworkTable()
    """Which stations listen."""
    detection: FromFile[Detection] = Detection()
    """How the centre turns what it hears into reports."""


class DrillSettings(CentreSettings):
    """A drill file."""

    quake: str
    """Path of the quake file, from this file's folder, or the name of a quake that came with the program."""
    speed: float = Field(1.0, gt=0, le=1000)
    """Divides the waits before reports, and nothing else."""
    audience: Annotated[FromFile[AudienceTable], BeforeValidator(_mixed)] = AudienceTable()
    """Who is alerted."""
    delivery: FromFile[Gates] = Gates()
    """What holds an alert back, and how it is shown."""
    gateway: FromFile[GatewayTable] = GatewayTable()
    """How the warning leaves."""
    platforms: PlatformsTable | None = None
    """Two channels, each a gateway of its own; without this table there is one."""
    swarm: SwarmTable = SwarmTable()
    """How the clients behave."""
    last_mile: LastMileTable | None = None
    """The modelled way from the gateway to the users; without this table there is none."""
    budgets: FromFile[Budgets] = Budgets()
    """What is promised, and to how many."""

    @model_validator(mode="after")
    def _shown(self) -> Self:
        if self.last_mile and self.swarm.clients == "sockets":
            raise ValueError(f"last_mile: {NO_LAST_MILE}")
        return self


def load_drill(
    path: Path, changes: Mapping[str, Any] | None = None, options: Mapping[str, str] | None = None
) -> DrillSettings:
    """Read a drill file; `changes` by dotted key win over it. Paths come back resolved.

    `options` by dotted key: what a user calls a change, to name it where it is wrong.
    """
    return validated(DrillSettings, _data(path, changes), path, options)


def load_centre(path: Path | None, **changes: Any) -> CentreSettings:
    """Of a drill file, what it says of the earth and its network; without one, what holds where none says otherwise."""
    return load_drill(path, changes) if path else CentreSettings(**changes)


def _data(path: Path, changes: Mapping[str, Any] | None) -> dict[str, Any]:
    data = read(path)
    named_files = (
        (data, "quake"),
        (data.get("audience"), "places"),
        (data.get("earth"), "velocity"),
        (data.get("network"), "stations"),
    )
    for table, key in named_files:
        if isinstance(table, dict) and isinstance(table.get(key), str):
            named = path.parent / table[key]
            # The name of a quake, or of places, that came with the program is no path.
            table[key] = str(named) if named.suffix else table[key]
    for key, value in (changes or {}).items():
        *tables, last = key.split(".")
        table = data
        for name in tables:
            table = table.setdefault(name, {})
            if not isinstance(table, dict):
                raise InputError(f"{path}: {name}: expected a table, got {table!r}")
        table[last] = value
    return data


def dump(settings: BaseModel) -> str:
    """Settings as TOML; keys without a value are left out, as TOML has no null."""
    return tomli_w.dumps(settings.model_dump(exclude_none=True))
