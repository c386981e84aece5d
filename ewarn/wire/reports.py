"""A report as JSON: on the control address with its zone, and as the common part of every user's frame."""

import json
import re
from datetime import UTC, datetime
from typing import Any, cast

from ewarn.errors import InputError
from ewarn.seismic.intensity import ZONES
from ewarn.seismic.magnitudes import MAGNITUDE_TYPES, MagnitudeType
from ewarn.seismic.origin import Origin, Report, Status

REPORTS_PATH = "/v1/reports"
"""of the control address"""
QUAKE_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
TYPES = {"report": ("update", "final", "cancel"), "quick": ("reviewed",)}
"""by type of message, the statuses that it may have"""


def utc(seconds: float) -> str:
    """Seconds since 1970 as `2026-01-01T00:00:06.412Z`."""
    whole = datetime.fromtimestamp(round(seconds, 3), UTC).isoformat(timespec="milliseconds")
    return whole.replace("+00:00", "Z")


def origin_fields(origin: Origin) -> dict[str, Any]:
    """An origin as frames have it; `magnitude_type` where it is known."""
    kind = {} if origin.magnitude_type == "M" else {"magnitude_type": origin.magnitude_type}
    return {
        "time": utc(origin.time),
        "latitude": origin.latitude,
        "longitude": origin.longitude,
        "depth_km": origin.depth_km,
        "magnitude": origin.magnitude,
        **kind,
    }


def fields(report: Report) -> dict[str, Any]:
    """What every frame of a report says alike; `drill` is never absent."""
    return {
        "type": "quick" if report.status == "reviewed" else "report",
        "drill": True,
        "quake": report.quake,
        "number": report.number,
        "status": report.status,
        "origin": origin_fields(report.origin),
        "released": utc(report.released),
    }


def encode(report: Report) -> str:
    """A report for the control address."""
    return json.dumps({**fields(report), "zone": report.zone}, ensure_ascii=False)


def decode(text: str | bytes) -> Report:
    """A report from the control address. Raises InputError naming the full key of the first thing wrong."""
    data = parse_object(text)
    if not isinstance(kind := data.get("type"), str) or kind not in TYPES:
        raise InputError(f"type: expected {' or '.join(TYPES)}, got {kind!r}")
    if data.get("drill") is not True:
        raise InputError(f"drill: must be true, got {data.get('drill')!r}")
    quake = data.get("quake")
    if not isinstance(quake, str) or not QUAKE_ID.fullmatch(quake):
        raise InputError(f"quake: expected lower-case letters, digits and dashes, got {quake!r}")
    status, zone, origin = data.get("status"), data.get("zone"), data.get("origin")
    if not isinstance(status, str) or status not in TYPES[kind]:
        raise InputError(f"status: expected one of {', '.join(TYPES[kind])}, got {status!r}")
    if not isinstance(zone, str) or zone not in ZONES:
        raise InputError(f"zone: expected one of {', '.join(ZONES)}, got {zone!r}")
    if not isinstance(origin, dict):
        raise InputError(f"origin: expected an object, got {origin!r}")
    number = data.get("number")
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number < 1 << 16:
        raise InputError(f"number: expected a whole number from 1 to 65535, got {number!r}")
    return Report(
        quake=quake,
        number=number,
        status=cast(Status, status),
        origin=Origin(
            time=_instant("origin.time", origin.get("time")),
            latitude=number_within("origin.latitude", origin.get("latitude"), -90, 90),
            longitude=number_within("origin.longitude", origin.get("longitude"), -180, 180),
            depth_km=number_within("origin.depth_km", origin.get("depth_km"), 0, 700),
            magnitude=number_within("origin.magnitude", origin.get("magnitude"), 0, 10),
            magnitude_type=_magnitude_type(origin.get("magnitude_type", "M")),
        ),
        zone=zone,
        released=_instant("released", data.get("released")),
    )


def parse_object(text: str | bytes) -> dict[str, Any]:
    """A JSON object, or InputError saying what came instead."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"not JSON: {error}") from None
    if not isinstance(data, dict):
        raise InputError(f"expected a JSON object, got {type(data).__name__}")
    return data


def number_within(key: str, value: object, low: float, high: float) -> float:
    """A finite number in [low, high], or InputError naming `key` and both bounds."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise InputError(f"{key}: expected a number, got {value!r}")
    if not low <= value <= high:
        raise InputError(f"{key}: {str(value)[:20]} is outside {low:g} to {high:g}")
    return float(value)


def _magnitude_type(value: object) -> MagnitudeType:
    if value not in MAGNITUDE_TYPES:
        raise InputError(f"origin.magnitude_type: expected one of {', '.join(MAGNITUDE_TYPES)}, got {value!r}")
    return cast(MagnitudeType, value)


def _instant(key: str, value: object) -> float:
    try:
        moment = datetime.fromisoformat(cast(str, value))
    except (TypeError, ValueError):
        raise InputError(f"{key}: expected a time such as 2026-01-01T00:00:00.000Z, got {value!r}") from None
    moment = moment.replace(tzinfo=moment.tzinfo or UTC)
    if not 1900 <= moment.year <= 2099:  # far from the ends of what a datetime can hold, which a zone may pass
        raise InputError(f"{key}: {value} is outside 1900 to 2099")
    return moment.timestamp()
