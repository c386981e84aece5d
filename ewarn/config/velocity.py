"""Velocity models."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ewarn.config.tables import Table, read, validated
from ewarn.seismic.velocity import VelocityModel

Speed = Annotated[float, Field(gt=0, le=20)]


class _Layer(Table):
    thickness_km: float | None = Field(None, gt=0, le=2000)
    p_km_s: Speed
    s_km_s: Speed

    @model_validator(mode="after")
    def _p_is_faster(self) -> Self:
        if self.s_km_s >= self.p_km_s:
            raise ValueError(f"s_km_s: must be below p_km_s, got {self.s_km_s:g} and {self.p_km_s:g}")
        return self


class _VelocityFile(Table):
    name: str = Field(min_length=1, max_length=200)
    source: str | None = None
    earth: Literal["round", "flat"] = "round"
    layer: list[_Layer] = Field(min_length=1, max_length=1000)

    @model_validator(mode="after")
    def _only_the_last_has_no_bottom(self) -> Self:
        for number, layer in enumerate(self.layer):
            if (layer.thickness_km is None) != (number == len(self.layer) - 1):
                wrong = "missing" if layer.thickness_km is None else f"the last has none, got {layer.thickness_km:g}"
                raise ValueError(f"layer.{number}.thickness_km: {wrong}")
        if (depth := sum(layer.thickness_km or 0 for layer in self.layer)) > 2890:
            raise ValueError(f"layer: layers end above the core, at 2890 km, got {depth:g}")
        return self


def load_velocity(path: Path) -> VelocityModel:
    """Read a velocity model. Raises InputError naming file, key and value."""
    table = validated(_VelocityFile, read(path), path)
    return VelocityModel(
        name=table.name,
        thicknesses_km=tuple(layer.thickness_km for layer in table.layer if layer.thickness_km is not None),
        p_km_s=tuple(layer.p_km_s for layer in table.layer),
        s_km_s=tuple(layer.s_km_s for layer in table.layer),
        earth=table.earth,
    )
