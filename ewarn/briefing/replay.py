"""The show of finished runs, as the page's own modules take it: messages, and blocks of bytes as base64."""

from base64 import b64encode
from dataclasses import dataclass
from typing import Any

import numpy as np

from ewarn.briefing.happenings import happened_in
from ewarn.briefing.run import Run
from ewarn.centre.centre import Centre
from ewarn.centre.scenery import Ellipse, scenery, surroundings
from ewarn.config.catalogues import find_quake
from ewarn.config.drill import load_drill
from ewarn.errors import InputError
from ewarn.seismic.origin import Quake
from ewarn.watching.show import (
    box_of,
    due_block,
    fronts,
    happened_message,
    receipts_block,
    report_message,
    scene_message,
    users_block,
)
from ewarn.words import say

FARTHEST_KM = 1_200
MOST_FOR_TWO = 200_000
"""users up to whom a second play goes in: with more, the file would be too large to mail"""


@dataclass(frozen=True)
class Setting:
    """What is known of the quake beside the run's own files."""

    quake: Quake
    stations: list[list[float]]
    ellipses: dict[int, Ellipse]
    missing: tuple[str, ...]
    """what is not shown, and why, in words"""


def setting(run: Run) -> Setting:
    """From the settings of the run, where the files that they name are still there and still say the same."""
    try:
        settings = load_drill(run.folder / "drill.toml")
        quake, centre = run.files.quake or find_quake(settings.quake), Centre(settings)
        stations, ellipses = scenery(quake, centre)
        told = {one.report.number: one.report.origin for one in centre.solutions(quake)}
    except InputError as error:
        if run.files.quake:
            return Setting(run.files.quake, [], {}, (say("report.no-stations", str(error)),))
        return Setting(_from_reports(run), [], {}, (say("report.no-origin", str(error)),))
    same = {
        report.number
        for report in run.reports
        if (now := told.get(report.number))
        and (now.latitude, now.longitude) == (report.origin.latitude, report.origin.longitude)
    }
    if not same:
        return Setting(quake, [], {}, (say("report.no-stations", say("report.other-now")),))
    return Setting(quake, stations, {number: ellipses[number] for number in same & set(ellipses)}, ())


def _from_reports(run: Run) -> Quake:
    last = run.reports[-1]
    return Quake(run.told.quake, run.told.quake, last.origin, last.zone)


def together(runs: list[Run]) -> list[Run]:
    """The runs that one replay can show: the first, and another of the same users if there is room for it."""
    first = runs[0]
    homes = ("latitude", "longitude", "s_s")
    for other in runs[1:]:
        same = len(other.users) == len(first.users) and all(
            (other.users[one] == first.users[one]).all() for one in homes
        )
        if same and len(first.users) <= MOST_FOR_TWO:
            return [first, other]
    return [first]


def show(runs: list[Run], at: Setting) -> list[dict[str, Any] | str]:
    """All that is to be taken, in turn; a string is a block in base64. One or two runs of the same users."""
    return [b64encode(one).decode("ascii") if isinstance(one, bytes) else one for one in messages(runs, at)]


def messages(runs: list[Run], at: Setting) -> list[dict[str, Any] | bytes]:
    """The same with blocks as bytes, as a feed sends them."""
    first = runs[0]
    users = first.users
    box = box_of(users["latitude"], users["longitude"], (at.quake.origin.latitude, at.quake.origin.longitude))
    place = first.told.environment
    notes = [note.spelled() for note in place.clients.notes]
    waves = _waves(first, at)
    around = _around(first, at)
    scene = scene_message(at.quake, len(users), box, waves, at.stations, engine=place.engine, notes=notes, **around)
    due = np.logical_or.reduce([run.fates.due for run in runs])
    told: list[dict[str, Any] | bytes] = [scene, users_block(0, users, due, box)]
    for index, run in enumerate(runs):
        told += _play(index, run, at)
    return told


def end_s(told: list[dict[str, Any] | str], runs: list[Run]) -> float:
    """When there is no more to see: all plays are over, and S has reached all but few."""
    releases = [float(one["release_s"]) for one in told if isinstance(one, dict) and one["type"] == "report"]
    reads = [float(run.first_s[np.isfinite(run.first_s)].max(initial=0)) for run in runs]
    closed = [run.closed_s for run in runs]
    return float(np.ceil(max(*releases, *reads, *closed, float(np.quantile(runs[0].users["s_s"], 0.99)))))


def _waves(run: Run, at: Setting) -> dict[str, list[float]]:
    try:
        return fronts(run.files.earth.times, at.quake.origin.depth_km, FARTHEST_KM)
    except InputError:
        return {"distance_km": [], "p_s": [], "s_s": []}


def _around(run: Run, at: Setting) -> dict[str, Any]:
    try:
        return {**surroundings(at.quake, run.files.earth)}
    except InputError:
        return {}


def _play(index: int, run: Run, at: Setting) -> list[dict[str, Any] | bytes]:
    numbers = np.append([report.number for report in run.reports], 0)[run.first_due]
    play = {"type": "play", "play": index, "order": run.order, "closed_s": run.closed_s}
    told: list[dict[str, Any] | bytes] = [play, due_block(index, 0, numbers)]
    for report, due, delay_s in zip(run.reports, run.due, run.delay_s, strict=True):
        ellipse = at.ellipses.get(report.number)
        told.append(report_message(index, report, report.released, int(due.sum()), ellipse))
        delivered = int(np.isfinite(delay_s).sum())
        told.append({"type": "count", "play": index, "report": report.number, "delivered": delivered})
    readers = np.flatnonzero(np.isfinite(run.first_s))
    told += [happened_message(index, one) for one in happened_in(run)]
    block = receipts_block(index, readers.astype(np.uint32), run.first_s[readers].astype(np.float32))
    return [*told, block]
