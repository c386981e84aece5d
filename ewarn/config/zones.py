"""The attenuation zone of a place, for quakes whose file does not say it.

Rough: the lines are drawn by hand after well-known faults and ranges (from memory, not after the map of GB 18306-2015),
good to some 50 km where the fault is sharp and far less elsewhere. So is China's outline, which takes in the shelf and
Taiwan, as the standard does. A quake file that says otherwise is right.
"""

from bisect import bisect_right

import numpy as np

from ewarn.seismic.intensity import WORLD
from ewarn.seismic.outlines import within

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


_CHINA = np.array([
    (53.3, 120.8), (53.7, 122.5), (53.2, 124.5), (51.6, 126.9), (50.2, 127.7), (48.9, 130.0), (47.8, 131.2),
    (48.5, 134.9), (45.9, 134.0), (45.0, 131.9), (44.8, 131.1), (43.0, 131.3), (42.4, 130.7), (43.0, 129.8),
    (42.0, 128.3), (41.5, 126.9), (40.0, 124.6), (38.6, 124.0), (34.0, 124.0), (29.0, 124.0), (25.4, 122.6),
    (21.5, 121.4), (20.0, 117.0), (17.6, 111.0), (18.0, 108.2), (21.4, 107.9), (22.0, 106.6), (23.3, 105.3),
    (22.5, 104.1), (22.3, 102.6), (21.0, 101.8), (21.5, 100.0), (22.0, 99.2), (23.9, 97.5), (25.2, 98.0),
    (26.5, 98.5), (28.0, 97.2), (27.2, 94.0), (26.9, 92.1), (28.0, 91.5), (28.1, 89.4), (27.2, 88.9),
    (27.9, 88.0), (27.8, 86.5), (28.3, 85.0), (29.2, 83.5), (30.2, 81.0), (31.0, 79.2), (32.6, 78.6),
    (35.4, 77.4), (36.9, 74.8), (38.6, 73.6), (39.5, 73.5), (40.4, 75.3), (41.1, 78.0), (42.1, 80.0),
    (44.2, 80.3), (45.2, 82.0), (47.1, 82.9), (47.1, 85.4), (49.2, 87.0), (48.0, 90.0), (45.1, 91.2),
    (44.3, 95.4), (42.8, 96.5), (42.6, 100.0), (41.7, 105.0), (42.5, 109.5), (43.8, 112.0), (45.0, 111.9),
    (45.4, 114.5), (46.8, 119.8), (47.9, 117.8), (47.9, 115.6), (49.8, 116.4), (50.2, 119.2), (52.3, 120.6),
])  # fmt: skip
"""Shape (corners, 2): latitude and longitude, once round: the outline of China, generous at the borders."""


def in_china(latitude: float, longitude: float) -> bool:
    """Whether a place (degrees) lies where GB 18306-2015 has a zone, roughly."""
    return bool(within(_CHINA, latitude, longitude))


def zone_at(latitude: float, longitude: float) -> str:
    """Attenuation zone of GB 18306-2015 at a place (degrees), roughly; outside China `WORLD`."""
    if not in_china(latitude, longitude):
        return WORLD
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
