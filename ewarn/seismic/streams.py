"""Streams of random numbers: one for each purpose, and where it is about a quake, for each quake.

numpy fills up short seeds with zeros, so that `default_rng(1)`, `default_rng([1])` and `default_rng([1, 0])` are one
stream. Here the purpose and the content are hashed, so that no two purposes share one.
"""

import json
from hashlib import sha256

import numpy as np

from ewarn.seismic.origin import Quake


def stream(seed: int, purpose: str, *content: str | float) -> np.random.Generator:
    """The generator of a purpose: the same for the same arguments in any process, on any machine, by any Python.

    `content` sets apart what shares a purpose, such as quakes or shards. Whole numbers count as the floats they equal.
    """
    words = [one if isinstance(one, str) else float(one) + 0.0 for one in content]  # and -0.0 as 0.0
    digest = sha256(json.dumps([purpose, *words]).encode()).digest()
    return np.random.default_rng(np.random.SeedSequence([seed, *np.frombuffer(digest, "<u4").tolist()]))


def quake_stream(seed: int, purpose: str, quake: Quake) -> np.random.Generator:
    """The same for each quake by what it is: where, how deep and how large.

    Not by its id, its name, or its time, which moves whenever it is played.
    """
    origin = quake.origin
    return stream(seed, purpose, origin.latitude, origin.longitude, origin.depth_km, origin.magnitude)
