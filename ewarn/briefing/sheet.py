"""What the sections of a briefing share: the run, what is known around it, and the charts drawn so far."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import htpy as h
from markupsafe import Markup

from ewarn.briefing.pictures import Draw, inline
from ewarn.briefing.replay import Setting
from ewarn.briefing.run import Run
from ewarn.words import Said, say


@dataclass
class Sheet:
    """What every section is given: the run, what is known around it, and the charts, which each section adds to."""

    run: Run
    at: Setting
    """stations, error ellipses and the true quake, where they are known"""
    drawn: dict[str, Draw] = field(default_factory=dict)
    """by name: to be written as files too"""

    def chart(self, name: str, draw: Draw, label: str, *more: str) -> h.Element:
        """A figure; its caption, `label` and what follows, says in words what it shows."""
        self.drawn[name] = draw
        picture = Markup(inline(name, draw, label))  # noqa: S704  matplotlib escapes what it draws
        scroller = h.div(".chart", labelled(say("report.chart")), tabindex="0", role="group")[picture]
        return h.figure[scroller, h.figcaption[label, *(part for one in more for part in (" ", one))]]


def labelled(words: str) -> dict[str, str]:
    """Attributes that say of an element what it is, to whoever cannot see it."""
    return {"aria-label": str.__str__(words), **({"data-t-label": words.spelled()} if isinstance(words, Said) else {})}


def table(
    head: Sequence[str], rows: Iterable[Sequence[h.Node]], *, numbers: Iterable[int] = (), caption: str
) -> h.Element:
    """The first cell of a row heads it; columns in `numbers` stand to the right. It scrolls by itself where narrow."""
    looks = ["number" if index in set(numbers) else None for index in range(len(head))]

    def row(first: h.Node, *others: h.Node) -> h.Element:
        cells = [h.td(class_=look)[one] for look, one in zip(looks[1:], others, strict=True)]
        return h.tr[h.th(class_=looks[0], scope="row")[first], cells]

    return h.div(".wide", labelled(caption), tabindex="0", role="group")[
        h.table[
            h.caption[caption],
            h.thead[h.tr[(h.th(class_=look, scope="col")[one] for look, one in zip(looks, head, strict=True))]],
            h.tbody[(row(*cells) for cells in rows)],
        ]
    ]


def figures(head: Sequence[str], rows: Iterable[Sequence[h.Node]], caption: str) -> h.Element:
    """A table of numbers, all but its first column."""
    return table(head, rows, numbers=range(1, len(head)), caption=caption)


def behind(head: Sequence[str], rows: Iterable[Sequence[h.Node]], caption: str) -> h.Element:
    """The figures behind a chart, folded."""
    return h.details[h.summary[say("report.figures")], figures(head, rows, caption)]
