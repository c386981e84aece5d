import pytest

from ewarn.briefing import fonts


@pytest.fixture
def no_chinese(monkeypatch):
    monkeypatch.setattr(fonts, "_chinese", lambda: None)


@pytest.mark.usefixtures("no_chinese")
def test_letters_that_no_font_has_are_named_once_each():
    assert fonts.families() == ["DejaVu Sans"]
    assert fonts.lacking(["泸定 Luding", "定"]) == "定泸"


@pytest.mark.usefixtures("no_chinese")
def test_what_the_plain_font_has_lacks_nothing():
    assert fonts.lacking(["6.8 km², −5 % ≥ ü\n"]) == ""
