"""Which kind of file it is, and whether it is a good one."""

from pathlib import Path

from ewarn.centre.centre import Centre, earth_model
from ewarn.config.catalogues import find_quake
from ewarn.config.drill import load_drill
from ewarn.config.fleet import load_fleet
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
from ewarn.words import Said, counted, say


def check(path: Path) -> Said:
    """Validate a file of any kind and say what it is; what a drill file names is looked at too. Raises InputError."""
    suffix = path.suffix.lower()
    if suffix in (*JSON, ".csv") and is_outline(path):
        outline = load_outline(path)
        south, north, west, east = outline.box
        return say("checked.outline", outline.name, *(f"{side:g}" for side in (south, north, west, east)))
    if suffix == ".csv" and set(heading(path)) == set(COLUMNS):
        return say("checked.stations", f"{len(load_stations(path)):,}")
    if suffix == ".csv":
        places = load_places(path)
        return say("checked.places", f"{len(places):,}", f"{places.residents.sum():,.0f}")
    data = {"origin": None} if suffix != ".toml" else read(path)
    if "origin" in data:
        quake = find_quake(path)
        magnitude = named(quake.origin.magnitude, quake.origin.magnitude_type)
        return _noted(quake, say("checked.quake", quake.id, magnitude, _shaking(quake, EarthModel())))
    if "layer" in data:
        model = load_velocity(path)
        return say("checked.velocity", model.name, str(len(model.p_km_s)))
    if "classes" in data:
        of_a_grid: Stations | None = None if "stations" in data else regular(100.0)
        network = load_network(path, of_a_grid)
        if of_a_grid:
            return say("checked.classes", network.name)
        return say("checked.network", network.name, f"{len(network.stations):,}")
    if "entry" in data:
        return say("checked.kiosk", str(len(load_kiosk(path).entry)))
    if "bus" in data or any(isinstance(data.get(key), list) for key in ("gateway", "swarm")):
        fleet = load_fleet(path)
        return say(
            "checked.fleet",
            counted("lines", len(fleet.bus.lines)),
            counted("gateways", len(fleet.gateway)),
            counted("swarms", len(fleet.swarm)),
        )
    settings = load_drill(path)
    load_velocity(Path(settings.earth.velocity))
    find_places(settings.audience.places)
    quake = find_quake(settings.quake)
    _ = Centre(settings).network_of(quake)
    shaking = _shaking(quake, earth_model(settings))
    return _noted(quake, say("checked.drill", quake.id, f"{settings.audience.users:,}", shaking))


def _noted(quake: Quake, said: Said) -> Said:
    return say("checked.noted", said, quake.note) if quake.note else said


def _shaking(quake: Quake, model: EarthModel) -> Said:
    return say("checked.shaking", quake.zone, Earth(model).shaking(quake.zone, quake.origin).basis)
