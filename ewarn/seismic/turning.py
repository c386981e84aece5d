"""Rays that go down, turn and come up again: diving waves and head waves, for tables of first arrivals.

In flat slices a ray turns along the top of a slice. From the distance at which it first comes up its time grows by the
slice's slowness: a line. Where the earth gets faster downwards the line of a deeper ray is the earlier one from farther
away on: the layer's branch. A discontinuity such as those at 410 and 660 km ends a branch and begins another, and where
two overlap (a triplication) the earlier one counts. The retrograde branch between them is never first.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Branch:
    """First arrivals of one layer, the farther the deeper; arrays of shape (rays,)."""

    distance_km: Floats
    """from where on each ray is the first of them"""
    time_s: Floats
    """there"""
    slowness: float
    """of the last ray, s/km, beyond where it begins"""

    def earliest(self, times: Floats, distances_km: Floats) -> None:
        """Lower times, shape (n,), at distances, ascending and of that shape, to its own where these are less."""
        begins, ends = np.searchsorted(distances_km, (self.distance_km[0], self.distance_km[-1]))
        within, beyond = slice(begins, ends), slice(ends, None)
        own = np.interp(distances_km[within], self.distance_km, self.time_s)
        np.minimum(times[within], own, out=times[within])
        farther = self.time_s[-1] + (distances_km[beyond] - self.distance_km[-1]) * self.slowness
        np.minimum(times[beyond], farther, out=times[beyond])


@dataclass(frozen=True)
class Turning:
    """All rays from the surface that turn; arrays of shape (rays,), the shallowest first."""

    top_km: Floats
    """tops of all slices"""
    speed_km_s: Floats
    """of all slices"""
    refractor: NDArray[np.intp]
    """slice along whose top each turns"""
    slowness: Floats
    """there, s/km"""
    distance_km: Floats
    """where each first comes up"""
    time_s: Floats
    """when it does"""

    @classmethod
    def of(cls, top_km: Floats, speed_km_s: Floats, at_top_km_s: Floats) -> Self:
        """Of slices, arrays of shape (slices,): one ray for each whose top is faster than all above it."""
        faster = at_top_km_s[1:] > np.maximum.accumulate(speed_km_s)[:-1]
        refractor = 1 + np.flatnonzero(faster)
        slowness = 1 / at_top_km_s[refractor]
        above = np.arange(len(top_km) - 1) < refractor[:, None]
        distance, time = _ways(np.where(above, 2 * np.diff(top_km), 0.0), speed_km_s[:-1], slowness)
        return cls(top_km, speed_km_s, refractor, slowness, distance, time)

    def branches(self, depth_km: float, layer: NDArray[np.intp], along: NDArray[np.bool_]) -> Iterator[Branch]:
        """From a source at a depth: those that turn along the tops marked in `along`, by `layer`; shapes (slices,)."""
        kept = along[self.refractor] & (self.top_km[self.refractor] >= depth_km)
        refractor, slowness = self.refractor[kept], self.slowness[kept]
        if not len(refractor):
            return
        crossed = int(np.searchsorted(self.top_km, depth_km))
        up = np.diff(np.append(self.top_km[:crossed], depth_km))
        distance, time = _ways(up[None, :], self.speed_km_s[:crossed], slowness)
        distance, time = self.distance_km[kept] - distance, self.time_s[kept] - time
        new = np.append(True, np.diff(layer[refractor]) != 0)
        # Where two successive lines cross, which for rays of a retrograde branch is ever nearer.
        overtakes = np.diff(time - distance * slowness) / -np.diff(slowness)
        since = np.where(new, distance, np.append(0.0, overtakes))
        fresh = new | np.append(True, np.diff(since) <= 0)
        since = np.where(fresh, distance, since)
        begins = np.flatnonzero(fresh)
        for first, last in zip(begins, np.append(begins[1:], len(refractor)), strict=True):
            if new[first] or last - first > 1:
                own = slice(first, last)
                at = time[own] + (since[own] - distance[own]) * slowness[own]
                yield Branch(since[own], at, float(slowness[last - 1]))


def _ways(path_km: Floats, speed_km_s: Floats, slowness: Floats) -> tuple[Floats, Floats]:
    """Distance, km, and time, s, that rays (n,) take for paths, (1 or n, slices): by Snell's law, shape (n,)."""
    sine = np.where(path_km > 0, speed_km_s * slowness[:, None], 0.0)
    cosine = np.sqrt(1 - sine**2)
    return (path_km * sine / cosine).sum(axis=1), (path_km / (speed_km_s * cosine)).sum(axis=1)
