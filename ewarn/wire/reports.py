"""A report as JSON: on the control address with its zone, and as the common part of every user's frame."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, cast

from msgspec import UNSET, Meta, Struct, UnsetType, json, to_builtins

from ewarn.errors import InputError
from ewarn.seismic.intensity import ZONES
from ewarn.seismic.magnitudes import MAGNITUDE_TYPES, MagnitudeType
from ewarn.seismic.origin import Origin, Report, Status
from ewarn.wire.messages import understood

REPORTS_PATH = "/v1/reports"
"""of the control address"""
QUAKE_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
TYPES = {"report": ("update", "final", "cancel"), "quick": ("reviewed",)}
"""by type of message, the statuses that it may have"""


Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]


class SaidOrigin(Struct, frozen=True):
    """An origin as frames have it."""

    time: str
    latitude: Latitude
    longitude: Longitude
    depth_km: Annotated[float, Meta(ge=0, le=700)]
    magnitude: Annotated[float, Meta(ge=0, le=10)]
    magnitude_type: str | UnsetType = UNSET
    """where it is known"""


class Stated(Struct, frozen=True):
    """What every frame of a report says alike."""

    type: Literal["report", "quick"]
    drill: bool
    """never absent"""
    quake: str
    number: Annotated[int, Meta(ge=1, le=65_535)]
    status: Status
    origin: SaidOrigin
    released: str


class AtPlace(Struct):
    """What a frame says of one of a user's places; seconds count from the release."""

    place: int
    distance_km: float
    p_in_s: float
    s_in_s: float
    intensity: float
    level: str


class _Handed(Stated, frozen=True):
    """What stands on the control address."""

    zone: str


_HANDED = json.Decoder(_Handed)


class Head(Struct):
    """What tells one message from another."""

    type: Any = None
    drill: Any = None
    token: Any = ""
    """of the demo alone"""


HEAD = json.Decoder(Head)
"""of any message: what it is"""


class Accepted(Struct, tag_field="type", tag="released"):
    """The answer to a report."""

    number: int
    targets: int
    """followers that the gateway had then"""
    note: str | UnsetType = UNSET
    """why it is not for all of them"""


class Refused(Struct, frozen=True, tag_field="type", tag="error"):
    """The answer to whatever the control address does not take."""

    problem: str


def utc(seconds: float) -> str:
    """Seconds since 1970 as `2026-01-01T00:00:06.412Z`."""
    whole = datetime.fromtimestamp(round(seconds, 3), UTC).isoformat(timespec="milliseconds")
    return whole.replace("+00:00", "Z")


def said_origin(origin: Origin) -> SaidOrigin:
    """An origin as frames have it."""
    kind = UNSET if origin.magnitude_type == "M" else origin.magnitude_type
    where = origin.latitude, origin.longitude, origin.depth_km
    return SaidOrigin(utc(origin.time), *where, origin.magnitude, kind)


def common(report: Report) -> Stated:
    """What every frame of a report says alike."""
    kind: Literal["report", "quick"] = "quick" if report.status == "reviewed" else "report"
    origin = said_origin(report.origin)
    return Stated(kind, True, report.quake, report.number, report.status, origin, utc(report.released))


def encode(report: Report) -> str:
    """A report for the control address."""
    said = to_builtins(common(report)) | {"zone": report.zone}
    return json.encode(said).decode()


def decode(text: str | bytes) -> Report:
    """A report from the control address. Raises InputError naming the full key of the first thing wrong."""
    head = understood(text, HEAD)
    if head.type in tuple(TYPES) and head.drill is not True:
        raise InputError(f"drill: must be true, got {head.drill!r}")
    said = understood(text, _HANDED)
    if not QUAKE_ID.fullmatch(said.quake):
        raise InputError(f"quake: expected lower-case letters, digits and dashes, got {said.quake!r}")
    kind = "M" if said.origin.magnitude_type is UNSET else said.origin.magnitude_type
    for key, value, allowed in (
        ("status", said.status, TYPES[said.type]),
        ("zone", said.zone, ZONES),
        ("origin.magnitude_type", kind, MAGNITUDE_TYPES),
    ):
        if value not in allowed:
            raise InputError(f"{key}: expected one of {', '.join(allowed)}, got {value!r}")
    where = said.origin.latitude, said.origin.longitude, said.origin.depth_km
    time = _instant("origin.time", said.origin.time)
    origin = Origin(time, *where, said.origin.magnitude, cast(MagnitudeType, kind))
    return Report(said.quake, said.number, said.status, origin, said.zone, _instant("released", said.released))


def _instant(key: str, text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"{key}: expected a time such as 2026-01-01T00:00:00.000Z, got {text!r}") from None
    moment = moment.replace(tzinfo=moment.tzinfo or UTC)
    if not 1900 <= moment.year <= 2099:  # far from the ends of what a datetime can hold, which a zone may pass
        raise InputError(f"{key}: {text} is outside 1900 to 2099")
    return moment.timestamp()
