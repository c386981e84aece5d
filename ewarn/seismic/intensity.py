"""Local intensity, by one of two routes, down to any depth; and the levels of a warning.

A shallow quake shakes as its zone's equations say: GB 18306-2015 in China, which knows no depth, or Allen et al. 2012.
A deep one shakes as Kanno et al. 2006 have it. Between `SHALLOW_KM` and `DEEP_KM` the one goes over into the other.
"""

import math
from collections.abc import Callable
from dataclasses import asdict, astuple, dataclass, fields, replace
from functools import partial
from itertools import pairwise
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import ArrayLike, NDArray

from ewarn.seismic import allen_2012, attenuation, kanno_2006
from ewarn.seismic.attenuation import ACCELERATION, INTENSITY, VELOCITY, Axes, attenuate
from ewarn.seismic.magnitudes import MagnitudeType, converted, expected, moment
from ewarn.seismic.rupture import line_share, smooth, top_km
from ewarn.seismic.worden_2012 import mercalli
from ewarn.words import say

Floats = NDArray[np.float64]

Route = Literal["direct", "instrumental"]
"""`direct`: macroseismic intensity by the zone's own equation. `instrumental`: acceleration and velocity, turned to
intensity by GB/T 17742-2020, or outside China by Worden et al. 2012. The two differ by up to 3 units, so that a run
takes one for everything."""

WORLD = "world"
"""zone of any place outside China: no region's own equations"""
ZONES = (*attenuation.ZONES, WORLD)

SHALLOW_KM, DEEP_KM = 20.0, 60.0
"""Down to the one the shallow equations alone hold, from the other on the deep ones; ours. GB 18306-2015 is fitted to
quakes of the upper crust, 10 to 20 km; the deep equations to quakes below 30 km; China's crust ends at 30 to 70 km."""
DEEPER_BELOW, DEEPER_KM = 7.5, 20.0
"""In the instrumental route of China's zones, a quake below the one magnitude goes over to the deep equations down to
so many km more a unit: 110 km at 5.0. GB 18306-2015 has small quakes so strong near the epicentre that intensity would
else fall by up to 0.18 a kilometre; ours"""
FITTED_KM = 300.0
"""as far as the deep equations are taken; their data thin out there, and carried on to 1,000 km they fall too fast"""
USUAL_KM = 10.0
"""depth of a quake whose depth is not said"""

ROCK_M_S = 760.0
"""Vs30 for which the site term is nothing"""
ACCELERATION_SITE, VELOCITY_SITE = -0.360, -0.600
"""b_lin of ln F = b_lin ln(Vs30 / 760): the linear site term of Boore & Atkinson 2008 (Earthquake Spectra 24), table 3;
the nonlinear part is left out"""

VELOCITY_TO_MMI = 3.16
"""units of MMI a tenfold velocity, from V on; Worden et al. 2012"""
NEAREST_KM = 1.0
"""of a hypocentre or a rupture to a place, for equations that fail at 0"""
EVEN_FROM_KM = 40.0
"""depth from which on nothing is left of the step of GB/T 17742-2020 at 6.0; ours"""
EVENED = (5.5, 6.5)
"""over which intensities the step of GB/T 17742-2020 at 6.0 is spread, where it would be a step in depth; ours"""

Intensity = Annotated[float, Ge(0), Le(12)]


@dataclass(frozen=True)
class Levels:
    """The lowest intensity of each level of a warning; below yellow is blue. Defaults are the Yunnan agency's."""

    yellow: Intensity = 3.0
    """Lowest intensity of level yellow, 0 to 12; III by default."""
    orange: Intensity = 5.0
    """Lowest intensity of level orange, 0 to 12; V by default."""
    red: Intensity = 7.0
    """Lowest intensity of level red, 0 to 12; VII by default."""

    def __post_init__(self) -> None:
        """Refuse levels that do not rise."""
        for (lower, low), (higher, high) in pairwise(asdict(self).items()):
            if low >= high:
                raise ValueError(f"{higher}: {high:g} is not above {lower}, {low:g}")


LEVELS = ("blue", *(level.name for level in fields(Levels)))
"""of a warning at a place, by rising intensity"""
LEVEL_FROM: tuple[float, ...] = astuple(Levels())
"""lowest intensity of each level but blue"""


