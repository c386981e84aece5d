"""Which magnitude a number is, and published relations from one to another.

A relation has a scatter of 0.2 to 0.3 units, and GB 17740-2017 advises against converting a measured magnitude. So
nothing is converted but for an equation that expects another kind than the catalogue gives.
"""

from typing import Literal, get_args

from ewarn.seismic import attenuation
from ewarn.words import say

MagnitudeType = Literal["M", "Ms", "Mw", "ML", "mb"]
"""`M`: unsaid. Chinese catalogues give Ms, others Mw or what is close to it; see `expected`"""
MAGNITUDE_TYPES: tuple[str, ...] = get_args(MagnitudeType)

MW_OF_MS = ((0.67, 2.07), (0.99, 0.08))
"""Factor and constant of Mw = 0.67 Ms + 2.07 (Ms 3.0 to 6.1) and Mw = 0.99 Ms + 0.08 (Ms 6.2 to 8.2); the lines meet at
6.22 and are carried on beyond both ends. Scordilis 2006, Journal of Seismology 10:225, worldwide."""
MW_OF_MB = (0.85, 1.03)
"""Mw = 0.85 mb + 1.03 (mb 3.5 to 6.2, carried on); Scordilis 2006"""
MS_OF_ML = (1.13, -1.08)
"""Ms = 1.13 ML - 1.08: Guo Lücan 1971, long in use for China's catalogues (quoted so by Liu F. et al. 2019, Earthquake
Research in China 33:86, who find 0.2 more in Inner Mongolia). Of other networks' ML it says little."""


def converted(magnitude: float, kind: MagnitudeType, wanted: Literal["Ms", "Mw"]) -> float:
    """A magnitude of one kind as another, by the relations above; `M` is taken to be what is wanted."""
    if kind in ("M", wanted):
        return magnitude
    if kind == "ML":
        return converted(MS_OF_ML[0] * magnitude + MS_OF_ML[1], "Ms", wanted)
    if kind == "mb":
        return converted(MW_OF_MB[0] * magnitude + MW_OF_MB[1], "Mw", wanted)
    if kind == "Ms":
        return max(factor * magnitude + constant for factor, constant in MW_OF_MS)
    return min((magnitude - constant) / factor for factor, constant in MW_OF_MS)


def expected(zone: str) -> Literal["Ms", "Mw"]:
    """Which magnitude a zone's equations are of: GB 18306-2015 of Ms, all others of Mw."""
    return "Ms" if zone in attenuation.ZONES else "Mw"


def moment(magnitude: float, kind: MagnitudeType, zone: str) -> float:
    """Mw of a quake in a zone, for what goes by Mw alone; `M` is what the zone's equations expect."""
    return converted(magnitude, expected(zone) if kind == "M" else kind, "Mw")


def kind_of(word: str | None) -> MagnitudeType:
    """The kind that a catalogue's word means, such as `mww` or `Ms_20`; `M` where it means none of ours.

    mB, mb_Lg and duration magnitudes are not ours.
    """
    text = (word or "").strip()
    low = text.lower()
    if low == "mb":
        return "mb" if text != "mB" else "M"
    kinds: dict[str, MagnitudeType] = {"mw": "Mw", "ms": "Ms", "ml": "ML"}
    return kinds.get(low[:2], "M")


def named(magnitude: float, kind: MagnitudeType) -> str:
    """A magnitude in words, with its kind where that is known."""
    return f"{magnitude:g}" if kind == "M" else f"{kind} {magnitude:g}"


RELATIONS = {"ML": "Guo Lücan 1971", "Ms": "Scordilis 2006", "mb": "Scordilis 2006", "Mw": "Scordilis 2006"}
"""whose relation leads from a kind to the next"""


def conversion(magnitude: float, kind: MagnitudeType, wanted: Literal["Ms", "Mw"]) -> str | None:
    """How a magnitude becomes one of another kind, in words: what is made of it, and by whose relations.

    None where nothing is converted.
    """
    if kind in ("M", wanted):
        return None
    made, by = converted(magnitude, kind, wanted), [RELATIONS[kind]]
    if (kind, wanted) in (("ML", "Mw"), ("mb", "Ms")):
        by.append(RELATIONS["Ms"])
    return say("shaking.taken", named(magnitude, kind), wanted, f"{made:.2f}", ", ".join(dict.fromkeys(by)))
