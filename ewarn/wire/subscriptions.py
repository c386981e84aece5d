"""What a client says of itself: on connecting, in the request's query, and later, in a `follow` message."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qsl, quote

from msgspec import Meta, Struct, field

from ewarn.errors import InputError
from ewarn.wire.messages import fitted
from ewarn.wire.reports import Latitude, Longitude

ALERTS_PATH, SNAPSHOT_PATH = "/v1/alerts", "/v1/snapshot"
MOST_PLACES = 10
HIGHEST_INTENSITY = 12
LONGEST_USER = 64
MOST_TOLD, LONGEST_QUAKE = 8, 64

Place = tuple[Latitude, Longitude]
Intensity = Annotated[float, Meta(ge=0, le=HIGHEST_INTENSITY)]


@dataclass(frozen=True)
class Subscription:
    """A device of a user and the places it follows, (latitude, longitude) in degrees."""

    user: str
    places: tuple[Place, ...]
    threshold: float = 0.0
    """least intensity at any of the user's places that they ask to be told of"""
    told: tuple[str, ...] = ()
    """ids of quakes that this device has been told of: whoever comes back is told of them to the end"""


class Follow(Struct, frozen=True, tag_field="type", tag="follow"):
    """On a standing connection: other places from now on."""

    places: tuple[Place, ...]
    threshold: Intensity | None = field(default=None, name="least_intensity")
    """from now on; None: as before"""

    def __post_init__(self) -> None:
        """Raise InputError where there are too many."""
        _check_count("places", len(self.places))


class Snapshot(Struct, frozen=True, tag_field="type", tag="snapshot"):
    """On a standing connection: all places, all quakes under way."""


_NUMBER, _WORD = r"-?[0-9]{1,3}(?:\.[0-9]{1,9})?", "[A-Za-z0-9._~-]{1,64}"
_PLAIN = re.compile(
    rf"[^?]*\?user=({_WORD})((?:&place={_NUMBER},{_NUMBER}){{0,{MOST_PLACES}}})"
    rf"(?:&least_intensity=({_NUMBER}))?((?:&told={_WORD}){{0,{MOST_TOLD}}})"
)
"""as `request_path` writes it, where nothing is quoted"""


class _Query(Struct):
    place: tuple[Place, ...]
    least_intensity: Intensity


def request_path(user: str, places: list[Place], threshold: float = 0.0, told: Iterable[str] = ()) -> str:
    """The path and query with which a client connects, or comes back who has been told of these quakes."""
    query = "".join(f"&place={latitude:.5f},{longitude:.5f}" for latitude, longitude in places)
    least = f"&least_intensity={threshold:g}" if threshold else ""
    known = "".join(f"&told={_quoted(quake)}" for quake in told)
    return f"{ALERTS_PATH}?user={_quoted(user)}{query}{least}{known}"


def _quoted(word: str) -> str:
    # Letters and digits are themselves, which is quickly seen.
    return word if word.isascii() and word.isalnum() else quote(word, safe="")


def parse_path(path: str) -> Subscription:
    """Read a request's path and query. Raises InputError naming the parameter; unknown ones are let be."""
    if (plain := _plain(path)) is not None:
        return plain
    query = _query(path)
    users = [value for key, value in query if key == "user"]
    if len(users) != 1 or not 0 < len(users[0]) <= LONGEST_USER or not users[0].isprintable():
        raise InputError(f"user: expected once, 1 to {LONGEST_USER} printable characters")
    least = [value for key, value in query if key == "least_intensity"]
    if len(least) > 1:
        raise InputError(f"least_intensity: expected at most once, got {len(least)} times")
    threshold = _number(least[0]) if least else 0.0
    told = tuple(value for key, value in query if key == "told")
    if len(told) > MOST_TOLD or any(len(quake) > LONGEST_QUAKE for quake in told):
        raise InputError(f"told: expected at most {MOST_TOLD} times, up to {LONGEST_QUAKE} characters")
    asked = _asked(query, threshold)
    return Subscription(users[0], asked.place, asked.least_intensity, told)


def _plain(path: str) -> Subscription | None:
    """What nearly all clients ask for, read in a tenth of the time; None for anything that wants a closer look."""
    if (found := _PLAIN.fullmatch(path)) is None:
        return None
    user, places, least, told = found.groups()
    degrees = [one.split(",") for one in places.split("&place=")[1:]]
    asked = tuple([(float(latitude), float(longitude)) for latitude, longitude in degrees])
    threshold = float(least or 0.0)
    within = all(abs(latitude) <= 90 and abs(longitude) <= 180 for latitude, longitude in asked)
    if not within or not 0 <= threshold <= HIGHEST_INTENSITY:
        return None
    return Subscription(user, asked, threshold, tuple(told.split("&told=")[1:]))


def parse_places(path: str) -> tuple[Place, ...]:
    """The places that a request for a page names. Raises InputError naming the parameter."""
    return _asked(_query(path)).place


def _query(path: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(path.partition("?")[2], keep_blank_values=True, max_num_fields=4 * MOST_PLACES)
    except ValueError as error:
        raise InputError(f"query: {error}") from None


def _asked(query: list[tuple[str, str]], threshold: object = 0.0) -> _Query:
    places = [_degrees(value) for key, value in query if key == "place"]
    _check_count("place", len(places))
    return fitted({"place": places, "least_intensity": threshold}, _Query)


def _check_count(key: str, places: int) -> None:
    if places > MOST_PLACES:
        raise InputError(f"{key}: {places} places, at most {MOST_PLACES}")


def _number(text: str) -> object:
    """What is not a number stays text, to be named in the complaint."""
    try:
        return float(text)
    except ValueError:
        return text[:20]


def _degrees(value: str) -> list[object]:
    """`30.1,102.9` as two numbers."""
    return [_number(part) for part in value.split(",")]
