"""Arrivals, intensity and level of very many places on one core: `python -m ewarn.bench.arrivals [PLACES ...]`."""

import resource
import sys
import time

import numpy as np

from ewarn.audience.forecast import forecast
from ewarn.seismic.earth import Earth, EarthModel
from ewarn.seismic.origin import Origin
from ewarn.seismic.rupture import Fault

REPEATS = 5
ORIGIN = Origin(0.0, 29.59, 102.08, 16.0, 6.8)


def seconds(places: int, fault: Fault | None, rng: np.random.Generator) -> float:
    """Median of `REPEATS`, s of CPU; the depth's table is made anew each time."""
    latitude, longitude = rng.uniform(26, 34, places), rng.uniform(98, 108, places)
    took = []
    for _ in range(REPEATS):
        start = time.process_time()
        earth = Earth(EarthModel())
        earth.level_index(forecast(ORIGIN, "Qingzang", latitude, longitude, earth, fault).intensity)
        took.append(time.process_time() - start)
    return float(np.median(took))


def main() -> None:
    """A line a size: as reports have it, and with the ellipses of a known fault."""
    rng = np.random.default_rng(1)
    for places in [int(word) for word in sys.argv[1:]] or [500_000, 10_000_000]:
        plain, fault = (seconds(places, one, rng) for one in (None, Fault(315.0, 20.0, 17.0)))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        sys.stdout.write(
            f"{places:,} places: {plain:.3f} s, with a fault's ellipses {fault:.3f} s; peak {peak:.2f} GiB\n"
        )


if __name__ == "__main__":
    main()
