"""Words on what is not known of a quake: where it lies outside what the models of its waves and reports rest on."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ewarn.centre.centre import Centre
from ewarn.seismic.geodesy import azimuth_deg, distance_km
from ewarn.seismic.intensity import WORLD, shown
from ewarn.seismic.magnitudes import converted, expected
from ewarn.seismic.origin import Quake
from ewarn.seismic.reports import azimuthal_gap
from ewarn.words import Said, say

DEEP_KM = 100.0
"""deeper quakes are rare below land, and warnings of them hardly published"""
OUTSIDE_GAP_DEG = 180.0
"""stations leave such an angle free around an epicentre outside their network"""
NO_STATION_KM = 100.0
"""a network that begins so far away is that of another region"""
FLAT_TO_KM = 1_000.0
"""where a flat earth is a second late (0.8 s of P, 1.5 s of S; against TauP)"""
S_TO_KM = 9_200.0
"""83 degrees, from where on S through the core (SKS) is earlier than the S that is given"""
FAR_KM = 500.0
"""places that all lie farther away are those of another region"""
STANDARD = ("GB 18306-2015", 4.5, 8.0, 200.0)
"""least and greatest magnitude, and distance, km, that it is for; as in `attenuation`"""
CENTRAL = ("GB 18306-2015 in zone Central", 4.5, 7.0, 200.0)
ALLEN = ("Allen et al. 2012", 5.0, 7.9, 300.0)
"""the same of Mw; as in `allen_2012`"""


def of_quake(quake: Quake, centre: Centre) -> list[Said]:
    """What is not known wherever one is."""
    origin, network = quake.origin, centre.network_of(quake)
    stations, found = network.stations, []
    if origin.depth_km > DEEP_KM:
        found.append(say("unknown.deep", f"{origin.depth_km:g}", f"{DEEP_KM:g}"))
    at = origin.latitude, origin.longitude
    nearest_km = float(distance_km(*at, stations.latitude, stations.longitude).min())
    gap = azimuthal_gap(azimuth_deg(*at, stations.latitude, stations.longitude))
    if nearest_km > NO_STATION_KM:
        found.append(say("unknown.no-station", network.name, f"{nearest_km:,.0f}"))
    elif gap > OUTSIDE_GAP_DEG:
        found.append(say("unknown.outside", f"{gap:.0f}"))
    return found


def of_shaking(quake: Quake, centre: Centre) -> list[Said]:
    """Where the shallow equations are taken beyond what they are for: by magnitude, and by distance.

    By distance only where it is still orange there: what is blue or yellow is carried on for every larger quake.
    """
    zone, origin = quake.zone, quake.origin
    if zone == WORLD and centre.earth.model.intensity != "direct":
        return []
    name, least, most, to_km = ALLEN if zone == WORLD else CENTRAL if zone == "Central" else STANDARD
    kind, found = expected(zone), []
    magnitude = converted(origin.magnitude, origin.magnitude_type, kind)
    if not least <= magnitude <= most:
        found.append(say("unknown.magnitude", name, kind, f"{least:g}", f"{most:g}", f"{magnitude:.3g}"))
    reach = centre.earth.intensity(zone, origin, to_km)
    if float(reach) >= centre.earth.model.level_from[1]:
        found.append(say("unknown.distance", name, f"{to_km:g}", f"{float(shown(reach)):.1f}"))
    return found


def of_places(distances_km: ArrayLike, centre: Centre) -> list[Said]:
    """What is not known at places so far from the epicentre, km, any shape."""
    distances: NDArray[np.float64] = np.asarray(distances_km, np.float64)
    if not distances.size:
        return []
    found, nearest, farthest = [], float(distances.min()), float(distances.max())
    velocity = centre.earth.model.velocity
    if nearest > FAR_KM:
        found.append(say("unknown.nobody-near", f"{nearest:,.0f}"))
    if velocity.earth == "flat" and farthest > FLAT_TO_KM:
        found.append(say("unknown.flat", velocity.name, f"{FLAT_TO_KM:,.0f}", f"{farthest:,.0f}"))
    elif farthest > S_TO_KM:
        found.append(say("unknown.core", f"{farthest:,.0f}", f"{S_TO_KM:,.0f}"))
    return found
