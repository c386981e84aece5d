"""HTML as values: what is not `Html` is text, and is escaped. Pure."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any


class Html(str):
    """Markup that is what it says; everything else that comes into a page is escaped."""

    __slots__ = ()


def text(*parts: Any) -> Html:
    """Parts one after another; None says nothing."""
    return Html("".join(part if isinstance(part, Html) else escape(str(part)) for part in parts if part is not None))


def tag(name: str, /, *content: Any, **attributes: str | None) -> Html:
    """An element; `class_` and the like lose their underscore, others stand for hyphens. None leaves one out."""
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Html(f"<{name}{said}>{text(*content)}</{name}>")


def heading(level: int, english: str, chinese: str | None = None) -> Html:
    """In English, and small beside it in Chinese."""
    return tag(f"h{level}", english, *([" ", tag("span", chinese, lang="zh-Hans")] if chinese else []))


def table(head: Sequence[Any], rows: Iterable[Sequence[Any]], *, numbers: Iterable[int] = (), caption: str) -> Html:
    """The first cell of a row heads it; columns in `numbers` stand to the right. It scrolls by itself where narrow."""
    right = set(numbers)

    def cell(kind: str, index: int, content: Any, **more: str) -> Html:
        return tag(kind, content, class_="number" if index in right else None, **more)

    top = tag("tr", *(cell("th", index, one, scope="col") for index, one in enumerate(head)))
    body = [
        tag(
            "tr",
            *(cell("td", index, one) if index else cell("th", 0, one, scope="row") for index, one in enumerate(row)),
        )
        for row in rows
    ]
    inner = tag("table", tag("caption", caption), tag("thead", top), tag("tbody", *body))
    return tag("div", inner, class_="wide", tabindex="0", role="group", aria_label=caption)


def details(summary: str, *content: Any) -> Html:
    """Folded; unfolded in print."""
    return tag("details", tag("summary", summary), *content)


def figure(picture: Html, *caption: Any) -> Html:
    """A chart and what it shows in words."""
    scroller = tag("div", picture, class_="chart", tabindex="0", role="group", aria_label="Chart")
    return tag("figure", scroller, tag("figcaption", *caption))


def paragraph(*content: Any, class_: str | None = None) -> Html:
    """Text of its own."""
    return tag("p", *content, class_=class_)


def points(items: Iterable[Any]) -> Html:
    """A list."""
    return tag("ul", *(tag("li", one) for one in items))
