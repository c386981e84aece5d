"""Arrays in pieces that fit into messages, and receipts as microseconds. Pure."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from msgspec import MsgspecError, msgpack
from numpy.typing import NDArray

from ewarn.audience.followed import MOST_PLACES
from ewarn.errors import InputError, MeasurementError
from ewarn.wire.swarms import PIECE_BYTES, ArraySaid, Give, Piece, Take

NEVER = -1
"""in place of a time, ns"""
NEVER_US = 2**32 - 1
"""in place of microseconds after a base"""
AUDIENCE: dict[str, "np.dtype[np.generic]"] = {
    "count": np.dtype("<u1"),
    "latitude": np.dtype("<f8"),
    "longitude": np.dtype("<f8"),
    "threshold": np.dtype("<f8"),
    "sampled": np.dtype("<u1"),
}
"""what an agent takes: `Followed` of its users, degrees; their thresholds; whose frames are kept (0 or 1)"""
DEGREES = {"latitude": 90.0, "longitude": 180.0}
MOST_HELD = 512 << 20
"""bytes of the arrays of an audience together"""
_FRAMES = msgpack.Decoder(list[tuple[int, bytes]])
LEVEL = 1
"""of zlib: the fastest; times gain little from a higher one"""


def pieces_of(array: NDArray[np.generic], size: int | None = None) -> int:
    """How many pieces of at most `size` bytes an array is cut into; `PIECE_BYTES` unless that is said."""
    return -(-array.nbytes // (size or PIECE_BYTES))


def cut_one(array: NDArray[np.generic], index: int, size: int | None = None) -> bytes:
    """A piece of an array in C order, of at most `size` bytes, compressed."""
    flat, size = array.reshape(-1).view(np.uint8), size or PIECE_BYTES
    return zlib.compress(flat[index * size : (index + 1) * size].tobytes(), LEVEL)


def cut(array: NDArray[np.generic]) -> list[bytes]:
    """All pieces of an array; none of an empty one."""
    whole = np.ascontiguousarray(array)
    return [cut_one(whole, index) for index in range(pieces_of(whole))]


def said(array: NDArray[np.generic], size: int | None = None) -> ArraySaid:
    """What is said of an array that is to be had in pieces of at most `size` bytes."""
    return ArraySaid(array.dtype.str, array.shape, pieces_of(array, size))


class Hands:
    """Arrays of which pieces are given."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]], size: int | None = None) -> None:
        """`size`: bytes of a piece at most, before it is compressed."""
        self._arrays, self._size = {name: np.ascontiguousarray(one) for name, one in arrays.items()}, size

    def said(self) -> dict[str, ArraySaid]:
        """What there is."""
        return {name: said(one, self._size) for name, one in self._arrays.items()}

    def give(self, wanted: Give) -> Piece:
        """A piece. Raises MeasurementError where there is none like that."""
        array = self._arrays.get(wanted.what)
        if array is None or wanted.index >= pieces_of(array, self._size):
            raise MeasurementError(f"piece {wanted.index} of {wanted.what} is not to be had")
        return Piece(wanted.what, wanted.index, cut_one(array, wanted.index, self._size))


def opened(data: bytes) -> bytes:
    """A piece as it was. Raises InputError where it is none, or longer than any is."""
    inflate = zlib.decompressobj()
    try:
        found = inflate.decompress(data, PIECE_BYTES)
    except zlib.error:
        raise InputError("data: not compressed with zlib") from None
    if not inflate.eof or inflate.unused_data:
        raise InputError(f"data: not one whole piece of at most {PIECE_BYTES:,} bytes")
    return found


def joined(what: str, pieces: Sequence[bytes], expected: ArraySaid) -> NDArray[np.generic]:
    """The array of these opened pieces. Raises InputError where they are not what was said of it."""
    dtype, found = np.dtype(expected.dtype), b"".join(pieces)
    wanted = dtype.itemsize * int(np.prod(expected.shape, dtype=object))
    if len(found) != wanted:
        raise InputError(f"{what}: {len(found):,} bytes came, {wanted:,} were said")
    return np.frombuffer(found, dtype).reshape(expected.shape)


def takes(arrays: dict[str, NDArray[np.generic]]) -> Iterator[Take]:
    """Orders that bring an audience, see `AUDIENCE`, to an agent; each array is made of the dtype it has there."""
    for what, dtype in AUDIENCE.items():
        pieces = cut(arrays[what].astype(dtype)) or [zlib.compress(b"")]
        yield from (Take(what, index, len(pieces), data) for index, data in enumerate(pieces))


