"""Per-user frames of one report, built as one byte matrix instead of one string a user.

All frames with the same number of places have the same length: numbers are padded on the left, and levels on the
right, by spaces outside the JSON tokens. So a frame costs a few table look-ups, and the WebSocket header is the same
for all. The discarded design, `json.dumps` a user, costs some 10 µs each, more than the system call that sends it.
"""

import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ewarn.seismic.intensity import LEVELS, level_index
from ewarn.seismic.origin import Report
from ewarn.wire import framing
from ewarn.wire.reports import fields

LOWEST, HIGHEST = -999.9, 9999.9
"""Numbers beyond these are clipped: nobody counts down 9,999 seconds."""

_NUMBER, _LEVEL = 6, 8
_FIELDS = {"distance_km": _NUMBER, "p_in_s": _NUMBER, "s_in_s": _NUMBER, "intensity": _NUMBER, "level": _LEVEL}
"""What a frame says of each place, and the bytes that it has for it."""


@dataclass(frozen=True)
class Frames:
    """Ready-made frames in one buffer."""

    bytes: NDArray[np.uint8]
    """flat"""
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]


class FrameBuilder:
    """Builds frames; holds the look-up tables, 0.7 MiB, made once."""

    def __init__(self) -> None:
        tenths = range(round(LOWEST * 10), round(HIGHEST * 10) + 1)
        self._numbers = np.array([b"%6.1f" % (value / 10) for value in tenths]).view(f"V{_NUMBER}")
        self._levels = np.array([f'"{level}"'.encode().ljust(_LEVEL) for level in LEVELS]).view(f"V{_LEVEL}")
        self._latest: Report | None = None
        self._templates: dict[int, tuple[NDArray[np.uint8], np.dtype[np.void]]] = {}
        """of the latest report, by number of places: it is built in many slices"""

    def build(
        self,
        report: Report,
        count: NDArray[np.int64],
        distance_km: NDArray[np.float64],
        p_in_s: NDArray[np.float64],
        s_in_s: NDArray[np.float64],
        intensity: NDArray[np.float64],
    ) -> Frames:
        """One frame a user: `count` of shape (users,), the others (users, places); times count from release.

        Users are grouped by how many places they follow, a matrix a group, and handed back in the order given.
        """
        starts, lengths = np.zeros(len(count), np.int64), np.zeros(len(count), np.int64)
        buffers: list[NDArray[np.uint8]] = []
        offset = 0
        groups = np.flatnonzero(np.bincount(count)).tolist()
        for places in groups:
            # Nearly everyone follows one place, and a group of all need not be picked out.
            rows = np.flatnonzero(count == places) if len(groups) > 1 else slice(None)
            columns = [values[rows, :places] for values in (distance_km, p_in_s, s_in_s, intensity)]
            matrix = self._matrix(report, places, columns)
            starts[rows] = offset + np.arange(len(matrix)) * matrix.itemsize
            lengths[rows] = matrix.itemsize
            buffers.append(matrix.view(np.uint8))
            offset += matrix.nbytes
        return Frames(np.concatenate(buffers) if buffers else np.zeros(0, np.uint8), starts, lengths)

    def _matrix(self, report: Report, places: int, columns: list[NDArray[np.float64]]) -> NDArray[np.void]:
        """A row a frame; the row's fields are the gaps, so that each is filled in one pass."""
        if report is not self._latest:
            self._latest, self._templates = report, {}
        if places not in self._templates:
            self._templates[places] = _template(report, places)
        template, gaps = self._templates[places]
        matrix = np.empty(len(columns[0]), gaps)
        matrix.view(np.uint8).reshape(len(matrix), -1)[:] = template
        for place in range(places):
            for name, values in zip(_FIELDS, columns, strict=False):
                matrix[f"{name} {place}"] = self._numbers[_row(values[:, place])]
            matrix[f"level {place}"] = self._levels[level_index(columns[-1][:, place])]
        return matrix


class SharedFrameBuilder(FrameBuilder):
    """What `broadcast()` of a library does: everyone is told what the first of each slice is told.

    Not a way to warn people, whose arrivals differ; it shows what frames of their own cost.
    """

    def build(
        self,
        report: Report,
        count: NDArray[np.int64],
        distance_km: NDArray[np.float64],
        p_in_s: NDArray[np.float64],
        s_in_s: NDArray[np.float64],
        intensity: NDArray[np.float64],
    ) -> Frames:
        """See `FrameBuilder.build`."""
        one = super().build(report, count[:1], distance_km[:1], p_in_s[:1], s_in_s[:1], intensity[:1])
        return Frames(one.bytes, np.zeros(len(count), np.int64), np.repeat(one.lengths, len(count)))


BUILDERS = {"own": FrameBuilder, "shared": SharedFrameBuilder}


def _row(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Where in the table of numbers each value stands."""
    return np.rint((np.minimum(np.maximum(values, LOWEST), HIGHEST) - LOWEST) * 10).astype(np.int64)


def _template(report: Report, places: int) -> tuple[NDArray[np.uint8], np.dtype[np.void]]:
    """A frame with gaps (zero bytes), and the gaps as the fields of a record."""
    payload = json.dumps(fields(report), ensure_ascii=False, separators=(",", ":")).encode()[:-1]
    payload += b',"places":['
    names, sizes, offsets = [], [], []
    for place in range(places):
        payload += b'%s{"place":%d' % (b"," if place else b"", place)
        for name, size in _FIELDS.items():
            payload += b',"%s":' % name.encode()
            names.append(f"{name} {place}")
            sizes.append(size)
            offsets.append(len(payload))
            payload += b"\0" * size
        payload += b"}"
    payload += b"]}"
    head = framing.header(len(payload))
    record = {
        "names": names,
        "formats": [f"V{size}" for size in sizes],
        "offsets": [len(head) + offset for offset in offsets],
        "itemsize": len(head) + len(payload),
    }
    return np.frombuffer(head + payload, np.uint8), np.dtype(record)  # type: ignore[call-overload]
