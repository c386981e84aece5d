"""Quakes from other people's catalogues and back: QuakeML (by ObsPy, an extra), USGS GeoJSON; and out as TOML."""

import difflib
import hashlib
import io
import json
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from ewarn.config.quakes import load_quake
from ewarn.config.solutions import TAKEN_BACK, identity, mixed, refuse_no_quake, together
from ewarn.config.tables import DEEPEST_KM, DepthKm, Latitude, Longitude, Table, content, read, shipped, validated
from ewarn.config.zones import zone_at
from ewarn.errors import InputError
from ewarn.seismic.magnitudes import MagnitudeType, kind_of
from ewarn.seismic.origin import Origin, Quake, Rupture
from ewarn.system.files import write
from ewarn.words import ENGLISH, languages, say

Text = Annotated[str, Field(min_length=1)]
Magnitude = Annotated[float, Field(ge=0, le=10)]
DepthM = Annotated[float, Field(ge=0, le=DEEPEST_KM * 1000)]
# The first and the last millisecond that a datetime holds, and so a quake file.
Milliseconds = Annotated[int, Field(ge=-62_135_596_800_000, le=253_402_300_799_999)]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_NAME, _LONGEST_ID = 200, 64
_OWN_NAMES = re.compile(r"smi:ewarn/event/|quakeml:(us\.anss\.org|earthquake\.usgs\.gov)/")
"""URIs whose last part, or event that they ask for, names a quake all over the world: ours, and those of the USGS"""
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class _Foreign(Table):
    """A table of a format that is not ours: what we do not use we do not mind."""

    model_config = ConfigDict(extra="ignore")


class _Properties(_Foreign):
    mag: Magnitude
    time: Milliseconds
    place: str | None = None
    title: str | None = None
    status: str | None = None
    type: str | None = None
    magType: str | None = None  # noqa: N815  the format's own word


class _Point(_Foreign):
    coordinates: tuple[Longitude, Latitude, DepthKm]


def _spelled(given: Any) -> Any:
    return str(given) if type(given) is int else given  # GeoJSON allows numbers


class _Feature(_Foreign):
    type: Literal["Feature"]
    id: Annotated[Text, BeforeValidator(_spelled)] | None = None
    properties: _Properties
    geometry: _Point


class _QuakeMLOrigin(_Foreign):
    time: datetime
    latitude: Latitude
    longitude: Longitude
    depth: DepthM


class _QuakeMLMagnitude(_Foreign):
    mag: Annotated[float, Field(ge=0, le=10)]


class _QuakeMLEvent(_Foreign):
    origin: _QuakeMLOrigin
    magnitude: _QuakeMLMagnitude


def find_quake(given: Path | str) -> Quake:
    """Read a quake from a file, by its suffix, or from our library, by its name such as `luding-2022`.

    Raises InputError where it is neither, and whatever the reader of the file raises.
    """
    path = Path(given)
    reader = READERS.get(path.suffix.lower())
    if reader is not None:
        return reader(path)
    library = {file.stem: file for file in sorted((shipped() / "quakes").glob("*.toml"))}
    if str(given) in library:
        return load_quake(library[str(given)])
    close = difflib.get_close_matches(str(given), library, 3)
    told = f"did you mean {' or '.join(close)}?" if close else f"the quakes that we ship are {', '.join(library)}"
    raise InputError(f"quake: neither a {', '.join(READERS)} file nor one of ours: {str(given)!r}; {told}")


def is_quake_file(path: Path) -> bool:
    """Whether a file is meant as a quake, by its suffix or by what stands in it. Raises InputError for bad TOML."""
    suffix = path.suffix.lower()
    return suffix in READERS and (suffix != ".toml" or "origin" in read(path))


