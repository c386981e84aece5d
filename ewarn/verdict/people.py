"""For how many people each user of a drill stands: residents over users. Pure."""

import numpy as np
from numpy.typing import NDArray

from ewarn.verdict.document import Concentrated

Floats = NDArray[np.float64]


def people_each(residents: float | None, concentrated: Concentrated | None, distance_km: Floats) -> Floats | None:
    """People for whom each user stands, shape (users,), as `distance_km` from the epicentre; None: not known.

    `residents` is the sum over all users. Where users were concentrated near the epicentre, those in the circle stand
    for its residents, and the others for the rest.
    """
    if not residents:
        return None
    if concentrated is None:
        return np.broadcast_to(residents / len(distance_km), distance_km.shape)
    near = distance_km <= concentrated.within_km
    parts = (near, concentrated.residents), (~near, residents - concentrated.residents)
    each = np.zeros(len(distance_km))
    for which, people in parts:
        each[which] = people / max(1, int(which.sum()))
    return each
