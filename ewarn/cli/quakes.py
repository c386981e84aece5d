"""Verbs about quakes and the files that describe them; they connect nobody."""

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ewarn.cli.language import echo
from ewarn.cli.options import MAGNITUDE_TYPE, ZONE, Number, check_file, make_folder, noting, tell_problems, verb
from ewarn.cli.outlets import tell
from ewarn.cli.plain import plain_console, visible
from ewarn.errors import InputError, WriteError, quoted

if TYPE_CHECKING:
    from rich.console import Console

    from ewarn.centre.release import Survey

HEADING = "Look at quakes and files"
MOST_OF_ID = 50
"""letters that a quake keeps of its id as another zone's name comes behind"""


def _places(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> list[Any]:
    found = []
    for value in values:
        latitude, _, rest = value.partition(",")
        longitude, _, name = rest.partition(",")
        try:
            place = name.strip() or value, float(latitude), float(longitude)
        except ValueError:
            raise InputError(f"--at: expected LAT,LON,NAME, got {quoted(value)}") from None
        if not (abs(place[1]) <= 90 and abs(place[2]) <= 180):
            raise InputError(f"--at: {quoted(value)} is not on the globe")
        found.append(place)
    return found


@verb("ewarn quake luding-2022 --at 29.61,102.12,Moxi")
@click.argument("file", required=False)
@click.option("--at", multiple=True, callback=_places, help="A place to show, LAT,LON,NAME. Can be repeated.")
@click.option("--places", help="Places to show: sichuan, china, or a CSV file.  [default: known places nearby]")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Random seed.")
@click.option("--config", type=click.Path(path_type=Path), help="Drill file with the earth and the network.")
@click.option("--lat", type=Number(-90, 90), help="Latitude of a new quake, degrees.")
@click.option("--lon", type=Number(-180, 180), help="Longitude of a new quake, degrees.")
@click.option("--depth", type=Number(0, 700), default=10.0, show_default=True, help="Depth of a new quake, km.")
@click.option("--mag", type=Number(0, 10), help="Magnitude of a new quake.")
@click.option("--mag-type", type=MAGNITUDE_TYPE, default="M", help="Type of that magnitude.")
@click.option("--zone", type=ZONE, help="Zone whose equations give the shaking, instead of the quake's own.")
@click.option("--strike", type=Number(0, 360, max_open=True), help="Strike of the fault of a new quake, degrees.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write the quake to a file: .toml, or QuakeML as .xml or .quakeml."
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON on stdout, and nothing else.")
def quake(
    file: str | None,
    at: list[Any],
    places: str | None,
    seed: int,
    config: Path | None,
    zone: str | None,
    out: Path | None,
    as_json: bool,
    **made: Any,
) -> None:
    """Show a quake: its stations, its reports, its effect at places.

    FILE is a quake file, QuakeML, USGS GeoJSON, or the name of a quake that came with the program. Without FILE,
    --lat, --lon, --depth and --mag make a new quake.
    """
    from ewarn.centre.centre import Centre
    from ewarn.centre.outlook import outlook
    from ewarn.centre.outlook_results import show
    from ewarn.config.catalogues import find_quake, make_quake, write_quake
    from ewarn.config.drill import load_centre

    if file is None:
        if missing := [name for name in ("lat", "lon", "mag") if made[name] is None]:
            raise InputError(f"quake: expected FILE, or --lat, --lon and --mag; --{missing[0]} is missing")
        where, moment = (made["lat"], made["lon"], made["depth"]), datetime.now(UTC)
        kind = made["mag_type"]
        found = make_quake(*where, made["mag"], made["strike"], moment, magnitude_type=kind, zone=zone)
    else:
        found = find_quake(file)
        if zone not in (None, found.zone):
            # It shakes otherwise, so it is another quake.
            found = replace(found, zone=zone, id=f"{found.id[:MOST_OF_ID]}-{zone.lower()}")
    if out:
        check_file(out)
        write_quake(found, out)
    centre = Centre(load_centre(config, seed=seed))
    told = outlook(found, centre, at, places)
    if as_json:
        tell(told)
    else:
        show(told, plain_console())


def _depths(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[float, ...]:
    try:
        depths = tuple(float(word) for word in value.split(","))
    except ValueError:
        raise InputError(f"--depths: expected numbers such as 10,15, got {quoted(value)}") from None
    if wrong := [depth for depth in depths if not 0 <= depth <= 100]:
        raise InputError(f"--depths: expected 0 to 100 km, got {wrong[0]:g}")
    return depths


def _magnitudes(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[float, ...]:
    try:
        found = tuple(float(word) for word in value.split(","))
    except ValueError:
        raise InputError(f"--mag: expected numbers such as 5.0,5.5, got {value!r}") from None
    if wrong := [one for one in found if not 3 <= one <= 9]:
        raise InputError(f"--mag: expected 3 to 9, got {wrong[0]:g}")
    if len(set(found)) < len(found):
        raise InputError(f"--mag: expected each magnitude once, got {value!r}")
    return found


@verb("ewarn release --mag 5.0,5.5 --outline mine.geojson --out runs/release")
@click.option("--config", type=click.Path(path_type=Path), help="Drill file with the earth, the network and the gate.")
@click.option(
    "--outline",
    help="Region: sichuan, hull (around the stations), box (of the network), or a GeoJSON or CSV file.  [default: box "
    "if [network] has one; sichuan for the network that came with the program and for a regular one; else hull]",
)
@click.option(
    "--places", help="Who lives there: sichuan, china, or a CSV file.  [default: sichuan in Sichuan, else china]"
)
@click.option("--grid-km", type=Number(5, 200), default=20.0, show_default=True, help="Distance between origins, km.")
@click.option(
    "--depths",
    default="8,10,12,15,17",
    show_default=True,
    callback=_depths,
    help="Depths of the origins, km, with commas.",
)
@click.option(
    "--mag", default="5.0", show_default=True, callback=_magnitudes, help="Magnitudes of the origins, with commas."
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Random seed.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for release.csv and the map, release.svg.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON on stdout, and nothing else.")
def release(
    config: Path | None,
    outline: str | None,
    places: str | None,
    grid_km: float,
    depths: tuple[float, ...],
    mag: tuple[float, ...],
    seed: int,
    out: Path | None,
    as_json: bool,
) -> None:
    """Survey a region: how soon the first report of a quake comes.

    It tells of the first report and of the first public one. The promise is 5 to 15 s after
    the origin. With several magnitudes, --json prints one line each.

    Exit code 3: for some origin, the first public report is later than 15 s, or never comes.
    """
    from ewarn.briefing.release_map import draw
    from ewarn.centre import release as province
    from ewarn.centre.centre import Centre
    from ewarn.config.drill import DrillSettings, load_centre
    from ewarn.config.outlines import find_outline
    from ewarn.config.places import find_places
    from ewarn.dispatch.gates import Gates
    from ewarn.words import say

    if out:
        make_folder(out)
    settings = load_centre(config, seed=seed)
    centre = Centre(settings)
    around = find_outline(outline, settings.network, lambda: centre.whole)
    people = find_places(places or ("sichuan" if around.name == "Sichuan" else "china"))
    gate = settings.delivery.magnitude if isinstance(settings, DrillSettings) else Gates.magnitude
    console, kept = None if as_json else plain_console(), True
    problems: list[WriteError | str] = []
    for magnitude in mag:
        found = province.survey(centre, grid_km, depths, magnitude, seed, outline=around, gate=gate, places=people)
        told = province.figures(found)
        kept = kept and told["by_area"]["public"]["late"] == 0
        if out:
            name = "release" if len(mag) == 1 else f"release-{magnitude:g}"
            with noting(problems):
                province.write(found, out, name)
                draw(found, out / f"{name}.svg")
        _tell_survey(found, told, console)
    if console:
        console.print(say("survey.cells"))
    sys.exit(max(tell_problems(problems), 0 if kept else 3))


def _tell_survey(found: "Survey", told: dict[str, Any], console: "Console | None") -> None:
    """What was found for one magnitude: on a console, or as JSON on stdout."""
    from ewarn.briefing.release_map import chart
    from ewarn.centre import release as province

    if console:
        province.show(found, told, console)
        console.print(chart(found))
    else:
        tell(told)


@verb("ewarn check configs/drill.toml configs/quakes/*.toml")
@click.argument("configs", nargs=-1, required=True, type=click.Path(path_type=Path))
def check(configs: tuple[Path, ...]) -> None:
    """Check drill and quake files; each error names its full key."""
    from ewarn.centre.check import check as look_at
    from ewarn.words import say

    problems: list[str] = []
    for path in configs:
        try:
            echo(say("checked.of-file", visible(str(path)), look_at(path)))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(*problems)
