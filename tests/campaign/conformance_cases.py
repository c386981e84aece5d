"""The conformance cases as data: two CSV files, of which a line may stand for many cases. Pure but for reading them.

A column `n` holds what stands for `{n}` in the others, in turn: words, and numbers from `0..125`. Of a header's name
there are also `{n_small}`, `{n_capital}` and `{n_value}`, what a good request has there. `expected` is what the
standard demands, and where it says nothing, what the gateway's own pages say. Where the gateway deviates, `instead` is
how what it does begins, and `reason` says why that stays.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.campaign.conformance_requests import GOOD

FOLDER = Path(__file__).parent
FILES = {"handshake": "conformance_handshakes.csv", "frames": "conformance_frames.csv"}


@dataclass(frozen=True)
class Case:
    """One thing that is sent, and what must come back."""

    kind: str
    """a key of `FILES`"""
    section: str
    """of RFC 6455"""
    name: str
    sent: str
    expected: str
    instead: str
    reason: str

    def __str__(self) -> str:
        return f"{self.section} {self.name}"


def cases() -> list[Case]:
    """All of them, in the order of the files."""
    return [one for kind, name in FILES.items() for one in _of(kind, FOLDER / name)]


def _of(kind: str, path: Path) -> Iterator[Case]:
    with path.open(newline="") as file:
        for line in csv.DictReader(file):
            for word in _words(line.pop("n")):
                values = {"n": word, "n_small": word.lower(), "n_capital": word.upper(), "n_value": GOOD.get(word, "")}
                yield Case(kind, **{key: _filled(text, values) for key, text in line.items()})


def _words(text: str) -> Iterator[str]:
    for word in text.split(" "):
        if ends := re.fullmatch(r"(\d+)\.\.(\d+)", word):
            yield from map(str, range(int(ends[1]), int(ends[2]) + 1))
        else:
            yield word


def _filled(text: str, values: dict[str, str]) -> str:
    for key, value in values.items():
        text = text.replace(f"{{{key}}}", value)
    return text
