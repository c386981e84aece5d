"""Figures as pictures: inline SVG for the page, which follows its theme; SVG and PNG files for slides."""

import importlib.util
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape, unescape
from io import StringIO
from pathlib import Path
from typing import Any

from ewarn.briefing.palette import Palette, as_variables, light, markers
from ewarn.errors import InputError, how_to_add
from ewarn.runs.drawing import plain_text
from ewarn.system import files
from ewarn.words import Said

Draw = Callable[[Palette], Any]
"""draws a figure of matplotlib in these colours"""
SLIDE_DPI = 200
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
            raise InputError(f"ewarn report needs {library}; {how_to_add('report')}")


def inline(name: str, draw: Draw, label: str) -> str:
    """An SVG element as the page holds it; `name` keeps its ids apart from others', `label` says what it shows."""
    found: dict[str, Said] = {}
    svg = as_variables(_svg(draw, markers(), found=found))
    svg = _STYLE.sub("", _METADATA.sub("", _HEAD.sub("", svg)))
    for _ in range(2):
        svg = _SIZE.sub(lambda found: found.group(1) or found.group(2), svg)
    svg = _NAMED.sub(rf"\1{name}-", svg)
    svg = _FONT.sub(lambda found: f"font: {found.group(1) or 400} {found.group(2)}px var(--sans)", svg)
    svg = _TEXT.sub(lambda text: _named(text, found), svg)
    spelled = f' data-t-label="{escape(label.spelled())}"' if isinstance(label, Said) else ""
    return svg.replace("<svg ", f'<svg role="img" aria-label="{escape(str.__str__(label))}"{spelled} ', 1)


def _named(text: re.Match[str], found: dict[str, Said]) -> str:
    """A text of a picture, with the key of its words where it has them."""
    words = found.get(unescape(text[2]))
    return text[0] if words is None else f'{text[1]} data-t="{escape(words.spelled())}">{text[2]}</text>'


def write(name: str, draw: Draw, mark: str, folder: Path) -> None:
    """`NAME.svg` and `NAME.png`, on white; a slide stands alone, so `mark` over it says of what it is.

    Raises WriteError.
    """
    colours = light()

    def marked(colours: Palette) -> Any:
        drawn = draw(colours)
        drawn.suptitle(mark, x=0.01, ha="left", fontsize=10, weight="bold", color=colours["drill"])
        return drawn

    files.write_text(folder / f"{name}.svg", _svg(marked, colours, facecolor="white"))
    with _style(colours):
        drawn, how = marked(colours), {"dpi": SLIDE_DPI, "facecolor": "white", "metadata": {"Software": None}}
        files.write(folder / f"{name}.png", lambda file: drawn.savefig(file, format="png", **how))


def _svg(draw: Draw, colours: Palette, facecolor: str = "none", found: dict[str, Said] | None = None) -> str:
    """`found` is given the words that the page can say in other languages, by what they are in English."""
    from matplotlib.text import Text

    text = StringIO()
    with _style(colours):
        drawn = draw(colours)
        drawn.savefig(text, format="svg", facecolor=facecolor, metadata={"Date": None, "Creator": None})
    if found is not None:
        words = (one.get_text() for one in drawn.findobj(Text))
        found |= {str.__str__(one): one for one in words if isinstance(one, Said)}
    return text.getvalue()


@contextmanager
def _style(colours: Palette) -> Iterator[None]:
    import matplotlib as mpl

    ink, muted, line = colours["ink"], colours["muted"], colours["line"]
    # Text stays text, and the same run gives the same file.
    rc = {"svg.fonttype": "none", "svg.hashsalt": "ewarn", "font.family": "DejaVu Sans", "font.size": 10}
    rc |= {"text.color": ink, "axes.labelcolor": ink, "xtick.labelcolor": ink, "ytick.labelcolor": ink}
    rc |= {"axes.edgecolor": muted, "xtick.color": muted, "ytick.color": muted, "grid.color": line, "axes.grid": True}
    rc |= {"axes.facecolor": "none", "axes.spines.top": False, "axes.spines.right": False, "grid.linewidth": 0.6}
    rc |= {"axes.axisbelow": True, "axes.unicode_minus": False, "legend.frameon": False}
    with mpl.rc_context(rc), plain_text():
        yield
