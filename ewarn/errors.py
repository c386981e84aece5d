"""What can go wrong, and the exit code each kind ends with.

::

    EwarnError                1
    ├── InputError            2   usage, settings, files: the sentence names the key or the two numbers
    ├── NobodyConnectedError  3   a check failed before there was anything else to check
    ├── GatewayError          4   a gateway that dies or falls silent, so that there is nothing to judge
    │   ├── RefusedError      2   a gateway that does not do what it was asked: the sentence has its reason
    │   └── BusError          4   a line of the bus that is down, or does not answer
    │       └── BusRefusedError  2  one that takes no key or subject of this caller, or that this caller does not trust
    ├── MeasurementError      4   the harness failed, so no verdict can be trusted
    │   └── HostLostError     4   a host of a fleet that does not answer any more
    └── WriteError            4   a file of results could not be written; the sentence names it

A run in which a check failed ends with 3, and nothing else does.
"""

import difflib
from collections.abc import Iterable
from pathlib import Path


class EwarnError(Exception):
    """Base of all errors that end a command with one clear line."""

    exit_code = 1


class InputError(EwarnError):
    """Bad usage, settings or input.

    `problems` keeps every line found, since `ewarn check` shows them all.
    """

    exit_code = 2

    def __init__(self, *problems: str) -> None:
        # A single one stays what it is: a sentence may know how to be said in other languages.
        super().__init__(problems[0] if len(problems) == 1 else "\n".join(problems))
        self.problems = problems


class WrongKeyError(ValueError):
    """What a table of settings raises of one of its keys; who reads the file adds the table's name and its own."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key}: {problem}")
        self.key, self.problem = key, problem


class NobodyConnectedError(EwarnError):
    """Of all users, not one could be connected."""

    exit_code = 3


class GatewayError(EwarnError):
    """A gateway that dies or falls silent."""

    exit_code = 4


class RefusedError(GatewayError):
    """A gateway that does not do what it was asked."""

    exit_code = 2


class BusError(GatewayError):
    """A line of the bus that is down, or does not answer."""


class BusRefusedError(BusError):
    """A line that does not take the key or a subject, or whose certificate is not trusted."""

    exit_code = 2


class MeasurementError(EwarnError):
    """The harness itself failed."""

    exit_code = 4


class HostLostError(MeasurementError):
    """A host of a fleet that does not answer any more."""

    def __init__(self, host: str, why: str) -> None:
        super().__init__(f"{host}: {why}")
        self.host = host


class WriteError(EwarnError):
    """A file of results could not be written."""

    exit_code = 4

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(f"{path}: not written ({error.strerror or error})")
        self.path = path
        self.error = error


def not_one_of(key: str, given: object, allowed: Iterable[str]) -> InputError:
    """A name that is not there: which is meant, perhaps, and which there are."""
    names = list(allowed)
    close = difflib.get_close_matches(str(given), names, 1)
    guess = f"; did you mean {close[0]}?" if close else ""
    return InputError(f"{key}: {quoted(given)} is not one of {', '.join(names)}{guess}")


def quoted(given: object, most: int = 80) -> str:
    """What was given, as Python writes it, cut short where it is long."""
    text = repr(given)
    return text if len(text) <= most else f"{text[: most - 3]}..."
