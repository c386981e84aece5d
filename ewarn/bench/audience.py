"""Sampling of very large audiences on one core: `python -m ewarn.bench.audience [PLACES ...]`.

PLACES as in a drill file: sichuan, china, or a CSV file.
"""

import resource
import sys
import time

import numpy as np

from ewarn.audience.mix import ONE_EACH, REALISTIC, Mix
from ewarn.audience.places import Places
from ewarn.audience.users import sample
from ewarn.config.places import SHIPPED, find_places

REPEATS = 5
SIZES = (500_000, 10_000_000)


def seconds(places: Places, users: int, mix: Mix) -> float:
    """Median of `REPEATS`, s of CPU."""
    took = []
    for seed in range(REPEATS):
        start = time.process_time()
        sample(places, users, np.random.default_rng(seed), mix=mix)
        took.append(time.process_time() - start)
    return float(np.median(took))


def main() -> None:
    """A line a size for each scale: all following their homes alone, and the realistic mix."""
    for name in sys.argv[1:] or SHIPPED:
        start = time.process_time()
        places = find_places(name)
        sys.stdout.write(f"{name}: {len(places):,} places, read in {time.process_time() - start:.2f} s\n")
        for users in SIZES:
            alone, mixed = (seconds(places, users, mix) for mix in (ONE_EACH, REALISTIC))
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
            sys.stdout.write(f"  {users:,} users: {alone:.3f} s, with the mix {mixed:.3f} s; peak {peak:.2f} GiB\n")


if __name__ == "__main__":
    main()
