"""Of a briefing, deliveries over time: since each release as a map of heat, and since origin with what happened."""

from functools import partial

import htpy as h
import numpy as np

from ewarn.briefing import time_charts, times
from ewarn.briefing.happenings import Happening, happenings
from ewarn.briefing.readings import Reading
from ewarn.briefing.sheet import Sheet
from ewarn.briefing.tables import heads
from ewarn.briefing.words import seconds
from ewarn.verdict.figures import instant
from ewarn.words import listed, say


def over_time(sheet: Sheet) -> h.Fragment:
    """Both charts, and what happened as a list; nothing but the list where nobody read a report."""
    marks = happenings(sheet.run)
    return h.fragment[_heat(sheet), _course(sheet, marks), h.h3[say("report.happened")], _list(marks)]


def _list(marks: list[Happening]) -> h.Node:
    if not marks:
        return h.p[say("report.nothing-else")]
    return h.ul[(h.li[say("report.happening", one.mark, instant(one.at_s), one.words)] for one in marks)]


def _heat(sheet: Sheet) -> h.Node:
    found = times.heat(sheet.run)
    if found is None:
        return None
    names = [say("chart.report", str(sheet.run.reports[row].number)) for row in found.rows]
    some_never = bool(found.never.any())
    counts = np.column_stack([found.counts, found.never]) if some_never else found.counts
    ends = [say("report.up-to-time", seconds(end)) for end in found.ends_s]
    reading = Reading(
        "heat-figures",
        [say("report.report"), *ends, *([say("report.never-read")] if some_never else [])],
        [(name, *(f"{one:,}" for one in row)) for name, row in zip(names, counts, strict=True)],
        say("report.heat-table"),
        list(range(len(names)))[::-1],
        along="cell",
        across=[column + 0.5 for column in range(counts.shape[1])],
    )
    draw = partial(time_charts.heat, found=found, names=names)
    return [h.h3[say("report.heat")], sheet.read("heat", draw, say("report.heat-label"), reading=reading)]


def _course(sheet: Sheet, marks: list[Happening]) -> h.Node:
    run = sheet.run
    found = times.course(run)
    if found is None:
        return None
    rows = [
        (say("figure.seconds", f"{end:.2f}"), f"{read:,}", f"{warned:,}")
        for end, read, warned in zip(found.ends_s, found.deliveries, found.warned, strict=True)
    ]
    width = float(found.ends_s[1] - found.ends_s[0])
    at = (found.ends_s - width / 2).tolist()
    head = heads("course-time", "readings", "warned-so-far")
    reading = Reading("course-figures", head, rows, say("report.course-table"), at)
    releases = [(str(report.number), report.released) for report in run.reports]
    told = [say("report.happening", one.mark, instant(one.at_s), one.words) for one in marks]
    named = [say("report.course-marks", listed(told, "figure.also"))] if told else []
    draw = partial(time_charts.course, found=found, releases=releases, marks=marks)
    return [
        h.h3[say("report.course")],
        sheet.read("course", draw, say("report.course-label"), *named, reading=reading),
    ]
