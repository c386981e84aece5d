"""The attenuation zone of a place, for quakes whose file does not say it.

Rough: the lines are drawn by hand after well-known faults and ranges (from memory, not after the map of GB 18306-2015),
good to some 50 km where the fault is sharp and far less elsewhere. A quake file that says otherwise is right.
"""

from bisect import bisect_right

Line = tuple[tuple[float, float], ...]

_EAST_OF_QINGZANG: Line = (
    (21.0, 101.9),
    (23.0, 103.2),  # Red River
    (25.0, 103.4),  # Xiaojiang fault
    (27.5, 103.0),
    (29.0, 102.9),  # just east of the Anninghe fault
    (30.0, 103.2),  # front of the Longmenshan: Ya'an,
    (31.0, 103.7),  # Dujiangyan,
    (31.8, 104.7),  # Jiangyou,
    (32.4, 105.7),  # Guangyuan
    (33.5, 106.0),
    (35.5, 106.4),  # Liupanshan
    (36.8, 106.2),
    (38.0, 105.0),
)
"""Longitude by latitude, south to north."""

_NORTH_OF_QINGZANG: Line = (
    (74.0, 38.0),
    (77.0, 37.0),  # Kunlun
    (79.0, 36.4),
    (82.0, 36.3),
    (85.0, 37.4),  # Altyn
    (88.0, 38.7),
    (91.0, 39.4),
    (96.0, 40.6),  # north of the Hexi corridor
    (98.0, 40.6),
    (102.0, 39.2),
    (104.0, 38.4),
    (106.0, 37.2),
)
"""Latitude by longitude, west to east."""

_XINJIANG_TO = 96.0
"""degrees east"""

_QINLING_TO_HUAI: Line = ((106.0, 34.2), (112.0, 33.6), (117.0, 32.6), (122.0, 32.0))
"""Latitude by longitude: the strong quakes of North China lie north of it."""

_COAST: Line = ((108.0, 21.7), (113.0, 22.9), (116.5, 24.5), (119.0, 26.5), (122.0, 27.0))
"""Latitude by longitude: the belt of strong quakes along the south-eastern coast, and Taiwan, lie south of it."""


def zone_at(latitude: float, longitude: float) -> str:
    """Attenuation zone of GB 18306-2015 at a place (degrees), roughly; outside China that of the nearest land."""
    north_of_qingzang = latitude > _along(_NORTH_OF_QINGZANG, longitude)
    if not north_of_qingzang and longitude <= _along(_EAST_OF_QINGZANG, latitude):
        return "Qingzang"
    if longitude < _XINJIANG_TO:
        return "Xinjiang"
    if latitude > _along(_QINLING_TO_HUAI, longitude):
        return "East"
    return "East" if longitude >= _COAST[0][0] and latitude < _along(_COAST, longitude) else "Central"


def _along(line: Line, at: float) -> float:
    """Interpolate; beyond either end the line goes on level."""
    index = bisect_right(line, at, key=lambda point: point[0])
    if index in (0, len(line)):
        return line[max(index - 1, 0)][1]
    (start, low), (end, high) = line[index - 1], line[index]
    return low + (high - low) * (at - start) / (end - start)
