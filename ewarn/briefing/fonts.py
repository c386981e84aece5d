"""Fonts of slides: one with Chinese glyphs beside matplotlib's own, where a chart has letters that it lacks.

On the page the browser draws all text, by its own fonts.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

PLAIN = "DejaVu Sans"
"""what matplotlib brings along"""
WITH_CHINESE = (
    "NotoSansCJK-Regular", "NotoSansCJKsc-Regular", "NotoSansSC-Regular", "SourceHanSansSC-Regular", "wqy-zenhei",
    "wqy-microhei", "PingFang", "msyh", "simhei",
)  # fmt: skip
"""names of files, without their endings, in the order in which they are taken"""
PACKAGE = "fonts-noto-cjk"
"""of Debian and Ubuntu, which has the first of them"""


def families() -> list[str]:
    """For matplotlib: its own font, and one with Chinese glyphs where there is one."""
    found = _chinese()
    return [PLAIN, found] if found else [PLAIN]


def lacking(texts: Iterable[str]) -> str:
    """Letters that no font in use has, each once, in the order of the alphabet."""
    letters = {letter for text in texts for letter in text if letter.isprintable() and not letter.isspace()}
    known: set[int] = set()
    for family in families():
        known |= _glyphs(family)
    return "".join(sorted(letter for letter in letters if ord(letter) not in known))


@cache
def _glyphs(family: str) -> frozenset[int]:
    from matplotlib import font_manager, ft2font

    font: Any = ft2font.FT2Font(font_manager.findfont(family))
    return frozenset(font.get_charmap())


@cache
def _chinese() -> str | None:
    """The family of the first font that is there, made known to matplotlib; its own list of fonts may be older."""
    from matplotlib import font_manager

    paths = {Path(path).stem.lower(): path for path in font_manager.findSystemFonts()}
    for name in WITH_CHINESE:
        if path := paths.get(name.lower()):
            font_manager.fontManager.addfont(path)
            return str(font_manager.FontProperties(fname=path).get_name())
    return None
