"""The lines of a diary: a report that was taken, as it came. Pure."""

from dataclasses import dataclass

from msgspec import MsgspecError, Struct, json

from ewarn.errors import InputError
from ewarn.seismic.course import Course
from ewarn.seismic.origin import Report
from ewarn.wire.reports import decode, encode


class Line(Struct, frozen=True, forbid_unknown_fields=True):
    """A report that was taken."""

    at: float
    """when, seconds since 1970"""
    began_with: int
    """number of the first report of its play"""
    report: str
    """as it came on the control address"""


_LINE = json.Decoder(Line)


@dataclass(frozen=True)
class Taken:
    """A report of the diary, and how far its quake had come with it."""

    report: Report
    course: Course
    at: float
    """when it was taken, seconds since 1970"""


def written(taken: Taken) -> bytes:
    """The line of a report."""
    return json.encode(Line(taken.at, taken.course.began_with, encode(taken.report))) + b"\n"


def read(content: bytes) -> tuple[list[Taken], tuple[int, str] | None]:
    """What was taken, in that order; and of lines that cannot be read how many, and why not the first.

    A last line that was cut off is none of them: it is what a crash leaves.
    """
    found: list[Taken] = []
    unread, why = 0, ""
    *lines, last = content.split(b"\n")
    for text in filter(None, (*lines, last)):
        try:
            line = _LINE.decode(text)
            report = decode(line.report)
        except (MsgspecError, InputError, UnicodeDecodeError) as error:
            if text is not last:
                unread, why = unread + 1, why or str(error)
            continue
        found.append(Taken(report, Course.at(report, line.began_with), line.at))
    return found, (unread, why) if unread else None
