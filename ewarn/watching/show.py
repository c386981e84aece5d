"""The show: what a page needs to draw a drill, as messages of JSON and blocks of bytes. Pure.

A scene comes first, then its users in blocks, then one play or two: their reports, counts and first receipts. It is the
same whether it is told while a drill goes on, or stands in a report of a finished one. How much there is to do is told
besides, of a drill that goes on alone. All times are seconds after the true origin where nothing else is said.
Half a million users and their receipts take 9 MB.
"""

import struct
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ewarn.seismic.geodesy import wrapped
from ewarn.seismic.origin import Quake, Report
from ewarn.seismic.travel_times import TravelTimes
from ewarn.verdict.happened import Happened
from ewarn.verdict.load import machine_said
from ewarn.watching.load import LoadNow
from ewarn.wire.reports import utc
from ewarn.words import plain, spelled

Box = tuple[float, float, float, float]
"""west, south, east, north, degrees; across the date line it goes on beyond 180"""

PROVINCE: Box = (97.3, 26.0, 108.6, 34.4)
"""Sichuan, so that a map shows it whole"""
USERS_BLOCK, RECEIPTS_BLOCK, DUE_BLOCK = 1, 2, 3
HEADER = struct.Struct("<BBHII")
"""kind, play, 0, first, count"""
STEPS = 65_535
"""of a position across the box"""
LEAST_DEG = 2.0
"""width and height of a box at the least"""
NOTHING_DUE = 128
"""added to a user's level"""
MOST_NUMBER = 63
"""of the first report due to a user, as a page takes it; a later one counts as this"""
FRONT_STEP_KM = 4.0


def box_of(
    latitude: NDArray[np.float64], longitude: NDArray[np.float64], epicentre: tuple[float, float] | None = None
) -> Box:
    """Where users live, with the epicentre (latitude, longitude); the whole province where that touches it.

    On the shorter way around the earth, so that users on both sides of the date line stand side by side.
    """
    if epicentre:
        latitude, longitude = np.append(latitude, epicentre[0]), np.append(longitude, epicentre[1])
    if not len(latitude):
        return PROVINCE
    turned = np.where(longitude < 0, longitude + 360, longitude)
    if np.ptp(turned) < np.ptp(longitude):
        longitude = turned
    west, east = _at_least(float(longitude.min()), float(longitude.max()))
    south, north = _at_least(float(latitude.min()), float(latitude.max()))
    if west <= PROVINCE[2] and PROVINCE[0] <= east and south <= PROVINCE[3] and PROVINCE[1] <= north:
        west, south, east, north = (
            pick(own, whole)
            for pick, own, whole in zip((min, min, max, max), (west, south, east, north), PROVINCE, strict=True)
        )
    return west, south, east, north


def _at_least(least: float, most: float) -> tuple[float, float]:
    """Both farther apart where they are less than `LEAST_DEG`."""
    more = max(0.0, LEAST_DEG - (most - least)) / 2
    return least - more, most + more


def users_block(first: int, users: NDArray[Any], due: NDArray[np.bool_], box: Box) -> bytes:
    """Users from number `first` on, rows of dtype `USERS`; `due`: whether any warning is for each of them at all."""
    west, south, east, north = box
    x = (wrapped(users["longitude"], (west + east) / 2) - west) / (east - west) * STEPS
    y = (users["latitude"] - south) / (north - south) * STEPS
    planes = [np.rint(np.clip(plane, 0, STEPS)).astype("<u2").tobytes() for plane in (x, y)]
    level = users["level"] + np.where(due, 0, NOTHING_DUE).astype(np.uint8)
    head, s = HEADER.pack(USERS_BLOCK, 0, 0, first, len(users)), users["s_s"].astype("<f4")
    return b"".join([head, s.tobytes(), *planes, level.astype(np.uint8).tobytes()])


def due_block(play: int, first: int, numbers: NDArray[np.integer[Any]]) -> bytes:
    """Of users from number `first` on, the number of the first warning due to each, shape (users,); 0: none is."""
    body: bytes = np.minimum(numbers, MOST_NUMBER).astype("u1").tobytes()
    return HEADER.pack(DUE_BLOCK, play, 0, first, len(numbers)) + body


