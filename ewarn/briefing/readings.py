"""The figures behind a chart, as a table; by them the chart answers hover and arrow keys: see `reading.js`.

What is read off a chart is the text of the table's cells, so it is the same number, in the same language.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import htpy as h
import numpy as np

from ewarn.briefing.pictures import Inline
from ewarn.briefing.tables import figures
from ewarn.words import say

Along = Literal["x", "y", "cell", "round"]
"""a row lies at an x, or at a y; it has a cell an x; or it is a ring about `centre` whose radius is its place"""
NARROW, LONG = 5, 10
"""columns up to which, and rows from which on, a table stands in two columns on paper"""
DIGITS = 4
"""of a share of a chart: a tenth of a pixel"""


@dataclass(frozen=True)
class Reading:
    """A table, and where its rows lie on a chart."""

    name: str
    """of the table; unique on the page"""
    head: Sequence[str]
    rows: Sequence[Sequence[h.Node]]
    caption: str
    at: Sequence[float | None]
    """of each row, in the data of the axis; None: it is not drawn, as what lies beyond the axis is not either"""
    along: Along = "x"
    across: Sequence[float] = ()
    """of each column of cells, where they have places of their own"""
    centre: tuple[float, float] = (0.0, 0.0)
    axis: int = 0
    folded: bool = True

    @property
    def table(self) -> h.Element:
        """As it stands below the chart."""
        columns = len(self.head) <= NARROW and len(self.rows) >= LONG
        shown = figures(self.head, self.rows, self.caption, name=self.name, columns=columns)
        return h.details[h.summary[say("report.figures")], shown] if self.folded else shown

    def placed(self, picture: Inline) -> dict[str, Any]:
        """What the page needs to find a row by a place; shares of the picture's width and height."""
        box, told = picture.box(self.axis), {"table": self.name, "along": self.along}
        values = np.array([np.nan if one is None else one for one in self.at], np.float64)
        x0, y0 = self.centre
        if self.along == "x":
            at = picture.at(values, np.full(len(values), _inside(picture, self.axis, "y")), self.axis)[:, 0]
            at[(at < box[0]) | (at > box[0] + box[2])] = np.nan
        else:
            at = picture.at(np.full(len(values), x0 or _inside(picture, self.axis, "x")), y0 + values, self.axis)[:, 1]
        more: dict[str, Any] = {}
        if self.along == "round":
            (middle,) = picture.at([x0], [y0], self.axis)
            at, more = middle[1] - at, {"centre": _short(middle)}
        if self.across:
            flat = np.full(len(self.across), _inside(picture, self.axis, "y"))
            more["across"] = _short(picture.at(self.across, flat, self.axis)[:, 0])
        return {**told, "at": _short(at), "box": _short(box), **more}


def _inside(picture: Inline, axis: int, of: Literal["x", "y"]) -> float:
    """A value that a logarithmic axis has a place for, too."""
    drawn = picture.figure.axes[axis]
    return float(max(drawn.get_xlim() if of == "x" else drawn.get_ylim()))


def _short(shares: Any) -> list[float | None]:
    return [None if np.isnan(one) else round(float(one), DIGITS) for one in shares]
