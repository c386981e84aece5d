"""Names in charts are text, whatever stands in them."""

import io

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from ewarn.runs.drawing import plain_text


@pytest.mark.parametrize("name", [r"$\frac{1$", "costs $5 and $6", "\U0001f30b"])
def test_a_name_with_dollars_or_letters_that_the_font_lacks_is_drawn_as_it_is(name):
    before = mpl.rcParams["text.parse_math"]
    with plain_text():
        figure = Figure()
        figure.suptitle(name)
        figure.savefig(io.BytesIO(), format="png")
    assert mpl.rcParams["text.parse_math"] == before
