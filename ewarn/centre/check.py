"""Which kind of file it is, and whether it is a good one."""

from pathlib import Path

from ewarn.centre.centre import Centre, earth_model
from ewarn.config.catalogues import find_quake
from ewarn.config.drill import load_drill
from ewarn.config.kiosk import load_kiosk
from ewarn.config.networks import COLUMNS, load_network, load_stations
from ewarn.config.outlines import JSON, is_outline, load_outline
from ewarn.config.places import find_places, load_places
from ewarn.config.rows import heading
from ewarn.config.tables import read
from ewarn.config.velocity import load_velocity
from ewarn.seismic.earth import Earth, EarthModel
from ewarn.seismic.magnitudes import named
from ewarn.seismic.origin import Quake
from ewarn.seismic.stations import Stations, regular


def check(path: Path) -> str:
    """Validate a file of any kind and say what it is; what a drill file names is looked at too. Raises InputError."""
    suffix = path.suffix.lower()
    if suffix in (*JSON, ".csv") and is_outline(path):
        outline = load_outline(path)
        south, north, west, east = outline.box
        return f"outline {outline.name}, {south:g} to {north:g} N, {west:g} to {east:g} E"
    if suffix == ".csv" and set(heading(path)) == set(COLUMNS):
        return f"{len(load_stations(path)):,} stations of a network"
    if suffix == ".csv":
        places = load_places(path)
        return f"{len(places):,} places of {places.residents.sum():,.0f} people"
    data = {"origin": None} if suffix != ".toml" else read(path)
    if "origin" in data:
        quake = find_quake(path)
        magnitude = named(quake.origin.magnitude, quake.origin.magnitude_type)
        return f"quake {quake.id}, magnitude {magnitude}, {_shaking(quake, EarthModel())}{_note(quake)}"
    if "layer" in data:
        model = load_velocity(path)
        return f"velocity model {model.name}, {len(model.p_km_s)} layers"
    if "classes" in data:
        of_a_grid: Stations | None = None if "stations" in data else regular(100.0)
        network = load_network(path, of_a_grid)
        return f"network {network.name}, " + ("classes alone" if of_a_grid else f"{len(network.stations):,} stations")
    if "entry" in data:
        return f"list of a kiosk, {len(load_kiosk(path).entry)} entries"
    settings = load_drill(path)
    load_velocity(Path(settings.earth.velocity))
    find_places(settings.audience.places)
    quake = find_quake(settings.quake)
    _ = Centre(settings).network_of(quake)
    shaking = _shaking(quake, earth_model(settings))
    return f"drill of {quake.id} with {settings.audience.users:,} users, {shaking}{_note(quake)}"


def _note(quake: Quake) -> str:
    return f"; note: {quake.note}" if quake.note else ""


def _shaking(quake: Quake, model: EarthModel) -> str:
    return f"zone {quake.zone}, intensity by {Earth(model).shaking(quake.zone, quake.origin).basis}"
