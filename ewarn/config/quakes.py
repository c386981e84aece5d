"""Quake files."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from ewarn.config.tables import DepthKm, FromFile, Latitude, Longitude, Table, read, validated
from ewarn.seismic.intensity import ZONES
from ewarn.seismic.magnitudes import MagnitudeType
from ewarn.seismic.origin import FalseAlarm, Origin, Quake, Rupture


class _OriginTable(Table):
    """`[origin]`: where, when and how large it truly was."""

    time: datetime
    """Origin time, as a TOML date and time; without a time zone it is UTC."""
    latitude: Latitude
    """Latitude of the epicentre, degrees north."""
    longitude: Longitude
    """Longitude of the epicentre, degrees east."""
    depth_km: DepthKm
    """Depth of the hypocentre below the surface, km."""
    magnitude: float = Field(ge=0, le=10)
    """Magnitude, of the kind that `magnitude_type` says."""
    magnitude_type: MagnitudeType = "M"
    """Kind of the magnitude; M where it is not known."""


QuakeName = Annotated[str, Field(min_length=1, max_length=200)]
LanguageCode = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]


class _QuakeFile(Table):
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    """Name of the quake in reports: small letters, digits, full stops, hyphens and underscores."""
    name: QuakeName
    """Name of the quake for people."""
    names: dict[LanguageCode, QuakeName] = Field(default_factory=dict)
    """Names in other languages than English, by the code of the language, such as zh; shown to readers of it."""
    zone: Literal[tuple(ZONES)]  # type: ignore[valid-type]
    """Attenuation zone of GB 18306-2015; world outside China."""
    strike_deg: float | None = Field(None, ge=0, lt=360)
    """Direction of the fault, degrees clockwise from north; without it, unknown."""
    source: str | None = None
    """Where the figures are from, for people; it changes nothing."""
    origin: _OriginTable
    """Where, when and how large it truly was."""
    rupture: FromFile[Rupture] = Rupture()
    """The line along which a large quake breaks, through the epicentre along the strike."""
    false_alarm: FromFile[FalseAlarm] | None = None
    """A fault at the centre: its reports say another magnitude, and are taken back. Without it, there is none."""


QUAKE_FILE = _QuakeFile


def load_quake(path: Path) -> Quake:
    """Read a quake file. Raises InputError naming file, key and value; a time without a zone is taken as UTC."""
    table = validated(_QuakeFile, read(path), path)
    origin = table.origin
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
        rupture=table.rupture,
        false_alarm=table.false_alarm,
        names=table.names,
    )