def find_quakes(given: Sequence[str]) -> list[Quake]:
    """Read several that are to be told apart. Raises InputError as `find_quake` does, and where two have one id."""
    quakes: dict[str, tuple[str, Quake]] = {}
    for one in given:
        quake = find_quake(one)
        if quake.id in quakes:
            other = quakes[quake.id][0]
            both = f"{one} is given twice" if other == one else f"{other} and {one} are both called {quake.id}"
            raise InputError(f"quake: {both}; reports go by the id, so give one of them another")
        quakes[quake.id] = one, quake
    return [quake for _, quake in quakes.values()]


def from_geojson(path: Path) -> Quake:
    """Read a quake as the USGS event service returns it: a Feature, or a FeatureCollection of exactly one.

    The place is its name; strike and rupture are not in this format. Raises InputError naming file, key and value.
    """
    try:
        data = json.loads(content(path))
    except (ValueError, RecursionError) as error:  # of the text, of its encoding, or of its depth
        raise InputError(f"{path}: not JSON: {error}") from None
    feature = validated(_Feature, _only_feature(data, path), path)
    properties = feature.properties
    if properties.status is not None and properties.status.strip().lower() in TAKEN_BACK:
        raise InputError(f"{path}: properties.status: {properties.status!r}, the catalogue has taken it back")
    refuse_no_quake(properties.type, "properties.type", path)
    longitude, latitude, depth_km = feature.geometry.coordinates
    return _quake(
        feature.id,
        properties.place or properties.title or "",
        Origin(properties.time / 1000, latitude, longitude, depth_km, properties.mag, kind_of(properties.magType)),
    )


def from_quakeml(path: Path) -> Quake:
    """Read the one event of a QuakeML file, with the origin and the magnitude that `together` chooses.

    Where they are of two solutions the quake's note says so.
    Strike and rupture are left out: which of two nodal planes is the fault, a file does not say. Raises InputError
    naming file, key and value, and how to install ObsPy where it is missing.
    """
    _obspy(str(path))
    events = _parsed(content(path), path)
    if len(events) != 1:
        raise InputError(f"{path}: event: there are {len(events)}, need exactly one")
    event = events[0]
    origin, magnitude = together(event, path)
    values = {key: getattr(origin, key) for key in ("latitude", "longitude", "depth")}
    values["time"] = origin.time and origin.time.datetime.replace(tzinfo=UTC)
    table = validated(
        _QuakeMLEvent,
        {
            "origin": {key: value for key, value in values.items() if value is not None},
            "magnitude": {} if magnitude.mag is None else {"mag": magnitude.mag},
        },
        path,
    )
    found = table.origin
    # Metres to kilometres leave a tail of digits; a millimetre is fine enough.
    depth_km = round(found.depth / 1000, 6)
    read_one = _quake(
        identity(event),
        next((text.text for text in event.event_descriptions if text.text), ""),
        Origin(
            found.time.timestamp(),
            found.latitude,
            found.longitude,
            depth_km,
            table.magnitude.mag,
            kind_of(magnitude.magnitude_type),
        ),
    )
    return replace(read_one, note=mixed(origin, magnitude, event))


def to_quakeml(quake: Quake) -> bytes:
    """Write a quake as QuakeML 1.2, marked as a scenario; zone, strike, rupture and false alarm have no place in it.

    Raises InputError where ObsPy is missing.
    """
    _obspy(quake.id)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ObsPy's own, on import and in use
        from obspy import UTCDateTime
        from obspy.core import event as ml

        about = f"smi:ewarn/{{}}/{quake.id}"
        origin = ml.Origin(
            resource_id=about.format("origin"),
            time=UTCDateTime(_moment(quake.origin.time)),
            latitude=quake.origin.latitude,
            longitude=quake.origin.longitude,
            depth=quake.origin.depth_km * 1000,
        )
        magnitude = ml.Magnitude(
            resource_id=about.format("magnitude"),
            mag=quake.origin.magnitude,
            magnitude_type=quake.origin.magnitude_type,
            origin_id=origin.resource_id,
        )
        event = ml.Event(
            resource_id=about.format("event"),
            event_type="earthquake",
            event_descriptions=[ml.EventDescription(_NOT_IN_XML.sub(" ", quake.name), "earthquake name")],
            comments=[ml.Comment(text="Scenario of a drill", resource_id=about.format("comment"))],
            origins=[origin],
            magnitudes=[magnitude],
            preferred_origin_id=origin.resource_id,
            preferred_magnitude_id=magnitude.resource_id,
        )
        written = io.BytesIO()
        ml.Catalog([event], resource_id=about.format("catalogue")).write(written, format="QUAKEML")
    return written.getvalue()


