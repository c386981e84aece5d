"""Per-user frames of one report, built as one byte matrix instead of one string a user.

All frames with the same number of places have the same length: numbers are padded on the left, and words on the
right, by spaces outside the JSON tokens. So a frame costs a few table look-ups, and the WebSocket header is the same
for all. The discarded design, `json.dumps` a user, costs some 10 µs each, more than the system call that sends it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ewarn.dispatch.plan import Plan
from ewarn.seismic.intensity import LEVELS, level_index, shown
from ewarn.seismic.origin import Report
from ewarn.wire import framing
from ewarn.wire.reports import USERS_OWN, words

LOWEST, HIGHEST = -999.9, 9999.9
"""Numbers beyond these are clipped: nobody counts down 9,999 seconds."""

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


@dataclass(frozen=True)
class Frames:
    """Ready-made frames in one buffer."""

    users: NDArray[np.intp]
    """whose each is"""
    bytes: NDArray[np.uint8]
    """flat"""
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]


class FrameBuilder:
    """Builds frames; holds the look-up tables, 0.7 MiB, made once."""

    def __init__(self, tiers: Sequence[str]) -> None:
        tenths = range(round(LOWEST * 10), round(HIGHEST * 10) + 1)
        self._numbers = np.array([b"%6.1f" % (value / 10) for value in tenths]).view(f"V{_NUMBER}")
        self._levels = _words(LEVELS, _LEVEL)
        self._tiers = _words(tiers, _TIER)
        self._digits = np.array([b"%d" % digit for digit in range(10)]).view(f"V{_PLACE}")
        self._latest: Report | None = None
        self._templates: dict[int, tuple[NDArray[np.uint8], np.dtype[np.void]]] = {}
        """of the latest report, by number of places: it is built in many slices"""

    def build(self, plan: Plan, users: NDArray[np.intp]) -> Iterator[Frames]:
        """A frame a user, all at once: `users` by row of the plan, in any order.

        Users are grouped by how many places they follow, a matrix a group, and handed back in the order given.
        """
        yield self._frames(plan, users, plan.first[users], plan.count[users])

    def _frames(
        self, plan: Plan, users: NDArray[np.intp], first: NDArray[np.int64], count: NDArray[np.int64]
    ) -> Frames:
        starts, lengths = np.zeros(len(users), np.int64), np.zeros(len(users), np.int64)
        buffers: list[NDArray[np.uint8]] = []
        offset = 0
        groups = np.flatnonzero(np.bincount(count)).tolist()
        for places in groups:
            # Most follow one place, and a group of all need not be picked out.
            rows = np.flatnonzero(count == places) if len(groups) > 1 else slice(None)
            matrix = self._matrix(plan, first[rows], places, plan.tier[users[rows]])
            starts[rows] = offset + np.arange(len(matrix)) * matrix.itemsize
            lengths[rows] = matrix.itemsize
            buffers.append(matrix.view(np.uint8))
            offset += matrix.nbytes
        return Frames(users, np.concatenate(buffers) if buffers else np.zeros(0, np.uint8), starts, lengths)

    def _matrix(self, plan: Plan, first: NDArray[np.int64], places: int, tier: NDArray[np.intp]) -> NDArray[np.void]:
        """A row a frame; the row's fields are the gaps, so that each is filled in one pass."""
        if plan.report is not self._latest:
            self._latest, self._templates = plan.report, {}
        if places not in self._templates:
            self._templates[places] = _template(plan.report, places)
        template, gaps = self._templates[places]
        matrix = np.empty(len(first), gaps)
        matrix.view(np.uint8).reshape(len(matrix), -1)[:] = template
        matrix["tier"] = self._tiers[tier]
        at_place, release_s = plan.places, plan.report.release_s
        for index in range(places):
            at = first + index
            intensity = at_place.intensity[at]
            matrix[f"place {index}"] = self._digits[plan.place[at]]
            matrix[f"distance_km {index}"] = self._numbers[_row(at_place.distance_km[at])]
            matrix[f"p_in_s {index}"] = self._numbers[_row(at_place.p_s[at] - release_s)]
            matrix[f"s_in_s {index}"] = self._numbers[_row(at_place.s_s[at] - release_s)]
            matrix[f"intensity {index}"] = self._numbers[_row(shown(intensity))]
            matrix[f"level {index}"] = self._levels[level_index(intensity, plan.level_from)]
        return matrix


class SharedFrameBuilder(FrameBuilder):
    """What `broadcast()` of a library does: everyone is told what the first of each slice is told.

    Not a way to warn people, whose arrivals differ; it shows what frames of their own cost.
    """

    def build(self, plan: Plan, users: NDArray[np.intp]) -> Iterator[Frames]:
        """See `FrameBuilder.build`."""
        for one in super().build(plan, users[:1]):
            yield Frames(users, one.bytes, np.zeros(len(users), np.int64), np.repeat(one.lengths, len(users)))


class ApartFrameBuilder(FrameBuilder):
    """An alert of its own for each place that a user follows: what one alert for all of them is held against."""

    def build(self, plan: Plan, users: NDArray[np.intp]) -> Iterator[Frames]:
        """See `FrameBuilder.build`; as many times as the user with most places has places."""
        for nth in range(int(plan.count[users].max(initial=0))):
            more = users[plan.count[users] > nth]
            yield self._frames(plan, more, plan.first[more] + nth, np.ones(len(more), np.int64))


BUILDERS = {"own": FrameBuilder, "shared": SharedFrameBuilder, "apart": ApartFrameBuilder}


def _words(words: Sequence[str], size: int) -> NDArray[np.void]:
    return np.array([f'"{word}"'.encode().ljust(size) for word in words]).view(f"V{size}")


def _row(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Where in the table of numbers each value stands."""
    return np.rint((np.minimum(np.maximum(values, LOWEST), HIGHEST) - LOWEST) * 10).astype(np.int64)


def _template(report: Report, places: int) -> tuple[NDArray[np.uint8], np.dtype[np.void]]:
    """A frame with gaps (zero bytes), and the gaps as the fields of a record."""
    payload = words(report)
    names, sizes, offsets = [], [], []

    def gap(name: str, size: int) -> bytes:
        names.append(name)
        sizes.append(size)
        offsets.append(len(payload))
        return b"\0" * size

    payload += USERS_OWN + b":["
    for place in range(places):
        payload += b"," if place else b""
        for name, size in _FIELDS.items():
            payload += b'%s"%s":' % (b"{" if name == "place" else b",", name.encode())
            payload += gap(f"{name} {place}", size)
        payload += b"}"
    payload += b'],"tier":'
    payload += gap("tier", _TIER)
    if report.sealed and report.sealed.signature:
        payload += b',"signature":"%s"' % report.sealed.signature.encode()
    payload += b"}"
    head = framing.header(len(payload))
    record = {
        "names": names,
        "formats": [f"V{size}" for size in sizes],
        "offsets": [len(head) + offset for offset in offsets],
        "itemsize": len(head) + len(payload),
    }
    return np.frombuffer(head + payload, np.uint8), np.dtype(record)  # type: ignore[call-overload]
