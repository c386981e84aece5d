"""What the sections of a report share: the run, what is known around it, and the charts drawn so far."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ewarn.report.markup import Html, details, figure, table
from ewarn.report.pictures import Draw, inline
from ewarn.report.replay import Setting
from ewarn.report.run import Run


@dataclass
class Sheet:
    """What every section is given: the run, what is known around it, and the charts, which each section adds to."""

    run: Run
    at: Setting
    """stations, error ellipses and the true quake, where they are known"""
    drawn: dict[str, Draw] = field(default_factory=dict)
    """by name: to be written as files too"""

    def chart(self, name: str, draw: Draw, label: str, *more: Any) -> Html:
        """A figure; its caption, `label` and what follows, says in words what it shows."""
        self.drawn[name] = draw
        return figure(Html(inline(name, draw, label)), label, *more)


def figures(head: Sequence[str], rows: Iterable[Sequence[Any]], caption: str) -> Html:
    """A table of numbers, all but its first column."""
    return table(head, rows, numbers=range(1, len(head)), caption=caption)


def behind(head: Sequence[str], rows: Iterable[Sequence[Any]], caption: str) -> Html:
    """The figures behind a chart, folded."""
    return details("The figures", figures(head, rows, caption))