class Taking:
    """The pieces of an audience, as they come, each once or again."""

    def __init__(self) -> None:
        self._pieces: dict[str, dict[int, bytes]] = {}
        self._counts: dict[str, int] = {}
        self._held = 0

    def take(self, piece: Take) -> None:
        """One more. Raises InputError where it is of no array, not of its count, or too much."""
        if piece.what not in AUDIENCE:
            raise InputError(f"take.what: {piece.what} is not one of {', '.join(AUDIENCE)}")
        count = self._counts.setdefault(piece.what, piece.count)
        if piece.count != count or piece.index >= count:
            raise InputError(f"take: piece {piece.index} of {piece.count} of {piece.what}, which has {count}")
        found = opened(piece.data)
        before = self._pieces.setdefault(piece.what, {}).get(piece.index, b"")
        self._held += len(found) - len(before)
        if self._held > MOST_HELD:
            raise InputError(f"take: more than {MOST_HELD:,} bytes")
        self._pieces[piece.what][piece.index] = found

    def arrays(self, users: int) -> dict[str, NDArray[np.generic]]:
        """All of them, for so many users. Raises InputError where pieces are missing, or lengths do not agree."""
        found = {what: self._array(what, dtype) for what, dtype in AUDIENCE.items()}
        if (most := int(found["count"].max(initial=0))) > MOST_PLACES:
            raise InputError(f"count: a user follows {most} places, at most {MOST_PLACES}")
        places = int(found["count"].sum(dtype=np.int64))
        for what, wanted in {"count": users, "threshold": users, "sampled": users}.items():
            if len(found[what]) != wanted:
                raise InputError(f"{what}: {len(found[what]):,} came, for {wanted:,} users")
        for what in ("latitude", "longitude"):
            if len(found[what]) != places:
                raise InputError(f"{what}: {len(found[what]):,} came, users follow {places:,} places")
            if not (np.abs(found[what].astype(np.float64)) <= DEGREES[what]).all():
                raise InputError(f"{what}: expected degrees from {-DEGREES[what]:g} to {DEGREES[what]:g}")
        return found

    def _array(self, what: str, dtype: "np.dtype[np.generic]") -> NDArray[np.generic]:
        pieces, count = self._pieces.get(what, {}), self._counts.get(what, 1)
        if missing := [index for index in range(count) if index not in pieces]:
            raise InputError(f"{what}: {len(missing)} of {count} pieces are missing, the first is {missing[0]}")
        whole = b"".join(pieces[index] for index in range(count))
        if len(whole) % dtype.itemsize:
            raise InputError(f"{what}: {len(whole):,} bytes are no whole number of {dtype.str}")
        return np.frombuffer(whole, dtype)


@dataclass(frozen=True)
class Micros:
    """Times by report and user, as they travel."""

    base: NDArray[np.int64]
    """by report, ns"""
    after: NDArray[np.uint32]
    """by report and user: whole microseconds after the base, rounded up; `NEVER_US`: never"""

    @classmethod
    def of(cls, times: NDArray[np.int64]) -> "Micros":
        """Of times, ns, shape (reports, users), not above 0: never. Raises InputError where a report took 71 min."""
        there = times > 0
        base = np.where(there, times, np.iinfo(np.int64).max).min(axis=1, initial=np.iinfo(np.int64).max)
        base = np.where(there.any(axis=1), base, 0)
        after = -((base[:, None] - np.where(there, times, base[:, None])) // 1000)
        if after.max(initial=0) >= NEVER_US:
            raise InputError(f"receipts of a report lie {after.max() / 6e7:.0f} minutes apart, at most 71 can be told")
        return cls(base, np.where(there, after, NEVER_US).astype(np.uint32))

    def latest(self) -> NDArray[np.int64]:
        """The times, ns, up to 1 us too late; `NEVER`: never."""
        return np.where(self.after == NEVER_US, NEVER, self.base[:, None] + 1000 * self.after.astype(np.int64))

    def earliest(self) -> NDArray[np.int64]:
        """The same, up to 1 us too early."""
        latest = self.latest()
        return np.where(latest == NEVER, NEVER, latest - 1000)


def pack_frames(frames: Sequence[tuple[int, bytes]]) -> bytes:
    """(user, payload) of frames, as bytes."""
    return msgpack.encode(frames)


def unpack_frames(packed: bytes) -> list[tuple[int, bytes]]:
    """The same again. Raises InputError where it is none."""
    try:
        return _FRAMES.decode(packed)
    except (MsgspecError, ValueError, RecursionError) as error:
        raise InputError(f"frames: not what they are packed as: {error}") from None