def write_toml(quake: Quake) -> str:
    """Write a quake file that `load_quake` reads back equal; its time to the microsecond, which is all TOML holds."""
    origin, alarm = quake.origin, quake.false_alarm
    lines = [f"id = {_quoted(quake.id)}", f"name = {_quoted(quake.name)}", f"zone = {_quoted(quake.zone)}"]
    if quake.note:
        lines.insert(0, f"# {quake.note}")
    lines += _numbers(strike_deg=quake.strike_deg)
    if quake.names:
        lines += ["", "[names]", *(f"{code} = {_quoted(name)}" for code, name in quake.names.items())]
    lines += ["", "[origin]", f"time = {_moment(origin.time).isoformat()}"]
    lines += _numbers(
        latitude=origin.latitude,
        longitude=origin.longitude,
        depth_km=origin.depth_km,
        magnitude=origin.magnitude,
    )
    if origin.magnitude_type != "M":
        lines.append(f"magnitude_type = {_quoted(origin.magnitude_type)}")
    if quake.rupture != Rupture():
        rupture = _numbers(length_km=quake.rupture.length_km, nucleation=quake.rupture.nucleation)
        lines += ["", "[rupture]", *rupture]
    if alarm:
        numbers = _numbers(**asdict(alarm))
        lines += ["", "[false_alarm]", *numbers]
    return "\n".join(lines) + "\n"


READERS: dict[str, Callable[[Path], Quake]] = {
    ".toml": load_quake,
    ".json": from_geojson,
    ".geojson": from_geojson,
    ".xml": from_quakeml,
    ".quakeml": from_quakeml,
}
"""What reads a quake, by suffix of the file."""


def make_quake(
    latitude: float,
    longitude: float,
    depth_km: float,
    magnitude: float,
    strike_deg: float | None,
    moment: datetime,
    *,
    magnitude_type: MagnitudeType = "M",
    zone: str | None = None,
) -> Quake:
    """A quake that never was; without `zone`, in the attenuation zone of its epicentre.

    Its id is made from all that it is but its time: what differs has another id, the same made again has the same,
    whether its zone is given or implied, and whether a number is written as 6 or 6.0.
    """
    # Adding nothing turns -0.0, which is the same place, into 0.0.
    latitude, longitude, depth_km, magnitude = (float(one) + 0.0 for one in (latitude, longitude, depth_km, magnitude))
    strike_deg = None if strike_deg is None else float(strike_deg) + 0.0
    zone = zone or zone_at(latitude, longitude)
    east, north = ("W" if longitude < 0 else "E"), ("S" if latitude < 0 else "N")
    place = f"{abs(latitude):.2f}{north}-{abs(longitude):.2f}{east}".lower()
    content = _digest(
        *(repr(value) for value in (latitude, longitude, depth_km, magnitude, strike_deg, magnitude_type, zone))
    )
    origin = Origin(moment.timestamp(), latitude, longitude, depth_km, magnitude, magnitude_type)
    name = say("log.made-up", f"{latitude:.2f}", f"{longitude:.2f}", f"{magnitude:.1f}")
    made = _quake(f"made-{place}-{depth_km:.0f}km-m{magnitude:.1f}-{content}", name, origin)
    names = {code: name.into(code) for code in languages() if code != ENGLISH}
    return replace(made, strike_deg=strike_deg, zone=zone, names=names)


