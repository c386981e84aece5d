"""Figures as pictures: inline SVG for the page, which follows its theme; SVG and PNG files for slides."""

import importlib.util
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape, unescape
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ewarn.briefing.fonts import PLAIN, families, lacking
from ewarn.briefing.palette import Palette, as_variables, light, markers
from ewarn.errors import InputError
from ewarn.runs.drawing import plain_text
from ewarn.system import files
from ewarn.words import Said, say

Draw = Callable[[Palette], Any]
"""draws a figure of matplotlib in these colours"""
SLIDE_DPI = 200
TALL = 0.8
"""height over width"""
_HEAD = re.compile(r"\A.*?(?=<svg)", re.DOTALL)
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)
_STYLE = re.compile(r"<style type=\"text/css\">.*?</style>", re.DOTALL)
_SIZE = re.compile(r'(<svg [^>]*?) width="[^"]*"|(<svg [^>]*?) height="[^"]*"')
_NAMED = re.compile(r'(\bid="|url\(#|href="#)')
_TEXT = re.compile(r"(<text\b[^>]*)>([^<]*)</text>")
_FONT = re.compile(r"font: (?:(\d+) )?([\d.]+)px [^;\"]*")


def require() -> None:
    """Raises InputError where a library that a report needs is not installed."""
    for library in ("matplotlib", "htpy"):
        if importlib.util.find_spec(library) is None:
            raise InputError(say("fit.no-library", library, say("fit.add", "report")))


@dataclass(frozen=True)
class Inline:
    """An SVG element as the page holds it, and where things lie in it: shares of its width and height, 0 to 1."""

    svg: str
    figure: Any
    """of matplotlib, as it was laid out"""

    @property
    def tall(self) -> bool:
        """Whether it would take most of a sheet of paper, were it as wide as one."""
        width, height = self.figure.get_size_inches()
        return bool(height > TALL * width)

    def at(self, x: ArrayLike, y: ArrayLike, axis: int = 0) -> NDArray[np.float64]:
        """Of points in the data of an axis, shape (points, 2): shares from the left, and from the top."""
        drawn, points = self.figure.axes[axis], np.column_stack([x, y]).astype(np.float64)
        share = self.figure.transFigure.inverted().transform(drawn.transData.transform(points))
        return np.column_stack([share[:, 0], 1 - share[:, 1]])

    def box(self, axis: int = 0) -> list[float]:
        """Of an axis: left, top, width and height."""
        where = self.figure.axes[axis].get_position()
        return [where.x0, 1 - where.y1, where.width, where.height]


def inline(name: str, draw: Draw, label: str) -> Inline:
    """`name` keeps its ids apart from others', `label` says what it shows."""
    found: dict[str, Said] = {}
    svg, figure = _svg(draw, markers(), found=found)
    svg = as_variables(svg)
    svg = _STYLE.sub("", _METADATA.sub("", _HEAD.sub("", svg)))
    for _ in range(2):
        svg = _SIZE.sub(lambda found: found.group(1) or found.group(2), svg)
    svg = _NAMED.sub(rf"\1{name}-", svg)
    svg = _FONT.sub(lambda found: f"font: {found.group(1) or 400} {found.group(2)}px var(--sans)", svg)
    svg = _TEXT.sub(lambda text: _named(text, found), svg)
    spelled = f' data-t-label="{escape(label.spelled())}"' if isinstance(label, Said) else ""
    svg = svg.replace("<svg ", f'<svg role="img" aria-label="{escape(str.__str__(label))}"{spelled} ', 1)
    return Inline(svg, figure)


def _named(text: re.Match[str], found: dict[str, Said]) -> str:
    """A text of a picture, with the key of its words where it has them."""
    words = found.get(unescape(text[2]))
    return text[0] if words is None else f'{text[1]} data-t="{escape(words.spelled())}">{text[2]}</text>'


def write(name: str, draw: Draw, mark: str, folder: Path) -> str:
    """`NAME.svg` and `NAME.png`, on white; a slide stands alone, so `mark` over it says of what it is.

    Returns the letters that no font here can draw. Raises WriteError.
    """
    from matplotlib.text import Text

    colours = light()

    def marked(colours: Palette) -> Any:
        drawn = draw(colours)
        drawn.suptitle(mark, x=0.01, ha="left", fontsize=10, weight="bold", color=colours["drill"])
        return drawn

    files.write_text(folder / f"{name}.svg", _svg(marked, colours, facecolor="white")[0])
    with _style(colours, families()):
        drawn, how = marked(colours), {"dpi": SLIDE_DPI, "facecolor": "white", "metadata": {"Software": None}}
        files.write(folder / f"{name}.png", lambda file: drawn.savefig(file, format="png", **how))
        return lacking(str(one.get_text()) for one in drawn.findobj(Text))


def _svg(
    draw: Draw, colours: Palette, facecolor: str = "none", found: dict[str, Said] | None = None
) -> tuple[str, Any]:
    """The text, and the figure.

    `found` is given the words that the page can say in other languages, by what they are in English.
    """
    from matplotlib.text import Text

    text = StringIO()
    with _style(colours):
        drawn = draw(colours)
        drawn.savefig(text, format="svg", facecolor=facecolor, metadata={"Date": None, "Creator": None})
    if found is not None:
        words = (one.get_text() for one in drawn.findobj(Text))
        found |= {str.__str__(one): one for one in words if isinstance(one, Said)}
    return text.getvalue(), drawn


@contextmanager
def _style(colours: Palette, fonts: Sequence[str] = (PLAIN,)) -> Iterator[None]:
    import matplotlib as mpl

    ink, muted, line = colours["ink"], colours["muted"], colours["line"]
    # Text stays text, and the same run gives the same file.
    rc = {
        "svg.fonttype": "none",
        "svg.hashsalt": "ewarn",
        "font.family": list(fonts),
        "font.size": 10,
        "axes.labelsize": 9,
    }
    rc |= {"text.color": ink, "axes.labelcolor": ink, "xtick.labelcolor": ink, "ytick.labelcolor": ink}
    rc |= {"axes.edgecolor": muted, "xtick.color": muted, "ytick.color": muted, "grid.color": line, "axes.grid": True}
    rc |= {"axes.facecolor": "none", "axes.spines.top": False, "axes.spines.right": False, "grid.linewidth": 0.6}
    rc |= {"axes.axisbelow": True, "axes.unicode_minus": False, "legend.frameon": False}
    with mpl.rc_context(rc), plain_text():
        yield
