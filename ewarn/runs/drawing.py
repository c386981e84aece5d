"""Charts of what files say: names in them stay text."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def plain_text() -> Iterator[None]:
    """Have what is drawn within show names as files give them: a dollar in one is no formula.

    Nor is a letter that the font lacks a reason to complain.
    """
    import matplotlib as mpl

    with mpl.rc_context({"text.parse_math": False}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        yield
