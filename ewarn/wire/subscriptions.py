"""What a client says of himself: on connecting, in the request's query, and later, in a `follow` message."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, quote

from ewarn.errors import InputError
from ewarn.wire.reports import number_within, parse_object

ALERTS_PATH = "/v1/alerts"
MOST_PLACES = 10
LONGEST_USER = 64

Place = tuple[float, float]


@dataclass(frozen=True)
class Subscription:
    """A device of a user and the places it follows, (latitude, longitude) in degrees."""

    user: str
    places: tuple[Place, ...]


def request_path(user: str, places: list[Place]) -> str:
    """The path and query with which a client connects."""
    query = "".join(f"&place={latitude:.5f},{longitude:.5f}" for latitude, longitude in places)
    return f"{ALERTS_PATH}?user={quote(user, safe='')}{query}"


def parse_path(path: str) -> Subscription:
    """Read a request's path and query. Raises InputError naming the parameter; unknown ones are let be."""
    try:
        query = parse_qsl(path.partition("?")[2], keep_blank_values=True, max_num_fields=4 * MOST_PLACES)
    except ValueError as error:
        raise InputError(f"query: {error}") from None
    users = [value for key, value in query if key == "user"]
    if len(users) != 1 or not 0 < len(users[0]) <= LONGEST_USER or not users[0].isprintable():
        raise InputError(f"user: expected once, 1 to {LONGEST_USER} printable characters")
    return Subscription(users[0], _places([_degrees(value) for key, value in query if key == "place"], "place"))


def parse_follow(text: str | bytes) -> tuple[Place, ...]:
    """Read a `follow` message. Raises InputError naming the key."""
    data = parse_object(text)
    if data.get("type") != "follow":
        raise InputError(f'type: expected "chat" or "follow", got {data.get("type")!r}'[:100])
    places = data.get("places")
    if not isinstance(places, list):
        raise InputError("places: expected a list of [latitude, longitude]")
    return _places(places, "places")


def _degrees(value: str) -> list[object]:
    """`30.1,102.9` as two numbers; what is not a number stays text, to be named in the complaint."""
    parts: list[object] = []
    for part in value.split(","):
        try:
            parts.append(float(part))
        except ValueError:
            parts.append(part[:20])
    return parts


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
