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

_NUMBER, _INTENSITY, _LEVEL = b"\0" * 6, b"\0" * 4, b"\0" * 8
_FIELDS = (
    ("distance_km", _NUMBER),
    ("p_in_s", _NUMBER),
    ("s_in_s", _NUMBER),
    ("intensity", _INTENSITY),
    ("level", _LEVEL),
)


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
        digits = b"".join(b"%6.1f" % (value / 10) for value in tenths)
        self._numbers = np.frombuffer(digits, np.uint8).reshape(-1, len(_NUMBER))
        levels = b"".join(f'"{level}"'.encode().ljust(len(_LEVEL)) for level in LEVELS)
        self._levels = np.frombuffer(levels, np.uint8).reshape(-1, len(_LEVEL))

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
        for places in np.unique(count).tolist():
            rows = np.flatnonzero(count == places)
            columns = [values[rows, :places] for values in (distance_km, p_in_s, s_in_s, intensity)]
            matrix = self._matrix(report, places, columns)
            starts[rows] = offset + np.arange(len(rows)) * matrix.shape[1]
            lengths[rows] = matrix.shape[1]
            buffers.append(matrix.ravel())
            offset += matrix.size
        return Frames(np.concatenate(buffers) if buffers else np.zeros(0, np.uint8), starts, lengths)

    def _matrix(self, report: Report, places: int, columns: list[NDArray[np.float64]]) -> NDArray[np.uint8]:
        template, gaps = _template(report, places)
        matrix = np.empty((len(columns[0]), len(template)), np.uint8)
        matrix[:] = np.frombuffer(template, np.uint8)
        distance, p, s, intensity = columns
        for place in range(places):
            texts = (
                self._decimals(distance[:, place]),
                self._decimals(p[:, place]),
                self._decimals(s[:, place]),
                self._decimals(intensity[:, place])[:, len(_NUMBER) - len(_INTENSITY) :],
                self._levels[level_index(intensity[:, place])],
            )
            for gap, text in zip(gaps[place], texts, strict=True):
                matrix[:, gap : gap + text.shape[1]] = text
        return matrix

    def _decimals(self, values: NDArray[np.float64]) -> NDArray[np.uint8]:
        row = np.rint((np.clip(values, LOWEST, HIGHEST) - LOWEST) * 10).astype(np.int64)
        return self._numbers[row]


def _template(report: Report, places: int) -> tuple[bytes, list[list[int]]]:
    """A frame with gaps (zero bytes) and where each place's gaps begin, in the order of `_FIELDS`."""
    payload = json.dumps(fields(report), ensure_ascii=False, separators=(",", ":")).encode()[:-1]
    payload += b',"places":['
    gaps = []
    for place in range(places):
        payload += b'%s{"place":%d' % (b"," if place else b"", place)
        begins = []
        for name, gap in _FIELDS:
            payload += b',"%s":' % name.encode()
            begins.append(len(payload))
            payload += gap
        payload += b"}"
        gaps.append(begins)
    payload += b"]}"
    head = framing.header(len(payload))
    return head + payload, [[len(head) + begin for begin in begins] for begins in gaps]
