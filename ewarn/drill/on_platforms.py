"""Who of the users is on which platform."""

import numpy as np
from numpy.typing import NDArray

from ewarn.config.drill import PlatformsTable

ONE, BOTH = 1, 3
"""platforms of a user as bits: 1 the first, 2 the second"""


def drawn(table: PlatformsTable | None, users: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """By user: on which platforms they have a device, as bits."""
    if table is None:
        return np.full(users, ONE, np.uint8)
    return rng.choice(np.array([1, 2, BOTH], np.uint8), users, p=np.array(table.shares) / sum(table.shares))
