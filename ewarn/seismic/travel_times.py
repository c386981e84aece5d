"""Arrivals of P and S: the earliest of the direct ray and all that turn, by tables over distance.

`rays` and `turning` say where the formulas are from. Distances are epicentral, km; times are seconds after origin.

A depth's table is exact in depth, so times are continuous across interfaces; it is made when a depth is first asked
for, in about a millisecond. In a round earth the slices of a flattened layer carry the rays that turn in it, down to
the core. First arrivals alone: P and S through crust and mantle, and beyond some 98 degrees (10,900 km) the waves that
creep along the core. S through the core (SKS), which is earlier from 83 degrees (9,200 km) on, is left out.
"""

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ewarn.seismic import rays
from ewarn.seismic.geodesy import EARTH_RADIUS_KM
from ewarn.seismic.turning import Turning
from ewarn.seismic.velocity import Slices, VelocityModel, flattened, slices

Floats = NDArray[np.float64]

Phase = Literal["p", "s", "direct"]
"""`p`, `s`: the first arrival of either. `direct`: the S that stays in the layer of its source."""
PHASES: tuple[Phase, ...] = get_args(Phase)

FARTHEST_KM = np.pi * EARTH_RADIUS_KM
"""half around the earth"""
_SPACINGS = ((0.0, 1 / 16), (32.0, 1 / 2), (600.0, 4.0))
"""(from this distance on, km between nodes of the tables)"""
_DIRECT_STEP, _DIRECT_S = 0.05, 0.002
"""Direct rays are traced at distances z sinh(i h) from a source at depth z: h at most, and the error in time that the
chords between them may have."""
_LEAST_DIRECT_KM = 600.0
"""how far direct rays are traced at the least"""


class TravelTimes:
    """First P, first S and the direct S, seconds after origin, of one velocity model.

    Tables are within 0.02 s of `exact` to 1,000 km, and within 0.03 s beyond. The last `KEPT` depths are kept, since
    the reports of a quake share a few. Depths are km, from 0 to 700.
    """

    KEPT = 64
    """depths of which tables are held"""

    def __init__(self, model: VelocityModel) -> None:
        self.model = model
        self._slices = stack = slices(model)
        self._nodes, self._lines = _grid()
        self._p_turning = Turning.of(stack.top_km, stack.p_km_s, stack.p_top_km_s)
        self._s_turning = Turning.of(stack.top_km, stack.s_km_s, stack.s_top_km_s)
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
        position = distances_km * self._lines[0][0]
        for per_km, shift in self._lines[1:]:
            position = np.minimum(position, distances_km * per_km + shift)
        position = np.minimum(position, len(self._nodes) - 1 - 1e-6)
        node = position.astype(np.int32)
        beyond = position - node
        found = []
        for phase in phases:
            times, steps = self._table(phase, depth_km)
            found.append(times[node] + steps[node] * beyond)
        return found

    def s_distance_km(self, depth_km: float, seconds: float) -> float:
        """How far from the epicentre the first S has come, km, `seconds` after origin; 0 while it has not surfaced."""
        return float(np.interp(seconds, self._table("s", depth_km)[0], self._nodes, left=0.0))

    def _table(self, phase: Phase, depth_km: float) -> tuple[Floats, Floats]:
        """Times at the nodes, s, and steps from each to the next, s; shape (nodes,)."""
        key = phase, depth_km
        if key not in self._tables:
            if len(self._tables) >= self.KEPT * 3:
                self._tables.pop(next(iter(self._tables)))
            times = self._earliest(phase, depth_km)
            self._tables[key] = times, np.append(np.diff(times), 0.0)
        return self._tables[key]

    def _earliest(self, phase: Phase, depth_km: float) -> Floats:
        """Times at the nodes, s, shape (nodes,)."""
        flat, top, nodes = self._flat(depth_km), self._slices.top_km, self._nodes
        at, upward = _traced_km(flat, self.model.earth), self._upward(phase, flat)
        # Beyond the last of them as along the fastest slice above the source, which it does all but go along.
        slowness = 1 / upward[: max(1, np.searchsorted(top, flat))].max()
        times: Floats = np.interp(nodes, at, rays.direct(top, upward, flat, at))
        times += np.maximum(nodes - at[-1], 0.0) * slowness
        turning = self._p_turning if phase == "p" else self._s_turning
        for branch in turning.branches(flat, self._slices.layer, self._along(phase, flat)):
            branch.earliest(times, nodes)
        return times

    def exact(self, phase: Phase, depth_km: float, distances_km: Floats) -> Floats:
        """Times of one phase, seconds after origin, shape (n,), at distances (n,), epicentral: by rays, not by table.

        Slow for many. Raises ValueError for a phase that there is not.
        """
        flat, top = self._flat(depth_km), self._slices.top_km
        speed, at_top = self._speeds(phase)
        return np.minimum(
            rays.direct(top, self._upward(phase, flat), flat, distances_km),
            rays.head_waves(top, speed, flat, distances_km, self._along(phase, flat), at_top),
        )

    def _flat(self, depth_km: float) -> float:
        """Depth, km, in the stack of slices."""
        return float(flattened(depth_km)) if self.model.earth == "round" else depth_km

    def _speeds(self, phase: Phase) -> tuple[Floats, Floats]:
        """Speeds, km/s, within slices and along their tops, shape (slices,)."""
        if phase not in PHASES:  # else it would be given S
            raise ValueError(f"phase: expected one of {', '.join(PHASES)}, got {phase!r}")
        stack = self._slices
        return (stack.p_km_s, stack.p_top_km_s) if phase == "p" else (stack.s_km_s, stack.s_top_km_s)

    def _upward(self, phase: Phase, flat_km: float) -> Floats:
        """Speeds, km/s, shape (slices,), of rays that rise from a depth: of its own slice only what lies above it."""
        speed, at_top = self._speeds(phase)
        top = self._slices.top_km
        row = int(np.searchsorted(top, flat_km, side="right")) - 1
        if row + 1 == len(top):
            return speed
        share = (flat_km - top[row]) / (top[row + 1] - top[row])
        rising = speed.copy()
        rising[row] = at_top[row] + (speed[row] - at_top[row]) * share
        return rising

    def _along(self, phase: Phase, flat_km: float) -> NDArray[np.bool_]:
        """Whether rays of a phase may turn along the top of each slice, shape (slices,)."""
        if phase == "direct":
            return _turning_in_layer_of(self._slices, flat_km)
        return np.ones(len(self._slices.top_km), np.bool_)