def receipts_block(play: int, users: NDArray[np.uint32], t_s: NDArray[np.float32]) -> bytes:
    """First receipts: who, and when each of them read."""
    head = HEADER.pack(RECEIPTS_BLOCK, play, 0, 0, len(users))
    return head + users.astype("<u4").tobytes() + t_s.astype("<f4").tobytes()


def fronts(times: TravelTimes, depth_km: float, farthest_km: float) -> dict[str, list[float]]:
    """When P and S reach each distance."""
    distance_km = np.arange(0.0, farthest_km + FRONT_STEP_KM, FRONT_STEP_KM)
    p_s, s_s = times.first(depth_km, distance_km)
    return {
        "distance_km": distance_km.tolist(),
        "p_s": np.round(p_s, 2).tolist(),
        "s_s": np.round(s_s, 2).tolist(),
    }


def scene_message(
    quake: Quake,
    users: int,
    box: Box,
    waves: dict[str, list[float]],
    stations: list[list[float]],
    **more: Any,
) -> dict[str, Any]:
    """What a new show plays; `stations` are [latitude, longitude, P in s], `more` is told as it is.

    Of it a page shows `notes` by its legend: words as `Said.spelled` has them.
    """
    origin = quake.origin
    return {
        "type": "scene",
        "drill": True,
        "quake": {
            "id": quake.id,
            "name": quake.name,
            "names": quake.called.names,
            "latitude": origin.latitude,
            "longitude": origin.longitude,
            "depth_km": origin.depth_km,
            "magnitude": origin.magnitude,
            "time": utc(origin.time),
        },
        "users": users,
        "box": list(box),
        "fronts": waves,
        "stations": stations,
        **more,
    }


def report_message(
    play: int, report: Report, release_s: float, targets: int, ellipse: dict[str, float] | None, note: str | None = None
) -> dict[str, Any]:
    """A report that is out since `release_s`; `ellipse` as `scenery` has it.

    `play_id` is the play as frames name it, in digits: as a number a page would round it.
    """
    origin = report.origin
    return {
        "type": "report",
        "play": play,
        "play_id": str(report.play),
        "number": report.number,
        "status": report.status,
        "release_s": round(release_s, 3),
        "latitude": origin.latitude,
        "longitude": origin.longitude,
        "depth_km": origin.depth_km,
        "magnitude": origin.magnitude,
        "targets": targets,
        "ellipse": ellipse,
        "note": note,
    }


def say_message(line: str) -> dict[str, Any]:
    """A line of the log; `words` are as `Said.spelled` has them, None where it is English alone."""
    return {"type": "say", "line": plain(line), "words": spelled(line)}


def state_message(state: str, **more: Any) -> dict[str, Any]:
    """How far the whole is; `alerts` are where phones connect, `key` is that by which they check signatures."""
    told = {"doing": "", "done": 0, "total": 0, "line": "", "words": None, "alerts": [], "key": ""}
    return {"type": "state", "state": state, **told, **more}


def happened_message(play: int, one: Happened) -> dict[str, Any]:
    """Something that happened beside the reports; `words` are as `Said.spelled` has them."""
    return {"type": "happened", "play": play, "kind": one.kind, "at_s": one.at_s, "words": one.said.spelled()}


def load_message(play: int, load: LoadNow) -> dict[str, Any]:
    """How much a play has to do, some twice a second; only the newest matters.

    Times are ms, None for not yet; `cores` are of one core. `name`, `machine` and `bottleneck` are words as
    `Said.spelled` has them, `processes` those of gateway and clients that are known here, while the report was read,
    `trace` deliveries by the second since the origin, the last one last.
    """
    usage = load.usage
    return {
        "type": "load",
        "play": play,
        "rate": asdict(load.rate),
        "trace": list(load.trace),
        "report": load.report,
        "times": asdict(load.times),
        "parted": load.parted,
        "parts": [
            {"name": one.name.spelled(), "due": one.due, "rate": asdict(one.rate), "times": asdict(one.times)}
            for one in load.parts
        ],
        "processes": [
            {"name": one.said.spelled(), "phones": one.kind == "phones", "cores": one.cores}
            for one in (usage.processes if usage else ())
        ],
        "machine": load.now and machine_said(load.now).spelled(),
        "memory": asdict(load.memory),
        "host": load.host,
        "bottleneck": load.bottleneck.spelled(),
    }
