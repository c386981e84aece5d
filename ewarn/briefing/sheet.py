"""What the sections of a briefing share: the run, what is known around it, and the charts drawn so far."""

from dataclasses import dataclass, field

import htpy as h
from markupsafe import Markup

from ewarn.briefing.pictures import Draw, inline
from ewarn.briefing.readings import Reading
from ewarn.briefing.replay import Setting
from ewarn.briefing.run import Run
from ewarn.briefing.tables import labelled
from ewarn.system import json_files
from ewarn.words import say


@dataclass
class Sheet:
    """What every section is given: the run, what is known around it, and the charts, which each section adds to."""

    run: Run
    at: Setting
    """stations, error ellipses and the true quake, where they are known"""
    drawn: dict[str, Draw] = field(default_factory=dict)
    """by name: to be written as files too"""

    def chart(self, name: str, draw: Draw, label: str, *more: str, readings: tuple[Reading, ...] = ()) -> h.Element:
        """A figure; its caption, `label` and what follows, says in words what it shows.

        It answers hover and arrow keys by its readings, whose tables are to stand on the page too.
        """
        self.drawn[name] = draw
        picture = inline(name, draw, label)
        svg = Markup(picture.svg)  # noqa: S704  matplotlib escapes what it draws
        told = json_files.encoded([one.placed(picture) for one in readings]) if readings else None
        scroller = h.div(".chart", labelled(say("report.chart")), tabindex="0", role="group")[
            h.div(class_=["plot", {"tall": picture.tall}], data_readings=told)[svg]
        ]
        return h.figure[scroller, h.figcaption[label, *(part for one in more for part in (" ", one))]]

    def read(self, name: str, draw: Draw, label: str, *more: str, reading: Reading) -> h.Fragment:
        """A chart, and the table behind it."""
        return h.fragment[self.chart(name, draw, label, *more, readings=(reading,)), reading.table]


def nothing(words: str) -> h.Element:
    """What stands where a chart would have nothing in it."""
    return h.p(".nothing")[words]
