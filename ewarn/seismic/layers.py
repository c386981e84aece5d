"""Flat layered models of the crust."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class LayeredModel:
    """Layers from the surface down; the last one has no bottom."""

    name: str
    thicknesses_km: tuple[float, ...]
    """of all layers but the last"""
    p_km_s: tuple[float, ...]
    s_km_s: tuple[float, ...]

    @property
    def tops_km(self) -> tuple[float, ...]:
        """Depth of each layer's top, 0 first."""
        return (0.0, *np.cumsum(self.thicknesses_km).tolist())


YUNNAN_2015 = LayeredModel("yunnan-2015", (20.0, 21.0), (6.01, 6.60, 7.89), (3.52, 3.86, 4.43))
"""CEA regional model, used for Sichuan; Yang J. et al. 2018."""

AK135 = LayeredModel("ak135", (20.0, 15.0), (5.80, 6.50, 8.04), (3.46, 3.85, 4.48))
"""Crust and uppermost mantle of AK135, flat; ObsPy's `ak135.tvel`."""
