"""The language in which a command speaks to whoever typed it: `--lang`, else EWARN_LANG, else the locale, else English.

It is for people alone. Files, JSON, keys, logs, exit codes, help and whatever names a key of a file stay as they are.
"""

import os
from collections.abc import Mapping, Sequence

import click

from ewarn.errors import not_one_of

ENGLISH = "en"
LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")
"""the first of them that is set says the locale of messages (POSIX, Base Definitions, 8.2)"""


def wanted(option: str | None, environment: Mapping[str, str], known: Sequence[str]) -> str:
    """The code of a language that is `known`. Raises InputError for another that was asked for.

    A locale of a language that there is not is no mistake: it gets English.
    """
    for name, given in (("--lang", option), ("EWARN_LANG", environment.get("EWARN_LANG"))):
        if given:
            if (code := _code(given)) in known:
                return code
            raise not_one_of(name, given, known)
    locale = next((environment[name] for name in LOCALE if environment.get(name)), "")
    return code if (code := _code(locale)) in known else ENGLISH


def _code(tag: str) -> str:
    """The language of `zh`, `zh-CN` or `zh_CN.UTF-8`."""
    return tag.replace("-", "_").partition("_")[0].partition(".")[0].lower()


def in_force() -> str:
    """The language of the command that runs; English outside of one."""
    from ewarn.words import languages

    context = click.get_current_context(silent=True)
    option = context.find_root().params.get("lang") if context else None
    return wanted(option, os.environ if context else {}, list(languages()))


def echo(text: str, *, err: bool = False) -> None:
    """Print a line, in the language in force where it is `Said`."""
    from ewarn.words import into

    click.echo(into(text, in_force()), err=err)
