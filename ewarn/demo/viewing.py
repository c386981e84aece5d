"""A finished run as the page is told of it: the same messages as of a drill that goes on, and the verdict."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import to_builtins

from ewarn.briefing import replay
from ewarn.briefing.happenings import happened_in
from ewarn.briefing.run import Run, load
from ewarn.errors import InputError
from ewarn.runs import alike
from ewarn.system.json_files import encoded
from ewarn.verdict.headline import headline
from ewarn.watching.show import say_message, state_message
from ewarn.words import say

Message = dict[str, Any] | bytes
Told = str | bytes
"""a message as it is sent"""


def hello(name: str, names: Sequence[str]) -> str:
    """What a viewer is told first: which run it is, and which others there are. Nothing can be asked for."""
    return encoded({"type": "hello", "drill": True, "viewing": {"name": name, "runs": list(names)}})


def missing(why: str) -> str:
    """What is said instead of a show that cannot be read."""
    return encoded(state_message("failed", line=why))


def show(folders: Sequence[Path]) -> list[Message]:
    """All that is told of one play, or of two side by side.

    Raises InputError where a file is missing or damaged, of a newer format, or where the two are not alike.
    """
    runs = [load(folder) for folder in folders]
    _refuse_unlike(runs)
    at = replay.setting(runs[0])
    told = replay.messages(runs, at)
    if isinstance(told[0], dict):
        told[0]["rate_per_s"] = runs[0].told.environment.rate_per_s
    for play, run in enumerate(runs):
        said = headline(run.told).spelled()
        told.append({"type": "verdict", "play": play, "verdict": to_builtins(run.told), "headline": said})
    lines = [one.line for run in runs for one in happened_in(run)]
    lines += [say("report.not-shown", why) for why in at.missing]
    return [*told, *map(say_message, lines), state_message("done")]


def encoded_show(messages: Sequence[Message]) -> list[Told]:
    """Messages as they are sent."""
    return [one if isinstance(one, bytes) else encoded(one) for one in messages]


def _refuse_unlike(runs: Sequence[Run]) -> None:
    for other in runs[1:]:
        if found := alike.differences(runs[0].files, other.files):
            raise InputError(f"{alike.said(found, runs[0].files, other.files)}; view each by itself")
