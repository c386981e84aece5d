"""Quake files."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import Field

from ewarn.config.tables import DepthKm, Latitude, Longitude, Seconds, Table, Whole, read, validated
from ewarn.seismic.intensity import ZONES
from ewarn.seismic.magnitudes import MagnitudeType
from ewarn.seismic.origin import FalseAlarm, Origin, Quake, Rupture


class _OriginTable(Table):
    time: datetime
    latitude: Latitude
    longitude: Longitude
    depth_km: DepthKm
    magnitude: float = Field(ge=0, le=10)
    magnitude_type: MagnitudeType = "M"


class _RuptureTable(Table):
    length_km: float | None = Field(None, gt=0, le=1500)
    nucleation: float = Field(Rupture.nucleation, ge=0, le=1)


class _FalseAlarmTable(Table):
    magnitude: float = Field(ge=0, le=10)
    cancelled_after_s: Seconds
    updates: Whole = Field(0, ge=0, le=1000)


class _QuakeFile(Table):
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    name: str = Field(min_length=1, max_length=200)
    zone: Literal[tuple(ZONES)]  # type: ignore[valid-type]
    strike_deg: float | None = Field(None, ge=0, lt=360)
    source: str | None = None
    origin: _OriginTable
    rupture: _RuptureTable = _RuptureTable()
    false_alarm: _FalseAlarmTable | None = None


def load_quake(path: Path) -> Quake:
    """Read a quake file. Raises InputError naming file, key and value; a time without a zone is taken as UTC."""
    table = validated(_QuakeFile, read(path), path)
    origin, rupture, alarm = table.origin, table.rupture, table.false_alarm
    moment = origin.time if origin.time.tzinfo else origin.time.replace(tzinfo=UTC)
    return Quake(
        id=table.id,
        name=table.name,
        zone=table.zone,
        strike_deg=table.strike_deg,
        origin=Origin(
            moment.timestamp(),
            origin.latitude,
            origin.longitude,
            origin.depth_km,
            origin.magnitude,
            origin.magnitude_type,
        ),
        rupture=Rupture(rupture.length_km, rupture.nucleation),
        false_alarm=FalseAlarm(**alarm.model_dump()) if alarm else None,
    )
