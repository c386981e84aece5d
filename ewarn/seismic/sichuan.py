"""The outline of Sichuan, and which points lie in it."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ewarn.seismic.geodesy import EARTH_RADIUS_KM
from ewarn.seismic.outlines import Outline, within

MIDDLE_LONGITUDE = 103.0
"""Of the projection, degrees: where north is up."""

OUTLINE = np.array(
    [
        # North-west: Shiqu, from the Tongtian river up to the headwaters of the Yellow River
        *((32.95, 97.38), (33.20, 97.55), (33.70, 97.42), (33.92, 97.48), (33.95, 97.70), (34.18, 97.75)),
        *((34.20, 98.10), (34.10, 98.45), (33.85, 98.50), (33.78, 98.75), (33.55, 98.78)),
        # North: Seda, Rangtang and Aba, around Qinghai's Banma and Jiuzhi
        *((33.10, 99.35), (32.95, 99.75), (32.70, 100.10), (32.65, 100.95), (32.75, 101.15), (33.05, 101.20)),
        *((33.22, 101.40), (33.33, 101.65), (33.52, 101.60), (33.58, 101.85)),
        # Ruoergai, in the bend of the Yellow River, to Langmusi
        *((33.45, 102.20), (33.75, 102.25), (33.98, 102.40), (34.28, 102.85), (34.20, 103.15), (33.90, 103.15)),
        *((33.55, 104.10), (33.38, 104.40)),
        # North-east, along Gansu and Shaanxi: Pingwu, Qingchuan, the Micang and Daba mountains
        *((32.90, 104.35), (32.68, 104.60), (32.62, 104.95), (32.82, 105.60), (32.88, 105.95), (32.70, 106.15)),
        *((32.65, 106.45), (32.70, 107.05), (32.45, 107.20), (32.38, 107.50), (32.22, 107.85), (32.18, 108.45)),
        # East, along Chongqing: Wanyuan, Xuanhan, Kaijiang, Dazhu, Linshui
        *((31.98, 108.30), (31.75, 108.50), (31.50, 108.52), (31.18, 108.05), (30.88, 107.90), (30.78, 107.62)),
        *((30.82, 107.45), (30.60, 107.48), (30.40, 107.30), (30.20, 107.22), (30.05, 106.95), (30.08, 106.72)),
        *((30.25, 106.60), (30.28, 106.40), (30.20, 106.20), (30.38, 106.00), (30.42, 105.75)),
        # The Tongnan, Dazu and Rongchang side, then the Yangtze at Hejiang
        *((30.18, 105.62), (29.98, 105.72), (29.75, 105.52), (29.42, 105.38), (28.95, 105.82), (28.90, 106.38)),
        *((28.65, 106.32), (28.55, 106.05)),
        # South: around Chishui, then Gulin and Xuyong between Guizhou and Yunnan
        *((28.65, 105.90), (28.70, 105.65), (28.45, 105.65), (28.20, 106.02), (28.15, 106.20), (27.92, 106.32)),
        *((27.80, 106.10), (27.70, 105.52), (27.80, 105.25), (28.05, 105.12)),
        # The Zhaotong bulge of Yunnan, round by Junlian, and up the Jinsha river from Shuifu
        *((28.10, 104.85), (27.90, 104.65), (27.98, 104.42), (28.50, 104.32), (28.65, 104.44), (28.63, 103.88)),
        *((28.05, 103.47), (27.80, 103.48), (27.60, 103.28), (27.10, 102.92), (26.88, 102.89), (26.60, 103.02)),
        *((26.38, 102.90),),
        # The southern tip on the Jinsha: Huidong, Huili, Panzhihua
        *((26.22, 102.62), (26.30, 102.38), (26.12, 102.10), (26.08, 101.88), (26.12, 101.72), (26.35, 101.52)),
        *((26.75, 101.38), (26.90, 101.22), (27.40, 101.05)),
        # South-west, along Yunnan: Lugu lake, Muli, Daocheng, Xiangcheng, Derong
        *((27.85, 100.65), (27.88, 100.40), (28.10, 100.12), (28.35, 100.05), (28.60, 99.80), (28.62, 99.58)),
        *((28.35, 99.48), (28.18, 99.35)),
        # West: up the Jinsha river along Tibet by Batang, Baiyu and Dege to Luoxu
        *((28.45, 99.18), (29.60, 99.03), (30.00, 99.04), (30.65, 98.92), (31.20, 98.68), (31.45, 98.72)),
        *((32.20, 98.22), (32.42, 97.95), (32.55, 97.70), (32.75, 97.45)),
    ]
)
"""Corners (n, 2): latitude and longitude, degrees, clockwise from the west; the last joins the first.

Hand-drawn, within some 15 km: the extent of the counties on the border and the courses of the Jinsha and the Yellow
River, from general knowledge. Good for spreading stations, not for saying on whose side of the border a village lies.
"""


SICHUAN = Outline("Sichuan", ((OUTLINE,),))


def plane_km(latitudes: ArrayLike, longitudes: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """East and north, km, in the sinusoidal projection: areas are true, distances in Sichuan within 3 %."""
    lats = np.radians(np.asarray(latitudes, np.float64))
    east = EARTH_RADIUS_KM * np.cos(lats) * np.radians(np.asarray(longitudes, np.float64) - MIDDLE_LONGITUDE)
    return np.asarray(east), np.asarray(EARTH_RADIUS_KM * lats)


def inside(latitudes: ArrayLike, longitudes: ArrayLike) -> NDArray[np.bool_]:
    """Whether points (degrees, any shape) lie in Sichuan."""
    return within(OUTLINE, latitudes, longitudes)


def area_km2() -> float:
    """Area within the outline, by the shoelace formula; the yearbooks say 486,000 km2."""
    east, north = plane_km(*OUTLINE.T)
    return float(abs(np.sum(east * np.roll(north, -1) - np.roll(east, -1) * north)) / 2)