def _turning_in_layer_of(stack: Slices, depth_km: float) -> NDArray[np.bool_]:
    """Slices, shape (slices,), in which a ray turns that never leaves the layer of its source downwards."""
    row = np.searchsorted(stack.top_km, depth_km, side="right") - 1
    within = (stack.layer == stack.layer[row]) & (np.append(-1, stack.layer[:-1]) == stack.layer[row])
    within[row] |= stack.top_km[row] == depth_km  # from the very top of its layer a ray goes along it
    return np.asarray(within)


def _grid() -> tuple[Floats, list[tuple[float, float]]]:
    """Distances of the tables' nodes, km, shape (nodes,), and lines (nodes a km, shift): a node's number is the least.

    Nodes stand ever farther apart, so that the lines between distance and number are a concave whole.
    """
    ends = [*(begins for begins, _ in _SPACINGS[1:]), FARTHEST_KM + _SPACINGS[-1][1]]
    nodes = np.concatenate([np.arange(begins, end, km) for (begins, km), end in zip(_SPACINGS, ends, strict=True)])
    first = np.searchsorted(nodes, [begins for begins, _ in _SPACINGS])
    return nodes, [(1 / km, int(n) - begins / km) for (begins, km), n in zip(_SPACINGS, first, strict=True)]


def _traced_km(depth_km: float, earth: Literal["round", "flat"]) -> Floats:
    """Distances, km, ascending from 0, such that chords between a direct ray's times err by no more than `_DIRECT_S`.

    Of a straight ray at speed v the time z/v cosh x at distance z sinh x bends by 1 / (v z cosh³ x): chords between x
    that are h apart err by z h² / 8 v at the most. Here v is at least 3 km/s. In a round earth a ray that leaves its
    source level comes up within √(2 R z), and those that come up farther away have turned.
    """
    deep = max(depth_km, 0.05)
    farthest = FARTHEST_KM if earth == "flat" else max(_LEAST_DIRECT_KM, 1.2 * np.sqrt(2 * EARTH_RADIUS_KM * deep))
    step = min(_DIRECT_STEP, np.sqrt(8 * 3 * _DIRECT_S / deep))
    return np.asarray(deep * np.sinh(np.arange(0.0, np.arcsinh(farthest / deep) + step, step)))
