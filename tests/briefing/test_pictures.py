import importlib.util
import re
from xml.etree import ElementTree

import pytest

from ewarn.briefing import pictures
from ewarn.errors import InputError


def draw(colours):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3, 2))
    figure.subplots().plot([0, 1], [0, 1], color=colours["late"], label="a <b> & c")
    figure.legend()
    return figure


def test_an_inline_picture_follows_the_theme_and_says_what_it_shows():
    svg = pictures.inline("one", draw, 'late "as" drawn <b>').svg
    root = ElementTree.fromstring(svg.replace("xlink:href", "href"))  # noqa: S314  our own
    assert root.get("aria-label") == 'late "as" drawn <b>'
    assert root.get("width") is None
    assert "var(--late)" in svg
    assert "#fe" not in svg
    assert "<text" in svg
    assert "a &lt;b&gt; &amp; c" in svg


def test_ids_of_two_pictures_on_a_page_differ():
    ids = [set(re.findall(r'\bid="([^"]+)"', pictures.inline(name, draw, "").svg)) for name in ("one", "two")]
    assert ids[0]
    assert not ids[0] & ids[1]
    one = pictures.inline("one", draw, "").svg
    assert set(re.findall(r'(?:url\(|href=")#([^)"]+)', one)) <= ids[0]


def test_a_point_lies_where_it_was_drawn():
    shown = pictures.inline("one", draw, "")
    left, top, width, height = shown.box()
    (low, high) = shown.at([0, 1], [0, 1])
    # matplotlib leaves a twentieth beyond the data on each side
    assert low == pytest.approx([left + width / 22, top + height * 21 / 22])
    assert high == pytest.approx([left + width * 21 / 22, top + height / 22])
    assert shown.svg.startswith("<svg ")


def test_the_same_picture_is_the_same_file(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        pictures.write("one", draw, "DRILL: $2 or 泸$", tmp_path / name)
    for kind in ("svg", "png"):
        assert (tmp_path / "a" / f"one.{kind}").read_bytes() == (tmp_path / "b" / f"one.{kind}").read_bytes()
    svg = (tmp_path / "a" / "one.svg").read_text()
    assert "var(" not in svg
    assert "DRILL: $2 or 泸$" in svg


def test_without_matplotlib_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"pip install -e '\.\[report\]'"):
        pictures.require()
