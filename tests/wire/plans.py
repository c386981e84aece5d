"""Plans by hand, of what frames and snapshots are to say."""

import numpy as np

from ewarn.audience.forecast import Forecast
from ewarn.dispatch.gates import TIERS
from ewarn.dispatch.plan import Plan
from ewarn.seismic.intensity import LEVEL_FROM

NAMES = ("distance_km", "p_in_s", "s_in_s", "intensity")


def planned(report, counts, values):
    """Of arrays of shape (users, places); each user's places are told of from the last to the first."""
    told = [(row, place) for row, count in enumerate(counts.tolist()) for place in reversed(range(count))]
    rows, places = np.array(told, np.int64).reshape(-1, 2).T
    distance_km, p_in_s, s_in_s, intensity = (values[name][rows, places] for name in NAMES)
    users = np.arange(len(counts))
    return Plan(
        report,
        first=np.cumsum(counts) - counts,
        count=counts,
        place=places,
        places=Forecast(distance_km, p_in_s + report.release_s, s_in_s + report.release_s, intensity),
        gate=np.zeros(len(counts), np.uint8),
        tier=users % len(TIERS),
        level=users,
        level_from=LEVEL_FROM,
        order=users,
        score=np.zeros(len(counts)),
    )
