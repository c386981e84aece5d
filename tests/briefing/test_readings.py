import pytest

from ewarn.briefing import pictures
from ewarn.briefing.readings import Reading
from tests.briefing.conftest import plain
from tests.briefing.test_pictures import draw


def reading(**wanted):
    told = {"name": "one", "head": ("a", "b"), "rows": [("x", "1"), ("y", "2")], "caption": "text", "at": [0.0, 0.5]}
    return Reading(**{**told, **wanted})


def test_figures_behind_a_chart_are_folded_and_have_the_name_by_which_it_reads_them():
    shown = plain(reading().table)
    assert shown.startswith("<details><summary>The figures</summary>")
    assert '<table id="one">' in shown
    assert plain(reading(folded=False).table).startswith("<div")


def test_a_row_lies_where_its_value_is_drawn_and_none_does_beyond_the_axis():
    picture = pictures.inline("one", draw, "")
    left, top, width, height = picture.box()
    told = reading(at=[0.0, 0.5, None, 7.0]).placed(picture)
    assert told["at"] == [
        pytest.approx(left + width / 22, abs=1e-3),
        pytest.approx(left + width / 2, abs=1e-3),
        None,
        None,
    ]
    assert told["box"] == pytest.approx([left, top, width, height], abs=1e-4)
    assert reading(along="y").placed(picture)["at"][1] == pytest.approx(top + height / 2, abs=1e-3)


def test_a_ring_has_its_radius_and_its_centre():
    told = reading(along="round", centre=(0.5, 0.5), at=[0.25]).placed(picture := pictures.inline("one", draw, ""))
    left, top, width, height = picture.box()
    assert told["centre"] == pytest.approx([left + width / 2, top + height / 2], abs=1e-3)
    assert told["at"] == pytest.approx([height / 4 / 1.1], abs=1e-3)