@dataclass(frozen=True)
class _Source:
    """A quake, and how far it is from each place; arrays of one shape, km."""

    zone: str
    magnitude: float
    """of the kind that the zone's equations expect"""
    mw: float
    distance_km: Floats
    """from the epicentre"""
    from_strike_deg: Floats | None
    rupture_km: Floats | None
    """along the surface from the line of the rupture; None: a point"""
    depth_km: float

    @property
    def line(self) -> float:
        """Share, 0 to 1, with which it counts as a line."""
        return 0.0 if self.rupture_km is None else line_share(self.magnitude)

    def within(self, km: float) -> "_Source":
        """The same, with what is farther away than this moved nearer."""
        rupture = None if self.rupture_km is None else np.minimum(self.rupture_km, km)
        return replace(self, distance_km=np.minimum(self.distance_km, km), rupture_km=rupture)

    def lengthened(self) -> "_Source":
        """The same, with every distance lengthened by the depth beyond `SHALLOW_KM`: see `_lengthened_km`."""
        below = self.depth_km - SHALLOW_KM
        rupture = None if self.rupture_km is None else _lengthened_km(self.rupture_km, below)
        return replace(self, distance_km=_lengthened_km(self.distance_km, below), rupture_km=rupture)

    def nearest_km(self, depth_km: float, counted: Callable[[float], float] = float) -> Floats:
        """From the nearest point of what breaks, as if it lay at this depth: at the hypocentre, or on the line.

        `counted` says as what the depth of that point counts. At least `NEAREST_KM`: the upper edge of a large rupture
        reaches the surface, and places on it are at 0.
        """
        along, down = self.distance_km, depth_km
        if self.rupture_km is not None and self.line:
            along = along + self.line * (self.rupture_km - along)
            down += self.line * (top_km(self.mw, depth_km) - depth_km)
        return np.maximum(np.hypot(along, counted(down)), NEAREST_KM)


def scale(zone: str) -> str:
    """Name of the scale that a zone has; degrees of both are taken as equal, see docs/explanation/shaking.md."""
    return "MMI" if zone == WORLD else "GB/T 17742"


def equations(zone: str, route: Route, vs30_m_s: float | None = None) -> str:
    """What the numbers of a zone, a route and a ground rest on, in words."""
    if zone == WORLD:
        to_intensity = "Worden et al. 2012"
        direct = "Allen et al. 2012"
        shallow = direct if route == "direct" else say("shaking.shallow", "Kanno et al. 2006", to_intensity)
    else:
        to_intensity = "GB/T 17742-2020"
        shallow = f"GB 18306-2015, {zone}"
        shallow = shallow if route == "direct" else say("shaking.and", shallow, to_intensity)
    all_depths = say("shaking.deeper", shallow, f"{SHALLOW_KM:g}", "Kanno et al. 2006", to_intensity)
    if vs30_m_s is None:
        return all_depths
    return say("shaking.ground", all_depths, f"{vs30_m_s:g}", "Boore & Atkinson 2008")


def intensity(
    zone: str,
    magnitude: float,
    distance_km: ArrayLike,
    from_strike_deg: ArrayLike | None = None,
    *,
    route: Route = "direct",
    vs30_m_s: ArrayLike | None = None,
    depth_km: float = USUAL_KM,
    magnitude_type: MagnitudeType = "M",
    rupture_km: ArrayLike | None = None,
) -> Floats:
    """Intensity, clipped to 1-12, not rounded, at epicentral distances (km, any shape), and of that shape.

    `from_strike_deg` is the angle between the fault and the way to each place, of the same shape; without it, as in any
    early report, the mean of both axes. `rupture_km`, of that shape too, is how far each place is from the line along
    which the quake broke: from `rupture.POINT_TO` on it begins to count, from `LINE_FROM` on it alone does.
    `vs30_m_s`, of the same shape or one for all, adds a site term; None is rock.

    Raises KeyError for a zone that is not in `ZONES`.
    """
    source = _Source(
        zone=zone,
        magnitude=converted(magnitude, magnitude_type, expected(zone)),
        mw=moment(magnitude, magnitude_type, zone),
        distance_km=np.asarray(distance_km, np.float64),
        from_strike_deg=None if from_strike_deg is None else np.asarray(from_strike_deg, np.float64),
        rupture_km=None if rupture_km is None else np.asarray(rupture_km, np.float64),
        depth_km=depth_km,
    )
    softer = None if vs30_m_s is None else np.log10(np.asarray(vs30_m_s, np.float64) / ROCK_M_S)
    if route == "instrumental":
        value = _of_motion(source, None if softer is None else (ACCELERATION_SITE * softer, VELOCITY_SITE * softer))
        return np.asarray(np.clip(value, 1.0, 12.0))
    value = _macroseismic(source)
    if softer is not None:
        # What the site adds to intensity by velocity, which decides from VI on.
        value = value + (VELOCITY_TO_MMI if zone == WORLD else BY_VELOCITY[0]) * VELOCITY_SITE * softer
    return np.asarray(np.clip(value, 1.0, 12.0))


