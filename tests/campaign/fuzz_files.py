"""Files that are fuzzed: drills, quakes, earths, networks, places, outlines, catalogues, words, and folders of runs."""

import json
import shutil
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

from ewarn.centre.check import check
from ewarn.config.catalogues import from_geojson, from_quakeml
from ewarn.config.drill import load_drill
from ewarn.config.networks import load_stations
from ewarn.config.outlines import load_outline
from ewarn.config.places import load_places
from ewarn.config.quakes import load_quake
from ewarn.config.velocity import load_velocity
from ewarn.runs import comparison
from ewarn.runs.explain import explain
from ewarn.words import _flat
from tests.campaign.fuzz_kinds import Kind, quiet
from tests.simulated_run import simulate

CONFIGS = Path("configs")
PLACES = b"code,name,longitude,latitude,area_km2,population\naa1,A,102,30,10,5\naa2,B,103.5,31,10,5000\n"
STATIONS = b"code,name,latitude,longitude,class\nA1,Alpha,30.1,102.2,base\nB2,Beta,31.5,103,general\n"
OUTLINE = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"name": "Sichuan"},
                "geometry": {"type": "Polygon", "coordinates": [[[101, 28], [105, 28], [105, 32], [101, 28]]]},
            }
        ],
    }
).encode()
READ_OF_A_RUN = ("ledger.npy", "users.npy", "places.npy", "reports.json", "quake.toml", "verdict.json", "drill.toml")


def kinds() -> list[Kind]:
    """All of them; each has a folder of its own, which `close` removes."""
    usgs, quakeml = (path.read_bytes() for path in sorted(Path("tests/config").glob("luding-2022.*"), reverse=True))
    return [
        _of("drill files", _shipped("*.toml"), "x.toml", load_drill, 0.25),
        _of("quake files", _shipped("quakes/*.toml"), "x.toml", load_quake, 0.25),
        _of("velocity models", _shipped("velocity/*.toml"), "x.toml", load_velocity, 0.1),
        _of("station files", (STATIONS, _begun("stations/sichuan.csv")), "x.csv", load_stations, 0.15),
        _of("place files", (PLACES,), "x.csv", load_places, 0.15),
        _of("outlines", (OUTLINE,), "x.geojson", load_outline, 0.15),
        _of("catalogues", (usgs,), "x.geojson", from_geojson, 0.15),
        _of("catalogues as QuakeML", (quakeml,), "x.quakeml", from_quakeml, 0.02),
        _of("files of any kind", _small(usgs), "x.toml", check, 0.02),
        _of("words", (_begun("../ewarn/words/en.toml"), b'[a]\nb = "c {0}"\n'), "x.toml", _flat.__wrapped__, 0.15),
        *(_of_a_run(name) for name in READ_OF_A_RUN),
    ]


def _shipped(pattern: str) -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted(CONFIGS.glob(pattern)))


def _begun(name: str) -> bytes:
    return b"".join((CONFIGS / name).read_bytes().splitlines(keepends=True)[:40])


def _small(usgs: bytes) -> tuple[bytes, ...]:
    return (*_shipped("quakes/*.toml")[:3], *_shipped("velocity/*.toml"), PLACES, STATIONS, OUTLINE, usgs)


def _of(name: str, corpus: tuple[bytes, ...], file: str, load: Callable[[Path], object], part: float) -> Kind:
    folder = Path(mkdtemp(prefix="ewarn-fuzz-"))
    feed = partial(_feed, folder / file, load)
    return Kind(name, corpus, feed, part, partial(shutil.rmtree, folder, ignore_errors=True))


def _of_a_run(name: str) -> Kind:
    """One file of a run is changed, and the run is compared and explained."""
    folder = Path(mkdtemp(prefix="ewarn-fuzz-")) / "run"
    simulate(folder, users=20)
    good = (folder / name).read_bytes()

    def load(_: Path) -> None:
        explain(folder, 3)
        comparison.load([folder])

    close = partial(shutil.rmtree, folder.parent, ignore_errors=True)
    return Kind(f"runs: {name}", (good,), partial(_feed, folder / name, load), 0.02, close)


def _feed(path: Path, load: Callable[[Path], object], data: bytes) -> None:
    path.write_bytes(data)
    with warnings.catch_warnings():
        # What the program itself would print beside its sentence is a fault; obspy warns of much, and is let be.
        warnings.simplefilter("ignore" if path.suffix == ".quakeml" else "error")
        quiet(lambda _: load(path), data)
