"""Per-user frames of one report, built as one byte matrix instead of one string a user.

What is a user's own (`own_parts`) is built once a plan. A slice of frames is then its users' own parts, put into the
gaps of a buffer that holds all else already, as it did for the slice before: some 125 bytes a frame. Discarded designs:
`json.dumps` a user costs some 10 µs each, more than the system call that sends it; all fields of each slice anew cost
twice as much, since after the kernel has sent a slice none of the code that does it is in the processor's caches.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from ewarn.dispatch.plan import Plan
from ewarn.seismic.origin import Report
from ewarn.wire import framing
from ewarn.wire.own_parts import OwnParts
from ewarn.wire.reports import words

PIECE = 2048
"""frames built at once, at most: 1.3 MiB where each follows one place"""


@dataclass(frozen=True)
class Frames:
    """Ready-made frames in one buffer, which the builder's next ones overwrite.

    So they are to be sent before those are built, and what is not sent is to be copied.
    """

    users: NDArray[np.intp]
    """whose each is"""
    bytes: NDArray[np.uint8]
    """flat"""
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]


@dataclass(frozen=True)
class _Alike:
    """Frames of a plan that tell of the same number of places."""

    template: NDArray[np.void]
    """a frame with nothing in its gap, shape (1,)"""
    gap: np.dtype[np.void]
    """a frame as a record, of which the gap is the only field, `own`"""
    own: NDArray[np.void]
    """what goes into the gap, shape (frames,)"""


@dataclass(frozen=True)
class _Sheaf:
    """What many frames of a plan are made of."""

    alike: dict[int, _Alike]
    """by number of places"""
    count: NDArray[np.int64]
    """how many places each frame tells of"""
    row: NDArray[np.intp]
    """of each among those that tell of as many"""


class FrameBuilder:
    """Builds frames, of several plans in turn; holds look-up tables, 0.9 MiB, made once."""

    def __init__(self, tiers: Sequence[str]) -> None:
        self._parts = OwnParts(tiers)
        self._sheaves: WeakKeyDictionary[Plan, _Sheaf] = WeakKeyDictionary()
        """of plans that somebody still holds"""
        self._latest: Report | None = None
        self._templates: dict[int, tuple[NDArray[np.void], np.dtype[np.void]]] = {}
        """of the latest report, by size of own part: late connections are given it in many small plans"""
        self._buffer = np.zeros(0, np.uint8)
        self._template: NDArray[np.void] | None = None
        self._filled = 0
        """bytes at the beginning of the buffer that are frames of this template"""

    def build(self, plan: Plan, users: NDArray[np.intp]) -> Iterator[Frames]:
        """A frame a user, in the order given, at most `PIECE` at once: `users` by row of the plan, in any order."""
        if plan not in self._sheaves:
            self._sheaves[plan] = self._bind(plan, plan.first, plan.count, plan.tier)
        for begin in range(0, max(len(users), 1), PIECE):
            piece = users[begin : begin + PIECE]
            yield self._frames(self._sheaves[plan], piece, piece)

    def _bind(self, plan: Plan, first: NDArray[np.int64], count: NDArray[np.int64], tier: NDArray[np.intp]) -> _Sheaf:
        """Of frames that tell of `count` places each, from `first` on in the plan."""
        if plan.report is not self._latest:
            self._latest, self._templates = plan.report, {}
        alike, row = {}, np.empty(len(count), np.intp)
        for places in np.flatnonzero(np.bincount(count)).tolist():
            mine = np.flatnonzero(count == places)
            row[mine] = np.arange(len(mine))
            own = self._parts.build(plan, first[mine], places, tier[mine])
            if own.itemsize not in self._templates:
                self._templates[own.itemsize] = _template(plan.report, own.itemsize)
            alike[places] = _Alike(*self._templates[own.itemsize], own)
        return _Sheaf(alike, count, row)

    def _frames(self, sheaf: _Sheaf, users: NDArray[np.intp], which: NDArray[np.intp]) -> Frames:
        """Some of a sheaf; `users`: whose each is."""
        groups = _groups(sheaf, which)
        total = sum(len(rows) * alike.gap.itemsize for alike, _, rows in groups)
        if total > len(self._buffer):
            self._buffer, self._filled = np.zeros(total, np.uint8), 0
        starts, lengths = np.empty(len(which), np.int64), np.empty(len(which), np.int64)
        begin = 0
        for alike, mine, rows in groups:
            end = begin + len(rows) * alike.gap.itemsize
            self._fill(alike, begin, end)
            self._buffer[begin:end].view(alike.gap)["own"] = alike.own[rows]
            starts[mine], lengths[mine] = np.arange(begin, end, alike.gap.itemsize), alike.gap.itemsize
            begin = end
        return Frames(users, self._buffer[:total], starts, lengths)

    def _fill(self, alike: _Alike, begin: int, end: int) -> None:
        """Have this part of the buffer hold the template, frame after frame."""
        template, kept = alike.template, 0
        if begin:
            self._filled = min(self._filled, begin)
        else:
            kept = self._filled if template is self._template else 0
            self._template, self._filled = template, max(kept, end)
        self._buffer[begin + kept : end].view(template.dtype)[:] = template


class SharedFrameBuilder(FrameBuilder):
    """What `broadcast()` of a library does: everyone is told what the first of each slice is told.

    Not a way to warn people, whose arrivals differ; it shows what frames of their own cost.
    """

    def build(self, plan: Plan, users: NDArray[np.intp]) -> Iterator[Frames]:
        """See `FrameBuilder.build`; all at once."""
        some = users[:1]
        sheaf = self._bind(plan, plan.first[some], plan.count[some], plan.tier[some])
        one = self._frames(sheaf, some, np.arange(len(some)))
        yield Frames(users, one.bytes, np.zeros(len(users), np.int64), np.repeat(one.lengths, len(users)))


class ApartFrameBuilder(FrameBuilder):
    """An alert of its own for each place that a user follows: what one alert for all of them is held against."""

    def build(self, plan: Plan, users: NDArray[np.intp]) -> Iterator[Frames]:
        """See `FrameBuilder.build`; as many times as the user with most places has places."""
        if plan not in self._sheaves:
            flat = np.arange(len(plan.place))
            self._sheaves[plan] = self._bind(plan, flat, np.ones_like(flat), np.repeat(plan.tier, plan.count))
        for nth in range(int(plan.count[users].max(initial=0))):
            more = users[plan.count[users] > nth]
            yield self._frames(self._sheaves[plan], more, plan.first[more] + nth)


BUILDERS = {"own": FrameBuilder, "shared": SharedFrameBuilder, "apart": ApartFrameBuilder}


def _groups(sheaf: _Sheaf, which: NDArray[np.intp]) -> list[tuple[_Alike, slice | NDArray[np.intp], NDArray[np.intp]]]:
    """For each number of places: its frames, where they stand in `which`, and their rows."""
    rows = sheaf.row[which]
    if len(sheaf.alike) == 1:  # most follow one place, and a group of all need not be picked out
        return [(alike, slice(None), rows) for alike in sheaf.alike.values()]
    count = sheaf.count[which]
    among = ((alike, np.flatnonzero(count == places)) for places, alike in sheaf.alike.items())
    return [(alike, mine, rows[mine]) for alike, mine in among if len(mine)]


def _template(report: Report, own: int) -> tuple[NDArray[np.void], np.dtype[np.void]]:
    """A frame whose own part has so many bytes, all zero, of shape (1,); and the gap as the field of a record."""
    before, behind = words(report), b"}"
    if report.sealed and report.sealed.signature:
        behind = b',"signature":"%s"}' % report.sealed.signature.encode()
    before = framing.header(len(before) + own + len(behind)) + before
    size = len(before) + own + len(behind)
    gap = np.dtype({"names": ["own"], "formats": [f"V{own}"], "offsets": [len(before)], "itemsize": size})
    return np.frombuffer(before + b"\0" * own + behind, f"V{size}"), gap