def _macroseismic(source: _Source) -> Floats:
    """Intensity by the direct route, not clipped."""

    def shallow(here: _Source) -> Floats:
        return _allen(here) if here.zone == WORLD else _standard(INTENSITY[here.zone], here)

    def deep(here: _Source) -> Floats:
        gal, cm_s = (motion.log(here.mw, here.nearest_km(here.depth_km)) for motion in kanno_2006.DEEP)
        return mercalli(gal, cm_s) if here.zone == WORLD else _instrumental_evened(gal - 2, cm_s - 2)

    return _down(source, shallow, deep)


def _of_motion(source: _Source, site: tuple[Floats, Floats] | None) -> Floats:
    """Intensity by the instrumental route, not clipped; `site` is added to log10 of PGA and of PGV.

    The step of GB/T 17742-2020 at 6.0 stays as far as `SHALLOW_KM`. Below, the conversion without it takes over, so
    that the step never comes with depth: what the step had added there fades down to `EVEN_FROM_KM`. Ours.
    """

    def motion(here: _Source) -> tuple[Floats, Floats]:
        gal, cm_s = _motion(here)
        return (gal, cm_s) if site is None else (gal + site[0], cm_s + site[1])

    gal, cm_s = motion(source)
    if source.zone == WORLD:
        return mercalli(gal, cm_s)
    if source.depth_km <= SHALLOW_KM:
        return instrumental(gal - 2, cm_s - 2)
    top_gal, top_cm_s = motion(replace(source, depth_km=SHALLOW_KM))
    above = instrumental(top_gal - 2, top_cm_s - 2)
    added = np.maximum(above - _instrumental_evened(top_gal - 2, top_cm_s - 2), 0.0)
    faded = added * (1 - smooth(source.depth_km, SHALLOW_KM, EVEN_FROM_KM))
    return np.minimum(above, _instrumental_evened(gal - 2, cm_s - 2) + faded)


def _motion(source: _Source) -> tuple[Floats, Floats]:
    """log10 of PGA, gal, and of PGV, cm/s, on rock."""
    tables = zip((ACCELERATION, VELOCITY), kanno_2006.SHALLOW, kanno_2006.DEEP, strict=True)
    gal, cm_s = (_one_motion(source, *table) for table in tables)
    return gal, cm_s


def _one_motion(source: _Source, axes: dict[str, Axes], crust: kanno_2006.Motion, slab: kanno_2006.Motion) -> Floats:
    def shallow(here: _Source) -> Floats:
        if here.zone != WORLD:
            return _standard(axes[here.zone], here)
        nearest = here.nearest_km(min(here.depth_km, SHALLOW_KM), partial(crust.counted_depth_km, here.mw))
        return crust.log(here.mw, nearest) + crust.site(ROCK_M_S)

    def deep(here: _Source) -> Floats:
        return slab.log(here.mw, here.nearest_km(here.depth_km)) + slab.site(ROCK_M_S)

    smaller = 0.0 if source.zone == WORLD else max(DEEPER_BELOW - source.magnitude, 0.0)
    return _down(source, shallow, deep, DEEP_KM + DEEPER_KM * smaller)


def _down(
    source: _Source,
    shallow: Callable[[_Source], Floats],
    deep: Callable[[_Source], Floats],
    deep_km: float = DEEP_KM,
) -> Floats:
    """Go from what a shallow quake does over to what a deep one does, which is all there is from `deep_km` on.

    That is never taken to be more than the shallow equations have at a distance lengthened by the depth beyond
    `SHALLOW_KM` (ours): so what is deeper is weaker, wherever one is. Beyond `FITTED_KM` the difference between the
    deep and the shallow is that at `FITTED_KM`.
    """
    value = shallow(source)
    if source.depth_km <= SHALLOW_KM:
        return value
    near, there = source, value
    if source.distance_km.size and source.distance_km.max() > FITTED_KM:
        near = source.within(FITTED_KM)
        there = shallow(near)
    most = np.minimum(value + (deep(near) - there), shallow(source.lengthened()))
    return np.asarray(value + smooth(source.depth_km, SHALLOW_KM, deep_km) * (most - value))


def _lengthened_km(distance_km: Floats, below_km: float) -> Floats:
    """Distance R of a source that lies so much farther below, km: R and the depth at right angles; ours.

    Far away all of the depth counts, at the epicentre half of it: near there the equations of GB 18306-2015 are flat
    (R0 is 7 to 25 km), and with all of it quakes would be weaker above than the deep equations have them.
    """
    counts = (distance_km + below_km / 2) / (distance_km + below_km)
    return np.hypot(distance_km, below_km * counts)


