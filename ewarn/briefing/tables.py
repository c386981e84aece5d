"""Tables of a briefing."""

from collections.abc import Iterable, Sequence

import htpy as h

from ewarn.words import Said, say


def labelled(words: str) -> dict[str, str]:
    """Attributes that say of an element what it is, to whoever cannot see it."""
    return {"aria-label": str.__str__(words), **({"data-t-label": words.spelled()} if isinstance(words, Said) else {})}


def heads(*names: str) -> list[str]:
    """Heads of a table, by the names of their words."""
    return [say(f"report.{name}") for name in names]


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[h.Node]],
    *,
    numbers: Iterable[int] = (),
    caption: str,
    name: str | None = None,
    columns: bool = False,
) -> h.Element:
    """The first cell of a row heads it; columns in `numbers` stand to the right. It scrolls by itself where narrow.

    `name` is its id, where something on the page reads it. With `columns` it stands in two columns on paper.
    """
    looks = ["number" if index in set(numbers) else None for index in range(len(head))]

    def row(first: h.Node, *others: h.Node) -> h.Element:
        cells = [h.td(class_=look)[one] for look, one in zip(looks[1:], others, strict=True)]
        return h.tr[h.th(class_=looks[0], scope="row")[first], cells]

    return h.div(labelled(caption), class_=["wide", {"columns": columns}], tabindex="0", role="group")[
        h.table(id=name)[
            h.caption[caption],
            h.thead[h.tr[(h.th(class_=look, scope="col")[one] for look, one in zip(looks, head, strict=True))]],
            h.tbody[(row(*cells) for cells in rows)],
        ]
    ]


def figures(
    head: Sequence[str],
    rows: Iterable[Sequence[h.Node]],
    caption: str,
    *,
    name: str | None = None,
    columns: bool = False,
) -> h.Element:
    """A table of numbers, all but its first column."""
    return table(head, rows, numbers=range(1, len(head)), caption=caption, name=name, columns=columns)
