"""Layered velocity models, as they stand and as rays see them in a round earth."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ewarn.seismic.geodesy import EARTH_RADIUS_KM

SLICE_KM = 3.0
"""thickest slice of constant speed that stands for a flattened layer; times are then within 0.013 s of the chord
through a sphere of one speed to 1,000 km, and within 0.08 s beyond"""
MANTLE_SLICE_KM, MANTLE_KM = 10.0, 90.0
"""thickest slice in the mantle, and from where on"""
DEEPEST_KM = 700.0
"""the last layer is sliced down to here; a ray turns so deep some 5,000 km from its source"""


@dataclass(frozen=True)
class VelocityModel:
    """Layers from the surface down; the last one has no bottom."""

    name: str
    thicknesses_km: tuple[float, ...]
    """of all layers but the last"""
    p_km_s: tuple[float, ...]
    """speed of P in each layer"""
    s_km_s: tuple[float, ...]
    """speed of S in each layer"""
    earth: Literal["round", "flat"] = "round"
    """flat: no flattening transform, to compare with references that have none"""

    @property
    def tops_km(self) -> NDArray[np.float64]:
        """Depth of each layer's top, km, 0 first; shape (layers,)."""
        return np.concatenate([[0.0], np.cumsum(self.thicknesses_km)])


YUNNAN_2015 = VelocityModel("yunnan-2015", (20.0, 21.0), (6.01, 6.60, 7.89), (3.52, 3.86, 4.43))
"""CEA regional model for Yunnan, used for Sichuan where no file says otherwise; Yang J. et al. 2018"""


@dataclass(frozen=True)
class Slices:
    """A stack of flat slices of constant speed in which straight-line formulas hold; arrays of shape (slices,)."""

    top_km: NDArray[np.float64]
    """depth of its top"""
    p_km_s: NDArray[np.float64]
    """speed of P"""
    s_km_s: NDArray[np.float64]
    """speed of S"""
    layer: NDArray[np.intp]
    """index of the model's layer that each is a part of"""


def slices(model: VelocityModel) -> Slices:
    """The model itself where its earth is flat; else cut, and flattened at the middle of each slice."""
    tops = model.tops_km
    p, s = np.array(model.p_km_s), np.array(model.s_km_s)
    if model.earth == "flat":
        return Slices(tops, p, s, np.arange(len(tops)))
    cuts = [_cut(top, bottom) for top, bottom in zip(tops, [*tops[1:], max(DEEPEST_KM, tops[-1] + 1)], strict=True)]
    layer = np.repeat(np.arange(len(tops)), [len(part) for part in cuts])
    top = np.concatenate(cuts)
    middle = (top + np.append(top[1:], top[-1])) / 2
    faster = EARTH_RADIUS_KM / (EARTH_RADIUS_KM - middle)
    return Slices(np.asarray(flattened(top)), p[layer] * faster, s[layer] * faster, layer)


def flattened(depth_km: NDArray[np.float64] | float) -> NDArray[np.float64] | float:
    """Depth, km, in the flat earth whose speeds v R / (R - z) give a round earth's times: R ln(R / (R - z)).

    Exact at the surface for every source; Müller 1971 (Zeitschrift für Geophysik 37), for one.
    """
    return EARTH_RADIUS_KM * np.log(EARTH_RADIUS_KM / (EARTH_RADIUS_KM - depth_km))


def _cut(top: float, bottom: float) -> NDArray[np.float64]:
    """Tops of slices between two depths, thin ones above `MANTLE_KM`."""
    border = float(np.clip(MANTLE_KM, top, bottom))
    thin = np.linspace(top, border, int(np.ceil((border - top) / SLICE_KM)) + 1)[:-1]
    thick = np.linspace(border, bottom, int(np.ceil((bottom - border) / MANTLE_SLICE_KM)) + 1)[:-1]
    return np.concatenate([thin, thick])
