"""Which origin and which magnitude of a catalogue's event go together, and whether it was a quake at all.

Works on what ObsPy reads from QuakeML 1.2. Every line that is raised begins with the path, and names the key.
"""

from pathlib import Path
from typing import Any

from ewarn.errors import InputError, quoted
from ewarn.seismic.geodesy import distance_km

QUAKES = frozenset(
    {
        "earthquake",
        "induced or triggered event",
        "reservoir loading",
        "fluid injection",
        "fluid extraction",
    }
)
"""event types of QuakeML 1.2, and of USGS GeoJSON, that are quakes: an explosion is none, nor what does not exist"""
REJECTED = "rejected"
TAKEN_BACK = frozenset({"deleted", REJECTED, "cancelled", "canceled"})
"""Status of an event that its catalogue no longer stands for. USGS GeoJSON knows `deleted` (ComCat's documentation);
the others are words of catalogues that write the same format."""


def refuse_no_quake(kind: str | None, key: str, path: Path) -> None:
    """Raise InputError for an event type that is no quake; one that is not said is taken for a quake."""
    if kind is not None and kind.strip().lower() not in QUAKES:
        raise InputError(f"{path}: {key}: {kind!r} is no quake; expected {', '.join(sorted(QUAKES))}, or nothing")


def together(event: Any, path: Path) -> tuple[Any, Any]:
    """Origin and magnitude of one event. Raises InputError where none go together, or those preferred are not there.

    Both as preferred where the event says both. Where it prefers one alone the other is of the same solution; where it
    prefers none, the first origin that has a magnitude. What is rejected is not there.
    """
    refuse_no_quake(event.event_type, "type", path)
    origin = _preferred(event.origins, event.preferred_origin_id, "origin", path)
    magnitude = _preferred(event.magnitudes, event.preferred_magnitude_id, "magnitude", path)
    if origin is None and magnitude is not None:
        return _origin_of(magnitude, event, path), magnitude
    if origin is not None and magnitude is not None:
        return origin, magnitude
    wanted = [origin] if origin is not None else _accepted(event.origins)
    for one in wanted:
        if (own := _magnitude_of(one, event)) is not None:
            return one, own
    others = ", ".join(f"{one.mag} of {_origin_id(one)!r}" for one in _accepted(event.magnitudes))
    raise InputError(f"{path}: magnitude: none is of origin {identity(wanted[0])!r}, there are {others}")


def mixed(origin: Any, magnitude: Any, event: Any) -> str:
    """A note, where a magnitude is of another origin than the one it is taken with; else nothing.

    A moment magnitude often hangs on a centroid of its own, so both are taken as the file prefers them, and named.
    """
    wanted = _origin_id(magnitude)
    if wanted is None or wanted == identity(origin):
        return ""
    kind = f" {quoted(str(magnitude.magnitude_type))[1:-1]}" if magnitude.magnitude_type else ""
    own = identity(origin)
    return (
        f"the magnitude,{kind} {magnitude.mag}, is of origin {quoted(wanted)}, {_whereabouts(wanted, origin, event)}; "
        f"place, depth and time are of {f'origin {quoted(own)}' if own else 'an origin without an id'}"
    )


def _whereabouts(wanted: str, origin: Any, event: Any) -> str:
    """Of the origin with an id, how far it is from another one."""
    for one in event.origins:
        if identity(one) != wanted:
            continue
        if one.evaluation_status == REJECTED:
            return "which is rejected"
        if None in (places := (one.latitude, one.longitude, origin.latitude, origin.longitude)):
            return "whose place is not said"
        return f"{float(distance_km(*places)):,.0f} km away"
    return "which is not in the file"


def _magnitude_of(origin: Any, event: Any) -> Any | None:
    """The first magnitude of an origin, else the first that is of none in particular.

    Where the file has no other origin a magnitude may be of one that was left out of it.
    """
    found = _accepted(event.magnitudes)
    own = [one for one in found if _origin_id(one) is not None and _origin_id(one) == identity(origin)]
    free = [one for one in found if _origin_id(one) is None]
    of_others = found if len(event.origins) == 1 else []
    return next(iter([*own, *free, *of_others]), None)


def _origin_of(magnitude: Any, event: Any, path: Path) -> Any:
    """The origin that a preferred magnitude is of, or the first where it does not say, or the only one there is."""
    origins, wanted = _accepted(event.origins), _origin_id(magnitude)
    if wanted is None or len(event.origins) == 1:
        return origins[0]
    for one in origins:
        if identity(one) == wanted:
            return one
    raise InputError(
        f"{path}: preferredMagnitudeID: {magnitude.mag} is of origin {wanted!r}, none of the {len(origins)} that stand"
    )


def _preferred(found: list[Any], wanted: Any, key: str, path: Path) -> Any | None:
    """Pick by the preferred id, or none; ids are compared as text, since ObsPy's lookup reaches into other catalogues.

    Raises InputError where there is none to choose from, or the one that is preferred is missing or rejected.
    """
    if not found:
        raise InputError(f"{path}: {key}: missing")
    if not _accepted(found):
        raise InputError(f"{path}: {key}: rejected" + (f", all {len(found)}" if len(found) > 1 else ""))
    if wanted is None:
        return None
    name = f"preferred{key.capitalize()}ID"
    for one in found:
        if identity(one) == wanted.id:
            if one.evaluation_status == REJECTED:
                raise InputError(f"{path}: {name}: {wanted.id!r} is rejected")
            return one
    raise InputError(f"{path}: {name}: {wanted.id!r} is none of the {len(found)} in the file")


def _accepted(found: list[Any]) -> list[Any]:
    return [one for one in found if one.evaluation_status != REJECTED]


def identity(one: Any) -> str | None:
    """The publicID of an event, origin or magnitude; None where the file gives none."""
    return (str(one.resource_id.id) or None) if one.resource_id is not None else None


def _origin_id(magnitude: Any) -> str | None:
    return None if magnitude.origin_id is None else str(magnitude.origin_id.id) or None
