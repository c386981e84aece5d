"""The words that people read, one file a language: `en.toml` and its like beside this module.

Python and the page read the same files. A word's key is its section and its name there, such as `fate.in_time`.
Python thinks in English, and so do all files. What is `Said` knows its key, so that whoever shows it says it in the
reader's language: a page by what is `spelled`, a terminal by `into`.
"""

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, reduce
from html import escape
from pathlib import Path
from typing import Any, Self

from ewarn.errors import InputError, quoted
from ewarn.words.spelling import Spelling

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

    @property
    def spelling(self) -> Spelling:
        """What it is made of, for files."""
        return Spelling(self.key, tuple(one.spelling if isinstance(one, Said) else plain(one) for one in self.given))

    def into(self, language: str) -> str:
        """The sentence in another language, English where that has no words for it."""
        words = languages().get(language, english())
        return words.get(self.key, english()[self.key]).format(*(into(one, language) for one in self.given))

    def _parts(self) -> list[Any]:
        return [self.key, *(_part(one) for one in self.given)]


class Named(str):
    """A name that has others in other languages, which no file of words can know: a quake's."""

    others: Mapping[str, str]

    def __new__(cls, name: str, others: Mapping[str, str]) -> Self:
        """`others` are by the code of their language; the name itself is for all other languages."""
        named = super().__new__(cls, name)
        named.others = others
        return named

    def __getnewargs__(self) -> tuple[str, Mapping[str, str]]:  # type: ignore[override]  # as of `Said`
        """What makes a copy of it."""
        return plain(self), self.others

    def __str__(self) -> Self:
        """Itself, as `Said` stays what it is."""
        return self

    def __html__(self) -> str:
        """As markup; a name that is the same in all languages is text."""
        text = escape(plain(self))
        return f'<span data-t="{escape(self.spelled())}">{text}</span>' if self.others else text

    def spelled(self) -> str:
        """A JSON object of the names by language, for the page's `words.js`."""
        return json.dumps(self.names, ensure_ascii=False, separators=(",", ":"))

    @property
    def names(self) -> dict[str, str]:
        """By the code of a language, the name there; what is in no other language stands as English."""
        return {ENGLISH: plain(self), **self.others}

    def into(self, language: str) -> str:
        """The name in a language."""
        return self.others.get(language, plain(self))


def into(text: str, language: str) -> str:
    """What is said or named in a language; text of another kind is itself."""
    return text.into(language) if isinstance(text, Said | Named) else text


def spelled(text: str) -> str | None:
    """As `Said.spelled`; None for text that is English alone."""
    return text.spelled() if isinstance(text, Said | Named) else None


def plain(text: str) -> str:
    """The same text as a string of Python's own kind, for whoever takes no other."""
    return str.__str__(text)


def spellings(sentences: Iterable[str | None]) -> dict[str, Spelling]:
    """By sentence, and by each that stands in one, what it is made of; nothing of what is English alone."""
    return {plain(one): one.spelling for sentence in sentences for one in _said_in(sentence)}


def _said_in(text: str | None) -> Iterator[Said]:
    if isinstance(text, Said):
        for part in text.given:
            yield from _said_in(part)
        yield text


def told(sentence: str, known: Mapping[str, Spelling]) -> str:
    """A sentence of a file with its words, where they are `known` and of this version; else the sentence itself."""
    if (spelling := known.get(sentence)) is None:
        return sentence
    try:
        again = _read(spelling)
    except (KeyError, IndexError, RecursionError):  # of another version
        return sentence
    return again if again == sentence else sentence


def _read(spelling: Spelling) -> Said:
    return Said(spelling.key, *(one if isinstance(one, str) else _read(one) for one in spelling.given))


def _part(one: str) -> Any:
    if isinstance(one, Said):
        return one._parts()
    return one.names if isinstance(one, Named) else plain(one)


def say(key: str, *given: str) -> Said:
    """The words of a key, `{0}` and its like filled in. Raises KeyError for a key without words."""
    return Said(key, *given)


def counted(name: str, count: int) -> Said:
    """So many of it, a name of the section `counted`."""
    return say(f"counted.{name}-one" if count == 1 else f"counted.{name}", f"{count:,}")


def called(section: str, name: str) -> str:
    """The words of a name of a section; one of another version, without words, is itself."""
    return say(f"{section}.{name}") if has(f"{section}.{name}") else name


def listed(parts: Sequence[str], last: str = "figure.pair") -> str:
    """Parts as a list in words; `last` is the key of what stands before the last of them."""
    if not parts:
        return ""
    *before, end = parts
    return Said(last, listed(before), end) if before else end


def joined(*parts: str | None) -> str | None:
    """Sentences in one, those that there are; None where there is none."""
    there = [part for part in parts if part]
    return chained(there, "figure.also") if there else None


def chained(parts: Sequence[str], between: str) -> str:
    """Parts, one at least, with the words of the key `between` each of them and the next."""
    return reduce(lambda before, part: Said(between, before, part), parts)


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
