"""A report as JSON: what the centre says of it, on the control address and at the beginning of every user's frame."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, cast

from msgspec import UNSET, Meta, MsgspecError, Struct, UnsetType, json

from ewarn.errors import InputError, quoted
from ewarn.seismic.intensity import ZONES
from ewarn.seismic.magnitudes import MAGNITUDE_TYPES, MagnitudeType
from ewarn.seismic.origin import Origin, Report, Sealed, Status
from ewarn.wire.alike import check_alike, check_instant
from ewarn.wire.messages import understood

REPORTS_PATH = "/v1/reports"
"""of the control address"""
QUAKE_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
MOST_AHEAD_S = 86_400.0
"""by which a drill's timeline may run ahead of the clock"""
MOST_LASTS_S = 3600.0
"""that a report may be in force; shaking is over everywhere by then"""
MOST_WORDS = 1024
"""bytes that stand in every frame of a report; ours are some 400"""
USERS_OWN = b',"places"'
"""begins what is each user's own: the words of the centre, which are signed, stand before it"""
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
    zone: str
    """by whose equations the ground shakes, so that a client can work out its own values"""
    origin: SaidOrigin
    released: str
    play: Annotated[int, Meta(ge=1, le=2**63 - 1)]
    """when the centre began this playing of the quake's reports, ns since 1970-01-01 UTC"""
    expires: str
    ahead_s: Annotated[float, Meta(ge=-MOST_AHEAD_S, le=MOST_AHEAD_S)] | UnsetType = UNSET
    """by how much the times of the report run ahead of the clock, in a drill whose waits are cut short"""


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

    signature: Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]*\Z", max_length=86)] = ""
    """base64url without padding; it is copied into each frame, so no end of a line may stand behind it"""


_HANDED, _STATED = json.Decoder(_Handed), json.Decoder(Stated)


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
    return Stated(
        kind,
        True,
        report.quake,
        report.number,
        report.status,
        report.zone,
        origin,
        utc(report.released),
        report.play,
        utc(report.expires),
        report.ahead_s or UNSET,
    )


def words(report: Report) -> bytes:
    """The beginning of every frame of a report, as the centre wrote it, or would write it."""
    return report.sealed.words if report.sealed else json.encode(common(report))[:-1]


def encode(report: Report) -> str:
    """A report for the control address: a frame that tells of nobody's place."""
    signature = report.sealed.signature if report.sealed else ""
    return (words(report) + USERS_OWN + b':[],"signature":' + json.encode(signature) + b"}").decode()


def decode(text: str | bytes) -> Report:
    """A report from the control address. Raises InputError naming the full key of the first thing wrong."""
    head = understood(text, HEAD)
    if head.type in tuple(TYPES) and head.drill is not True:
        raise InputError(f"drill: must be true, got {quoted(head.drill)}")
    said = understood(text, _HANDED)
    if not QUAKE_ID.fullmatch(said.quake):
        raise InputError(f"quake: expected lower-case letters, digits and dashes, got {quoted(said.quake)}")
    kind = "M" if said.origin.magnitude_type is UNSET else said.origin.magnitude_type
    for key, value, allowed in (
        ("status", said.status, TYPES[said.type]),
        ("zone", said.zone, ZONES),
        ("origin.magnitude_type", kind, MAGNITUDE_TYPES),
    ):
        if value not in allowed:
            raise InputError(f"{key}: expected one of {', '.join(allowed)}, got {quoted(value)}")
    where = said.origin.latitude, said.origin.longitude, said.origin.depth_km
    time = _instant("origin.time", said.origin.time)
    origin = Origin(time, *where, said.origin.magnitude, cast(MagnitudeType, kind))
    released = _instant("released", said.released)
    if not 0 < (lasts_s := _instant("expires", said.expires) - released) <= MOST_LASTS_S:
        raise InputError(f"expires: {lasts_s:g} s after the release, expected more than 0 and at most {MOST_LASTS_S:g}")
    ahead_s = 0.0 if said.ahead_s is UNSET else said.ahead_s
    sealed = _sealed(text.encode() if isinstance(text, str) else text, said)
    number, status = said.number, said.status
    return Report(said.quake, number, status, origin, said.zone, released, said.play, lasts_s, ahead_s, sealed)


def _sealed(text: bytes, said: _Handed) -> Sealed | None:
    """The words as they came; None where they do not end where a frame's do, and so cannot be signed.

    They are sent on as they are, so they must be whole by themselves, short, say the same as all of the message, and
    say it to every reader (`alike`).
    """
    if (end := text.find(USERS_OWN)) < 0:
        return None
    if end > MOST_WORDS:
        raise InputError(f"places: {end:,} bytes stand before it, at most {MOST_WORDS:,} can")
    try:
        alone = _STATED.decode(text[:end].decode() + "}")
    except (MsgspecError, UnicodeDecodeError):
        raise InputError("places: what stands before it is no whole report") from None
    for name in alone.__struct_fields__:
        if getattr(alone, name) != getattr(said, name):
            raise InputError(f"{name}: stands twice, before places and behind them")
    check_alike(text[:end])
    for key, instant in (("origin.time", said.origin.time), ("released", said.released), ("expires", said.expires)):
        check_instant(key, instant)
    return Sealed(text[:end], said.signature)


def _instant(key: str, text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"{key}: expected a time such as 2026-01-01T00:00:00.000Z, got {quoted(text)}") from None
    moment = moment.replace(tzinfo=moment.tzinfo or UTC)
    if not 1900 <= moment.year <= 2099:  # far from the ends of what a datetime can hold, which a zone may pass
        raise InputError(f"{key}: {text} is outside 1900 to 2099")
    return moment.timestamp()
