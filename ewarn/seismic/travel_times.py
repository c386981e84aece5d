"""Arrivals of P and S: the earlier of the direct ray and every valid head wave, by tables over distance.

A depth's table is exact in depth, so times are continuous across interfaces; it is made when a depth is first asked
for, in about a millisecond. In a round earth the slices of a flattened layer carry the rays that turn in it.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ewarn.seismic import rays
from ewarn.seismic.velocity import Slices, VelocityModel, flattened, slices

Floats = NDArray[np.float64]

NEAR_PER_KM, FAR_PER_KM = 16, 2
"""nodes a km of the tables, near the epicentre and beyond `_BORDER_KM`"""
_BORDER_KM = 32
FARTHEST_KM = 4000
"""what is farther is given the times of this distance"""
_SHIFT = _BORDER_KM * (NEAR_PER_KM - FAR_PER_KM)
_NODES = FARTHEST_KM * FAR_PER_KM + _SHIFT
_COARSE_KM = 8.0
"""beyond `_CURVED_KM`, where times bend no more, exact ones stand so far apart and the nodes between on their chord"""
_CURVED_KM = 600


class TravelTimes:
    """First P, first S and the direct S, s after origin.

    Tables are within 0.02 s of `exact`. The last 64 depths are kept, since the reports of a quake share a few.
    """

    KEPT = 64

    def __init__(self, model: VelocityModel) -> None:
        self.model = model
        self._slices = slices(model)
        self._tables: dict[tuple[str, float], tuple[Floats, Floats]] = {}

    def first(self, depth_km: float, distances_km: ArrayLike) -> tuple[Floats, Floats]:
        """First P and first S, each of the shape of `distances_km` (epicentral)."""
        p, s = self.look_up(depth_km, np.asarray(distances_km, np.float64), ("p", "s"))
        return p, s

    def direct_s(self, depth_km: float, distances_km: ArrayLike) -> Floats:
        """The S that stays in the layer of its source: the strong one, where the first is refracted and weak."""
        return self.look_up(depth_km, np.asarray(distances_km, np.float64), ("direct",))[0]

    def look_up(self, depth_km: float, distances_km: Floats, phases: tuple[str, ...]) -> list[Floats]:
        """Times of some of `p`, `s` and `direct`, each of the shape of `distances_km`."""
        position = np.minimum(distances_km * NEAR_PER_KM, distances_km * FAR_PER_KM + _SHIFT)
        position = np.minimum(position, _NODES - 1e-6)
        node = position.astype(np.int32)
        beyond = position - node
        found = []
        for phase in phases:
            times, steps = self._table(phase, depth_km)
            found.append(times[node] + steps[node] * beyond)
        return found

    def s_distance_km(self, depth_km: float, seconds: float) -> float:
        """How far from the epicentre S has come, km, `seconds` after origin; 0 while it has not surfaced."""
        return float(np.interp(seconds, self._table("s", depth_km)[0], _node_km(), left=0.0))

    def _table(self, phase: str, depth_km: float) -> tuple[Floats, Floats]:
        """Times at the nodes, and steps from each to the next."""
        key = phase, depth_km
        if key not in self._tables:
            if len(self._tables) >= self.KEPT * 3:
                self._tables.pop(next(iter(self._tables)))
            nodes = _node_km()
            curved = nodes[nodes <= _CURVED_KM]
            at = np.append(curved, np.arange(_CURVED_KM + _COARSE_KM, FARTHEST_KM + 1, _COARSE_KM))
            times = np.interp(nodes, at, self.exact(phase, depth_km, at))
            self._tables[key] = times, np.append(np.diff(times), 0.0)
        return self._tables[key]

    def exact(self, phase: str, depth_km: float, distances_km: Floats) -> Floats:
        """Not by table: times of one phase; `distances_km` has one axis. Slow for many."""
        stack = self._slices
        flat = float(flattened(depth_km)) if self.model.earth == "round" else depth_km
        speed = stack.p_km_s if phase == "p" else stack.s_km_s
        along = _turning_in_layer_of(stack, flat) if phase == "direct" else np.ones(len(speed), np.bool_)
        return np.minimum(
            rays.direct(stack.top_km, speed, flat, distances_km),
            rays.head_waves(stack.top_km, speed, flat, distances_km, along),
        )


def _turning_in_layer_of(stack: Slices, depth_km: float) -> NDArray[np.bool_]:
    """Slices in which a ray turns that never leaves the layer of its source downwards."""
    own = stack.layer[np.searchsorted(stack.top_km, depth_km, side="right") - 1]
    return np.asarray((stack.layer == own) & (np.append(-1, stack.layer[:-1]) == own))


def _node_km() -> Floats:
    number = np.arange(_NODES + 1)
    return np.asarray(np.maximum(number / NEAR_PER_KM, (number - _SHIFT) / FAR_PER_KM))
