"""What verbs are made of: help that ends with an example, kinds of options, a folder for results."""

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ewarn.errors import InputError, quoted

HELP = {"help_option_names": ["-h", "--help"]}
"""settings of every command"""
MOST_DIGITS = 12
"""of a count"""


def verb(example: str) -> Callable[[Callable[..., Any]], click.Command]:
    """A command whose help ends with an example."""
    return click.command(epilog="\b\nExample:\n  " + example, context_settings=HELP)


def make_folder(path: Path) -> None:
    """Find out that results cannot be kept before there are any."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"--out: cannot write to {path} ({error.strerror})") from None
    if not os.access(path, os.W_OK):
        raise InputError(f"--out: cannot write to {path} (Permission denied)")


class Number(click.FloatRange):
    """A range of numbers; comparisons with nan are all false, so that click's own lets it through."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Also refuse nan."""
        number = float(super().convert(value, param, ctx))
        if math.isnan(number):
            self.fail("nan is not a number", param, ctx)
        return number


def amount(*names: str, most: float, **given: Any) -> Callable[[Any], Any]:
    """An option for a number above zero."""
    return click.option(*names, type=Number(0, most, min_open=True), show_default=True, **given)


def names(_context: click.Context, parameter: click.Parameter, value: str) -> list[str]:
    """Callback of an option that takes names, with commas between them."""
    found = [name.strip() for name in value.split(",") if name.strip()]
    if not found:
        raise InputError(f"--{parameter.name}: expected names, got {quoted(value)}")
    return found


def counts(_context: click.Context, parameter: click.Parameter, value: str) -> list[int]:
    """Callback of an option that takes whole numbers above zero, with commas between them."""
    words = [word.strip().replace("_", "") for word in value.split(",")]
    if not all(word.isdecimal() and len(word) < MOST_DIGITS and int(word) > 0 for word in words):
        raise InputError(f"--{parameter.name}: expected numbers such as 20000,96000, got {quoted(value)}")
    return [int(word) for word in words]