def write_quake(quake: Quake, path: Path) -> None:
    """Write a quake as its suffix says. Raises InputError for another, and WriteError."""
    suffix = path.suffix.lower()
    if suffix == ".toml":
        data = write_toml(quake).encode()
    elif suffix in (".xml", ".quakeml"):
        data = to_quakeml(quake)
    else:
        raise InputError(f"--out: a quake is written as .toml, .xml or .quakeml, got {str(path)!r}")
    write(path, lambda file: file.write(data))


def _only_feature(data: Any, path: Path) -> dict[str, Any]:
    if isinstance(data, dict) and data.get("type") == "FeatureCollection":
        features = data.get("features")
        if not isinstance(features, list):
            raise InputError(f"{path}: features: need a list, got {features!r:.80}")
        if len(features) != 1:
            raise InputError(f"{path}: features: there are {len(features)}, need exactly one")
        data = features[0]
    if not isinstance(data, dict):
        raise InputError(f"{path}: need a GeoJSON Feature, or a FeatureCollection of one, got {data!r:.80}")
    return data


def _obspy(about: str) -> None:
    """Raise InputError where ObsPy cannot be imported."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # ObsPy's own
            import obspy  # noqa: F401
    except ImportError:
        raise InputError(say("fit.no-obspy", str(about), say("fit.add", "quakeml"))) from None


def _parsed(document: bytes, path: Path) -> list[Any]:
    with warnings.catch_warnings(record=True) as heard:
        # Of a value that it cannot read ObsPy warns and leaves it out; we say that it is missing.
        warnings.simplefilter("always")
        from obspy import read_events

        try:
            events = list(read_events(io.BytesIO(document), format="QUAKEML"))
        except Exception as error:  # noqa: BLE001  ObsPy raises bare Exception for what is no QuakeML
            first = str(error).split("\n")[0]
            raise InputError(f"{path}: cannot be read as QuakeML: {re.sub(r'<[^>]*>', 'the file', first)}") from None
    for one in heard:
        if "event will be ignored" in str(one.message):  # for its type
            raise InputError(f"{path}: type: {str(one.message).split(' -- ')[0]}")
    return events


def _quake(given_id: str | None, name: str, origin: Origin) -> Quake:
    """Build a quake of a foreign id, or none, and a name that may be empty."""
    when = f"quake-{_moment(origin.time):%Y%m%dt%H%M%S}"
    slug = f"{when}-{_digest(repr(origin))}" if given_id is None else slug_of(given_id, when)
    # JSON can escape half of a surrogate pair, which no file could hold.
    whole = name.encode("utf-8", "replace").decode()
    told = " ".join(whole.split())[:_LONGEST_NAME] or slug
    return Quake(slug, told, origin, zone_at(origin.latitude, origin.longitude))


def slug_of(identity: str, otherwise: str) -> str:
    """Turn a foreign id into one of ours, another one for another id.

    Of a URI its last part, of a query for an event that event's id. Where more than that is lost, a digest of the whole
    is added: other catalogues' ids may end alike. What the USGS publish under one name everywhere keeps it.
    `otherwise` stands for an id without a letter that we may use.
    """
    asked = re.search(r"eventid=([^&]+)", identity, re.IGNORECASE)
    last = asked[1] if asked else identity.rstrip("/").rsplit("/", 1)[-1]
    slug = re.sub(r"[^a-z0-9._-]+", "-", last.lower()).lstrip("._-")
    whole = last if _OWN_NAMES.match(identity) else identity
    if slug == whole and len(slug) <= _LONGEST_ID:
        return slug
    digest = _digest(identity)
    return f"{(slug or otherwise)[: _LONGEST_ID - len(digest) - 1]}-{digest}"


def _digest(*parts: str) -> str:
    """Eight letters and digits that two different contents hardly ever share."""
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:8]


def _moment(seconds: float) -> datetime:
    # Not fromtimestamp, which depends on the platform for times before 1970.
    return _EPOCH + timedelta(seconds=seconds)


def _quoted(text: str) -> str:
    """Quote as a TOML basic string, which is JSON's but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _numbers(**values: float | None) -> list[str]:
    return [f"{key} = {value!r}" for key, value in values.items() if value is not None]
