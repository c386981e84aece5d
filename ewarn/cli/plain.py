"""Text from outside, printed as it is: the one place where it becomes words on a terminal."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

LETTERS_ALONE = "\u200b\u200c\u200d\u200e\u200f\u061c\xad"
"""marks that say how letters join, or which way single ones run"""


def visible(text: str) -> str:
    """Text in which nothing can steer a terminal: control characters but tabs and line ends become escapes."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() or one in " \n\t" else _shown(one) for one in text)


def _shown(one: str) -> str:
    # Those that turn a whole line around are none of them (Unicode Standard Annex 9, 2.1 to 2.3).
    harmless = one in LETTERS_ALONE or (one.isspace() and ord(one) >= 0xA0 and one not in "\u2028\u2029")
    return one if harmless else repr(one)[1:-1]


def plain_console(*, stderr: bool = False) -> "Console":
    """A console that prints what it is given: no markup, no emoji by name, no colours by content, no control codes.

    What is `Said` it says in the language in force, wherever it stands: a line, a cell, a heading, a title.
    """
    from rich.console import Console
    from rich.segment import Segment
    from rich.text import Text

    from ewarn.cli.language import in_force
    from ewarn.words import into

    language = in_force()

    class Plain(Console):
        def render_str(self, text: str, **given: Any) -> Text:
            """Where rich turns strings into what it prints, cells and titles of tables included."""
            return super().render_str(visible(into(text, language)), **given)

        def render(self, *given: Any, **named: Any) -> Iterable[Segment]:
            """Where what was styled before goes by."""
            for segment in super().render(*given, **named):
                yield segment if segment.control else segment._replace(text=visible(segment.text))

    return Plain(stderr=stderr, markup=False, emoji=False, highlight=False)
