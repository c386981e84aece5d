"""Layered velocity models, as they stand and as rays see them in a round earth."""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ewarn.seismic.geodesy import EARTH_RADIUS_KM
from ewarn.seismic.mantle import AK135_MANTLE, BREAKS_KM, CORE_KM

SLICE_KM = 3.0
"""thickest slice of constant speed that stands for a flattened layer; times are then within 0.013 s of the chord
through a sphere of one speed to 1,000 km, and within 0.08 s beyond"""
COARSER_KM = ((0.0, SLICE_KM), (90.0, 10.0), (800.0, 25.0))
"""(from this depth on, thickest slice): rays of shallow quakes turn ever more rarely so deep"""
USUAL_MANTLE_KM = 120.0
"""where the last layer of a file that does not say otherwise gives way to AK135's mantle"""


@dataclass(frozen=True)
class VelocityModel:
    """Layers from the surface down; below the last one comes the mantle of AK135, or it has no bottom."""

    name: str
    thicknesses_km: tuple[float, ...]
    """of all layers but the last"""
    p_km_s: tuple[float, ...]
    """speed of P in each layer"""
    s_km_s: tuple[float, ...]
    """speed of S in each layer"""
    earth: Literal["round", "flat"] = "round"
    """flat: no flattening transform, to compare with references that have none"""
    mantle_km: float | None = None
    """depth of the last layer's bottom, below which `AK135_MANTLE` is; None: it reaches down to the core"""

    @property
    def tops_km(self) -> NDArray[np.float64]:
        """Depth of each layer's top, km, 0 first; shape (layers,)."""
        return np.concatenate([[0.0], np.cumsum(self.thicknesses_km)])


YUNNAN_2015 = VelocityModel(
    "yunnan-2015", (20.0, 21.0), (6.01, 6.60, 7.89), (3.52, 3.86, 4.43), mantle_km=USUAL_MANTLE_KM
)
"""CEA regional model for Yunnan, used for Sichuan where no file says otherwise; Yang J. et al. 2018"""


@dataclass(frozen=True)
class Slices:
    """A stack of flat slices of constant speed in which straight-line formulas hold; arrays of shape (slices,)."""

    top_km: NDArray[np.float64]
    """depth of its top"""
    p_km_s: NDArray[np.float64]
    """speed of P within, that at its middle"""
    s_km_s: NDArray[np.float64]
    """speed of S within"""
    p_top_km_s: NDArray[np.float64]
    """speed of P along its top, where rays turn: in the mantle, whose slices are thick, that at the very top, as with
    that of the middle they would be early; in the thin slices of the layers above, that of the middle"""
    s_top_km_s: NDArray[np.float64]
    """speed of S there"""
    layer: NDArray[np.intp]
    """index of the model's layer that each is a part of; parts of the mantle count on"""


def slices(model: VelocityModel) -> Slices:
    """The model itself where its earth is flat; else cut, and flattened slice by slice, down to the core.

    The last slice is the core's surface, along which rays go that turn no higher.
    """
    own = model.tops_km
    if model.earth == "flat":
        p, s = np.array(model.p_km_s), np.array(model.s_km_s)
        return Slices(own, p, s, p, s, np.arange(len(own)))
    mantle_km = CORE_KM if model.mantle_km is None else model.mantle_km
    depths = AK135_MANTLE[:, 0]
    borders = np.unique(np.concatenate([own, [mantle_km], depths[depths > mantle_km], [CORE_KM]]))
    top = np.concatenate([*(_cut(*pair) for pair in pairwise(borders)), [CORE_KM]])
    middle = (top + np.append(top[1:], CORE_KM)) / 2
    starts = [*own, *(depth for depth in (mantle_km, *BREAKS_KM) if mantle_km <= depth < CORE_KM)]
    layer = np.searchsorted(np.unique(starts), middle, side="right") - 1

    def speeds(of_layers: tuple[float, ...], column: int, at_km: NDArray[np.float64]) -> NDArray[np.float64]:
        below = np.nextafter(at_km, np.inf)  # of two rows of one depth the lower
        of_mantle = np.interp(below, depths, AK135_MANTLE[:, column])
        found = np.where(layer < len(own), np.array(of_layers)[np.minimum(layer, len(own) - 1)], of_mantle)
        return np.asarray(found * EARTH_RADIUS_KM / (EARTH_RADIUS_KM - at_km))

    turning = np.where(top < mantle_km, middle, top)
    p, s, p_top, s_top = (
        speeds(of_layers, column, at_km)
        for at_km in (middle, turning)
        for of_layers, column in ((model.p_km_s, 1), (model.s_km_s, 2))
    )
    return Slices(np.asarray(flattened(top)), p, s, p_top, s_top, layer)


def flattened(depth_km: NDArray[np.float64] | float) -> NDArray[np.float64] | float:
    """Depth, km, in the flat earth whose speeds v R / (R - z) give a round earth's times: R ln(R / (R - z)).

    Exact at the surface for every source; Müller 1971 (Zeitschrift für Geophysik 37), for one.
    """
    return EARTH_RADIUS_KM * np.log(EARTH_RADIUS_KM / (EARTH_RADIUS_KM - depth_km))


def _cut(top: float, bottom: float) -> NDArray[np.float64]:
    """Tops of slices between two depths, after `COARSER_KM`."""
    starts, thickest = zip(*COARSER_KM, strict=True)
    edges = np.unique(np.clip([top, *starts, bottom], top, bottom))
    cut = [
        np.linspace(above, below, int(np.ceil((below - above) / thickest[bisect_right(starts, above) - 1])) + 1)[:-1]
        for above, below in pairwise(edges)
    ]
    return np.concatenate(cut)
