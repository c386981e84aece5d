"""Outlines: a GeoJSON file (RFC 7946) with a Polygon or MultiPolygon, or a CSV file with a corner a line."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from ewarn.config.drill import NetworkTable
from ewarn.config.rows import heading, read_rows
from ewarn.config.tables import Latitude, Longitude, Table
from ewarn.errors import InputError
from ewarn.seismic.outlines import Outline, hull, of_box
from ewarn.seismic.sichuan import SICHUAN
from ewarn.seismic.stations import Network

Ring = NDArray[np.float64]

JSON = (".geojson", ".json")
COLUMNS = ("latitude", "longitude")
COLLECTIONS = {"FeatureCollection": "features", "GeometryCollection": "geometries"}


class _Corner(Table):
    model_config = ConfigDict(strict=False)

    latitude: Latitude
    """Latitude of a corner, degrees north."""
    longitude: Longitude
    """Longitude of a corner, degrees east."""


OUTLINE_FILE = _Corner


def load_outline(path: Path) -> Outline:
    """Read an outline, named as the file is. Raises InputError naming file, key or line, and value."""
    suffix = path.suffix.lower()
    if suffix == ".csv":
        areas = [[_corners(path)]]
    elif suffix in JSON:
        areas = [
            [_ring(path, f"{key}[{index}]", ring) for index, ring in enumerate(_list(path, key, rings))]
            for key, rings in _polygons(path, "", read_json(path))
        ]
        if not areas:
            raise InputError(f"{path}: features: no Polygon or MultiPolygon")
    else:
        raise InputError(f"{path}: an outline is a .csv, {' or '.join(JSON)} file")
    return Outline.of(path.stem, areas)


def find_outline(named: str | None, network: NetworkTable, stations: Callable[[], Network]) -> Outline:
    """The outline of that name or file; without one, what suits the network. Raises InputError.

    The box of a regular network that has one. Sichuan for the network that came with the program, and for a regular
    one without a box; the hull of its stations for another.
    """
    if named is None:
        shipped_one = network.stations == NetworkTable().stations
        named = "box" if network.bounds else "sichuan" if shipped_one or network.spacing_km else "hull"
    if named == "sichuan":
        return SICHUAN
    if named == "box":
        if network.bounds is None:
            raise InputError("--outline: box is that of [network] box, which is not given")
        return of_box("network box", network.bounds)
    if named == "hull":
        if network.spacing_km:
            raise InputError("--outline: a regular network has no hull of its own; name a file, sichuan, or box")
        whole = stations()
        return hull(whole.name, whole.stations.latitude, whole.stations.longitude)
    if not Path(named).suffix:
        raise InputError(f"--outline: must be sichuan, hull, box, or the path of a file, got {named!r}")
    return load_outline(Path(named))


def read_json(path: Path) -> Any:
    """What a JSON file holds. Raises InputError where there is none."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"), parse_constant=_no_number)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:  # not JSON, or not UTF-8
        raise InputError(f"{path}: not JSON: {error}") from None


def is_outline(path: Path) -> bool:
    """Whether a GeoJSON file speaks of areas, and not of points as catalogues of quakes do; a CSV file, by its header.

    Raises InputError for a CSV file that cannot be read.
    """
    if path.suffix.lower() == ".csv":
        return set(heading(path)) == set(COLUMNS)
    try:
        found = json.dumps(read_json(path))
    except InputError:
        return False
    return '"Polygon"' in found or '"MultiPolygon"' in found


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number")


def _polygons(path: Path, key: str, found: Any) -> Iterator[tuple[str, Any]]:
    """The coordinates of each polygon in a GeoJSON object, and the key where they stand."""
    if not isinstance(found, dict):
        raise InputError(f"{path}: {key or 'the file'}: must be a GeoJSON object, got {_short(found)}")
    of_type, at = found.get("type"), f"{key}." if key else ""
    if of_type in COLLECTIONS:
        inner = COLLECTIONS[of_type]
        for index, one in enumerate(_list(path, f"{at}{inner}", found.get(inner))):
            yield from _polygons(path, f"{at}{inner}[{index}]", one)
    elif of_type == "Feature":
        yield from _polygons(path, f"{at}geometry", found.get("geometry"))
    elif of_type == "Polygon":
        yield f"{at}coordinates", found.get("coordinates")
    elif of_type == "MultiPolygon":
        for index, one in enumerate(_list(path, f"{at}coordinates", found.get("coordinates"))):
            yield f"{at}coordinates[{index}]", one
    else:
        raise InputError(f"{path}: {at}type: must be Polygon or MultiPolygon, got {_short(of_type)}")


def _list(path: Path, key: str, found: Any) -> list[Any]:
    if not isinstance(found, list) or not found:
        raise InputError(f"{path}: {key}: must be a list that is not empty, got {_short(found)}")
    return found


def _ring(path: Path, key: str, found: Any) -> Ring:
    """Corners (n, 2), latitude and longitude, of a GeoJSON ring, which says the first once more at its end."""
    corners = np.array([_position(path, f"{key}[{at}]", one) for at, one in enumerate(_list(path, key, found))])
    if len(corners) < 4 or not np.array_equal(corners[0], corners[-1]):
        raise InputError(f"{path}: {key}: must be 4 positions or more that end where they begin, got {len(corners)}")
    return _spanning(path, key, corners[:-1])


def _position(path: Path, key: str, found: Any) -> tuple[float, float]:
    numbers = isinstance(found, list) and len(found) > 1 and all(type(one) in (int, float) for one in found)
    if not numbers or not (abs(found[0]) <= 180 and abs(found[1]) <= 90):
        raise InputError(
            f"{path}: {key}: must be longitude (-180 to 180) and latitude (-90 to 90), got {_short(found)}"
        )
    return float(found[1]), float(found[0])


def _corners(path: Path) -> Ring:
    _, rows = read_rows(_Corner, path, COLUMNS)
    corners = np.array([(row.latitude, row.longitude) for row in rows]).reshape(-1, 2)
    if len(corners) > 1 and np.array_equal(corners[0], corners[-1]):
        corners = corners[:-1]
    return _spanning(path, "latitude, longitude", corners)


def _spanning(path: Path, key: str, corners: Ring) -> Ring:
    if len(np.unique(corners, axis=0)) < 3 or np.linalg.matrix_rank(corners - corners[:1]) < 2:
        raise InputError(f"{path}: {key}: must be 3 corners or more, not all on a line, got {len(corners)}")
    return corners


def _short(found: Any) -> str:
    said = repr(found)
    return said if len(said) <= 60 else said[:57] + "..."
