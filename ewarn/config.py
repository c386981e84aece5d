"""Settings and quake files: TOML in, validated values out, every wrong key named in full."""

import difflib
import json
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ewarn.dispatch.orders import ORDERS
from ewarn.errors import InputError
from ewarn.gateway.engines import AUTO, ENGINES
from ewarn.seismic.intensity import ZONES
from ewarn.seismic.origin import Origin, Quake
from ewarn.seismic.reports import Detection
from ewarn.verdict.budgets import Budgets

Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Seconds = Annotated[float, Field(gt=0, le=3600)]


Model = TypeVar("Model", bound=BaseModel)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class AudienceTable(_Table):
    """`[audience]`: who is warned."""

    users: int = Field(20_000, ge=1, le=50_000_000)
    within_km: float | None = Field(None, gt=0, le=2_000)
    """only users so near the epicentre"""


class NetworkTable(_Table):
    """`[network]`: who listens."""

    spacing_km: float = Field(14.0, ge=2, le=300)
    """design spacing in key zones is 10-15 km"""


class DetectionTable(_Table):
    """`[detection]`: see `Detection`."""

    stations: int = Field(Detection.stations, ge=1, le=50)
    delay_s: float = Field(Detection.delay_s, ge=0, le=600)
    record_s: float = Field(Detection.record_s, ge=0.5, le=600)
    interval_s: float = Field(Detection.interval_s, ge=0.1, le=600)
    updates: int = Field(Detection.updates, ge=0, le=500)
    longest_s: Seconds = Detection.longest_s


class GatewayTable(_Table):
    """`[gateway]`: how the warning leaves."""

    engine: Literal[AUTO, *ENGINES] = AUTO  # type: ignore[valid-type]
    order: Literal[tuple(ORDERS)] = "deadline"  # type: ignore[valid-type]
    shards: int | None = Field(None, ge=1, le=4096)
    """None: one a core, or as many more as the users demand"""


class SwarmTable(_Table):
    """`[swarm]`: how the clients behave."""

    connects_per_s: float = Field(10_000.0, gt=0)
    """the ramp, over all processes"""
    sample: float = Field(0.01, ge=0, le=1)
    """share of users whose frames are stamped by the kernel and computed anew"""
    stuck: int = Field(0, ge=0, le=15_000)
    """clients besides the users that follow a place and never read"""
    churn_per_s: float = Field(0.0, ge=0, le=0.5)
    """share of users that hang up each second of the play, and come back"""
    storm_s: float | None = Field(None, ge=0, le=3600)
    """seconds after origin at which all users hang up at once, and come back"""


class BudgetsTable(_Table):
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


class DrillSettings(_Table):
    """A drill file."""

    quake: str
    """path of the quake file, from the drill file's folder"""
    seed: int = Field(1, ge=0)
    speed: float = Field(1.0, gt=0, le=1000)
    """divides the waits before reports, and nothing else"""
    audience: AudienceTable = AudienceTable()
    network: NetworkTable = NetworkTable()
    detection: DetectionTable = DetectionTable()
    gateway: GatewayTable = GatewayTable()
    swarm: SwarmTable = SwarmTable()
    budgets: BudgetsTable = BudgetsTable()


class _OriginTable(_Table):
    time: datetime
    latitude: Latitude
    longitude: Longitude
    depth_km: float = Field(ge=0, le=100)
    magnitude: float = Field(ge=0, le=10)


class _QuakeFile(_Table):
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    name: str = Field(min_length=1, max_length=200)
    zone: Literal[tuple(ZONES)]  # type: ignore[valid-type]
    strike_deg: float | None = Field(None, ge=0, lt=360)
    source: str | None = None
    origin: _OriginTable


def load_quake(path: Path) -> Quake:
    """Read a quake file. Raises InputError naming file, key and value; a time without a zone is taken as UTC."""
    table = _validated(_QuakeFile, _read(path), path)
    origin = table.origin
    moment = origin.time if origin.time.tzinfo else origin.time.replace(tzinfo=UTC)
    return Quake(
        id=table.id,
        name=table.name,
        zone=table.zone,
        strike_deg=table.strike_deg,
        origin=Origin(moment.timestamp(), origin.latitude, origin.longitude, origin.depth_km, origin.magnitude),
    )


def load_drill(path: Path, changes: Mapping[str, Any] | None = None) -> DrillSettings:
    """Read a drill file; `changes` by dotted key win over it. The quake's path comes back resolved."""
    data = _read(path)
    if isinstance(data.get("quake"), str):
        data["quake"] = str(path.parent / data["quake"])
    for key, value in (changes or {}).items():
        *tables, last = key.split(".")
        table = data
        for name in tables:
            table = table.setdefault(name, {})
        table[last] = value
    return _validated(DrillSettings, data, path)


def check(path: Path) -> str:
    """Validate a file of either kind and say what it is. A drill file's quake is looked at too."""
    if "origin" in _read(path):
        quake = load_quake(path)
        return f"quake {quake.id}, magnitude {quake.origin.magnitude:g}"
    settings = load_drill(path)
    quake = load_quake(Path(settings.quake))
    return f"drill of {quake.id} with {settings.audience.users:,} users"


def dump(settings: BaseModel) -> str:
    """Settings as TOML; keys without a value are left out, as TOML has no null."""
    data = settings.model_dump(exclude_none=True)
    lines = [f"{key} = {json.dumps(value)}" for key, value in data.items() if not isinstance(value, dict)]
    for name, table in data.items():
        if isinstance(table, dict):
            lines += ["", f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not TOML: {error}") from None


def _validated(model: type[Model], data: dict[str, Any], path: Path) -> Model:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise InputError(*(f"{path}: {_complaint(model, one)}" for one in error.errors())) from None


def _complaint(model: type[BaseModel], error: Any) -> str:
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        close = difflib.get_close_matches(str(error["loc"][-1]), _keys(model), 1)
        return f"{key}: unknown key" + (f", did you mean {close[0]}?" if close else "")
    if error["type"] == "missing":
        return f"{key}: missing"
    message = error["msg"][0].lower() + error["msg"][1:]
    return f"{key}: {message}, got {error['input']!r}"


def _keys(model: type[BaseModel]) -> list[str]:
    keys = []
    for name, field in model.model_fields.items():
        keys.append(name)
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            keys += _keys(field.annotation)
    return keys