def _standard(axes: Axes, source: _Source) -> Floats:
    """By GB 18306-2015: ellipses about the epicentre; of a line, what the minor axis has so far from it.

    The standard's R is epicentral, and its ellipses are long because ruptures are. From a rupture both would count its
    length twice; the minor axis is that across the fault, where distances from line and epicentre are the same.
    """
    if source.rupture_km is None or not source.line:
        return attenuate(axes, source.magnitude, source.distance_km, source.from_strike_deg)
    line = axes[1].value(source.magnitude, source.rupture_km)
    if source.line == 1.0:
        return line
    point = attenuate(axes, source.magnitude, source.distance_km, source.from_strike_deg)
    return np.asarray(point + source.line * (line - point))


def _allen(source: _Source) -> Floats:
    """By Allen et al. 2012: from the hypocentre, or of a line, from its nearest point, no deeper than its top."""
    depth_km = min(source.depth_km, SHALLOW_KM)
    point = allen_2012.by_hypocentre(
        source.mw, np.hypot(source.distance_km, allen_2012.counted_depth_km(source.mw, depth_km))
    )
    if source.rupture_km is None or not source.line:
        return point
    line = allen_2012.by_rupture(source.mw, np.hypot(source.rupture_km, top_km(source.mw, depth_km)))
    return np.asarray(point + source.line * (line - point))


BY_ACCELERATION, BY_VELOCITY = (3.17, 6.59), (3.00, 9.77)
"""Factor and constant of I_A = 3.17 log10(PGA) + 6.59, PGA in m/s², and of I_V = 3.00 log10(PGV) + 9.77, PGV in m/s:
instrumental intensity of GB/T 17742-2020"""


def instrumental(log_acceleration: ArrayLike, log_velocity: ArrayLike) -> Floats:
    """Instrumental intensity of GB/T 17742-2020, clipped to 1-12, of log10 of PGA in m/s² and of PGV in m/s.

    Any shape, and of that shape. I_V where both it and I_A are 6.0 or more, else their mean; so it steps at 6, and can
    rise with distance there.
    """
    by_acceleration = BY_ACCELERATION[0] * np.asarray(log_acceleration, np.float64) + BY_ACCELERATION[1]
    by_velocity = BY_VELOCITY[0] * np.asarray(log_velocity, np.float64) + BY_VELOCITY[1]
    strong = (by_acceleration >= 6.0) & (by_velocity >= 6.0)
    return np.asarray(np.clip(np.where(strong, by_velocity, (by_acceleration + by_velocity) / 2), 1.0, 12.0))


def shown(intensities: ArrayLike) -> Floats:
    """Intensities as they are written down, any shape: cut off after the first decimal, not rounded.

    An intensity of 6.96 is orange, for red begins at 7. Rounded it would read 7.0 beside the wrong colour. Cut off, a
    number reaches a step that has one decimal exactly when the intensity does.
    """
    return np.floor(np.asarray(intensities, np.float64) * 10) / 10


NUMERALS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
"""the twelve degrees of GB/T 17742-2020, which may be written in Roman or in Arabic numerals"""


def numeral(value: float) -> str:
    """The degree that an intensity has reached, as a Roman numeral: VI from 6.0 up to 7.0, where VII begins.

    Levels begin where degrees do, at III, V and VII, so degree and level cannot disagree. To round 6.8 up to VII, as an
    isoseismal map might, would set it beside orange.
    """
    return NUMERALS[min(len(NUMERALS), max(1, math.floor(value))) - 1]


def _instrumental_evened(log_acceleration: Floats, log_velocity: Floats) -> Floats:
    """As `instrumental`, of GB/T 17742-2020, but going from the mean of I_A and I_V over to I_V without a step."""
    by_acceleration = BY_ACCELERATION[0] * log_acceleration + BY_ACCELERATION[1]
    by_velocity = BY_VELOCITY[0] * log_velocity + BY_VELOCITY[1]
    weaker = np.minimum(by_acceleration, by_velocity)
    other = (1 - np.clip((weaker - EVENED[0]) / (EVENED[1] - EVENED[0]), 0.0, 1.0)) / 2
    return np.asarray(by_velocity + other * (by_acceleration - by_velocity))


def level_index(intensities: ArrayLike, level_from: ArrayLike = LEVEL_FROM) -> NDArray[np.intp]:
    """Index into `LEVELS` of each intensity, any shape, by the number itself, not rounded.

    `level_from`, rising, are the lowest intensities of all levels but blue.
    """
    return np.searchsorted(level_from, intensities, side="right")
