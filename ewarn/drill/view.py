"""Whoever watches a drill."""

from typing import Protocol


class View(Protocol):
    """What a drill tells while it runs."""

    def say(self, line: str) -> None:
        """Something that happened."""

    def progress(self, doing: str, done: int, total: int) -> None:
        """How far a long phase is; a phase ends when another begins or `done` reaches `total`."""
