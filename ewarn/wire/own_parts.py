"""What is each user's own in the frames of one report: built once a plan, for all of its users.

A frame is the words of the report, which are the same for all, then this, then a signature, again the same for all. All
own parts with the same number of places have the same length: numbers are padded on the left, and words on the right,
by spaces outside the JSON tokens. So each costs a few look-ups in tables of numbers and words as they are written.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ewarn.dispatch.plan import Plan
from ewarn.seismic.intensity import LEVELS, level_index, shown
from ewarn.wire.reports import USERS_OWN

LOWEST, HIGHEST = -999.9, 9999.9
"""Numbers beyond these are clipped: nobody counts down 9,999 seconds."""
BLOCK = 4096
"""users worked through at a time: what lies between the steps stays in the processor's cache"""

_PLACE, _NUMBER, _LEVEL, _TIER = 1, 6, 8, 14
_FIELDS = {
    "place": _PLACE,
    "distance_km": _NUMBER,
    "p_in_s": _NUMBER,
    "s_in_s": _NUMBER,
    "intensity": _NUMBER,
    "level": _LEVEL,
}
"""What a frame says of each place, and the bytes that it has for it."""
_BEHIND = b',"'
"""Stands behind every number, and is written with it: eight bytes are one store, six a call of `memcpy`."""


class OwnParts:
    """Builds own parts; holds the look-up tables, 0.9 MiB, made once."""

    def __init__(self, tiers: Sequence[str]) -> None:
        tenths = range(round(LOWEST * 10), round(HIGHEST * 10) + 1)
        self._numbers = np.array([b"%6.1f%s" % (value / 10, _BEHIND) for value in tenths]).view("<u8")
        self._levels = _words(LEVELS, _LEVEL).view("<u8")
        self._tiers = _words(tiers, _TIER).view(f"V{_TIER}")
        self._digits = np.frombuffer(b"0123456789", np.uint8)
        self._templates: dict[int, tuple[NDArray[np.void], np.dtype[np.void]]] = {}
        """by number of places"""

    def build(self, plan: Plan, first: NDArray[np.int64], places: int, tier: NDArray[np.intp]) -> NDArray[np.void]:
        """Own parts that tell of so many places each, from `first` on in the plan, and are shown by `tier`.

        `first` and `tier`, index into the tiers, are of shape (users,), and so is what comes.
        """
        if places not in self._templates:
            self._templates[places] = _template(places)
        template, gaps = self._templates[places]
        made = np.empty(len(first), template.dtype)
        for begin in range(0, len(first), BLOCK):
            block = slice(begin, begin + BLOCK)
            made[block] = template
            self._fill(plan, first[block], places, tier[block], made[block].view(gaps))
        return made

    def _fill(
        self, plan: Plan, first: NDArray[np.int64], places: int, tier: NDArray[np.intp], parts: NDArray[np.void]
    ) -> None:
        there, release_s = plan.places, plan.report.release_s
        parts["tier"] = self._tiers[tier]
        for index in range(places):
            at = first + index
            intensity = there.intensity[at]
            parts[f"place {index}"] = self._digits[plan.place[at]]
            parts[f"distance_km {index}"] = self._numbers[_row(there.distance_km[at])]
            parts[f"p_in_s {index}"] = self._numbers[_row(there.p_s[at] - release_s)]
            parts[f"s_in_s {index}"] = self._numbers[_row(there.s_s[at] - release_s)]
            parts[f"intensity {index}"] = self._numbers[_row(shown(intensity))]
            parts[f"level {index}"] = self._levels[level_index(intensity, plan.level_from)]


def _words(words: Sequence[str], size: int) -> NDArray[np.bytes_]:
    return np.array([f'"{word}"'.encode().ljust(size) for word in words], f"S{size}")


def _row(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Where in the table of numbers each value stands. The values are overwritten."""
    np.maximum(values, LOWEST, out=values)
    np.minimum(values, HIGHEST, out=values)
    values -= LOWEST
    values *= 10
    return np.rint(values, out=values).astype(np.int64)


def _template(places: int) -> tuple[NDArray[np.void], np.dtype[np.void]]:
    """An own part with gaps (zero bytes), of shape (1,), and the gaps as the fields of a record."""
    part, names, formats, offsets = USERS_OWN + b":[", [], [], []

    def gap(name: str, size: int, kind: str) -> bytes:
        names.append(name)
        formats.append(kind)
        offsets.append(len(part))
        return b"\0" * size

    for place in range(places):
        part += b"," if place else b""
        for name, size in _FIELDS.items():
            part += b'%s"%s":' % (b"{" if name == "place" else b",", name.encode())
            part += gap(f"{name} {place}", size, "u1" if name == "place" else "<u8")
        part += b"}"
    part += b'],"tier":'
    part += gap("tier", _TIER, f"V{_TIER}")
    record = np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": len(part)})
    return np.frombuffer(part, f"V{len(part)}"), record
