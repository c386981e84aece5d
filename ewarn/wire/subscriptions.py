"""What a client says of itself: on connecting, in the request's query, and later, in a `follow` message."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote

from ewarn.errors import InputError
from ewarn.wire.reports import number_within, parse_object

ALERTS_PATH, SNAPSHOT_PATH = "/v1/alerts", "/v1/snapshot"
MOST_PLACES = 10
HIGHEST_INTENSITY = 12
LONGEST_USER = 64
MOST_TOLD, LONGEST_QUAKE = 8, 64

Place = tuple[float, float]


@dataclass(frozen=True)
class Subscription:
    """A device of a user and the places it follows, (latitude, longitude) in degrees."""

    user: str
    places: tuple[Place, ...]
    threshold: float = 0.0
    """least intensity at any of the user's places that they ask to be told of"""
    told: tuple[str, ...] = ()
    """ids of quakes that this device has been told of: whoever comes back is told of them to the end"""


@dataclass(frozen=True)
class Wish:
    """What a client asks for on a standing connection."""

    places: tuple[Place, ...] | None = None
    """to follow from now on; None: as before"""
    threshold: float | None = None
    """from now on; None: as before"""
    snapshot: bool = False
    """all places, all quakes under way"""


def request_path(user: str, places: list[Place], threshold: float = 0.0, told: Iterable[str] = ()) -> str:
    """The path and query with which a client connects, or comes back who has been told of these quakes."""
    query = "".join(f"&place={latitude:.5f},{longitude:.5f}" for latitude, longitude in places)
    least = f"&least_intensity={threshold:g}" if threshold else ""
    known = "".join(f"&told={quote(quake, safe='')}" for quake in told)
    return f"{ALERTS_PATH}?user={quote(user, safe='')}{query}{least}{known}"


def parse_path(path: str) -> Subscription:
    """Read a request's path and query. Raises InputError naming the parameter; unknown ones are let be."""
    query = _query(path)
    users = [value for key, value in query if key == "user"]
    if len(users) != 1 or not 0 < len(users[0]) <= LONGEST_USER or not users[0].isprintable():
        raise InputError(f"user: expected once, 1 to {LONGEST_USER} printable characters")
    least = [value for key, value in query if key == "least_intensity"]
    if len(least) > 1:
        raise InputError(f"least_intensity: expected at most once, got {len(least)} times")
    told = tuple(value for key, value in query if key == "told")
    if len(told) > MOST_TOLD or any(len(quake) > LONGEST_QUAKE for quake in told):
        raise InputError(f"told: expected at most {MOST_TOLD} times, up to {LONGEST_QUAKE} characters")
    return Subscription(users[0], _asked(query), _threshold(_number(least[0])) if least else 0.0, told)


def parse_places(path: str) -> tuple[Place, ...]:
    """The places that a request for a page names. Raises InputError naming the parameter."""
    return _asked(_query(path))


def parse_wish(text: str | bytes) -> Wish:
    """Read a `follow` or `snapshot` message. Raises InputError naming the key."""
    data = parse_object(text)
    if (kind := data.get("type")) == "snapshot":
        return Wish(snapshot=True)
    if kind != "follow":
        raise InputError(f'type: expected "chat", "follow", "snapshot" or "time", got {kind!r}'[:100])
    places = data.get("places")
    if not isinstance(places, list):
        raise InputError("places: expected a list of [latitude, longitude]")
    least = data.get("least_intensity")
    return Wish(_places(places, "places"), None if least is None else _threshold(least))


def _query(path: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(path.partition("?")[2], keep_blank_values=True, max_num_fields=4 * MOST_PLACES)
    except ValueError as error:
        raise InputError(f"query: {error}") from None


def _asked(query: list[tuple[str, str]]) -> tuple[Place, ...]:
    return _places([_degrees(value) for key, value in query if key == "place"], "place")


def _threshold(value: object) -> float:
    return number_within("least_intensity", value, 0, HIGHEST_INTENSITY)


def _number(text: str) -> object:
    """What is not a number stays text, to be named in the complaint."""
    try:
        return float(text)
    except ValueError:
        return text[:20]


def _degrees(value: str) -> list[object]:
    """`30.1,102.9` as two numbers."""
    return [_number(part) for part in value.split(",")]


def _places(values: list[object], key: str) -> tuple[Place, ...]:
    if len(values) > MOST_PLACES:
        raise InputError(f"{key}: {len(values)} places, at most {MOST_PLACES}")
    places = []
    for index, value in enumerate(values):
        if not isinstance(value, list) or len(value) != 2:
            raise InputError(f"{key} {index}: expected latitude and longitude")
        latitude = number_within(f"{key} {index}: latitude", value[0], -90, 90)
        places.append((latitude, number_within(f"{key} {index}: longitude", value[1], -180, 180)))
    return tuple(places)
