"""The words that people read, one file a language: `en.toml` and its like beside this module.

Python and the page read the same files. A word's key is its section and its name there, such as `fate.in_time`.
Python speaks English; a page that is given `Said` says it in its reader's language.
"""

import json
import tomllib
from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Self

from ewarn.errors import InputError, quoted

HERE = Path(__file__).parent
ENGLISH = "en"


@cache
def languages() -> dict[str, dict[str, str]]:
    """By the code of a language, its words by their key; English first.

    Raises InputError naming a file that is not there, or holds no words.
    """
    others = [path for path in sorted(HERE.glob("*.toml")) if path.stem != ENGLISH]
    return {ENGLISH: english(), **{path.stem: _flat(path) for path in others}}


def english() -> dict[str, str]:
    """What Python says; the other languages are read where they are asked for. Raises InputError as above."""
    return _flat(HERE / f"{ENGLISH}.toml")


def has(key: str) -> bool:
    """Whether there are words for a key, as there are not for what a file of another version says."""
    return key in english()


def module() -> str:
    """All languages as the JavaScript module `languages.js`."""
    return f"export const LANGUAGES = {json.dumps(languages(), ensure_ascii=False, indent=0)};\n"


class Said(str):
    """A sentence in English that knows its key and what fills it in, which may be `Said` again.

    It is a string for whoever wants one. In HTML it is an element that the page fills in its reader's language.
    """

    key: str
    given: tuple[str, ...]

    def __new__(cls, key: str, *given: str) -> Self:
        """Raises KeyError for a key that English has no words for."""
        said = super().__new__(cls, english()[key].format(*given))
        said.key, said.given = key, given
        return said

    def __getnewargs__(self) -> tuple[str, ...]:  # type: ignore[override]  # a str is made of its text alone
        """What makes a copy of it."""
        return self.key, *self.given

    def __str__(self) -> Self:
        """Itself, so that it stays what it is where others keep strings."""
        return self

    def __html__(self) -> str:
        """As markup."""
        return f'<span data-t="{escape(self.spelled())}">{escape(self)}</span>'

    def spelled(self) -> str:
        """What `fill` of the page's `words.js` reads: the key, or a JSON array of it and what fills it in."""
        return json.dumps(self._parts(), ensure_ascii=False, separators=(",", ":")) if self.given else self.key

    def _parts(self) -> list[Any]:
        return [self.key, *(one._parts() if isinstance(one, Said) else one for one in self.given)]


def say(key: str, *given: str) -> Said:
    """The words of a key, `{0}` and its like filled in. Raises KeyError for a key without words."""
    return Said(key, *given)


def called(section: str, name: str) -> str:
    """The words of a name of a section; one of another version, without words, is itself."""
    return say(f"{section}.{name}") if has(f"{section}.{name}") else name


def listed(parts: Sequence[str], last: str = "figure.pair") -> str:
    """Parts as a list in words; `last` is the key of what stands before the last of them."""
    if not parts:
        return ""
    *before, end = parts
    return Said(last, listed(before), end) if before else end


@cache
def _flat(path: Path) -> dict[str, str]:
    try:
        sections = tomllib.loads(path.read_text(encoding="utf-8"))
        words = {f"{section}.{name}": text for section, names in sections.items() for name, text in names.items()}
    except FileNotFoundError:
        raise InputError(f"{path}: not there; the program says nothing without it") from None
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    except ValueError as error:  # of the syntax, or of the encoding
        raise InputError(f"{path}: not TOML: {error}") from None
    except AttributeError:
        raise InputError(f"{path}: expected tables of words alone") from None
    for key, text in words.items():
        if not isinstance(text, str):
            raise InputError(f"{path}: {key}: expected words, got {quoted(text)}")
    return words
