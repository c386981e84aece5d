"""Arrivals of P and S: the earlier of the direct ray and every valid head wave, by tables over distance.

`rays` says where the formulas are from. Distances are epicentral, km; times are seconds after origin.

A depth's table is exact in depth, so times are continuous across interfaces; it is made when a depth is first asked
for, in about a millisecond. In a round earth the slices of a flattened layer carry the rays that turn in it.
"""

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ewarn.seismic import rays
from ewarn.seismic.velocity import Slices, VelocityModel, flattened, slices

Floats = NDArray[np.float64]

Phase = Literal["p", "s", "direct"]
"""`p`, `s`: the first arrival of either. `direct`: the S that stays in the layer of its source."""
PHASES: tuple[Phase, ...] = get_args(Phase)

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
    """First P, first S and the direct S, seconds after origin, of one velocity model.

    Tables are within 0.02 s of `exact`. The last `KEPT` depths are kept, since the reports of a quake share a few.
    Beyond `FARTHEST_KM` times are those of that distance. Depths are km, from 0 on.
    """

    KEPT = 64
    """depths of which tables are held"""

    def __init__(self, model: VelocityModel) -> None:
        self.model = model
        self._slices = slices(model)
        self._tables: dict[tuple[Phase, float], tuple[Floats, Floats]] = {}

    def first(self, depth_km: float, distances_km: ArrayLike) -> tuple[Floats, Floats]:
        """First P and first S, seconds after origin, each of the shape of `distances_km` (epicentral)."""
        p, s = self.look_up(depth_km, np.asarray(distances_km, np.float64), ("p", "s"))
        return p, s

    def direct_s(self, depth_km: float, distances_km: ArrayLike) -> Floats:
        """The S that stays in the layer of its source, seconds after origin, of the shape of `distances_km`.

        Beyond some 120 km it is the strong one: the first S is refracted there, and weak.
        """
        return self.look_up(depth_km, np.asarray(distances_km, np.float64), ("direct",))[0]

    def look_up(self, depth_km: float, distances_km: Floats, phases: tuple[Phase, ...]) -> list[Floats]:
        """Times of some phases, seconds after origin, each of the shape of `distances_km` (epicentral).

        Raises ValueError for a phase that there is not.
        """
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
        """How far from the epicentre the first S has come, km, `seconds` after origin; 0 while it has not surfaced."""
        return float(np.interp(seconds, self._table("s", depth_km)[0], _node_km(), left=0.0))

    def _table(self, phase: Phase, depth_km: float) -> tuple[Floats, Floats]:
        """Times at the nodes, s, and steps from each to the next, s; shape (nodes,)."""
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

    def exact(self, phase: Phase, depth_km: float, distances_km: Floats) -> Floats:
        """Times of one phase, seconds after origin, shape (n,), at distances (n,), epicentral: by rays, not by table.

        Slow for many. Raises ValueError for a phase that there is not.
        """
        if phase not in PHASES:  # else it would be given S
            raise ValueError(f"phase: expected one of {', '.join(PHASES)}, got {phase!r}")
        stack = self._slices
        flat = float(flattened(depth_km)) if self.model.earth == "round" else depth_km
        speed = stack.p_km_s if phase == "p" else stack.s_km_s
        along = _turning_in_layer_of(stack, flat) if phase == "direct" else np.ones(len(speed), np.bool_)
        return np.minimum(
            rays.direct(stack.top_km, speed, flat, distances_km),
            rays.head_waves(stack.top_km, speed, flat, distances_km, along),
        )


def _turning_in_layer_of(stack: Slices, depth_km: float) -> NDArray[np.bool_]:
    """Slices, shape (slices,), in which a ray turns that never leaves the layer of its source downwards."""
    own = stack.layer[np.searchsorted(stack.top_km, depth_km, side="right") - 1]
    return np.asarray((stack.layer == own) & (np.append(-1, stack.layer[:-1]) == own))


def _node_km() -> Floats:
    """Distances of the tables' nodes, km, shape (nodes,)."""
    number = np.arange(_NODES + 1)
    return np.asarray(np.maximum(number / NEAR_PER_KM, (number - _SHIFT) / FAR_PER_KM))
