"""Velocity models."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ewarn.config.tables import Table, read, validated
from ewarn.seismic.mantle import CORE_KM
from ewarn.seismic.velocity import USUAL_MANTLE_KM, VelocityModel

LAST_LAYER_KM = 40.0
"""how thick a last layer is at the least that does not say how thick it is"""

Speed = Annotated[float, Field(gt=0, le=20)]


class _Layer(Table):
    thickness_km: float | None = Field(None, gt=0, le=2000)
    """Thickness of the layer, km; the last one, which goes on down, has none."""
    p_km_s: Speed
    """Speed of P, km/s."""
    s_km_s: Speed
    """Speed of S, km/s; below that of P."""

    @model_validator(mode="after")
    def _p_is_faster(self) -> Self:
        if self.s_km_s >= self.p_km_s:
            raise ValueError(f"s_km_s: must be below p_km_s, got {self.s_km_s:g} and {self.p_km_s:g}")
        return self


class _VelocityFile(Table):
    """Layers from the surface down. In a round earth AK135's mantle follows below the last one."""

    name: str = Field(min_length=1, max_length=200)
    """Name of the model, for people."""
    source: str | None = None
    """Where the figures are from, for people; it changes nothing."""
    earth: Literal["round", "flat"] = "round"
    """Shape of the earth: in a round one AK135's mantle follows below the last layer, in a flat one nothing does."""
    mantle_km: float | None = Field(None, gt=0, le=CORE_KM)
    """Depth from which on AK135's mantle follows, km; without it, 120 km, or 40 km below the last layer's top."""
    layer: tuple[_Layer, ...] = Field(min_length=1, max_length=1000)
    """Layers from the surface down, each an `[[layer]]`."""

    @model_validator(mode="after")
    def _only_the_last_has_no_bottom(self) -> Self:
        for number, layer in enumerate(self.layer):
            if (layer.thickness_km is None) != (number == len(self.layer) - 1):
                wrong = "missing" if layer.thickness_km is None else f"the last has none, got {layer.thickness_km:g}"
                raise ValueError(f"layer.{number}.thickness_km: {wrong}")
        if (depth := sum(layer.thickness_km or 0 for layer in self.layer)) > 2890:
            raise ValueError(f"layer: layers end above the core, at 2890 km, got {depth:g}")
        if self.mantle_km is not None and self.earth == "flat":
            raise ValueError("mantle_km: a flat earth has no mantle of AK135")
        if self.mantle_km is not None and self.mantle_km <= depth:
            raise ValueError(f"mantle_km: must be below the last layer's top, {depth:g} km, got {self.mantle_km:g}")
        return self

    @property
    def mantle_from_km(self) -> float | None:
        """Depth of the last layer's bottom; None in a flat earth."""
        if self.earth == "flat" or self.mantle_km is not None:
            return self.mantle_km
        last_km = sum(layer.thickness_km or 0 for layer in self.layer)
        return min(max(USUAL_MANTLE_KM, last_km + LAST_LAYER_KM), CORE_KM)


VELOCITY_FILE = _VelocityFile


def load_velocity(path: Path) -> VelocityModel:
    """Read a velocity model. Raises InputError naming file, key and value."""
    table = validated(_VelocityFile, read(path), path)
    return VelocityModel(
        name=table.name,
        thicknesses_km=tuple(layer.thickness_km for layer in table.layer if layer.thickness_km is not None),
        p_km_s=tuple(layer.p_km_s for layer in table.layer),
        s_km_s=tuple(layer.s_km_s for layer in table.layer),
        earth=table.earth,
        mantle_km=table.mantle_from_km,
    )
