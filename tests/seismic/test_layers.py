"""The two models are those of the sources they name."""

import pytest

from ewarn.seismic.layers import AK135, YUNNAN_2015, LayeredModel


def test_tops_begin_at_the_surface_and_add_up_the_thicknesses():
    model = LayeredModel("three", (2.0, 3.0), (1, 2, 3), (1, 2, 3))
    assert model.tops_km == (0.0, 2.0, 5.0)


def test_the_moho_of_yunnan_2015_lies_at_41_km_and_that_of_ak135_at_35_km():
    assert YUNNAN_2015.tops_km == (0.0, 20.0, 41.0)
    assert AK135.tops_km == (0.0, 20.0, 35.0)


@pytest.mark.parametrize("model", [YUNNAN_2015, AK135])
def test_each_layer_has_speeds_that_grow_downwards_with_p_faster_than_s(model):
    assert len(model.p_km_s) == len(model.s_km_s) == len(model.thicknesses_km) + 1
    assert list(model.p_km_s) == sorted(model.p_km_s)
    assert list(model.s_km_s) == sorted(model.s_km_s)
    assert all(1.5 < p / s < 2.0 for p, s in zip(model.p_km_s, model.s_km_s, strict=True))
