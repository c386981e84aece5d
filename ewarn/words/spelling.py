"""What a sentence is made of, as files and messages carry it beside the sentence in English."""

from msgspec import Struct


class Spelling(Struct, frozen=True):
    """A key of the words, and what fills in their holes: text as it is, or a sentence again."""

    key: str
    """section and name, such as `verdict.within`"""
    given: "tuple[str | Spelling, ...]" = ()
    """by number of the hole"""
