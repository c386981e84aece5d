"""What every play waits for, timed on one core: lines that `ewarn bench arrivals` and `ewarn bench audience` print."""

import resource
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ewarn.audience.forecast import forecast
from ewarn.audience.mix import ONE_EACH, REALISTIC, Mix
from ewarn.audience.places import Places
from ewarn.audience.users import sample
from ewarn.config.places import find_places
from ewarn.seismic.earth import Earth, EarthModel
from ewarn.seismic.origin import Origin
from ewarn.seismic.rupture import Fault

REPEATS = 5
ORIGIN = Origin(0.0, 29.59, 102.08, 16.0, 6.8)
FAULT = Fault(315.0, 20.0, 17.0)


def cpu_s(once: Callable[[int], None]) -> float:
    """Median of `REPEATS`, s of CPU; each is told its number."""
    took = []
    for number in range(REPEATS):
        start = time.process_time()
        once(number)
        took.append(time.process_time() - start)
    return float(np.median(took))


def arrivals(sizes: Sequence[int]) -> Iterator[str]:
    """Distance, P, S, intensity and level of so many places: as reports have it, and with a known fault's ellipses."""
    rng = np.random.default_rng(1)
    for places in sizes:
        latitude, longitude = rng.uniform(26, 34, places), rng.uniform(98, 108, places)
        plain, ellipses = (cpu_s(partial(_forecast, latitude, longitude, fault)) for fault in (None, FAULT))
        yield f"{places:,} places: {plain:.3f} s, with a fault's ellipses {ellipses:.3f} s; {_peak()}"


def _forecast(latitude: NDArray[np.float64], longitude: NDArray[np.float64], fault: Fault | None, _number: int) -> None:
    earth = Earth(EarthModel())  # the depth's table is made anew each time
    earth.level_index(forecast(ORIGIN, "Qingzang", latitude, longitude, earth, fault).intensity)


def audiences(names: Sequence[str], sizes: Sequence[int]) -> Iterator[str]:
    """Drawing so many users of places as in a drill file: who all follow their homes alone, and the realistic mix."""
    for name in names:
        start = time.process_time()
        places = find_places(name)
        yield f"{name}: {len(places):,} places, read in {time.process_time() - start:.2f} s"
        for users in sizes:
            alone, mixed = (cpu_s(partial(_draw, places, users, mix)) for mix in (ONE_EACH, REALISTIC))
            yield f"  {users:,} users: {alone:.3f} s, with the mix {mixed:.3f} s; {_peak()}"


def _draw(places: Places, users: int, mix: Mix, seed: int) -> None:
    sample(places, users, np.random.default_rng(seed), mix=mix)


def _peak() -> str:
    return f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB"
