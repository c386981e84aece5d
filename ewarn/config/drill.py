"""Drill files."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, ValidationInfo, field_validator, model_validator

from ewarn.audience.followed import MOST_PLACES
from ewarn.audience.mix import ONE_EACH, REALISTIC, Mix
from ewarn.config.tables import Seconds, Table, read, shipped, validated
from ewarn.dispatch.gates import Gates
from ewarn.dispatch.orders import ORDERS
from ewarn.errors import InputError
from ewarn.gateway.engines import AUTO, ENGINES
from ewarn.gateway.settings import GatewaySettings
from ewarn.seismic.bulletins import Detection
from ewarn.verdict.budgets import Budgets

MOST_SHARDS = GatewaySettings.most_shards
Share = Annotated[float, Field(ge=0, le=1)]
Intensity = Annotated[float, Field(ge=0, le=12)]
TOLERANCE = 1e-6
"""of a sum of shares written as decimals"""


class AudienceTable(Table):
    """`[audience]`: who is warned."""

    users: int = Field(20_000, ge=1, le=50_000_000)
    within_km: float | None = Field(None, gt=0, le=2_000)
    """only users who live so near the epicentre"""
    places: str = "sichuan"
    """or china, or the path of a CSV file, from this file's folder"""
    follow: tuple[Share, ...] = ONE_EACH.follow
    """share of users who follow 0, 1, ... places; the word mix stands for those of `REALISTIC`"""
    thresholds: tuple[tuple[Intensity, Share], ...] = ONE_EACH.thresholds
    """(least intensity told, share of users who ask for it); mix as above"""

    @field_validator("follow", "thresholds", mode="before")
    @classmethod
    def _mix(cls, given: Any, field: ValidationInfo) -> Any:
        if isinstance(given, str) and given != "mix":
            raise ValueError(f'must be "mix" or a list, got {given!r}')
        return getattr(REALISTIC, str(field.field_name)) if given == "mix" else given

    @field_validator("follow")
    @classmethod
    def _all_users(cls, follow: tuple[float, ...]) -> tuple[float, ...]:
        if len(follow) > MOST_PLACES + 1:
            raise ValueError(f"must be the shares of 0 to {MOST_PLACES} places, got {len(follow)} of them")
        if abs(sum(follow) - 1) > TOLERANCE:
            raise ValueError(f"shares must sum to 1, got {sum(follow):g}")
        return follow

    @field_validator("thresholds")
    @classmethod
    def _at_most_all_users(cls, thresholds: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
        if (total := sum(share for _, share in thresholds)) > 1 + TOLERANCE:
            raise ValueError(f"shares must sum to 1 at most, got {total:g}")
        return thresholds

    def mix(self) -> Mix:
        """What users follow, and ask to be told of."""
        return Mix(self.follow, self.thresholds)


class EarthTable(Table):
    """`[earth]`: see `EarthModel`."""

    velocity: str = str(shipped() / "velocity" / "yunnan-2015.toml")
    """path of the velocity model, from this file's folder"""
    intensity: Literal["direct", "instrumental"] = "direct"
    vs30_m_s: float | None = Field(None, ge=100, le=3000)


class NetworkTable(Table):
    """`[network]`: who listens."""

    stations: str = str(shipped() / "stations" / "sichuan.toml")
    """path of the network, from this file's folder"""
    spacing_km: float | None = Field(None, ge=2, le=300)
    """stations of that network's classes on a regular grid around the quake instead"""
    out: tuple[str, ...] = ()
    """codes of stations that are out"""
    out_share: float = Field(0.0, ge=0, lt=1)
    """share of the others that are out, drawn"""


class DetectionTable(Table):
    """`[detection]`: see `Detection`."""

    stations: int = Field(Detection.stations, ge=1, le=50)
    window_s: float = Field(Detection.window_s, ge=0.1, le=600)
    longest_p_s: float = Field(Detection.longest_p_s, ge=0.1, le=600)
    compute_s: float = Field(Detection.compute_s, gt=0, le=600)
    compute_sigma_ln: float = Field(Detection.compute_sigma_ln, ge=0, le=2)
    compute_most: float = Field(Detection.compute_most, ge=1, le=100)
    interval_s: float = Field(Detection.interval_s, ge=0.5, le=600)
    change: float = Field(Detection.change, gt=0, le=10)
    earliest_final_s: float = Field(Detection.earliest_final_s, ge=0, le=3600)
    longest_s: float = Field(Detection.longest_s, ge=0, le=3600)
    silent_share: float = Field(Detection.silent_share, ge=0, le=1)
    quick_s: float | None = Field(None, gt=0, le=3600)
    """seconds after its last report at which the centre sends the reviewed origin (速报); None: never"""


class GatewayTable(Table):
    """`[gateway]`: how the warning leaves."""

    engine: Literal[AUTO, *ENGINES] = AUTO  # type: ignore[valid-type]
    order: Literal[tuple(ORDERS)] = "deadline"  # type: ignore[valid-type]
    rate_per_s: float | None = Field(None, gt=0, le=1e9)
    """frames a second that all shards together send at most; stands for a service that other traffic loads"""
    shards: int | None = Field(None, ge=1, le=4096)
    """None: one a core, or as many more as the users demand"""
    resize: tuple[tuple[float, int], ...] = ()
    """(seconds after origin, shards that there are to be from then on); `shards` says how many there are first"""

    @model_validator(mode="after")
    def _countable(self) -> Self:
        if self.resize and self.shards is None:
            raise ValueError("resize: wants shards, the number to begin with")
        if wrong := [count for _, count in self.resize if not 1 <= count <= MOST_SHARDS]:
            raise ValueError(f"resize: {wrong[0]} shards, expected 1 to {MOST_SHARDS}")
        return self


class DeliveryTable(Table):
    """`[delivery]`: what holds an alert back, and how it is shown; see `Gates`."""

    magnitude: float = Field(Gates.magnitude, ge=0, le=10)
    intensity: float = Field(Gates.intensity, ge=0, le=12)
    notification: float = Field(Gates.notification, ge=0, le=12)
    alarm: float = Field(Gates.alarm, ge=0, le=12)

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if self.notification > self.alarm:
            raise ValueError(f"notification: {self.notification:g} is above alarm, {self.alarm:g}")
        return self


class SwarmTable(Table):
    """`[swarm]`: how the clients behave."""

    connects_per_s: float = Field(10_000.0, gt=0)
    """the ramp, over all processes"""
    sample: float = Field(0.01, ge=0, le=1)
    """share of users whose frames are stamped by the kernel and computed anew"""
    stuck: int = Field(0, ge=0, le=15_000)
    """clients besides the users that follow a place and never read"""
    slow: int = Field(0, ge=0, le=15_000)
    """clients besides the users that follow ten places, and read a little each second until the last report is out"""
    churn_per_s: float = Field(0.0, ge=0, le=0.5)
    """share of users that hang up each second of the play, and come back"""
    chat_per_s: float = Field(0.0, ge=0, le=1)
    """share of users, drawn anew each second, that send 200 bytes of chat, which the gateway echoes"""
    storm_s: float | None = Field(None, ge=0, le=3600)
    """seconds after origin at which all users hang up at once, and come back"""


class PlatformsTable(Table):
    """`[platforms]`: two channels, each a gateway of its own; without it there is one."""

    names: tuple[str, str] = ("WeChat", "QQ")
    shares: tuple[float, float, float] = (0.55, 0.15, 0.30)
    """of users on the first alone, on the second alone, on both; an assumption, no figures are public"""
    fault: Literal["none", "down", "degraded"] = "none"
    on: Literal[1, 2] = 1
    """which of them has the fault"""
    fault_s: float = Field(10.0, ge=0, le=3600)
    """seconds after origin at which it begins"""
    back_s: float | None = Field(None, ge=0, le=3600)
    """seconds after origin at which it ends; None: never"""
    degraded_per_s: float = Field(1_000.0, gt=0, le=1e9)
    """frames a second that a degraded platform still sends"""

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


class BudgetsTable(Table):
    """`[budgets]`: see `Budgets`."""

    first_report_s: Seconds = Budgets.first_report_s
    first_report_magnitude: float = Budgets.first_report_magnitude
    delivery_s: Seconds = Budgets.delivery_s
    delivery_users: int = Field(Budgets.delivery_users, ge=1)
    epicentre_s: Seconds = Budgets.epicentre_s
    epicentre_users: int = Field(Budgets.epicentre_users, ge=1)
    epicentre_km: float = Field(Budgets.epicentre_km, gt=0)
    epicentre_fewest: int = Field(Budgets.epicentre_fewest, ge=1)
    reach: float = Field(Budgets.reach, ge=0, le=1)


class CentreSettings(Table):
    """What a drill file says of the earth and its network."""

    seed: int = Field(1, ge=0)
    earth: EarthTable = EarthTable()
    network: NetworkTable = NetworkTable()
    detection: DetectionTable = DetectionTable()


class DrillSettings(CentreSettings):
    """A drill file."""

    quake: str
    """path of the quake file, from the drill file's folder, or the name of one that came with the program"""
    speed: float = Field(1.0, gt=0, le=1000)
    """divides the waits before reports, and nothing else"""
    audience: AudienceTable = AudienceTable()
    delivery: DeliveryTable = DeliveryTable()
    gateway: GatewayTable = GatewayTable()
    platforms: PlatformsTable | None = None
    swarm: SwarmTable = SwarmTable()
    budgets: BudgetsTable = BudgetsTable()


def load_drill(path: Path, changes: Mapping[str, Any] | None = None) -> DrillSettings:
    """Read a drill file; `changes` by dotted key win over it. Paths come back resolved."""
    return validated(DrillSettings, _data(path, changes), path)


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
    data = settings.model_dump(exclude_none=True)
    lines = [f"{key} = {json.dumps(value)}" for key, value in data.items() if not isinstance(value, dict)]
    for name, table in data.items():
        if isinstance(table, dict):
            lines += ["", f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"
